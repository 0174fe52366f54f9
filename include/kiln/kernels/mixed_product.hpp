// SPDX-License-Identifier: BSL-1.0
#pragma once
// Products of a matrix of elements with a matrix of scalars, which are the same in every lane, and their adjoints.
//
//   y[m][n]  = c[n] + sum_k x[m][k] w[k][n]      with w[n][k] in the place of w[k][n] if w is transposed
//   dx       = dy transpose(w), which is such a product
//   dw[k][n] += sum_m x[m][k] dy[m][n]           (summed over lanes)
//
// c may be Nothing. Every sum runs in the order of k. Cost: M N K multiply-adds each. Matrices of plain floats are
// multiplied by kernels/matrix_product.hpp.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/matrix_product.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/reduce.hpp>
#include <kiln/kernels/tile.hpp>
#include <kiln/kernels/transpose.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

/// Where the elements of a matrix stand: [row][column] at row · row_step + column · column_step.
struct MatrixSteps {
    int row = 0, column = 0;
    constexpr MatrixSteps transposed() const { return {column, row}; }
};

namespace detail {

template <int MB, int NB, int K, MatrixSteps X, MatrixSteps W, MatrixSteps Y, class E, class S>
constexpr void mixed_tile(const E* x, const S* w, const auto& c, E* y) {
    ArrayOf<ArrayOf<E, NB>, MB> sum;
    KILN_UNROLL for (int m = 0; m < MB; ++m) KILN_UNROLL for (int n = 0; n < NB; ++n) {
        if constexpr (is_nothing<decltype(c)>)
            sum[m][n] = E(S(0));
        else
            sum[m][n] = E(c[n]);
    }
    for (int k = 0; k < K; ++k) {
        const S* const factors = one_pointer(w + k * W.row);
        ArrayOf<E, MB> element;
        KILN_UNROLL for (int m = 0; m < MB; ++m) store(load<E>(x + m * X.row + k * X.column), element + m);
        KILN_UNROLL for (int n = 0; n < NB; ++n) {
            const E factor(factors[n * W.column]);
            KILN_UNROLL for (int m = 0; m < MB; ++m) store(fma(element[m], factor, sum[m][n]), sum[m] + n);
        }
    }
    KILN_UNROLL for (int m = 0; m < MB; ++m) KILN_UNROLL for (int n = 0; n < NB; ++n)
        store(sum[m][n], y + m * Y.row + n * Y.column);
}
template <int MB, int NB, int N, int K, MatrixSteps X, MatrixSteps W, MatrixSteps Y>
constexpr void mixed_rows(const auto* x, const auto* w, const auto& c, auto* y) {
    constexpr int whole = N / NB * NB, rest = N - whole;
    const auto from = [&](int n) {
        if constexpr (is_nothing<decltype(c)>)
            return c;
        else
            return c + n;
    };
    for (int n = 0; n < whole; n += NB) mixed_tile<MB, NB, K, X, W, Y>(x, w + n * W.column, from(n), y + n * Y.column);
    if constexpr (rest > 0)
        mixed_tile<MB, rest, K, X, W, Y>(x, w + whole * W.column, from(whole), y + whole * Y.column);
}

// Tiles of MB rows and NB columns: MB elements and one factor take registers beside the sums.
template <class E>
constexpr Tile mixed_block(int M, int N) {
    constexpr int registers = native_registers / vectors_in<E>;
    Tile tile;
    tile.outer = choose_block(M, registers >= 16 ? 4 : registers >= 8 ? 2 : 1);
    const int most = (registers - tile.outer - 1 - product_registers) / tile.outer;
    tile.inner = choose_block(N, most < 1 ? 1 : most < 6 ? most : 6);
    return tile;
}

}  // namespace detail

