// SPDX-License-Identifier: BSL-1.0
// expects: standardize_inputs needs a Model, got a OneOf; try the model in it: visit
#include <kiln.hpp>
using namespace kiln;
using Small = Model<Sequential<Standardize, Linear<3, 2>>, Shape<3>>;
#ifdef REPAIRED
using Net = Small;
#else
using Net = OneOf<Small, Model<Sequential<Standardize, Linear<3, 4>, Linear<4, 2>>, Shape<3>>>;
#endif
int main() {
    static Net net;
    const data::Dataset<Shape<3>> samples{{}, {}};
    standardize_inputs(net, data::standardization(samples));
}
