// SPDX-License-Identifier: BSL-1.0
#pragma once
// Names from files as messages show them: in quotes, and beside the nearest name that would have been right.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/target.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::inline KILN_TARGET {

/// A text for a message: in quotes, with '?' for control characters, cut off after 60 bytes.
std::string in_quotes(std::string_view text);

/// The number of letters to change, add or remove to make one word of the other (V. Levenshtein, 1966).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The index of the name that is nearest to `name`, the first of equals; 0 if `names` is empty.
std::size_t nearest(const std::vector<std::string>& names, std::string_view name);

}  // namespace kiln::inline KILN_TARGET

#ifndef KILN_COMPILED
#include <kiln/files/detail/quote.ipp>
#endif
