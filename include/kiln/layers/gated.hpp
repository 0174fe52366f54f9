// SPDX-License-Identifier: BSL-1.0
#pragma once
// Activations y = x g(x): the input times a gate g that opens from 0 to 1 as x grows.
//
// Shape: any shape, unchanged
// Formula: y = x g(x) and dx = dy f'(x) for every element, where f(x) = x g(x)
// Cost: three multiply-adds per element for GELU, one for SiLU and HardSwish
//
// f falls before it rises. So y does not tell f', and the layers cannot change places with max pooling. GELU and SiLU
// keep f' on the tape, because it shares a transcendental function with y; HardSwish computes it from x. Derivatives at
// kinks, and NaN for -infinity, are PyTorch's. In float, values are within 2e-7 |x| and derivatives within 2.5e-7; in
// double, the errors are smaller in proportion.

#include <kiln/core/contract.hpp>
#include <kiln/core/dual.hpp>
#include <kiln/core/math.hpp>
#include <kiln/kernels/kept_slope.hpp>
#include <kiln/kernels/pointwise.hpp>
#include <kiln/kernels/sigmoid.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {
// f(x) = x Function::gate(x); of dual numbers by Function::slope(x) = f'(x).
template <class Function>
struct GatedFunction {
    template <class E>
    [[gnu::always_inline]] constexpr E operator()(const E& x) const {
        return x * Function::gate(x);
    }
    template <class E>
    [[gnu::always_inline]] constexpr Dual<E> operator()(const Dual<E>& x) const {
        return {x.value * Function::gate(x.value), x.slope * Function::slope(x.value)};
    }
};

// A layer made of Function::gate(x) and Function::slope(x), which forward keeps or backward computes.
template <class Function, int GateMultiplications, bool KeepsSlope>
struct Gated {
    using claims_of = Function;

    static constexpr Fit shape(Extents in) { return {.out = in}; }

    static constexpr long long multiply_adds(Extents in) { return in.count() * (GateMultiplications + 1); }
    static constexpr bool framewise(Extents) { return true; }

    template <class E, class In>
    using Tape = std::conditional_t<KeepsSlope, kernels::KeptSlope<E, In>, Nothing>;

    static constexpr void forward(const auto& x, auto& y, auto at) {
        if constexpr (is_nothing<decltype(at.tape)>)
            kernels::apply(GatedFunction<Function>{}, x, y);
        else
            kernels::apply_and_keep_slope(GatedFunction<Function>{}, x, y, at.tape.slope);
    }
    static constexpr bool reads_input = !KeepsSlope, reads_output = false;
    static constexpr void backward(const auto& x, const auto&, const auto& dy, auto& dx, auto at) {
        if constexpr (is_nothing<decltype(dx)>)
            return;
        else if constexpr (KeepsSlope)
            kernels::apply_kept_slope(at.tape.slope, dy, dx);
        else
            kernels::apply([](const auto& input, const auto& slope) { return slope * Function::slope(input); }, x, dy,
                           dx);
    }
};
}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// y = x Phi(x), where Phi(x) = (1 + erf(x / sqrt(2))) / 2 is the normal distribution, for any shape: the exact GELU
/// (D. Hendrycks, K. Gimpel, 2016), not its approximation by tanh.
struct GELU : detail::Gated<GELU, 2, true> {
    template <class E>
    [[gnu::always_inline]] static constexpr E gate(const E& x) {
        const E half(scalar_t<E>(0.5)), sqrt_half(scalar_t<E>(0.70710678118654752));
        return fma(erf(x * sqrt_half), half, half);
    }
    // f'(x) = Phi(x) + x Phi'(x), where Phi'(x) = exp(-x^2 / 2) / sqrt(2 pi)
    template <class E>
    [[gnu::always_inline]] static constexpr E slope(const E& x) {
        const E half(scalar_t<E>(0.5)), peak(scalar_t<E>(0.39894228040143268));
        return fma(x * peak, exp(-x * x * half), gate(x));
    }
    static constexpr Kind kind() { return {.name = "GELU"}; }
    static void describe(const auto& x, auto& y, auto) {
        const auto gate = x.then("Mul", 0.70710678118654752).then("Erf").then("Add", 1.0).then("Mul", 0.5);
        y = x.then("Mul", gate);
    }
};

/// y = x sigmoid(x), for any shape; also called Swish (P. Ramachandran et al., 2017).
struct SiLU : detail::Gated<SiLU, 0, true> {
    template <class E>
    [[gnu::always_inline]] static constexpr E gate(const E& x) {
        return kernels::sigmoid(x);
    }
    // f'(x) = s(x) + x s(x) s(-x), where s is the sigmoid. s(x) and s(-x) are 1 and exp(-|x|), in either order, divided
    // by 1 + exp(-|x|).
    template <class E>
    [[gnu::always_inline]] static constexpr E slope(const E& x) {
        const E zero(scalar_t<E>(0)), one(scalar_t<E>(1));
        const E power = exp(min(x, -x)), inverse = one / (one + power);
        return fma(x * power, inverse, select(x >= zero, one, power)) * inverse;
    }
    static constexpr Kind kind() { return {.name = "SiLU"}; }
    static void describe(const auto& x, auto& y, auto) { y = x.then("Mul", x.then("Sigmoid")); }
};

/// y = x g(x), for any shape, where g is 0 up to -3, 1 from 3 on, and (x + 3) / 6 between (A. Howard et al.: Searching
/// for MobileNetV3, 2019). f'(-3) = -1/2 and f'(3) = 3/2.
struct HardSwish : detail::Gated<HardSwish, 0, false> {
    template <class E>
    [[gnu::always_inline]] static constexpr E gate(const E& x) {
        const E zero(scalar_t<E>(0)), three(scalar_t<E>(3)), six(scalar_t<E>(6));
        return min(six, max(zero, x + three)) / six;
    }
    template <class E>
    [[gnu::always_inline]] static constexpr E slope(const E& x) {
        const E zero(scalar_t<E>(0)), half(scalar_t<E>(0.5)), one(scalar_t<E>(1)), three(scalar_t<E>(3));
        return select(x < -three, zero, select(x > three, one, x / three + half));
    }
    static constexpr Kind kind() { return {.name = "HardSwish"}; }
    static void describe(const auto& x, auto& y, auto) { y = x.then("HardSwish"); }
};

}  // namespace kiln
