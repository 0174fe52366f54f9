// SPDX-License-Identifier: BSL-1.0
#pragma once
// Sizes are int in Kiln and std::size_t in C++. Where C++ asks for a size, of which the compiler warns, these convert.

#include <kiln/core/target.hpp>

#include <cstddef>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// T[N].
template <class T, int N>
using ArrayOf = T[static_cast<std::size_t>(N)];

// 0, 1, … N - 1 as a type.
template <int N>
using IndicesBelow = std::make_index_sequence<static_cast<std::size_t>(N)>;

}  // namespace kiln::inline KILN_TARGET::detail
