// SPDX-License-Identifier: BSL-1.0
// An activation of your own is a function of one number, written once. The library takes the derivative, and finds out
// what the function is like: whether it never decreases, what it costs, and how backward gets at its slope.

#include <kiln.hpp>
#include <kiln/laws/check_gradients.hpp>

#include <array>
#include <cstdio>
#include <iostream>

/// x tanh(log(1 + exp(x))) (D. Misra: Mish, 2019). `x` is a float, or several samples at once.
struct Mish {
    constexpr auto operator()(const auto& x) const {
        return x * kiln::math::tanh(kiln::math::log1p(kiln::math::exp(kiln::math::min(x, 20))));
    }
};
/// The larger of x and x / 8.
struct Bent {
    constexpr auto operator()(const auto& x) const { return kiln::math::max(x, 0.125f * x); }
};
/// A comparison gives a mask, because x may be several samples. The library cannot tell that this one never decreases.
struct Root {
    static constexpr bool monotone = true;
    constexpr auto operator()(const auto& x) const {
        const auto root = kiln::math::sqrt(kiln::math::abs(x) + 1) - 1;
        return kiln::math::select(x > 0, root, -root);
    }
};

static_assert(!kiln::Activation<Mish>::monotone && kiln::Activation<Mish>::keeps_slope);  // f' is kept from forward
static_assert(kiln::Activation<Bent>::monotone && !kiln::Activation<Bent>::keeps_slope);  // f' is computed again
static_assert(kiln::Activation<Root>::monotone);  // so it is fused with a convolution and pooling

using Net = kiln::Sequential<kiln::Linear<1, 16>, kiln::Activation<Mish>,  //
                             kiln::Linear<16, 16>, kiln::Activation<Root>, kiln::Linear<16, 1>>;
using Curve = kiln::Model<Net, kiln::Shape<1>>;

int main() {
    Curve model{kiln::Seed{1}};
    kiln::Trainer<Curve, kiln::MeanSquaredError, kiln::Adam, kiln::Batch<64>> trainer{model, {.learning_rate = 0.01f}};
    std::array<kiln::Tensor<float, kiln::Shape<1>>, 64> x, y;
    for (int i = 0; i < 64; ++i) {
        const float at = static_cast<float>(i) / 32 - 1;
        x[static_cast<std::size_t>(i)] = {at};
        y[static_cast<std::size_t>(i)] = {kiln::math::sin(3 * at)};
    }
    float loss = 0;
    for (int step = 0; step < 1000; ++step) loss = trainer.step(x, y);
    std::printf("mean squared error after 1000 steps: %.6f\n", static_cast<double>(loss));

    // The line for your own tests.
    const auto check =
        kiln::check_gradients<kiln::Sequential<kiln::Linear<3, 4>, kiln::Activation<Root>>, kiln::Shape<3>>();
    std::cout << check << '\n';
    return check && loss < 0.001f ? 0 : 1;
}
