// SPDX-License-Identifier: BSL-1.0
#pragma once
// Transposes of blocks of floats: between sample-major data (one sample after the other) and lanes (one lane per
// sample). A block of N x N is transposed in registers by log2(N) rounds, in each of which rows at distance d exchange
// halves of every group of 2 d elements (Eklundh 1972).

#include <kiln/core/lanes.hpp>
#include <kiln/core/sizes.hpp>
#include <kiln/core/tensor.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
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

/// Lane c of from[r] becomes lane r of to[c], for L packs of L lanes.
template <class T, int L>
constexpr void transpose(const Lanes<T, L>* from, ArrayOf<Lanes<T, L>, L>& to) {
    if (std::is_constant_evaluated()) {
        for (int r = 0; r < L; ++r)
            for (int c = 0; c < L; ++c) to[c].v[r] = from[r].v[c];
    } else {
        constexpr int N = Lanes<T, L>::part;
        using Array = typename kiln::detail::native_vector<T, N>::in_array;
        for (int r = 0; r < L; r += N)
            for (int c = 0; c < L; c += N)
                detail::transpose_block<T, N>(
                    [&](int i) { return *reinterpret_cast<const Array*>(from[r + i].v + c); },
                    [&](int i, const auto& row) { *reinterpret_cast<Array*>(to[c + i].v + r) = row; });
    }
}

namespace detail {
// Each group of 2 D lanes: the first D of a and the last D of b; or, crossed, the last D of a and the first D of b.
template <int D, bool Crossed, class V, std::size_t... I>
KILN_NATIVE_VECTORS inline V halves_of(V a, V b, std::index_sequence<I...>) {
    constexpr int n = sizeof...(I);
    return __builtin_shufflevector(a, b,
                                   ((static_cast<int>(I) & D) ? n + static_cast<int>(I) - (Crossed ? D : 0)
                                                              : static_cast<int>(I) + (Crossed ? D : 0))...);
}

// Rows i and i + D become one row: in each group of 2 D lanes, one half holds partial sums of row i, the other of row i
// + D. Repeated with half of D each time, the last row holds in lane r the sum over row r. Uncrossed halves are a
// blend, which most machines do twice as fast as a shuffle.
template <int D, int N, class V>
KILN_NATIVE_VECTORS inline V sum_rows(ArrayOf<V, N>& rows) {
    if constexpr (D == 0) {
        return rows[0];
    } else {
        KILN_UNROLL for (int i = 0; i < D; ++i) {
            const V a = rows[i], b = rows[i + D];
            rows[i] = halves_of<D, false>(a, b, IndicesBelow<N>{}) + halves_of<D, true>(a, b, IndicesBelow<N>{});
        }
        return sum_rows<D / 2, N>(rows);
    }
}
}  // namespace detail

namespace detail {
template <class E, int N>
inline constexpr int room_for_totals = N;
template <class T, int L, int N>
inline constexpr int room_for_totals<Lanes<T, L>, N> = (N + (Lanes<T, L>::part) - 1) / (Lanes<T, L>::part) *
                                                       (Lanes<T, L>::part);
}  // namespace detail

/// Room for N totals of elements E, rounded up to whole vectors.
template <class E, int N>
using Totals = ArrayOf<scalar_t<E>, detail::room_for_totals<E, N>>;

namespace detail {
// totals[first … first + P) = the sums from `first` on, of which there are at most P, each added up over its lanes.
template <int N, class T, int L>
KILN_NATIVE_VECTORS inline void reduce_block(const Lanes<T, L>* sums, T* totals, int first) {
    constexpr int P = Lanes<T, L>::part;
    using Array = typename kiln::detail::native_vector<T, P>::in_array;
    using V = typename kiln::detail::native_vector<T, P>::type;
    ArrayOf<V, P> rows;
    KILN_UNROLL for (int r = 0; r < P; ++r) {
        // Parts of a pack are added in halves, in the order of `reduce`. A row that does not exist repeats the first.
        const auto& sum = sums[first + r < N ? first + r : first];
        ArrayOf<V, L / P> part;
        KILN_UNROLL for (int k = 0; k < L / P; ++k) part[k] = *reinterpret_cast<const Array*>(sum.v + k * P);
        KILN_UNROLL for (int half = L / P / 2; half > 0; half /= 2) KILN_UNROLL for (int k = 0; k < half; ++k)
            part[k] += part[k + half];
        rows[r] = part[0];
    }
    *reinterpret_cast<Array*>(totals + first) = sum_rows<P / 2, P>(rows);
}
}  // namespace detail

