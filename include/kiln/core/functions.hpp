// SPDX-License-Identifier: BSL-1.0
#pragma once
// The functions of elements as a layer calls them, under one name for every element:
//
//   y[i] = kiln::math::max(x[i], 0) * kiln::math::sin(x[i]);
//
// The functions are objects, and convert further arguments to the type of the first. So a literal needs no cast. No
// function of the C library that happens to be visible takes the place of Kiln's: `exp(x)` alone may be std::exp, which
// has other bits and is no constant. A misspelt name is one error where it is written, for every element.

#include <kiln/core/element.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/power.hpp>
#include <kiln/core/sine.hpp>

#include <concepts>

namespace kiln::inline KILN_TARGET {

namespace detail {
// Calls from this namespace find Kiln's functions of float and double, and by argument-dependent lookup those of any
// element.
template <class E>
constexpr E element_from(const auto& number) {
    if constexpr (std::same_as<E, std::remove_cvref_t<decltype(number)>>)
        return number;
    else if constexpr (std::convertible_to<decltype(number), scalar_t<E>>)
        return E(static_cast<scalar_t<E>>(number));
    else
        return E(number);
}
}  // namespace detail

namespace math {

#define KILN_FUNCTION(name)                                       \
    inline constexpr auto name = []<Element E>(const E& x) -> E { \
        using kiln::name;                                         \
        return name(x);                                           \
    }
KILN_FUNCTION(exp);
KILN_FUNCTION(expm1);
KILN_FUNCTION(log);
KILN_FUNCTION(log1p);
KILN_FUNCTION(tanh);
KILN_FUNCTION(erf);
KILN_FUNCTION(sqrt);
KILN_FUNCTION(sin);
KILN_FUNCTION(cos);
KILN_FUNCTION(abs);
#undef KILN_FUNCTION

/// The larger of two; the second if either is NaN.
inline constexpr auto max = []<Element E>(const E& a, const auto& b) -> E {
    using kiln::max;
    return max(a, kiln::detail::element_from<E>(b));
};
/// The smaller of two; the second if either is NaN.
inline constexpr auto min = []<Element E>(const E& a, const auto& b) -> E {
    using kiln::min;
    return min(a, kiln::detail::element_from<E>(b));
};
/// a b + c, which may be rounded once only.
inline constexpr auto fma = []<Element E>(const E& a, const auto& b, const auto& c) -> E {
    using kiln::fma;
    return fma(a, kiln::detail::element_from<E>(b), kiln::detail::element_from<E>(c));
};
/// a where the mask is set, b elsewhere; a comparison of two elements gives a mask.
inline constexpr auto select = []<Element E>(const auto& mask, const E& a, const auto& b) -> E {
    using kiln::select;
    return select(mask, a, kiln::detail::element_from<E>(b));
};
/// x to the y. A whole exponent (an int) multiplies, for x of any sign; any other is exp(y log x), for x from 0 on.
inline constexpr auto pow = []<Element E>(const E& x, const auto& y) -> E {
    using kiln::pow;
    if constexpr (std::integral<std::remove_cvref_t<decltype(y)>>)
        return y < 0 ? E(scalar_t<E>(1)) / power(x, -static_cast<long long>(y)) : power(x, static_cast<long long>(y));
    else
        return pow(x, kiln::detail::element_from<E>(y));
};
/// The sum over the lanes of an element, as a gradient needs it.
inline constexpr auto reduce = []<Element E>(const E& x) -> scalar_t<E> {
    using kiln::reduce;
    return reduce(x);
};

}  // namespace math
}  // namespace kiln::inline KILN_TARGET
