// SPDX-License-Identifier: BSL-1.0
#pragma once
// The transforms of Winograd's F(3 x 3, 4 x 4) (kernels/winograd_weight_gradient.hpp) besides that of pixels: A D Aᵀ of 4
// x 4 slopes D, and Gᵀ M G of 6 x 6 sums M, with the matrices of winograd_tiles.hpp.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/detail/winograd_tiles.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>
#include <kiln/kernels/transpose.hpp>

namespace kiln::inline KILN_TARGET::kernels::detail {

// A times four slopes.
template <class E>
constexpr void gradient_slope_line(const ArrayOf<E, 4>& d, ArrayOf<E, 6>& to) {
    using P = WinogradPoints<scalar_t<E>>;
    const E even_a = fma(E(P::aa), d[2], d[0]), odd_a = fma(E(P::aa), d[3], d[1]), even_b = fma(E(P::bb), d[2], d[0]),
            odd_b = fma(E(P::bb), d[3], d[1]);
    to[0] = d[0];
    to[1] = fma(odd_a, E(P::a), even_a);
    to[2] = fma(odd_a, E(-P::a), even_a);
    to[3] = fma(odd_b, E(P::b), even_b);
    to[4] = fma(odd_b, E(-P::b), even_b);
    to[5] = d[3];
}
// A D Aᵀ of slopes slope(i, j), to to[0], to[step] …
template <class E>
constexpr void gradient_slope_tile(auto slope, scalar_t<E>* to, int step) {
    ArrayOf<ArrayOf<E, 6>, 4> columns;  // of A D
    KILN_UNROLL for (int j = 0; j < 4; ++j) {
        ArrayOf<E, 4> column;
        KILN_UNROLL for (int i = 0; i < 4; ++i) column[i] = slope(i, j);
        gradient_slope_line(column, columns[j]);
    }
    KILN_UNROLL for (int u = 0; u < 6; ++u) {
        ArrayOf<E, 4> row;
        ArrayOf<E, 6> places;
        KILN_UNROLL for (int j = 0; j < 4; ++j) row[j] = columns[j][u];
        gradient_slope_line(row, places);
        KILN_UNROLL for (int v = 0; v < 6; ++v) store(places[v], to + (6 * u + v) * step);
    }
}

// `gradient_slopes` computes A D Aᵀ of the slopes from row r and column s on, of a pack of channels from o on, and adds
// the slopes to the bias. Those of sample l go to to[l next].
template <class E>
constexpr void gradient_slopes(const Maps<E>& dy, int o, int r, int s, scalar_t<E>* to, int step, int next,
                               scalar_t<E>* bias) {
    constexpr int lanes = width<E>;
    const int map = dy.rows * dy.columns;
    ArrayOf<ArrayOf<E, lanes>, 16> slopes;  // [4 x 4][samples] of outputs
    for (int k = 0; k < 16; ++k) {
        const int i = r + k / 4, j = s + k % 4, present = i < dy.rows && j < dy.columns ? dy.channels - o : 0;
        if (present >= lanes) {
            transpose(dy.data + (o * map + i * dy.columns + j), slopes[k], map);
        } else {
            ArrayOf<E, lanes> channels{};
            for (int n = 0; n < present; ++n) channels[n] = load<E>(dy.data + ((o + n) * map + i * dy.columns + j));
            transpose(channels, slopes[k]);
        }
    }
    E sum = load<E>(bias);
    for (int l = 0; l < lanes; ++l) {
        const auto slope = [&](int i, int j) { return load<E>(&slopes[4 * i + j][l]); };
        ArrayOf<E, 4> row;
        KILN_UNROLL for (int i = 0; i < 4; ++i) row[i] = (slope(i, 0) + slope(i, 1)) + (slope(i, 2) + slope(i, 3));
        sum += (row[0] + row[1]) + (row[2] + row[3]);
        gradient_slope_tile<E>(slope, to + l * next, step);
    }
    store(sum, bias);
}

// Gᵀ times six sums.
template <class E>
constexpr void gradient_outputs(const ArrayOf<E, 6>& sum, E* y) {
    using P = WinogradPoints<scalar_t<E>>;
    const E even_a = sum[1] + sum[2], odd_a = sum[1] - sum[2], even_b = sum[3] + sum[4], odd_b = sum[3] - sum[4];
    y[0] = fma(E(P::at_a), even_a, fma(E(P::at_b), even_b, rounded(E(P::at_zero) * sum[0])));
    y[1] = fma(E(P::at_a * P::a), odd_a, rounded(E(P::at_b * P::b) * odd_b));
    y[2] = fma(E(P::at_a * P::aa), even_a, fma(E(P::at_b * P::bb), even_b, sum[5]));
}

}  // namespace kiln::inline KILN_TARGET::kernels::detail
