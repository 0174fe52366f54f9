// SPDX-License-Identifier: BSL-1.0
// expects: standardize_outputs needs a network that ends with Unstandardize, got another; try Unstandardize as its last layer
#include <kiln.hpp>
#include <kiln/data/preprocess.hpp>
#ifdef REPAIRED
using Net = kiln::Sequential<kiln::Linear<4, 3>, kiln::Unstandardize>;
#else
using Net = kiln::Sequential<kiln::Linear<4, 3>>;
#endif
int main() {
    const kiln::data::Dataset<kiln::Shape<4>, float, kiln::Tensor<float, kiln::Shape<3>>> data({}, {});
    kiln::Model<Net, kiln::Shape<4>> model;
    kiln::standardize_outputs(model, kiln::data::standardization_of_targets(data));
}
