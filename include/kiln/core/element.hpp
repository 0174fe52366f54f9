// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a layer may ask of an element type, for the real scalars float and double. `Lanes` answers the same questions
// for several samples at once; tests add dual numbers and operation counters. A layer written with these names works
// for all of them.
//
//   + - * / and their assignments · comparison gives a mask · select(mask, a, b) · fma(a, b, c) = a b + c · max · min
//   reduce(a): the sum over lanes · lane(a, l), set_lane(a, l, value): one lane · exp log tanh …: core/math.hpp

#include <array>
#include <type_traits>

namespace kiln {

template <class T>
concept RealScalar = std::is_floating_point_v<T>;

namespace detail {
template <class E>
struct element_traits {
    using scalar = E;
    static constexpr int width = 1;
};
}  // namespace detail

/// The type of parameters and gradients that go with elements `E`: float for lanes of float, otherwise `E` itself.
template <class E>
using scalar_t = typename detail::element_traits<std::remove_cv_t<E>>::scalar;

/// Samples an element holds: L for `Lanes<T, L>`, otherwise 1.
template <class E>
inline constexpr int width = detail::element_traits<std::remove_cv_t<E>>::width;

// Written as one expression so that compilers may contract it into one instruction (clang does not contract across
// statements).
template <RealScalar T>
constexpr T fma(T a, T b, T c) {
    return a * b + c;
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
/// In which lanes of E an index (a label, a position) has the given value, as a mask for `select`.
template <class E>
    requires(width<E> == 1)
constexpr bool equal_lanes(const std::array<int, 1>& index, int value) { return index[0] == value; }
template <class T, class Value>
    requires(width<T> == 1)
constexpr void set_lane(T& a, int, const Value& value) { a = T(value); }

}  // namespace kiln
