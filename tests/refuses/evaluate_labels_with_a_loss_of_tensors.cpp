// SPDX-License-Identifier: BSL-1.0
// expects: evaluate needs targets that the loss compares with outputs (labels, or tensors of their shape), got others; try another loss
#include <kiln.hpp>

#include <iostream>
#ifdef REPAIRED
using Loss = kiln::CrossEntropy;
#else
using Loss = kiln::BinaryCrossEntropy;
#endif
int main() {
    const kiln::data::Dataset<kiln::Shape<3>, float> data({}, {});
    static kiln::Model<kiln::Linear<3, 2>, kiln::Shape<3>> model;
    std::cout << kiln::evaluate(model, data, Loss{}).accuracy;
}
