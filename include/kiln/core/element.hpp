// SPDX-License-Identifier: BSL-1.0
#pragma once
// An element is the number type that a layer computes with: float, double, `Lanes` (several samples at once), `Dual` (a
// number with its derivative) or a user's own. `concept Element` states every operation that a layer may use, so a
// layer written with these names works for all elements:
//
//   + - * / and their assignments · comparison gives a mask · select(mask, a, b) · fma(a, b, c) = a b + c · max · min
//   abs · exp expm1 log log1p tanh erf sqrt sin cos · pow(a, n) and pow(a, b)
//   reduce(a): the sum over lanes · lane(a, l), set_lane(a, l, value): one lane
//
// A layer calls the functions by their names in `kiln::math` (core/functions.hpp). This page defines the operations
// that need no mathematics, for float and double. core/math.hpp and core/sine.hpp define the functions for float,
// double and lanes of them.

#include <kiln/core/target.hpp>

#include <array>
#include <concepts>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

template <class T>
concept RealScalar = std::is_floating_point_v<T>;

namespace detail {
template <class E>
struct element_traits {
    using scalar = E;
    using index = int;
    static constexpr int width = 1;
};
}  // namespace detail

namespace detail {
template <std::integral T>
struct element_traits<T> {  // as tokens are stored
    using scalar = T;
    using index = T;
    static constexpr int width = 1;
};
}  // namespace detail

/// The type of parameters and gradients for elements `E`: float for lanes of float, otherwise `E` itself.
template <class E>
using scalar_t = typename detail::element_traits<std::remove_cv_t<E>>::scalar;

/// The integers for elements `E`: int, or lanes of as many int; an integer type itself.
template <class E>
using index_t = typename detail::element_traits<std::remove_cv_t<E>>::index;

/// The number of samples in an element: L for `Lanes<T, L>`, otherwise 1.
template <class E>
inline constexpr int width = detail::element_traits<std::remove_cv_t<E>>::width;

// fma is written as one expression, because clang contracts to one instruction only within an expression.
template <RealScalar T>
constexpr T fma(T a, T b, T c) {
    return a * b + c;
}
/// x, rounded: compilers do not fuse the multiplication that made x with a later addition. A pass rounds each product
/// that it adds to a gradient. Fused, the product's bits would depend on the sum so far, and so on the number of
/// threads.
template <class T>
constexpr T rounded(T x) {
    if constexpr (RealScalar<T>)
        if (!std::is_constant_evaluated()) asm("" : "+m"(x));
    return x;
}
/// x, a sum that a loop carries from one iteration to the next. Where a loop carries one sum alone, a number or a
/// vector, g++ tuned for some processors (as znver3) does not fuse the multiplication and the addition; with two sums it
/// does. So kernels hide such a sum, which then has the bits of a sum among others.
template <class T>
constexpr T carried(T x) {
#if defined __GNUC__ && !defined __clang__ && defined __FMA__
    if constexpr (RealScalar<T>)
        if (!std::is_constant_evaluated()) asm("" : "+v"(x));
#endif
    return x;
}
template <RealScalar T>
constexpr T max(T a, T b) {
    return a > b ? a : b;
}
template <RealScalar T>
constexpr T min(T a, T b) {
    return a < b ? a : b;
}
template <class T>
constexpr T select(bool mask, const T& a, const T& b) {
    return mask ? a : b;
}
template <RealScalar T>
constexpr T reduce(T a) {
    return a;
}
template <class T>
    requires(width<T> == 1)
constexpr T lane(const T& a, int) { return a; }
/// The lanes of E in which an index (a label, a position) has the given value, as a mask for `select`.
template <class E>
    requires(width<E> == 1)
constexpr bool equal_lanes(const std::array<int, 1>& index, int value) { return index[0] == value; }
template <class T, class Value>
    requires(width<T> == 1)
