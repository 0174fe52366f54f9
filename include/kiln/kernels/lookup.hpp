// SPDX-License-Identifier: BSL-1.0
#pragma once
// Rows of a table, looked up by whole numbers, and the adjoint.
//
//   y[t]      = table[x[t]]
//   dtable[v] += sum of dy[t] over all places t and lanes where x[t] = v
//
// A counting sort lists the places of each row. So the slopes of a row are summed apart, and added to the table once.
// Rows that do not occur are not touched. No multiply-adds.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/transpose.hpp>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

namespace detail {
// The numbers of a row, of D in all, that go through a transpose, as many at once as elements have lanes.
template <class E, int D>
inline constexpr int transposed_numbers = (is_lanes<E> && width<E> > 1) ? D / (width<E>) * (width<E>) : 0;
}  // namespace detail

/// y[t] = table[x[t]], for T places and rows of D numbers. Each x is below Rows.
template <int Rows, int T, int D, class E, class S>
constexpr void look_up(const index_t<E>* x, const S* table, E* y) {
    constexpr int L = width<E>, packed = detail::transposed_numbers<E, D>;
    for (int t = 0; t < T; ++t) {
        for (int l = 0; l < L; ++l) KILN_EXPECTS(0 <= lane(x[t], l) && lane(x[t], l) < Rows);
        if constexpr (packed > 0)
            for (int d = 0; d < packed; d += L) {
                ArrayOf<E, L> rows, columns;
                for (int l = 0; l < L; ++l) store(E::load(table + lane(x[t], l) * D + d), rows + l);
                transpose(rows, columns);
                for (int k = 0; k < L; ++k) store(load<E>(columns + k), y + t * D + d + k);
            }
        for (int l = 0; l < L; ++l) {
            const S* const row = table + lane(x[t], l) * D;
            if constexpr (L == 1)
                for (int d = 0; d < D; ++d) y[t * D + d] = E(row[d]);
            else
                for (int d = packed; d < D; ++d) set_lane(y[t * D + d], l, row[d]);
        }
    }
}

/// The working memory of `add_to_rows`: the places of all rows, where place t L + l is lane l of place t, and for
/// elements of L lanes the slopes of L numbers of a row at each place.
template <int Rows, int T, int D, class E>
struct SortedPlaces {
    static constexpr int lanes = width<E>;
    ArrayOf<int, Rows + 1> end;  // of the list of each row; before the sort its beginning
    ArrayOf<int, T * lanes> place;
    ArrayOf<E, (detail::transposed_numbers<E, D> > 0 ? T * lanes : 1)> slopes;

    constexpr void sort(const index_t<E>* x) {
        for (int& row : end) row = 0;
        for (int t = 0; t < T; ++t)
            for (int l = 0; l < lanes; ++l) ++end[lane(x[t], l) + 1];
        for (int row = 0; row < Rows; ++row) end[row + 1] += end[row];
        for (int t = 0; t < T; ++t)
            for (int l = 0; l < lanes; ++l) place[end[lane(x[t], l)]++] = t * lanes + l;
    }
    /// Calls visit(row, first, last) for each row that occurs, where its places are place[first … last).
    constexpr void for_each_row(auto visit) const {
        int first = 0;
        for (int row = 0; row < Rows; first = end[row++])
            if (first < end[row]) visit(row, first, end[row]);
    }
};

/// dtable[v] += the sum of dy[t] over all places and lanes where x[t] = v.
template <int Rows, int T, int D, class E, class S>
constexpr void add_to_rows(const index_t<E>* x, const E* dy, S* dtable, SortedPlaces<Rows, T, D, E>& sorted) {
    constexpr int L = width<E>, packed = detail::transposed_numbers<E, D>;
    sorted.sort(x);
    // Adds the sum of `term` over a row's places to the numbers of the row from d on.
    const auto add = [&]<class Pack>(int d, auto term) {
        sorted.for_each_row([&](int row, int first, int last) {
            Pack sum = term(sorted.place[first]);
            for (int i = first + 1; i < last; ++i) sum += term(sorted.place[i]);
            S* const to = dtable + row * D + d;
            store(load<Pack>(to) + sum, to);
        });
    };
    int d = 0;
    if constexpr (packed > 0) {
        for (; d < packed; d += L) {
            for (int t = 0; t < T; ++t) {
                ArrayOf<E, L> columns;
                transpose(dy + t * D + d, columns);
                for (int l = 0; l < L; ++l) store(load<E>(columns + l), sorted.slopes + t * L + l);
            }
            add.template operator()<E>(d, [&](int place) { return load<E>(sorted.slopes + place); });
        }
    } else if constexpr (L == 1) {
        using Pack = neighbours_t<E, D>;
        constexpr int step = neighbours_step<E, D>;
        for (; d + step <= D; d += step)
            add.template operator()<Pack>(d, [&](int place) { return load<Pack>(dy + place * D + d); });
    }
    for (; d < D; ++d)
        add.template operator()<S>(d, [&](int place) { return S(lane(dy[place / L * D + d], place % L)); });
}

}  // namespace kiln::inline KILN_TARGET::kernels
