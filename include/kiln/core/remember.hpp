// SPDX-License-Identifier: BSL-1.0
#pragma once
// The numbers of an optimizer that go into files (core/contract/optimizer.hpp): those that it remembers, and its
// moments by name.

#include <kiln/core/contract.hpp>
#include <kiln/core/record.hpp>

#include <concepts>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

namespace detail {
struct AnyVisit {
    constexpr void operator()(auto&, const auto&...) const {}
};
}  // namespace detail

/// Whether an optimizer, or an optimizer or schedule inside it, has numbers of its own that change in training.
template <class O>
concept Remembers = requires(O& optimizer) {
    optimizer.remember(detail::AnyVisit{});
};

/// Whether an optimizer that observes losses also remembers the numbers that they change.
template <class O>
inline constexpr bool remembers_all = !ObservesLoss<O> || Remembers<O>;

namespace detail {
// Found by a call, because `remember` returns nothing; in a constant expression, so that the error comes first.
template <std::default_initializable O>
constexpr bool remembered_are_numbers() {
    bool are = true;
    O optimizer{};
    optimizer.remember([&]<class N>(N&, const auto&...) { are = are && std::is_arithmetic_v<N>; });
    return are;
}
}  // namespace detail

/// Whether an optimizer remembers nothing but numbers, as a constant expression finds out; that needs default values
/// and a constexpr `remember`.
template <class O>
inline constexpr bool remembers_numbers = !Remembers<O>;
template <Remembers O>
    requires requires { typename std::bool_constant<detail::remembered_are_numbers<O>()>; }
inline constexpr bool remembers_numbers<O> = detail::remembered_are_numbers<O>();

/// Whether an optimizer has names for its moments.
template <class O>
concept NamesMoments = requires(int k) {
    { O::moment_name(k) } -> std::same_as<const char*>;
};

/// The name of moment k of an optimizer in files.
template <class O>
constexpr Name moment_name(int k) {
    if constexpr (NamesMoments<O>)
        return Name{}.then(O::moment_name(k));
    else
        return Name{}.then("moment").then(k);
}

}  // namespace kiln::inline KILN_TARGET
