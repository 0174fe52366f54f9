// SPDX-License-Identifier: BSL-1.0
// expects: standardize_outputs needs means and deviations of the shape of the model's outputs, got another shape; try data::standardization_of_targets
#include <kiln.hpp>
#include <kiln/data/preprocess.hpp>
#ifdef REPAIRED
using Target = kiln::Shape<3>;
#else
using Target = kiln::Shape<2>;
#endif
int main() {
    const kiln::data::Dataset<kiln::Shape<4>, float, kiln::Tensor<float, Target>> data({}, {});
    kiln::Model<kiln::Sequential<kiln::Linear<4, 3>, kiln::Unstandardize>, kiln::Shape<4>> model;
    kiln::standardize_outputs(model, kiln::data::standardization_of_targets(data));
}
