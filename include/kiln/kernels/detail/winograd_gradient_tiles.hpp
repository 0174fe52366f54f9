// SPDX-License-Identifier: BSL-1.0
#pragma once
// The transforms of the weights' gradient in Winograd's tiles (kernels/winograd_weight_gradient.hpp): A D Aᵀ of 4 x 4
// slopes D, and Gᵀ M G of 6 x 6 sums M, with the matrices of winograd_tiles.hpp or winograd_strided_tiles.hpp.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/detail/winograd_strided_tiles.hpp>
#include <kiln/kernels/detail/winograd_tiles.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>
#include <kiln/kernels/transpose.hpp>

namespace kiln::inline KILN_TARGET::kernels::detail {

// The values of the polynomial with coefficients d at the points a, -a, b, -b of `P`.
template <class P, class E>
constexpr void gradient_values(const ArrayOf<E, 4>& d, E* to) {
    const E even_a = fma(E(P::aa), d[2], d[0]), odd_a = fma(E(P::aa), d[3], d[1]), even_b = fma(E(P::bb), d[2], d[0]),
            odd_b = fma(E(P::bb), d[3], d[1]);
    to[0] = fma(odd_a, E(P::a), even_a);
    to[1] = fma(odd_a, E(-P::a), even_a);
    to[2] = fma(odd_b, E(P::b), even_b);
    to[3] = fma(odd_b, E(-P::b), even_b);
}
// A D Aᵀ of slopes slope(i, j), to to[0], to[step] …
template <class Form, class E>
constexpr void gradient_slope_tile(auto slope, scalar_t<E>* to, int step) {
    constexpr int across = Form::places;
    ArrayOf<ArrayOf<E, across>, 4> columns;  // of A D
    KILN_UNROLL for (int j = 0; j < 4; ++j) {
        ArrayOf<E, 4> column;
        KILN_UNROLL for (int i = 0; i < 4; ++i) column[i] = slope(i, j);
        Form::slope_line(column, columns[j]);
    }
    KILN_UNROLL for (int u = 0; u < across; ++u) {
        ArrayOf<E, 4> row;
        ArrayOf<E, across> places;
        KILN_UNROLL for (int j = 0; j < 4; ++j) row[j] = columns[j][u];
        Form::slope_line(row, places);
        KILN_UNROLL for (int v = 0; v < across; ++v) store(places[v], to + (across * u + v) * step);
    }
}

// `gradient_slopes` computes A D Aᵀ of the slopes from row r and column s on, of a pack of channels from o on, and adds
// the slopes to the bias. Those of sample l go to to[l next].
template <class Form, class E>
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
        gradient_slope_tile<Form, E>(slope, to + l * next, step);
    }
    store(sum, bias);
}

// The tiles of a gradient with stride 1: places x places products for each tile, sample and pair of channels.
struct UnitStride {
    static constexpr int places = 6, window = 6, stride = 1;

    template <class E>
    static constexpr void pixels_at(const Maps<E>& x, int r, int s, scalar_t<E>* to, int step, int next) {
        winograd_pixels_at<E>(x, r, s, to, step, next);
    }
    // A times four slopes.
    template <class E>
    static constexpr void slope_line(const ArrayOf<E, 4>& d, ArrayOf<E, 6>& to) {
        gradient_values<WinogradPoints<scalar_t<E>>>(d, to + 1);
        to[0] = d[0];
        to[5] = d[3];
    }
    // Gᵀ times six sums.
    template <class E>
    static constexpr void output_line(const ArrayOf<E, 6>& sum, E* y) {
        using P = WinogradPoints<scalar_t<E>>;
        const E even_a = sum[1] + sum[2], odd_a = sum[1] - sum[2], even_b = sum[3] + sum[4], odd_b = sum[3] - sum[4];
        y[0] = fma(E(P::at_a), even_a, fma(E(P::at_b), even_b, rounded(E(P::at_zero) * sum[0])));
        y[1] = fma(E(P::at_a * P::a), odd_a, rounded(E(P::at_b * P::b) * odd_b));
        y[2] = fma(E(P::at_a * P::aa), even_a, fma(E(P::at_b * P::bb), even_b, sum[5]));
    }
};

// With stride 2 and one pixel of padding (detail/winograd_strided_tiles.hpp). Places from the sixth on in a row or a
// column add to the sums of the sixth.
struct StrideTwo {
    static constexpr int places = 9, window = 9, stride = 2;

    template <class E>
    static constexpr void pixels_at(const Maps<E>& x, int r, int s, scalar_t<E>* to, int step, int next) {
        strided_pixels_at<2>(x, r, s, to, step, next);
    }
    template <class E>
    static constexpr void slope_line(const ArrayOf<E, 4>& d, ArrayOf<E, 9>& to) {
        gradient_values<StridedPoints<scalar_t<E>>>(d, to);
        to[4] = d[3];
        KILN_UNROLL for (int k = 0; k < 4; ++k) to[5 + k] = d[k];
    }
    template <class E>
    static constexpr void output_line(const ArrayOf<E, 6>& sum, E* y) {
        using P = StridedPoints<scalar_t<E>>;
        const E even_a = sum[0] + sum[1], odd_a = sum[0] - sum[1], even_b = sum[2] + sum[3], odd_b = sum[2] - sum[3];
        y[0] = fma(E(P::at_a), odd_a, rounded(E(P::at_b) * odd_b));
        y[1] = sum[5];
        y[2] = fma(E(P::at_a * P::a), even_a, fma(E(P::at_b * P::b), even_b, sum[4]));
    }
};

}  // namespace kiln::inline KILN_TARGET::kernels::detail
