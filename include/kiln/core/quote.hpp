// SPDX-License-Identifier: BSL-1.0
#pragma once
// Names that come out of files, as messages show them: quoted, and beside the nearest that would have been right.

#include <kiln/core/compiled.hpp>
#include <kiln/core/target.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::inline KILN_TARGET {

/// A text for a message: in quotes, without what would upset a terminal, and not too long.
std::string in_quotes(std::string_view text);

/// How many letters must be changed, added or removed to make one word of another (V. Levenshtein, 1966).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The place of the name that is nearest to `name`, the first of equals; 0 if there is none.
std::size_t nearest(const std::vector<std::string>& names, std::string_view name);

}  // namespace kiln::inline KILN_TARGET

#ifndef KILN_COMPILED
#include <kiln/core/quote.ipp>
#endif
