// SPDX-License-Identifier: BSL-1.0
// expects: standardize_inputs needs means and deviations of the shape of the model's inputs, got another shape; try data::standardization
#include <kiln.hpp>
#include <kiln/data/preprocess.hpp>
#ifdef REPAIRED
using Sample = kiln::Shape<4>;
#else
using Sample = kiln::Shape<2>;
#endif
int main() {
    const kiln::data::Dataset<Sample, float> data({}, {});
    kiln::Model<kiln::Sequential<kiln::Standardize, kiln::Linear<4, 3>>, kiln::Shape<4>> model;
    kiln::standardize_inputs(model, kiln::data::standardization(data));
}
