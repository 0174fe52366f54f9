// SPDX-License-Identifier: BSL-1.0
#pragma once
// Kiln's sizes are int, but C++ expects std::size_t in array bounds and index sequences. The templates here convert, so
// that no compiler warns of a changed sign.

#include <kiln/core/target.hpp>

#include <cstddef>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// The type T[N].
template <class T, int N>
using ArrayOf = T[static_cast<std::size_t>(N)];

// The sequence 0, 1, … N - 1, as a type.
template <int N>
using IndicesBelow = std::make_index_sequence<static_cast<std::size_t>(N)>;

}  // namespace kiln::inline KILN_TARGET::detail
