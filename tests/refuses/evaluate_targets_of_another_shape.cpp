// SPDX-License-Identifier: BSL-1.0
// expects: evaluate needs targets that the loss compares with outputs (labels, or tensors of their shape), got others; try another loss
#include <kiln.hpp>
#ifdef REPAIRED
using Target = kiln::Shape<2>;
#else
using Target = kiln::Shape<1>;
#endif
int main() {
    const kiln::data::Dataset<kiln::Shape<3>, float, kiln::Tensor<float, Target>> data({}, {});
    static kiln::Model<kiln::Linear<3, 2>, kiln::Shape<3>> model;
    return static_cast<int>(kiln::evaluate(model, data, kiln::MeanSquaredError{}).loss);
}
