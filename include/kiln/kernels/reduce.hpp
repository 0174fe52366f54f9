// SPDX-License-Identifier: BSL-1.0
#pragma once
// Many sums over lanes at once. One sum takes log2(lanes) steps by itself; a vector's worth of them shares its steps, and
// ends as one vector of totals.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/pack.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;
using kiln::detail::IndicesBelow;

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
/// totals[n] = reduce(sums[n]), for elements that are not lanes. Values and slopes of dual numbers over lanes are reduced
/// by themselves.
template <int N, class E>
    requires(!is_lanes<E>)
constexpr void reduce_each(const ArrayOf<E, N>& sums, ArrayOf<scalar_t<E>, N>& totals) {
    if constexpr ((width<E>) > 1) {
        using T = std::remove_cvref_t<decltype(sums[0].value)>;
        ArrayOf<T, N> part;
        Totals<T, N> values, slopes;
        for (int n = 0; n < N; ++n) part[n] = sums[n].value;
        reduce_each<N>(part, values);
        for (int n = 0; n < N; ++n) part[n] = sums[n].slope;
        reduce_each<N>(part, slopes);
        for (int n = 0; n < N; ++n) totals[n] = {values[n], slopes[n]};
    } else {
        for (int n = 0; n < N; ++n) totals[n] = reduce(sums[n]);
    }
}

/// to[i] += from[i] for Count elements, summed over lanes, each number rounded first.
template <int Count, class E, class S>
constexpr void add_reduced(const E* from, S* to) {
    if constexpr (std::is_same_v<E, float>) {
        using Pack = pack_t<float, Count>;
        constexpr int step = pack_step<float, Count>, whole = Count / step * step;
        for (int i = 0; i < whole; i += step) store(load<Pack>(to + i) + rounded(load<Pack>(from + i)), to + i);
        for (int i = whole; i < Count; ++i) to[i] += rounded(from[i]);
    } else if constexpr (is_lanes<E>) {
        constexpr int block = 16;
        int i = 0;
        if (!std::is_constant_evaluated())
            for (; i + block <= Count; i += block) {
                Totals<E, block> total;
                reduce_each<block>(*reinterpret_cast<const ArrayOf<E, block>*>(from + i), total);
                for (int k = 0; k < block; ++k) to[i + k] += total[k];
            }
        for (; i < Count; ++i) to[i] += reduce(from[i]);
    } else {
        for (int i = 0; i < Count; ++i) to[i] += rounded(reduce(from[i]));
    }
}
template <class E, class S, class In>
constexpr void add_reduced(const Tensor<E, In>& from, Tensor<S, In>& to) {
    add_reduced<In::count>(from.data, to.data);
}

}  // namespace kiln::inline KILN_TARGET::kernels
