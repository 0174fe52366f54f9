// SPDX-License-Identifier: BSL-1.0
#pragma once
// Whether a type is a OneOf (model/one_of.hpp). Classes and functions for one model refuse it by an overload of their
// own, whose message names them: without it the first member that a OneOf lacks would be reported, deep within. Behind
// the message a OneOf is taken for its first model, so that the user's code adds no errors.

#include <kiln/core/target.hpp>

namespace kiln::inline KILN_TARGET {

template <class First, class... Others>
class OneOf;

namespace detail {
template <class M>
inline constexpr bool is_one_of = false;
template <class First, class... Others>
inline constexpr bool is_one_of<OneOf<First, Others...>> = true;
template <class M>
inline constexpr bool is_one_of<const M> = is_one_of<M>;
}  // namespace detail

}  // namespace kiln::inline KILN_TARGET
