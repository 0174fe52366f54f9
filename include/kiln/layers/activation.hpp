// SPDX-License-Identifier: BSL-1.0
#pragma once
// Activations: one function of one element, applied to any shape. Each knows its slope as a function of its output y,
// so that nothing but y has to be kept for the backward pass.

#include <kiln/core/contract.hpp>
#include <kiln/core/math.hpp>
#include <kiln/kernels/pointwise.hpp>

namespace kiln {

namespace detail {
// A layer made of Function::value(x) and Function::slope(y, dy) = dy · f'(x), where y = f(x).
template <class Function>
struct Activation {
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
}  // namespace detail

/// max(0, x); NaN stays NaN. Slope 0 at 0, as in PyTorch.
struct ReLU : detail::Activation<ReLU> {
    template <class E>
    static constexpr E value(const E& x) {
        return max(E(scalar_t<E>(0)), x);
    }
    template <class E>
    static constexpr E slope(const E& y, const E& dy) {
        const E zero(scalar_t<E>(0));
        return select(y > zero, dy, zero);
    }
};

/// The hyperbolic tangent.
struct Tanh : detail::Activation<Tanh> {
    template <class E>
    static constexpr E value(const E& x) {
        return tanh(x);
    }
    template <class E>
    static constexpr E slope(const E& y, const E& dy) {
        return dy * fma(-y, y, E(scalar_t<E>(1)));
    }
};

}  // namespace kiln
