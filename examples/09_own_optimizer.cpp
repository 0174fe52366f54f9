// SPDX-License-Identifier: BSL-1.0
// An optimizer of your own says how many moments it keeps for each parameter, and what a step does to one parameter. This
// one is Lion (X. Chen et al.: Symbolic Discovery of Optimization Algorithms, 2023). kiln/core/contract/optimizer.hpp has
// all that an optimizer may have.

#include <kiln.hpp>

#include <array>
#include <cstdio>

/// direction = sign(beta1 m + (1 - beta1) g);   w -= rate direction;   m = beta2 m + (1 - beta2) g
struct Lion {
    float learning_rate = 1e-3f;
    float beta1 = 0.9f, beta2 = 0.99f;

    static constexpr int moments = 1;

    /// The update of one parameter w with gradient g: numbers or vectors of them. Moments start at 0.
    struct Rule {
        float rate, beta1, beta2;

        template <class E>
        constexpr void operator()(E& w, const E& g, E& mean) const {
            const E mixed = E(beta1) * mean + E(1 - beta1) * g;
            const E sign = kiln::math::select(mixed > E(0), E(1), kiln::math::select(mixed < E(0), E(-1), E(0)));
            w -= E(rate) * sign;
            mean = E(beta2) * mean + E(1 - beta2) * g;
        }
    };
    /// The rule of a step, counted from 0. Schedules change learning_rate before they ask.
    constexpr Rule at(long long) const { return {learning_rate, beta1, beta2}; }
};

using Xor = kiln::Model<kiln::Sequential<kiln::Linear<2, 8>, kiln::Tanh, kiln::Linear<8, 2>>, kiln::Shape<2>>;

constexpr std::array<kiln::Tensor<float, kiln::Shape<2>>, 4> questions{{{0, 0}, {0, 1}, {1, 0}, {1, 1}}};
constexpr std::array<int, 4> answers{0, 1, 1, 0};

int main() {
    Xor model{kiln::Seed{1}};
    kiln::Trainer<Xor, kiln::CrossEntropy, Lion, kiln::Batch<4>> trainer{model, Lion{.learning_rate = 0.02f}};
    float loss = 0;
    for (int step = 0; step < 200; ++step) loss = trainer.step(questions, answers);
    std::printf("Lion alone:           loss %.4f after 200 steps\n", static_cast<double>(loss));

    // Schedules and limits of gradients go around it as around ours.
    Xor other{kiln::Seed{1}};
    using Scheduled = kiln::Scheduled<Lion, kiln::Cosine>;
    kiln::Trainer<Xor, kiln::CrossEntropy, Scheduled, kiln::Batch<4>> scheduled{
        other, {Lion{.learning_rate = 0.02f}, kiln::Cosine{.steps = 200}}};
    for (int step = 0; step < 200; ++step) loss = scheduled.step(questions, answers);
    std::printf("on a cosine schedule: loss %.4f\n", static_cast<double>(loss));
    return loss < 0.1f ? 0 : 1;
}
