// SPDX-License-Identifier: BSL-1.0
#pragma once
// Decimal numbers in texts: exact to the last bit, in every locale, and with the decimal mark that the text has.

#include <kiln/core/compiled.hpp>
#include <kiln/core/target.hpp>

#include <string_view>

namespace kiln::inline KILN_TARGET::data::detail {

enum class NumberFault { none, no_number, too_large, not_finite };

/// Reads a number that is the whole text: a sign if any, digits with at most one `decimal` mark, an exponent if any. The
/// value is the nearest there is, so that 1e-400 is 0; unless the result is none, it means nothing.
NumberFault read_number(std::string_view text, char decimal, float& value);
NumberFault read_number(std::string_view text, char decimal, double& value);

}  // namespace kiln::inline KILN_TARGET::data::detail

#ifndef KILN_COMPILED
#include <kiln/data/number.ipp>
#endif
