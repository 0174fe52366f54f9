// SPDX-License-Identifier: BSL-1.0
#pragma once
// The tiles of Winograd's convolutions with stride 2 (kernels/winograd_strided.hpp). In one dimension the outputs
// y_n = x_2n w_0 + x_2n+1 w_1 + x_2n+2 w_2, n = 0 … 3, are a correlation of the five even pixels with the two even
// weights, for which five products suffice, and four products of odd pixels with w_1:
//
//   y = Aᵀ [ (G w) ⊙ (Bᵀ x) ]    9 products in place of 12, and 81 in place of 144 in two dimensions
//
// The first five rows of Bᵀ take the even pixels alone, to polynomials through a, -a, b, -b and infinity; the last four
// copy the odd pixels. The last four columns of Aᵀ are the unit matrix, and the last four rows of G are all (0, 1, 0):
//
//       -ab²  -b²   a      1  0          1/m  a/m             1   1   1   1  0
//        ab²  -b²  -a      1  0         -1/m  a/m             a  -a   b  -b  0
//   Bᵀ = -a²b -a²   b      1  0     G =  1/n  b/n        Aᵀ = a²  a²  b²  b² 0
//        a²b  -a²  -b      1  0         -1/n  b/n             a³ -a³  b³ -b³ 1
//        a²b²  0   -a²-b²  0  1          0    1
//
// with m = 2a (a² - b²), n = 2b (b² - a²). a = 1/2 and b = 5/4 round least, of 50 pairs tried.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/detail/winograd_tiles.hpp>
#include <kiln/kernels/pack.hpp>

