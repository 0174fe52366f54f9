// SPDX-License-Identifier: BSL-1.0
#pragma once
// Activations that never decrease: one function f of one element. Activations that multiply their input by a gate are
// in layers/gated.hpp.
//
// Shape: any shape, unchanged
// Formula: y = f(x) and dx = dy f'(x) for every element; f' is computed from y, so nothing but y is kept for backward.
// Cost: one multiply-add per element for LeakyReLU and ELU, none for the others
// Differs from PyTorch: Softplus is log(1 + exp(x)) also above 20, where PyTorch takes x: a difference below 3e-9
//
// At a kink f' is PyTorch's. NaN stays NaN, and no finite input gives NaN. In float, values are within 3.5 ulp and
// derivatives within 1.5e-7 (ELU: times Alpha; FastTanh: values within 4e-7); in double, the errors are smaller in
// proportion.

#include <kiln/core/contract.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/real.hpp>
#include <kiln/kernels/gates.hpp>
#include <kiln/kernels/pointwise.hpp>
#include <kiln/kernels/sigmoid.hpp>

namespace kiln::inline KILN_TARGET::detail {
// A layer made of Function::value(x) = f(x) and Function::slope(y, dy) = dy f'(x), where y = f(x).
template <class Function>
struct SlopeOfOutput {
    using claims_of = Function;
    static constexpr bool monotone = true;

    static constexpr Fit shape(Extents in) { return {.out = in}; }

    static constexpr void forward(const auto& x, auto& y, auto) {
        kernels::apply([](const auto& input) { return Function::value(input); }, x, y);
    }
    static constexpr bool reads_input = false;
    static constexpr void backward(const auto&, const auto& y, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>)
            kernels::apply([](const auto& output, const auto& slope) { return Function::slope(output, slope); }, y, dy,
                           dx);
    }
};

// An activation that is x above 0 and Factor times a function of x below. Factor is positive, so that the sign of y
// tells the sign of x, as `slope` needs. The multiply-adds are those of the layer by itself; fused with pooling it does
// fewer.
template <class Function, real Factor>
struct FactorBelowZero : SlopeOfOutput<Function> {
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

/// y = max(0, x), for any shape; f'(0) = 0.
struct ReLU : detail::SlopeOfOutput<ReLU> {
    template <class E>
    [[gnu::always_inline]] static constexpr E value(const E& x) {
        return max(E(scalar_t<E>(0)), x);
    }
    template <class E>
    [[gnu::always_inline]] static constexpr E slope(const E& y, const E& dy) {
        const E zero(scalar_t<E>(0));
        return select(y > zero, dy, zero);
    }
    static constexpr Kind kind() { return {.name = "ReLU"}; }
    static void describe(const auto& x, auto& y, auto) { y = x.then("Relu"); }
};

/// y = x above 0 and Slope x below, for any shape; f'(0) = Slope. Slope is positive.
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
    static constexpr Kind kind() { return {.name = "LeakyReLU", .parameter = Slope}; }
    static void describe(const auto& x, auto& y, auto) { y = x.then("LeakyRelu").with("alpha", Slope); }
};

/// y = x above 0 and Alpha (exp(x) - 1) below, for any shape; f'(0) = Alpha. Alpha is positive.
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
    static constexpr Kind kind() { return {.name = "ELU", .parameter = Alpha}; }
    static void describe(const auto& x, auto& y, auto) { y = x.then("Elu").with("alpha", Alpha); }
};

/// y = tanh(x), the hyperbolic tangent, for any shape.
struct Tanh : detail::SlopeOfOutput<Tanh> {
    template <class E>
    [[gnu::always_inline]] static constexpr E value(const E& x) {
        return tanh(x);
    }
    template <class E>
    [[gnu::always_inline]] static constexpr E slope(const E& y, const E& dy) {
        return dy * fma(-y, y, E(scalar_t<E>(1)));
    }
    static constexpr Kind kind() { return {.name = "Tanh"}; }
    static void describe(const auto& x, auto& y, auto) { y = x.then("Tanh"); }
};

/// y = tanh(x), within 4e-7 for floats (FastGates, kernels/gates.hpp), for any shape. It may fall by a rounding.
struct FastTanh : detail::SlopeOfOutput<FastTanh> {
    static constexpr bool monotone = false;

    template <class E>
    [[gnu::always_inline]] static constexpr E value(const E& x) {
        return FastGates::tanh(x);
    }
    template <class E>
    [[gnu::always_inline]] static constexpr E slope(const E& y, const E& dy) {
        return Tanh::slope(y, dy);
    }
    static constexpr Kind kind() { return Tanh::kind(); }
    static void describe(const auto& x, auto& y, auto) { y = x.then("Tanh"); }
};

/// y = 1 / (1 + exp(-x)), the logistic function, for any shape.
struct Sigmoid : detail::SlopeOfOutput<Sigmoid> {
    static constexpr bool puts_out_probabilities = true;

    template <class E>
    [[gnu::always_inline]] static constexpr E value(const E& x) {
        return kernels::sigmoid(x);
    }
    template <class E>
    [[gnu::always_inline]] static constexpr E slope(const E& y, const E& dy) {
        return dy * (y * (E(scalar_t<E>(1)) - y));
    }
    static constexpr Kind kind() { return {.name = "Sigmoid"}; }
    static void describe(const auto& x, auto& y, auto) { y = x.then("Sigmoid"); }
};

/// y = log(1 + exp(x)), for any shape.
struct Softplus : detail::SlopeOfOutput<Softplus> {
    template <class E>
    [[gnu::always_inline]] static constexpr E value(const E& x) {
        return max(E(scalar_t<E>(0)), x) + log1p(exp(min(x, -x)));
    }
    // f'(x) = sigmoid(x) = 1 - exp(-y)
    template <class E>
    [[gnu::always_inline]] static constexpr E slope(const E& y, const E& dy) {
        return dy * -expm1(-y);
    }
    static constexpr Kind kind() { return {.name = "Softplus"}; }
    static void describe(const auto& x, auto& y, auto) { y = x.then("Softplus"); }
};

}  // namespace kiln
