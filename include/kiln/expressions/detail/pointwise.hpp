// SPDX-License-Identifier: BSL-1.0
#pragma once
// The primitives that compute element by element, and their derivatives.

#include <kiln/core/element.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/sine.hpp>
#include <kiln/expressions/symbol.hpp>
#include <kiln/kernels/sigmoid.hpp>

namespace kiln::inline KILN_TARGET::expressions {

/// The value of a primitive for its operands; unary primitives read a alone.
template <Primitive P, bool OrEqual, class E>
[[gnu::always_inline]] constexpr E pointwise_value(const E& a, const E& b, const E& c, const E& d) {
    using kiln::exp, kiln::expm1, kiln::log, kiln::log1p, kiln::tanh, kiln::erf, kiln::sqrt, kiln::sin, kiln::cos,
        kiln::abs, kiln::max, kiln::min, kiln::select;
    if constexpr (P == Primitive::copy)
        return a;
    else if constexpr (P == Primitive::add)
        return a + b;
    else if constexpr (P == Primitive::subtract)
        return a - b;
    else if constexpr (P == Primitive::multiply)
        return a * b;
    else if constexpr (P == Primitive::divide)
        return a / b;
    else if constexpr (P == Primitive::negate)
        return -a;
    else if constexpr (P == Primitive::exp)
        return exp(a);
    else if constexpr (P == Primitive::expm1)
        return expm1(a);
    else if constexpr (P == Primitive::log)
        return log(a);
    else if constexpr (P == Primitive::log1p)
        return log1p(a);
    else if constexpr (P == Primitive::tanh)
        return tanh(a);
    else if constexpr (P == Primitive::erf)
        return erf(a);
    else if constexpr (P == Primitive::sigmoid)
        return kernels::sigmoid(a);
    else if constexpr (P == Primitive::sqrt)
        return sqrt(a);
    else if constexpr (P == Primitive::sin)
        return sin(a);
    else if constexpr (P == Primitive::cos)
        return cos(a);
    else if constexpr (P == Primitive::abs)
        return abs(a);
    else if constexpr (P == Primitive::max)
        return max(a, b);
    else if constexpr (P == Primitive::min)
        return min(a, b);
    else if constexpr (OrEqual)
        return select(a >= b, c, d);
    else
        return select(a > b, c, d);
}

/// The slope of operand K, from the slope s and the value y of the result.
template <Primitive P, int K, bool OrEqual, class E>
[[gnu::always_inline]] constexpr E pointwise_slope(const E& s, const E& y, const E& a, const E& b) {
    using kiln::exp, kiln::sin, kiln::cos, kiln::fma, kiln::select;
    using S = scalar_t<E>;
    if constexpr (P == Primitive::copy || P == Primitive::add || (P == Primitive::subtract && K == 0))
        return s;
    else if constexpr (P == Primitive::subtract || P == Primitive::negate)
        return -s;
    else if constexpr (P == Primitive::multiply)
        return s * (K == 0 ? b : a);
    else if constexpr (P == Primitive::divide && K == 0)
        return s / b;
    else if constexpr (P == Primitive::divide)
        return -(s / b) * y;
    else if constexpr (P == Primitive::exp)
        return s * y;
    else if constexpr (P == Primitive::expm1)
        return fma(s, y, s);
    else if constexpr (P == Primitive::log)
        return s / a;
    else if constexpr (P == Primitive::log1p)
        return s / (a + E(S(1)));
    else if constexpr (P == Primitive::tanh)
        return s * fma(-y, y, E(S(1)));
    else if constexpr (P == Primitive::erf)
        return s * (E(S(1.1283791670955126)) * exp(-(a * a)));  // 2 / sqrt(pi)
    else if constexpr (P == Primitive::sigmoid)
        return s * (y * (E(S(1)) - y));
    else if constexpr (P == Primitive::sqrt)
        return s / (y + y);
    else if constexpr (P == Primitive::sin)
        return s * cos(a);
    else if constexpr (P == Primitive::cos)
        return -s * sin(a);
    else if constexpr (P == Primitive::abs)
        return select(a > E(S(0)), s, select(a < E(S(0)), -s, E(S(0))));
    else if constexpr (P == Primitive::max)
        return K == 0 ? select(a > b, s, E(S(0))) : select(a > b, E(S(0)), s);
    else if constexpr (P == Primitive::min)
        return K == 0 ? select(a < b, s, E(S(0))) : select(a < b, E(S(0)), s);
    else if constexpr (OrEqual)
        return K == 2 ? select(a >= b, s, E(S(0))) : select(a >= b, E(S(0)), s);
    else
        return K == 2 ? select(a > b, s, E(S(0))) : select(a > b, E(S(0)), s);
}

}  // namespace kiln::inline KILN_TARGET::expressions
