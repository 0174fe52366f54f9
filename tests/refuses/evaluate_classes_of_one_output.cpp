// SPDX-License-Identifier: BSL-1.0
// expects: evaluate needs an output for each class, got one output; try BinaryCrossEntropy, with targets of Shape<1>
#include <kiln.hpp>

#include <iostream>
using One = kiln::Shape<1>;
int main() {
#ifdef REPAIRED
    const kiln::data::Dataset<kiln::Shape<3>, float, kiln::Tensor<float, One>> data({{1, 2, 3}}, {{1}});
    const kiln::BinaryCrossEntropy loss;
#else
    const kiln::data::Dataset<kiln::Shape<3>, float> data({{1, 2, 3}}, {1});
    const kiln::CrossEntropy loss;
#endif
    static kiln::Model<kiln::Linear<3, 1>, kiln::Shape<3>> model;
    std::cout << kiln::evaluate(model, data, loss).accuracy;
}
