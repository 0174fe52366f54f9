// SPDX-License-Identifier: BSL-1.0
#pragma once
// What of an optimizer goes into files (core/contract.hpp): the numbers that it remembers, and its moments by name.

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

/// Whether an optimizer, or what it goes by, has numbers of its own that change as training goes on.
template <class O>
concept Remembers = requires(O& optimizer) {
    optimizer.remember(detail::AnyVisit{});
};

/// Whether whatever an optimizer, or what it goes by, observes is among what it remembers.
template <class O>
inline constexpr bool remembers_all = !ObservesLoss<O> || Remembers<O>;

namespace detail {
// By a call, for `remember` returns nothing that could be asked; a constant expression, so that the error comes first.
template <std::default_initializable O>
constexpr bool remembered_are_numbers() {
    bool are = true;
    O optimizer{};
    optimizer.remember([&]<class N>(N&, const auto&...) { are = are && std::is_arithmetic_v<N>; });
    return are;
}
}  // namespace detail

/// Whether nothing but numbers is among what an optimizer remembers, and a constant expression can tell, which needs
/// default values and a constexpr remember.
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

/// What files call moment k of an optimizer.
template <class O>
constexpr Name moment_name(int k) {
    if constexpr (NamesMoments<O>)
        return Name{}.then(O::moment_name(k));
    else
        return Name{}.then("moment").then(k);
}

}  // namespace kiln::inline KILN_TARGET