/// y = c + x w, for an M x K matrix x of elements and a K x N matrix w of scalars, which stand as X, W and Y say.
template <int M, int N, int K, MatrixSteps X, MatrixSteps W, MatrixSteps Y, class E, class S>
constexpr void mixed_product(const E* x, const S* w, const auto& c, E* y) {
    constexpr Tile tile = detail::mixed_block<E>(M, N);
    constexpr int whole = M / tile.outer * tile.outer, rest = M - whole;
    for (int m = 0; m < whole; m += tile.outer)
        detail::mixed_rows<tile.outer, tile.inner, N, K, X, W, Y>(x + m * X.row, w, c, y + m * Y.row);
    if constexpr (rest > 0)
        detail::mixed_rows<rest, tile.inner, N, K, X, W, Y>(x + whole * X.row, w, c, y + whole * Y.row);
}

namespace detail {

// sums[a .. a + AB) += the sum over M rows and lanes of first[m][a] second[m][b .. b + L), where columns[m][l][k] is
// element b + k of row m of second in lane l.
template <int AB, int M, MatrixSteps First, class T, int L>
constexpr void mixed_gradient_tile(const Lanes<T, L>* first, const ArrayOf<Lanes<T, L>, L>* columns,
                                   Lanes<T, L>* sums) {
    using Pack = Lanes<T, L>;
    ArrayOf<Pack, AB> sum;
    KILN_UNROLL for (int a = 0; a < AB; ++a) store(load<Pack>(sums + a), sum + a);
    constexpr int together = L < 4 ? L : 4;
    for (int m = 0; m < M; ++m)
        for (int l = 0; l < L; l += together) {
            const Pack* const factors = one_pointer(first + m * First.row);
            KILN_UNROLL for (int k = 0; k < together; ++k) {
                const Pack column = load<Pack>(columns[m] + l + k);
                KILN_UNROLL for (int a = 0; a < AB; ++a)
                    store(fma(column, Pack(factors[a * First.column].v[l + k]), sum[a]), sum + a);
                KILN_END_STEP;
            }
        }
    KILN_UNROLL for (int a = 0; a < AB; ++a) store(sum[a], sums + a);
}
// The same for all A elements of M rows. Second is transposed in blocks, so that row l holds the elements of sample l,
// which lane l of first scales.
template <int A, int M, MatrixSteps First, MatrixSteps Second, class T, int L>
constexpr void mixed_gradient_rows(const Lanes<T, L>* first, const Lanes<T, L>* second, Lanes<T, L>* sums) {
    using Pack = Lanes<T, L>;
    ArrayOf<ArrayOf<Pack, L>, M> columns;
    for (int m = 0; m < M; ++m) {
        if constexpr (Second.column == 1) {
            transpose(second + m * Second.row, columns[m]);
        } else {
            ArrayOf<Pack, L> elements;
            for (int k = 0; k < L; ++k) store(load<Pack>(second + m * Second.row + k * Second.column), elements + k);
            transpose(elements, columns[m]);
        }
    }
    constexpr int block = choose_block(A, native_registers * 3 / 4 / vectors_in<Pack>);
    constexpr int whole = A / block * block, rest = A - whole;
    for (int a = 0; a < whole; a += block)
        mixed_gradient_tile<block, M, First>(first + a * First.column, columns, sums + a);
    if constexpr (rest > 0) mixed_gradient_tile<rest, M, First>(first + whole * First.column, columns, sums + whole);
}

// L columns of dw, for elements with L lanes.
template <int A, int B, int M, MatrixSteps First, MatrixSteps Second, class E, class S>
constexpr void mixed_gradient_lanes(const E* first, const E* second, S* dw) {
    constexpr int panel = choose_block(M, 8), whole = M / panel * panel, rest = M - whole;
    ArrayOf<E, A> sums;
    for (int a = 0; a < A; ++a) store(E(S(0)), sums + a);
    for (int m = 0; m < whole; m += panel)
        mixed_gradient_rows<A, panel, First, Second>(first + m * First.row, second + m * Second.row, sums);
    if constexpr (rest > 0)
        mixed_gradient_rows<A, rest, First, Second>(first + whole * First.row, second + whole * Second.row, sums);
    for (int a = 0; a < A; ++a) {
        S* const row = dw + a * B;
        (E::load(row) + sums[a]).store(row);
    }
}

// A pack of columns of dw, for Rows of its rows. A few sums at once take turns, because each waits for its last
// addition.
template <class Pack, int Rows, int B, int M, MatrixSteps First, MatrixSteps Second, class T>
constexpr void mixed_gradient_numbers(const T* first, const T* second, T* dw) {
    constexpr int turns = Rows > 4 || M < 4 ? 1 : Rows > 2 ? 2 : 4, whole = M / turns * turns;
    ArrayOf<ArrayOf<Pack, Rows>, turns> sum;
    KILN_UNROLL for (int t = 0; t < turns; ++t) KILN_UNROLL for (int r = 0; r < Rows; ++r)
        store(Pack(T(0)), sum[t] + r);
    const auto add = [&](int m, Pack* sums) {
        const Pack pack = Pack::load(second + m * Second.row);
        const T* const factors = one_pointer(first + m * First.row);
        KILN_UNROLL for (int r = 0; r < Rows; ++r) store(fma(pack, Pack(factors[r * First.column]), sums[r]), sums + r);
    };
    for (int m = 0; m < whole; m += turns) KILN_UNROLL for (int t = 0; t < turns; ++t) add(m + t, sum[t]);
    if constexpr (whole < M)
        for (int m = whole; m < M; ++m) add(m, sum[0]);
    KILN_UNROLL for (int r = 0; r < Rows; ++r) {
        KILN_UNROLL for (int t = 1; t < turns; ++t) store(sum[0][r] + sum[t][r], sum[0] + r);
        (Pack::load(dw + r * B) + rounded(sum[0][r])).store(dw + r * B);
    }
}
// Columns from Begin on: packs, then smaller packs.
template <int Begin, int A, int B, int M, MatrixSteps First, MatrixSteps Second, class T>
constexpr void mixed_gradient_packs(const T* first, const T* second, T* dw) {
    if constexpr (Begin < B) {
        constexpr int step = neighbours_step<T, B - Begin>;
        constexpr int block = choose_block(A, 8), whole = A / block * block, rest = A - whole;
        constexpr int end = B - (B - Begin) % step;
        using Pack = Lanes<T, step>;
        for (int b = Begin; b < end; b += step) {
            for (int a = 0; a < whole; a += block)
                mixed_gradient_numbers<Pack, block, B, M, First, Second>(first + a * First.column, second + b,
                                                                         dw + a * B + b);
            if constexpr (rest > 0)
                mixed_gradient_numbers<Pack, rest, B, M, First, Second>(first + whole * First.column, second + b,
                                                                        dw + whole * B + b);
        }
        mixed_gradient_packs<end, A, B, M, First, Second>(first, second, dw);
    }
}

}  // namespace detail