namespace kiln::inline KILN_TARGET::kernels::detail {

// The points a and b of the polynomials, and products of them, exact in float; `at_a` and `at_b` are G's first column.
template <class S>
struct StridedPoints {
    static constexpr S a = S(0.5f), b = S(1.25f), aa = a * a, bb = b * b, aabb = aa * bb, aa_and_bb = aa + bb,
                       aaa = a * aa, bbb = b * bb, at_a = 1 / (2 * a * (aa - bb)), at_b = 1 / (2 * b * (bb - aa));
};

// Bᵀ times five even pixels.
template <class E>
constexpr void strided_line(const ArrayOf<E, 5>& x, ArrayOf<E, 5>& to) {
    using P = StridedPoints<scalar_t<E>>;
    const E even_a = fma(x[0], E(-P::bb), x[2]), odd_a = fma(x[1], E(-P::bb), x[3]),
            even_b = fma(x[0], E(-P::aa), x[2]), odd_b = fma(x[1], E(-P::aa), x[3]);
    to[0] = fma(even_a, E(P::a), odd_a);
    to[1] = fma(even_a, E(-P::a), odd_a);
    to[2] = fma(even_b, E(P::b), odd_b);
    to[3] = fma(even_b, E(-P::b), odd_b);
    to[4] = fma(x[0], E(P::aabb), fma(x[2], E(-P::aa_and_bb), x[4]));
}

// A row of Bᵀ X B from pixel(j), to to[0], to[step] … Even pixels are `Spread` apart, and odd ones lie before them: a
// window of 9 pixels has Spread 2. With Spread 1, for the adjoint, the even pixels are five in a row and the odd ones
// the first four of them.
template <int Spread, class E>
constexpr void strided_row(auto pixel, scalar_t<E>* to, int step) {
    ArrayOf<E, 5> even, line;
    KILN_UNROLL for (int k = 0; k < 5; ++k) even[k] = pixel(k * Spread);
    strided_line(even, line);
    KILN_UNROLL for (int k = 0; k < 5; ++k) store(line[k], to + k * step);
    KILN_UNROLL for (int k = 0; k < 4; ++k) store(E(pixel(k * Spread + Spread - 1)), to + (5 + k) * step);
}

// Rows First … First + Count - 1 of Bᵀ X B, of those that even pixels make: as many as fit into the registers. X is at
// `from`, in rows of `columns`; the result goes to to[0], to[step] …
template <int Spread, int First, int Count, class E>
constexpr void strided_rows(const E* from, int columns, scalar_t<E>* to, int step) {
    constexpr int window = 4 * Spread + 1;
    ArrayOf<ArrayOf<E, window>, Count> rows;  // of Bᵀ X
    KILN_UNROLL for (int j = 0; j < window; ++j) {
        ArrayOf<E, 5> column, line;
        KILN_UNROLL for (int k = 0; k < 5; ++k) column[k] = load<E>(from + k * Spread * columns + j);
        strided_line(column, line);
        KILN_UNROLL for (int u = 0; u < Count; ++u) rows[u][j] = line[First + u];
    }
    KILN_UNROLL for (int u = 0; u < Count; ++u)
        strided_row<Spread, E>([&](int j) { return rows[u][j]; }, to + (First + u) * 9 * step, step);
}
// Bᵀ X B for `channels` maps of `size` pixels. The result of the next channel goes to to[next] …
template <int Spread, class E>
[[gnu::noinline]] constexpr void strided_pixels(const E* from, int channels, int size, int columns, scalar_t<E>* to,
                                                int step, int next) {
    for (int c = 0; c < channels; ++c, from += size, to += next) {
        strided_rows<Spread, 0, 2>(from, columns, to, step);
        strided_rows<Spread, 2, 3>(from, columns, to, step);
        KILN_UNROLL for (int k = 0; k < 4; ++k) {
            const E* odd = from + (k * Spread + Spread - 1) * columns;
            strided_row<Spread, E>([&](int j) { return load<E>(odd + j); }, to + (5 + k) * 9 * step, step);
        }
    }
}
// Bᵀ X B of the pixels from row r and column s on, in all channels. Pixels outside of the maps are zeros.
template <int Spread, class E>
constexpr void strided_pixels_at(const Maps<E>& x, int r, int s, scalar_t<E>* to, int step, int next) {
    constexpr int window = 4 * Spread + 1;
    const int first = r * x.columns + s, size = x.rows * x.columns;
    if (r >= 0 && s >= 0 && r + window <= x.rows && s + window <= x.columns) {
        strided_pixels<Spread>(x.data + first, x.channels, size, x.columns, to, step, next);
        return;
    }
    const int top = r < 0 ? -r : 0, bottom = r + window > x.rows ? x.rows - r : window;
    const int left = s < 0 ? -s : 0, right = s + window > x.columns ? x.columns - s : window;
    ArrayOf<E, window * window> pixels;
    for (E& pixel : pixels) store(E(scalar_t<E>(0)), &pixel);
    for (int c = 0; c < x.channels; ++c) {
        const int corner = c * size + first;
        for (int i = top; i < bottom; ++i)
            for (int j = left; j < right; ++j)
                store(load<E>(x.data + (corner + i * x.columns + j)), pixels + i * window + j);
        strided_pixels<Spread, E>(pixels, 1, 0, window, to + c * next, step, next);
    }
}

// The first five columns of Aᵀ times five of nine elements.
template <class E>
constexpr void strided_output_line(const ArrayOf<E, 9>& m, ArrayOf<E, 4>& y) {
    using P = StridedPoints<scalar_t<E>>;
    const E even_a = m[0] + m[1], odd_a = m[0] - m[1], even_b = m[2] + m[3], odd_b = m[2] - m[3];
    y[0] = even_a + even_b;
    y[1] = fma(odd_b, E(P::b), rounded(odd_a * E(P::a)));
    y[2] = fma(even_b, E(P::bb), rounded(even_a * E(P::aa)));
    y[3] = fma(odd_b, E(P::bbb), fma(odd_a, E(P::aaa), m[4]));
}
// The first five columns of Aᵀ times the 9 x 9 sums M.
template <class E>
constexpr void strided_output_rows(const E* sums, ArrayOf<ArrayOf<E, 9>, 4>& rows) {
    KILN_UNROLL for (int j = 0; j < 9; ++j) {
        ArrayOf<E, 9> column;
        ArrayOf<E, 4> line;
        KILN_UNROLL for (int i = 0; i < 5; ++i) column[i] = load<E>(sums + 9 * i + j);
        strided_output_line(column, line);
        KILN_UNROLL for (int i = 0; i < 4; ++i) rows[i][j] = line[i];
    }
}
// Aᵀ M A of the 9 x 9 sums M.
template <class E>
constexpr void strided_outputs(const E* sums, ArrayOf<ArrayOf<E, 4>, 4>& outputs) {
    ArrayOf<ArrayOf<E, 9>, 4> rows;
    strided_output_rows(sums, rows);
    KILN_UNROLL for (int i = 0; i < 4; ++i) {
        KILN_UNROLL for (int j = 0; j < 9; ++j) rows[i][j] += load<E>(sums + 9 * (5 + i) + j);
        strided_output_line(rows[i], outputs[i]);
        KILN_UNROLL for (int j = 0; j < 4; ++j) outputs[i][j] += rows[i][5 + j];
    }
}
// The adjoint's outputs: 8 x 8, of which those in odd rows and columns come from even weights. Calls put(row, i) for each
// row of eight.
template <class E>
constexpr void strided_input_gradients(const E* sums, auto put) {
    ArrayOf<ArrayOf<E, 9>, 4> rows;
    const auto finish = [&](const ArrayOf<E, 9>& m, int i) {
        ArrayOf<E, 4> line;
        ArrayOf<E, 8> row;
        strided_output_line(m, line);
        KILN_UNROLL for (int j = 0; j < 8; ++j) row[j] = j % 2 == 0 ? m[5 + j / 2] : line[j / 2];
        put(row, i);
    };
    strided_output_rows(sums, rows);
    KILN_UNROLL for (int i = 0; i < 4; ++i) finish(rows[i], 2 * i + 1);
    KILN_UNROLL for (int i = 0; i < 4; ++i) {
        ArrayOf<E, 9> row;
        KILN_UNROLL for (int j = 0; j < 9; ++j) row[j] = load<E>(sums + 9 * (5 + i) + j);
        finish(row, 2 * i);
    }
}

}  // namespace kiln::inline KILN_TARGET::kernels::detail
