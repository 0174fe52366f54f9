// SPDX-License-Identifier: BSL-1.0
#pragma once
// What stands in for a model that the compiler refused: one mistake is one error, so all that the user's code goes on
// to do with the model has to compile. A refused network becomes one without layers and with the same output, its
// constants become unknown.

#include <kiln/core/contract.hpp>
#include <kiln/core/shape.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

// Stands in for a network that does not fit.
template <class Out>
struct Unbuilt {
    static constexpr Fit shape(Extents) { return {.out = Out::extents}; }
    static constexpr void forward(const auto&, auto&, auto) {}
    static constexpr void backward(const auto&, const auto&, const auto&, auto&, auto) {}
};

// Stands in for a constant of such a network. It agrees with whatever it is compared with, arithmetic leaves it
// unknown, and it converts to any number, so that the user's own asserts and tables add no errors.
struct Unknown {
    template <class T>
        requires std::is_arithmetic_v<T>
    constexpr operator T() const { return T{}; }
    constexpr Unknown operator+() const { return {}; }
    constexpr Unknown operator-() const { return {}; }
};
template <class A, class B>
concept EitherUnknown = std::is_same_v<A, Unknown> || std::is_same_v<B, Unknown>;
// clang-format off
template <class A, class B> requires EitherUnknown<A, B> constexpr Unknown operator+(A, B) { return {}; }
template <class A, class B> requires EitherUnknown<A, B> constexpr Unknown operator-(A, B) { return {}; }
template <class A, class B> requires EitherUnknown<A, B> constexpr Unknown operator*(A, B) { return {}; }
template <class A, class B> requires EitherUnknown<A, B> constexpr Unknown operator/(A, B) { return {}; }
template <class A, class B> requires EitherUnknown<A, B> constexpr Unknown operator%(A, B) { return {}; }
template <class A, class B> requires EitherUnknown<A, B> constexpr bool operator==(A, B) { return true; }
template <class A, class B> requires EitherUnknown<A, B> constexpr bool operator!=(A, B) { return true; }
template <class A, class B> requires EitherUnknown<A, B> constexpr bool operator<(A, B) { return true; }
template <class A, class B> requires EitherUnknown<A, B> constexpr bool operator>(A, B) { return true; }
template <class A, class B> requires EitherUnknown<A, B> constexpr bool operator<=(A, B) { return true; }
template <class A, class B> requires EitherUnknown<A, B> constexpr bool operator>=(A, B) { return true; }
template <class Stream> requires (!std::is_arithmetic_v<Stream>) constexpr Stream& operator<<(Stream& out, Unknown) { return out; }
// clang-format on

template <bool Known, class T>
constexpr auto known(T value) {
    if constexpr (Known)
        return value;
    else
        return Unknown{};
}

}  // namespace kiln::inline KILN_TARGET::detail
