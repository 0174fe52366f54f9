// SPDX-License-Identifier: BSL-1.0
#pragma once
// Decimal numbers in texts: read exactly to the last bit, in every locale, and with the text's own decimal mark.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/target.hpp>

#include <string_view>

namespace kiln::inline KILN_TARGET::data::detail {

enum class NumberFault { none, no_number, too_large, not_finite };

/// Reads a number that is the whole text: an optional sign, digits with at most one `decimal` mark, an optional
/// exponent. `value` becomes the nearest number there is, so 1e-400 becomes 0. `value` is meaningless unless the result
/// is none.
NumberFault read_number(std::string_view text, char decimal, float& value);
NumberFault read_number(std::string_view text, char decimal, double& value);

}  // namespace kiln::inline KILN_TARGET::data::detail

#ifndef KILN_COMPILED
#include <kiln/data/detail/number.ipp>
#endif
