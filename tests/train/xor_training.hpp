// SPDX-License-Identifier: BSL-1.0
#pragma once
// A small training, from the first weight to the last, within the default limits of constant evaluation (clang allows
// 1,048,576 steps; 40 steps with SGD or 30 with Adam use about two thirds). The training runs while compiling
// (compile_time/training.cpp) and at run time (train/constant_training.cpp).

#include <kiln/core/lanes.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/trainer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace kiln::laws {

using Xor = Model<Sequential<Linear<2, 4>, Tanh, Linear<4, 2>>, Shape<2>>;
inline constexpr std::array<Tensor<float, Shape<2>>, 4> questions{{{0, 0}, {0, 1}, {1, 0}, {1, 1}}};
inline constexpr std::array<int, 4> answers{0, 1, 1, 0};

/// A trained model, the loss before and after.
struct XorTraining {
    Xor model;
    float first_loss = 0, last_loss = 0;
};

/// So many steps over elements E.
template <class E, class Optimizer>
constexpr XorTraining train_xor(const Optimizer& optimizer, int steps, std::uint64_t seed) {
    XorTraining run;
    run.model.initialize(Seed{seed});
    Trainer<Xor, CrossEntropy, Optimizer, Batch<4>, E> trainer{run.model, optimizer};
    run.first_loss = trainer.step(questions, answers);
    for (int step = 1; step < steps; ++step) run.last_loss = trainer.step(questions, answers);
    return run;
}

inline constexpr std::uint64_t xor_seed = 1;
template <class E>
constexpr XorTraining train_xor_by_sgd(std::uint64_t seed) {
    return train_xor<E>(SGD{.learning_rate = 1, .momentum = 0.9f}, 40, seed);
}
template <class E>
constexpr XorTraining train_xor_by_adam(std::uint64_t seed) {
    return train_xor<E>(Adam{.learning_rate = 0.2f}, 30, seed);
}

/// Whether a model answers all four questions right.
constexpr bool knows_xor(const Xor& model) {
    for (std::size_t i = 0; i < questions.size(); ++i)
        if (argmax(model.predict(questions[i])) != answers[i]) return false;
    return true;
}

/// The least margin by which a right answer wins.
constexpr float margin(const Xor& model) {
    float least = 1e9f;
    for (std::size_t i = 0; i < questions.size(); ++i) {
        const auto logits = model.predict(questions[i]);
        const float margin = logits[answers[i]] - logits[1 - answers[i]];
        if (margin < least) least = margin;
    }
    return least;
}

}  // namespace kiln::laws
