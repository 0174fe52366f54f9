// SPDX-License-Identifier: BSL-1.0
#pragma once
// The tiles that Winograd's convolutions have in common (kernels/winograd.hpp, kernels/winograd_weight_gradient.hpp):
// Bᵀ X B of 6 x 6 pixels X. The matrices for three times four numbers come from polynomials through the points 0, a, -a,
// b, -b and infinity (A. L. Toom 1963, S. A. Cook 1966):
//
//        a²b²  0   -a²-b²  0     1  0           1/a²b²  0    0           1  0   0   0
//        0    -ab²  -b²    a     1  0           1/m     a/m  a²/m        1  a   a²  a³
//   Bᵀ = 0     ab²  -b²   -a     1  0      G =  1/m    -a/m  a²/m    A = 1 -a   a² -a³
//        0    -a²b  -a²    b     1  0           1/n     b/n  b²/n        1  b   b²  b³
//        0     a²b  -a²   -b     1  0           1/n    -b/n  b²/n        1 -b   b² -b³
//        0     a²b²  0    -a²-b² 0  1           0       0    1           0  0   0   1
//
// with m = 2a² (a² - b²), n = 2b² (b² - a²). a = 5/8 and b = 3/2 round half as much as the usual 1 and 2 (measured).

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/pack.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels::detail {

using kiln::detail::ArrayOf;

// The points a and b of the polynomials, and products of them, exact in float; `at_a` … are G's first column.
template <class S>
struct WinogradPoints {
    static constexpr S a = S(0.625f), b = S(1.5f), aa = a * a, bb = b * b, aabb = aa * bb, aa_and_bb = aa + bb,
                       aaa = a * aa, bbb = b * bb, at_zero = 1 / aabb, at_a = 1 / (2 * aa * (aa - bb)),
                       at_b = 1 / (2 * bb * (bb - aa));
};

// `winograd_line` computes three of the six elements of Bᵀ x: those of the points 0, a, -a, or, if `Second`, of b, -b,
// infinity.
template <bool Second, class E>
constexpr void winograd_line(const ArrayOf<E, 6>& x, E& p, E& q, E& r) {
    using P = WinogradPoints<scalar_t<E>>;
    const E aa_and_bb(-P::aa_and_bb), aabb(P::aabb), square(Second ? -P::aa : -P::bb), point(Second ? P::b : P::a),
        opposite(Second ? -P::b : -P::a);
    const E even = fma(x[2], square, x[4]), odd = fma(x[1], square, x[3]);
    const E plus = fma(odd, point, even), minus = fma(odd, opposite, even);
    if constexpr (Second) {
        p = plus;
        q = minus;
        r = fma(x[1], aabb, fma(x[3], aa_and_bb, x[5]));
    } else {
        p = fma(x[0], aabb, fma(x[2], aa_and_bb, x[4]));
        q = plus;
        r = minus;
    }
}

// Half of the rows of Bᵀ X B: as many as fit into the registers. X is 6 x 6 pixels at `from`, in rows of `columns`; the
// result goes to to[0], to[step] …
template <bool Second, class E>
constexpr void winograd_half(const E* from, int columns, scalar_t<E>* to, int step) {
    ArrayOf<ArrayOf<E, 6>, 3> rows;  // of Bᵀ X
    KILN_UNROLL for (int j = 0; j < 6; ++j) {
        ArrayOf<E, 6> column;
        KILN_UNROLL for (int i = 0; i < 6; ++i) column[i] = load<E>(from + i * columns + j);
        winograd_line<Second>(column, rows[0][j], rows[1][j], rows[2][j]);
    }
    KILN_UNROLL for (int u = 0; u < 3; ++u) {
        auto* row = to + ((Second ? 3 : 0) + u) * 6 * step;
        E p, q, r;
        winograd_line<false>(rows[u], p, q, r);
        store(p, row);
        store(q, row + step);
        store(r, row + 2 * step);
        winograd_line<true>(rows[u], p, q, r);
        store(p, row + 3 * step);
        store(q, row + 4 * step);
        store(r, row + 5 * step);
    }
}
// The same, all rows, for `channels` maps of `size` pixels. The result of the next channel goes to to[next] …
template <class E>
[[gnu::noinline]] constexpr void winograd_pixels(const E* from, int channels, int size, int columns, scalar_t<E>* to,
                                                 int step, int next) {
    for (int c = 0; c < channels; ++c) {
        winograd_half<false>(from + c * size, columns, to + c * next, step);
        winograd_half<true>(from + c * size, columns, to + c * next, step);
    }
}

// Copies 6 x 6 pixels, of which those at places that do not `exist` are zeros.
template <class E>
[[gnu::noinline]] constexpr void winograd_copy(const E* map, int first, int columns, const ArrayOf<bool, 36>& exist,
                                               E* to) {
    const E zero(scalar_t<E>(0));
    KILN_UNROLL for (int p = 0; p < 36; ++p)
        store(exist[p] ? load<E>(map + (first + p / 6 * columns + p % 6)) : zero, to + p);
}

// Maps whose extents are run-time values, so that all shapes share the code.
template <class E>
struct Maps {
    const E* data;
    int channels, rows, columns;
};

// A tile of maps, from a row and a column on. Maps of no channels have no tiles.
template <class E>
struct TileOf {
    Maps<E> maps;
    int row, column;
};

// Has pixel (i, j) of a tile, in all channels, brought into the second-level cache, to be read or written soon. A
// tile's pixels lie in many short rows, which the machine does not foresee. Elements smaller than a cache line, with 4
// lanes on SSE2 or 8 on AVX2, are not fetched: convolutions took 4 to 12 % longer with a fetch for each. Inlined,
// because g++ 12 drops calls of a function that only fetches: it takes the function for one without effect.
template <bool Write = false, class E>
[[gnu::always_inline]] constexpr void fetch(const TileOf<E>& tile, int i, int j) {
    const Maps<E>& x = tile.maps;
    const int r = tile.row + i, s = tile.column + j;
    if (sizeof(E) < 64 || std::is_constant_evaluated() || r < 0 || r >= x.rows || s < 0 || s >= x.columns) return;
    const E* pixel = x.data + (r * x.columns + s);
    for (int c = 0; c < x.channels; ++c) __builtin_prefetch(pixel + c * x.rows * x.columns, Write, Write ? 3 : 2);
}

// Bᵀ X B of the pixels from row r and column s on, in all channels. Pixels outside of the maps are zeros.
template <class E>
[[gnu::noinline]] constexpr void winograd_pixels_at(const Maps<E>& x, int r, int s, scalar_t<E>* to, int step,
                                                    int next) {
    const int first = r * x.columns + s, size = x.rows * x.columns;
    if (r >= 0 && s >= 0 && r + 6 <= x.rows && s + 6 <= x.columns) {
        winograd_pixels(x.data + first, x.channels, size, x.columns, to, step, next);
    } else {
        ArrayOf<bool, 36> exist{};
        for (int p = 0; p < 36; ++p)
            exist[p] = 0 <= r + p / 6 && r + p / 6 < x.rows && 0 <= s + p % 6 && s + p % 6 < x.columns;
        ArrayOf<E, 36> pixels;
        for (int c = 0; c < x.channels; ++c) {
            winograd_copy(x.data, c * size + first, x.columns, exist, pixels);
            winograd_pixels(pixels, 1, 36, 6, to + c * next, step, next);
        }
    }
}

}  // namespace kiln::inline KILN_TARGET::kernels::detail