/// dw[a][b] += sum_m first[m][a] second[m][b], summed over lanes: an A x B matrix of scalars. Each sum is rounded
/// first.
template <int A, int B, int M, MatrixSteps First, MatrixSteps Second, class E, class S>
constexpr void mixed_product_gradient(const E* first, const E* second, S* dw) {
    // Columns are taken in packs: of samples where elements have lanes, else of neighbouring numbers.
    constexpr bool has_lanes = is_lanes<E> && (width<E>) > 1,
                   has_packs = std::is_floating_point_v<E> && Second.column == 1;
    constexpr int whole = has_packs ? B : has_lanes ? B / width<E> * width<E> : 0;
    if constexpr (has_packs)
        detail::mixed_gradient_packs<0, A, B, M, First, Second>(first, second, dw);
    else if constexpr (has_lanes)
        for (int b = 0; b < whole; b += width<E>)
            detail::mixed_gradient_lanes<A, B, M, First, Second>(first, second + b * Second.column, dw + b);
    if constexpr (whole < B)
        for (int a = 0; a < A; ++a)
            for (int b = whole; b < B; ++b) {
                E sum(scalar_t<E>(0));
                for (int m = 0; m < M; ++m)
                    sum = fma(load<E>(first + m * First.row + a * First.column),
                              load<E>(second + m * Second.row + b * Second.column), sum);
                dw[a * B + b] += rounded(reduce(sum));
            }
}

}  // namespace kiln::inline KILN_TARGET::kernels
