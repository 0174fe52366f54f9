// SPDX-License-Identifier: BSL-1.0
// expects: loss_mismatch<BinaryCrossEntropy, expects<logits>, got<Sigmoid>>
#include <kiln.hpp>

#include <iostream>
#ifdef REPAIRED
using Net = kiln::Linear<3, 2>;
#else
using Net = kiln::Sequential<kiln::Linear<3, 2>, kiln::Sigmoid>;
#endif
int main() {
    const kiln::data::Dataset<kiln::Shape<3>, float, kiln::Tensor<float, kiln::Shape<2>>> data({}, {});
    static kiln::Model<Net, kiln::Shape<3>> model;
    std::cout << kiln::evaluate(model, data, kiln::BinaryCrossEntropy{}).exact_match;
}