/// totals[n] = reduce(sums[n]), bit for bit. A vector's worth of sums at once takes a third of the time of one by one.
/// Elements behind the N totals are undefined.
template <int N, class T, int L>
constexpr void reduce_each(const ArrayOf<Lanes<T, L>, N>& sums, Totals<Lanes<T, L>, N>& totals) {
    constexpr int P = Lanes<T, L>::part, whole = N / P * P;
    int done = 0;
    if (!std::is_constant_evaluated()) {
        // Few sums are still in registers, so their loop is unrolled.
        if constexpr (N <= 2 * P) {
            KILN_UNROLL for (; done < whole; done += P) detail::reduce_block<N>(sums, totals, done);
        } else {
            for (; done < whole; done += P) detail::reduce_block<N>(sums, totals, done);
        }
        if constexpr (N - whole > P / 4) {
            detail::reduce_block<N>(sums, totals, whole);
            done = N;
        }
    }
    for (; done < N; ++done) totals[done] = reduce(sums[done]);
}
/// totals[n] = reduce(sums[n]), for elements that are not lanes.
template <int N, class E>
    requires(width<E> == 1)
constexpr void reduce_each(const ArrayOf<E, N>& sums, ArrayOf<E, N>& totals) {
    for (int n = 0; n < N; ++n) totals[n] = reduce(sums[n]);
}

namespace detail {
// N pixels as floats, times scale. The conversion takes two steps, because compilers convert bytes to floats one by
// one.
template <int N>
KILN_NATIVE_VECTORS inline auto widened(const std::uint8_t* pixels, float scale) {
    using Bytes = typename kiln::detail::native_vector<std::uint8_t, N>::in_array;
    using Integers = typename kiln::detail::native_vector<std::int32_t, N>::type;
    using Floats = typename kiln::detail::native_vector<float, N>::type;
    const Integers whole = __builtin_convertvector(*reinterpret_cast<const Bytes*>(pixels), Integers);
    return __builtin_convertvector(whole, Floats) * (scale - Floats{});
}
template <int N>
KILN_NATIVE_VECTORS inline auto widened(const float* values, float scale) {
    using Array = typename kiln::detail::native_vector<float, N>::in_array;
    using Floats = typename kiln::detail::native_vector<float, N>::type;
    return *reinterpret_cast<const Array*>(values) * (scale - Floats{});
}
}  // namespace detail

/// x[i] in lane l = (*samples[l])[i], for samples of whole numbers.
template <class E, class T, int Values, int... Sizes>
constexpr void
gather(const std::array<const Tensor<T, Tokens<Values, Sizes...>>*, static_cast<std::size_t>(width<E>)>& samples, float,
       Tensor<E, Tokens<Values, Sizes...>>& x) {
    for (int i = 0; i < x.count; ++i)
        for (int l = 0; l < width<E>; ++l) {
            const int value = samples[static_cast<std::size_t>(l)]->data[i];
            KILN_EXPECTS(0 <= value && value < Values);
            set_lane(x.data[i], l, value);
        }
}

/// x[i] in lane l = (*samples[l])[i] scale, for samples of floats or of 8-bit pixels.
template <class E, class T, class S>
constexpr void gather(const std::array<const Tensor<T, S>*, static_cast<std::size_t>(width<E>)>& samples, float scale,
                      Tensor<E, S>& x) {
    constexpr int L = width<E>, N = native_lanes;
    int whole = 0;
    if constexpr (L % N == 0 && std::is_same_v<scalar_t<E>, float>) {
        if (!std::is_constant_evaluated()) {
            using Array = typename kiln::detail::native_vector<float, N>::in_array;
            whole = S::count / N * N;
            for (int i = 0; i < whole; i += N)
                for (int l = 0; l < L; l += N)
                    detail::transpose_block<float, N>(
                        [&](int r) {
                            return detail::widened<N>(samples[static_cast<std::size_t>(l + r)]->data + i, scale);
                        },
                        [&](int r, const auto& row) { *reinterpret_cast<Array*>(x.data[i + r].v + l) = row; });
        }
    }
    for (int i = whole; i < S::count; ++i)
        for (int l = 0; l < L; ++l)
            set_lane(
                x.data[i], l,
                static_cast<scalar_t<E>>(static_cast<float>(samples[static_cast<std::size_t>(l)]->data[i]) * scale));
}

}  // namespace kiln::inline KILN_TARGET::kernels
