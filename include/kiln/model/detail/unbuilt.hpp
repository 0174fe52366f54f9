// SPDX-License-Identifier: BSL-1.0
#pragma once
// Replacements for the parts of a refused model. One mistake is one error, so the user's code that goes on to use the
// model has to compile. A refused network becomes one without layers and with the same output; its constants become
// unknown.

#include <kiln/core/contract.hpp>
#include <kiln/core/shape.hpp>

#include <concepts>
#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

// The replacement of a network that does not fit.
template <class Out>
struct Unbuilt {
    static constexpr Fit shape(std::same_as<Extents> auto...) { return {.out = Out::extents}; }
    static constexpr void forward(const auto&, auto&, auto) {}
    static constexpr void backward(const auto&, const auto&, const auto&, auto&, auto) {}
};

template <class... Out>
struct Unbuilt<Shapes<Out...>> {
    template <class>
    using Outputs = Shapes<Out...>;
    static constexpr Fit shape(std::same_as<Extents> auto...) { return {}; }
    static constexpr void forward(const auto&, auto&, auto) {}
    static constexpr void backward(const auto&, const auto&, const auto&, auto&, auto) {}
};

// The replacement of a constant of a refused network. It compares equal, less and greater to any number, arithmetic
// leaves it unknown, and it converts to any number, so that the user's own asserts and tables add no errors.
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
