// SPDX-License-Identifier: BSL-1.0
// expects: evaluate needs a loss for targets that are not labels, got none; try evaluate(model, data, trainer.loss())
#include <kiln.hpp>

#include <iostream>
using M = kiln::Model<kiln::Linear<3, 2>, kiln::Shape<3>>;
int main() {
    const kiln::data::Dataset<kiln::Shape<3>, float, kiln::Tensor<float, kiln::Shape<2>>> data({}, {});
    static M model;
#ifdef REPAIRED
    static kiln::Trainer<M, kiln::Huber, kiln::SGD, kiln::Batch<8>> trainer{model, {}};
    const auto result = kiln::evaluate(model, data, trainer.loss());
#else
    const auto result = kiln::evaluate(model, data);
#endif
    std::cout << result << result.mean_absolute_error;
}
