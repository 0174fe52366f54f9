// SPDX-License-Identifier: BSL-1.0
// expects: standardize_outputs needs a Model, got a OneOf; try the model in it: visit
#include <kiln.hpp>
using namespace kiln;
using Small = Model<Sequential<Linear<3, 2>, Unstandardize>, Shape<3>>;
#ifdef REPAIRED
using Net = Small;
#else
using Net = OneOf<Small, Model<Sequential<Linear<3, 4>, Linear<4, 2>, Unstandardize>, Shape<3>>>;
#endif
int main() {
    static Net net;
    const data::Dataset<Shape<3>, float, Tensor<float, Shape<2>>> samples{{}, {}};
    standardize_outputs(net, data::standardization_of_targets(samples));
}
