// SPDX-License-Identifier: BSL-1.0
// expects: standardize_inputs needs a network that begins with Standardize, got another; try Standardize as its first layer
#include <kiln.hpp>
#include <kiln/data/preprocess.hpp>
#ifdef REPAIRED
using Net = kiln::Sequential<kiln::Standardize, kiln::Linear<4, 3>>;
#else
using Net = kiln::Sequential<kiln::Linear<4, 3>>;
#endif
int main() {
    const kiln::data::Dataset<kiln::Shape<4>, float> data({}, {});
    kiln::Model<Net, kiln::Shape<4>> model;
    kiln::standardize_inputs(model, kiln::data::standardization(data));
}
