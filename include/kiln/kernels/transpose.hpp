// SPDX-License-Identifier: BSL-1.0
#pragma once
// Transposes of blocks of numbers in lanes. A block of N x N is transposed in registers by log2(N) rounds, in each of
// which rows at distance d exchange halves of every group of 2 d elements (Eklundh 1972).

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/lanes.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;
using kiln::detail::IndicesBelow;

namespace detail {

// Low: from each group of 2 D elements, a's first D, then b's first D. High: the second halves.
template <int D, bool High, class V, std::size_t... I>
KILN_NATIVE_VECTORS inline V exchange(V a, V b, std::index_sequence<I...>) {
    constexpr int n = sizeof...(I);
    return __builtin_shufflevector(a, b,
                                   ((static_cast<int>(I) & D) ? n + static_cast<int>(I) - (High ? 0 : D)
                                                              : static_cast<int>(I) + (High ? D : 0))...);
}

template <int D, int N, class V>
KILN_NATIVE_VECTORS inline void exchange_rows(ArrayOf<V, N>& rows) {
    if constexpr (D < N) {
        KILN_UNROLL for (int i = 0; i < N; ++i) {
            if ((i & D) == 0) {
                const V a = rows[i], b = rows[i + D];
                rows[i] = exchange<D, false>(a, b, IndicesBelow<N>{});
                rows[i + D] = exchange<D, true>(a, b, IndicesBelow<N>{});
            }
        }
        exchange_rows<2 * D, N>(rows);
    }
}

// An N x N block; read(i) gives row i as a native vector, write(i, row) takes row i of the transpose.
template <class T, int N>
KILN_NATIVE_VECTORS inline void transpose_block(auto read, auto write) {
    using V = typename kiln::detail::native_vector<T, N>::type;
    ArrayOf<V, N> rows;
    KILN_UNROLL for (int i = 0; i < N; ++i) rows[i] = read(i);
    exchange_rows<1, N>(rows);
    KILN_UNROLL for (int i = 0; i < N; ++i) write(i, rows[i]);
}

}  // namespace detail

/// Lane c of from[r step] becomes lane r of to[c], for L packs of L lanes.
template <class T, int L>
constexpr void transpose(const Lanes<T, L>* from, ArrayOf<Lanes<T, L>, L>& to, int step = 1) {
    if (std::is_constant_evaluated()) {
        for (int r = 0; r < L; ++r)
            for (int c = 0; c < L; ++c) to[c].v[r] = from[r * step].v[c];
    } else {
        constexpr int N = Lanes<T, L>::part;
        using Array = typename kiln::detail::native_vector<T, N>::in_array;
        for (int r = 0; r < L; r += N)
            for (int c = 0; c < L; c += N)
                detail::transpose_block<T, N>(
                    [&](int i) { return *reinterpret_cast<const Array*>(from[(r + i) * step].v + c); },
                    [&](int i, const auto& row) { *reinterpret_cast<Array*>(to[c + i].v + r) = row; });
    }
}

/// to[c to_step + r] = from[r from_step + c] for a block of N x N numbers, which are at most native vectors.
template <int N, class T>
constexpr void transpose_numbers(const T* from, int from_step, T* to, int to_step) {
    if (N == 1 || std::is_constant_evaluated()) {
        for (int r = 0; r < N; ++r)
            for (int c = 0; c < N; ++c) to[c * to_step + r] = from[r * from_step + c];
    } else {
        using Array = typename kiln::detail::native_vector<T, N>::in_array;
        detail::transpose_block<T, N>(
            [&](int i) { return *reinterpret_cast<const Array*>(from + i * from_step); },
            [&](int i, const auto& row) { *reinterpret_cast<Array*>(to + i * to_step) = row; });
    }
}

/// to[c][r] = from[r][c] for a matrix of Rows x Columns numbers.
template <int Rows, int Columns, class T>
constexpr void transpose_matrix(const T* from, T* to) {
    constexpr int native = native_bytes / static_cast<int>(sizeof(T)), least = Rows < Columns ? Rows : Columns;
    constexpr int N = [] {
        int block = 1;
        while (2 * block <= least && 2 * block <= native) block *= 2;
        return std::is_floating_point_v<T> ? block : 1;
    }();
    // The last block of a row or column is moved back, so that it ends with the matrix.
    for (int r = 0; r < Rows; r += N)
        for (int c = 0; c < Columns; c += N) {
            const int row = r < Rows - N ? r : Rows - N, column = c < Columns - N ? c : Columns - N;
            transpose_numbers<N>(from + row * Columns + column, Columns, to + column * Rows + row, Rows);
        }
}

}  // namespace kiln::inline KILN_TARGET::kernels
