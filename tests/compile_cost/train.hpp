// SPDX-License-Identifier: BSL-1.0
#pragma once
// The instantiations of a program that trains a network and predicts with it.

#include "speed/networks.hpp"

namespace kiln::compile_cost {

template <class Net>
void train() {
    static Net model{Seed{42}};
    static Trainer<Net, CrossEntropy, SGD, Batch<64>> trainer{model, SGD{.learning_rate = 0.05f}};
    static const std::array<Tensor<float, typename Net::Input>, 64> images{};
    static const std::array<int, 64> labels{};
    trainer.step(images, labels);
    model.predict(images[0]);
}

}  // namespace kiln::compile_cost