constexpr void set_lane(T& a, int, const Value& value) { a = T(value); }

// ---- Mathematics of float, double and lanes of either. Other elements bring their own functions, which
// argument-dependent lookup finds. Defined in core/math.hpp; sin and cos in core/sine.hpp. ----

/// A float, a double, or lanes of either.
template <class E>
concept RealElement = RealScalar<scalar_t<E>> && sizeof(scalar_t<E>) <= sizeof(double);

/// e to the x: overflows to infinity, underflows through denormals to 0.
template <RealElement E>
constexpr E exp(const E& x);

/// e to the x, minus 1, with full relative accuracy near 0.
template <RealElement E>
constexpr E expm1(const E& x);

/// The natural logarithm: -infinity at 0, NaN below.
template <RealElement E>
constexpr E log(const E& x);

/// The natural logarithm of 1 + x, with full relative accuracy near 0: -infinity at -1, NaN below.
template <RealElement E>
constexpr E log1p(const E& x);

/// The hyperbolic tangent, with full relative accuracy near 0.
template <RealElement E>
constexpr E tanh(const E& x);

/// The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x, with full relative accuracy near 0.
template <RealElement E>
constexpr E erf(const E& x);

/// The square root, correctly rounded: NaN below 0.
template <RealElement E>
constexpr E sqrt(const E& x);

/// The sine of an angle in radians, up to 6,433 (float) or 1.6 million (double) in magnitude: NaN beyond.
template <RealElement E>
constexpr E sin(const E& x);

/// The cosine, for the same angles.
template <RealElement E>
constexpr E cos(const E& x);

/// The magnitude: x without its sign.
template <RealElement E>
constexpr E abs(const E& x);

/// x to the y, for x from 0 on: NaN below, 1 where y is 0.
template <RealElement E>
constexpr E pow(const E& x, const std::type_identity_t<E>& y);

/// A number type with every operation that a layer may use.
template <class E>
concept Element = std::default_initializable<E> && std::copyable<E> && std::constructible_from<E, scalar_t<E>> &&
                  std::constructible_from < scalar_t<E>,
double > &&requires(E& to, const E& a, const E& b, const E& c, scalar_t<E> number) {
    { a + b } -> std::same_as<E>;
    { a - b } -> std::same_as<E>;
    { a* b } -> std::same_as<E>;
    { a / b } -> std::same_as<E>;
    { -a } -> std::same_as<E>;
    { to += a } -> std::same_as<E&>;
    { to -= a } -> std::same_as<E&>;
    { to *= a } -> std::same_as<E&>;
    { to /= a } -> std::same_as<E&>;
    { select(a > b, a, b) } -> std::same_as<E>;
    { select(a < b, a, b) } -> std::same_as<E>;
    { select(a >= b, a, b) } -> std::same_as<E>;
    { select(a <= b, a, b) } -> std::same_as<E>;
    { select(a == b, a, b) } -> std::same_as<E>;
    { fma(a, b, c) } -> std::same_as<E>;
    { max(a, b) } -> std::same_as<E>;
    { min(a, b) } -> std::same_as<E>;
    { abs(a) } -> std::same_as<E>;
    { exp(a) } -> std::same_as<E>;
    { expm1(a) } -> std::same_as<E>;
    { log(a) } -> std::same_as<E>;
    { log1p(a) } -> std::same_as<E>;
    { tanh(a) } -> std::same_as<E>;
    { erf(a) } -> std::same_as<E>;
    { sqrt(a) } -> std::same_as<E>;
    { sin(a) } -> std::same_as<E>;
    { cos(a) } -> std::same_as<E>;
    { pow(a, b) } -> std::same_as<E>;
    { reduce(a) } -> std::same_as<scalar_t<E>>;
    { lane(a, 0) } -> std::same_as<scalar_t<E>>;
    set_lane(to, 0, number);
};

}  // namespace kiln::inline KILN_TARGET
