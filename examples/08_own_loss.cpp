// SPDX-License-Identifier: BSL-1.0
// A loss of your own is a function object. This one makes an output the value that a share of all targets stay below: the
// quantile loss (R. Koenker, G. Bassett: Regression Quantiles, 1978). kiln/core/contract/loss.hpp has all that a loss may
// have.

#include <kiln.hpp>

#include <array>
#include <cstdio>

/// With d = target - y: d share where the output is too low, -d (1 - share) where it is too high; summed over the outputs.
struct Quantile {
    float share_below = 0.5f;

    /// Out of its range a setting is refused before the first step.
    constexpr kiln::SettingFault fault() const {
        return kiln::first_fault("Quantile", {kiln::from_0_to_1("share_below", share_below)});
    }

    /// The target of an output of shape Out: a tensor of that shape. (For classes it is int.)
    template <class Out>
    using Target = kiln::Tensor<float, Out>;

    /// The loss times `weight`, which is 1 / (samples of the batch); dy becomes its derivative.
    template <class E, class Out>
    constexpr E operator()(const kiln::Tensor<E, Out>& y, const kiln::Tensor<E, Out>& target, const E& weight,
                           kiln::Tensor<E, Out>& dy) const {
        E loss(0);
        for (int i = 0; i < y.count; ++i) {
            const E d = target[i] - y[i];
            const E slope = kiln::math::select(d > E(0), E(share_below), E(share_below - 1));
            loss += slope * d;
            dy[i] = -weight * slope;
        }
        return weight * loss;
    }
};

using Curve = kiln::Model<kiln::Sequential<kiln::Linear<1, 16>, kiln::Tanh, kiln::Linear<16, 1>>, kiln::Shape<1>>;

int main() {
    Curve model{kiln::Seed{1}};
    kiln::Trainer<Curve, Quantile, kiln::Adam, kiln::Batch<64>> trainer{
        model, {.learning_rate = 0.003f}, {.share_below = 0.9f}};

    // Targets spread the more, the larger x is.
    kiln::Random random{kiln::Seed{2}};
    std::array<kiln::Tensor<float, kiln::Shape<1>>, 64> x, y;
    const auto draw = [&] {
        for (std::size_t i = 0; i < x.size(); ++i) {
            x[i] = {random.uniform(0, 2)};
            y[i] = {x[i][0] + x[i][0] * random.normal()};
        }
    };
    for (int step = 0; step < 4000; ++step) {
        draw();
        trainer.step(x, y);
    }

    int below = 0;
    constexpr int rounds = 100;
    for (int round = 0; round < rounds; ++round) {
        draw();
        for (std::size_t i = 0; i < x.size(); ++i) below += y[i][0] < model.predict(x[i])[0] ? 1 : 0;
    }
    const double share = below / (64.0 * rounds);
    std::printf("%.0f %% of the targets are below the curve that 90 %% should stay below\n", 100 * share);
    return share > 0.87 && share < 0.93 ? 0 : 1;
}
