// SPDX-License-Identifier: BSL-1.0
#pragma once
// Activations that never decrease: one function of one element, applied to any shape. Each knows its slope as a
// function of its output y, so that nothing but y has to be kept for the backward pass. Those that multiply their input
// by a gate are in layers/gated.hpp.
//
// Slopes at 0 are PyTorch's. NaN stays NaN, and no finite input gives one. In float, values are within 3.5 ulp and
// slopes within 1.5e-7 (that of ELU times Alpha); in double, as much in proportion.

#include <kiln/core/contract.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/real.hpp>
#include <kiln/kernels/pointwise.hpp>
#include <kiln/kernels/sigmoid.hpp>

namespace kiln::inline KILN_TARGET::detail {
// A layer made of Function::value(x) and Function::slope(y, dy) = dy · f'(x), where y = f(x).
template <class Function>
struct Activation {
    using claims_of = Function;
    static constexpr bool monotone = true;

    static constexpr Fit shape(Extents in) { return {.out = in}; }

    static constexpr void forward(const auto& x, auto& y, auto) {
        kernels::apply([](const auto& input) { return Function::value(input); }, x, y);
    }
    static constexpr void backward(const auto&, const auto& y, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>)
            kernels::apply([](const auto& output, const auto& slope) { return Function::slope(output, slope); }, y, dy,
                           dx);
    }
};

// One that is x above 0 and a multiple of something below. Were the factor negative, y would not tell whether x is. The
// multiplications are one per element of the layer by itself; fused with pooling it does fewer.
template <class Function, real Factor>
struct FactorBelowZero : Activation<Function> {
    static constexpr Fit shape(Extents in) { return {.out = in, .fits = Factor > 0}; }
    template <class>
    using needs = positive_arguments;

    static constexpr long long multiply_adds(Extents in) { return in.count(); }

  protected:
    template <class E>
    static constexpr E factor() {
        return E(static_cast<scalar_t<E>>(Factor));
    }
};
}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// max(0, x). Slope 0 at 0.
struct ReLU : detail::Activation<ReLU> {
    template <class E>
    [[gnu::always_inline]] static constexpr E value(const E& x) {
        return max(E(scalar_t<E>(0)), x);
    }
    template <class E>
    [[gnu::always_inline]] static constexpr E slope(const E& y, const E& dy) {
        const E zero(scalar_t<E>(0));
        return select(y > zero, dy, zero);
    }
    static void describe(const auto& x, auto& y, auto) { y = x.then("Relu"); }
};

/// x above 0, Slope x below. Slope Slope at 0. Slope is positive. Multiply-adds: one per element.
template <real Slope = 0.01>
struct LeakyReLU : detail::FactorBelowZero<LeakyReLU<Slope>, Slope> {
    template <class E>
    [[gnu::always_inline]] static constexpr E value(const E& x) {
        return select(x > E(scalar_t<E>(0)), x, x * LeakyReLU::template factor<E>());
    }
    template <class E>
    [[gnu::always_inline]] static constexpr E slope(const E& y, const E& dy) {
        return select(y > E(scalar_t<E>(0)), dy, dy * LeakyReLU::template factor<E>());
    }
    static void describe(const auto& x, auto& y, auto) { y = x.then("LeakyRelu").with("alpha", Slope); }
};

/// x above 0, Alpha (exp(x) - 1) below. Slope Alpha at 0. Alpha is positive. Multiply-adds: one per element.
template <real Alpha = 1.0>
struct ELU : detail::FactorBelowZero<ELU<Alpha>, Alpha> {
    template <class E>
    [[gnu::always_inline]] static constexpr E value(const E& x) {
        return select(x > E(scalar_t<E>(0)), x, expm1(x) * ELU::template factor<E>());
    }
    template <class E>
    [[gnu::always_inline]] static constexpr E slope(const E& y, const E& dy) {
        return select(y > E(scalar_t<E>(0)), dy, dy * (y + ELU::template factor<E>()));
    }
    static void describe(const auto& x, auto& y, auto) { y = x.then("Elu").with("alpha", Alpha); }
};

/// The hyperbolic tangent.
struct Tanh : detail::Activation<Tanh> {
    template <class E>
    [[gnu::always_inline]] static constexpr E value(const E& x) {
        return tanh(x);
    }
    template <class E>
    [[gnu::always_inline]] static constexpr E slope(const E& y, const E& dy) {
        return dy * fma(-y, y, E(scalar_t<E>(1)));
    }
    static void describe(const auto& x, auto& y, auto) { y = x.then("Tanh"); }
};

/// The logistic function, 1 / (1 + exp(-x)).
struct Sigmoid : detail::Activation<Sigmoid> {
    static constexpr bool puts_out_probabilities = true;

    template <class E>
    [[gnu::always_inline]] static constexpr E value(const E& x) {
        return kernels::sigmoid(x);
    }
    template <class E>
    [[gnu::always_inline]] static constexpr E slope(const E& y, const E& dy) {
        return dy * (y * (E(scalar_t<E>(1)) - y));
    }
    static void describe(const auto& x, auto& y, auto) { y = x.then("Sigmoid"); }
};

/// log(1 + exp(x)), for every x: where PyTorch takes x itself (above 20) the difference is below 3e-9.
struct Softplus : detail::Activation<Softplus> {
    template <class E>
    [[gnu::always_inline]] static constexpr E value(const E& x) {
        return max(E(scalar_t<E>(0)), x) + log1p(exp(min(x, -x)));
    }
    // f'(x) = sigmoid(x) = 1 - exp(-y)
    template <class E>
    [[gnu::always_inline]] static constexpr E slope(const E& y, const E& dy) {
        return dy * -expm1(-y);
    }
    static void describe(const auto& x, auto& y, auto) { y = x.then("Softplus"); }
};

}  // namespace kiln
