// SPDX-License-Identifier: BSL-1.0
#pragma once
// The transforms of tiles for Winograd's F(3 x 3, 4 x 4) (kernels/winograd_weight_gradient.hpp): G D Gᵀ of 4 x 4 slopes
// D, Bᵀ X B of 6 x 6 pixels X, and Aᵀ M A of 6 x 6 sums M. Each row of G and Bᵀ and each column of Aᵀ belongs to a
// point t, in the order ¾, -¾, 3/2, -3/2, 0, ∞. With m the product of the differences of t from the other finite points
//
//   G   has the rows 1 t t² t³, for ∞ 0 0 0 1,
//   Bᵀ  the coefficients of m, for ∞ those of the product of the differences from all finite points,
//   Aᵀ  the columns 1 t t² over m(t), for ∞ 0 0 1
//
// (A. L. Toom 1963, S. A. Cook 1966). With ½ and 2 in place of ¾ and 3/2 the errors are 1.2 to 1.6 times as large, with
// 1 and 2 twice as large (measured).

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>
#include <kiln/kernels/transpose.hpp>

namespace kiln::inline KILN_TARGET::kernels::detail {

// Pairs of points, and of rows of Bᵀ and G: ¾ and -¾, 3/2 and -3/2, 0 and ∞.
enum class Points { near, far, ends };
template <Points P>
inline constexpr double point = P == Points::near ? 0.75 : 1.5;

// The values at t and -t of a polynomial whose even terms are `even` and whose odd terms are t `odd`. The product is
// rounded, because of its two uses compilers may fuse neither or both.
template <class E>
constexpr void evaluate_at(double t, const E& even, const E& odd, E& at_plus, E& at_minus) {
    const E product = rounded(E(scalar_t<E>(t)) * odd);
    at_plus = even + product;
    at_minus = even - product;
}
struct GradientPixels {
    static constexpr int count = 6;

    // Two rows of Bᵀ times d.
    template <Points P, class E>
    static constexpr void transform(const ArrayOf<E, 6>& d, E& first, E& second) {
        using S = scalar_t<E>;
        constexpr S near(point<Points::near> * point<Points::near>), far(point<Points::far> * point<Points::far>);
        if constexpr (P == Points::ends) {
            first = fma(E(near * far), d[0], fma(E(-near - far), d[2], d[4]));
            second = fma(E(near * far), d[1], fma(E(-near - far), d[3], d[5]));
        } else {
            const E other(P == Points::near ? -far : -near);
            evaluate_at(point<P>, fma(other, d[2], d[4]), fma(other, d[1], d[3]), first, second);
        }
    }
};
struct GradientSlopes {
    static constexpr int count = 4;

    // Two rows of G times d.
    template <Points P, class E>
    static constexpr void transform(const ArrayOf<E, 4>& d, E& first, E& second) {
        if constexpr (P == Points::ends) {
            first = d[0];
            second = d[3];
        } else {
            const E square(scalar_t<E>(point<P> * point<P>));
            evaluate_at(point<P>, fma(square, d[2], d[0]), fma(square, d[3], d[1]), first, second);
        }
    }
};

// Two of the six rows of a transformed tile, whose elements go to to[0], to[step] …
template <class Transform, Points P, class E>
constexpr void gradient_two_rows(auto from, scalar_t<E>* to, int step) {
    constexpr int n = Transform::count;
    ArrayOf<ArrayOf<E, n>, 2> rows;
    KILN_UNROLL for (int j = 0; j < n; ++j) {
        ArrayOf<E, n> column;
        KILN_UNROLL for (int i = 0; i < n; ++i) column[i] = from(i, j);
        Transform::template transform<P>(column, rows[0][j], rows[1][j]);
    }
    KILN_UNROLL for (int u = 0; u < 2; ++u) {
        ArrayOf<E, 6> place;
        Transform::template transform<Points::near>(rows[u], place[0], place[1]);
        Transform::template transform<Points::far>(rows[u], place[2], place[3]);
        Transform::template transform<Points::ends>(rows[u], place[4], place[5]);
        KILN_UNROLL for (int v = 0; v < 6; ++v) store(place[v], to + (12 * static_cast<int>(P) + 6 * u + v) * step);
    }
}
// A transformed tile, of which two rows at a time stay in registers; from(i, j) are the tile's elements.
template <class Transform, class E>
constexpr void gradient_places(auto from, scalar_t<E>* to, int step) {
    gradient_two_rows<Transform, Points::near, E>(from, to, step);
    gradient_two_rows<Transform, Points::far, E>(from, to, step);
    gradient_two_rows<Transform, Points::ends, E>(from, to, step);
}

// Maps whose extents are run-time values, so that many shapes share the code.
template <class E>
struct Maps {
    const E* data;
    int channels, rows, columns;
};

// `gradient_pixels` computes Bᵀ X B of the pixels from row r and column s on. Those of channel c go to to[c next].
template <class E>
constexpr void gradient_pixels(Maps<E> x, int r, int s, scalar_t<E>* to, int step, int next) {
    const ArrayOf<E, 6> zeros{};
    const E zero(scalar_t<E>(0));
    ArrayOf<const E*, 6> row;
    ArrayOf<int, 6> at, of_channel;
    ArrayOf<bool, 6> exists;  // column s + k
    for (int k = 0; k < 6; ++k) {
        const bool inside = 0 <= r + k && r + k < x.rows;
        row[k] = inside ? x.data : zeros;
        at[k] = inside ? (r + k) * x.columns + s : 0;
        of_channel[k] = inside ? x.rows * x.columns : 0;
        exists[k] = 0 <= s + k && s + k < x.columns;
    }
    const bool all_exist = exists[0] && exists[5];
    // In a choice `rounded` hides the pixel from g++, which otherwise multiplies before it chooses, and does not fuse.
    for (int c = 0; c < x.channels; ++c) {
        if (all_exist)
            gradient_places<GradientPixels, E>([&](int i, int j) { return load<E>(row[i] + at[i] + j); }, to + c * next,
                                               step);
        else
            gradient_places<GradientPixels, E>(
                [&](int i, int j) { return rounded(exists[j] ? load<E>(row[i] + (at[i] + j)) : zero); }, to + c * next,
                step);
        for (int k = 0; k < 6; ++k) at[k] += of_channel[k];
    }
}

// `gradient_slopes` computes G D Gᵀ of the slopes from row r and column s on, of a pack of channels from o on, and adds
// the slopes to the bias. Those of sample l go to to[l next].
template <class E>
constexpr void gradient_slopes(Maps<E> dy, int o, int r, int s, scalar_t<E>* to, int step, int next,
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
        gradient_places<GradientSlopes, E>(slope, to + l * next, step);
    }
    store(sum, bias);
}

// Aᵀ times six sums.
template <class E>
constexpr void gradient_outputs(const ArrayOf<E, 6>& sum, E* y) {
    using S = scalar_t<E>;
    constexpr double p = point<Points::near>, q = point<Points::far>, of_0 = 1 / (p * p * q * q);
    constexpr double of_p = 1 / (2 * p * p * (p * p - q * q)), of_q = 1 / (2 * q * q * (q * q - p * p));
    const E even_p = sum[0] + sum[1], odd_p = sum[0] - sum[1], even_q = sum[2] + sum[3], odd_q = sum[2] - sum[3];
    y[0] = fma(E(S(of_p)), even_p, fma(E(S(of_q)), even_q, rounded(E(S(of_0)) * sum[4])));
    y[1] = fma(E(S(of_p * p)), odd_p, rounded(E(S(of_q * q)) * odd_q));
    y[2] = fma(E(S(of_p * p * p)), even_p, fma(E(S(of_q * q * q)), even_q, sum[5]));
}

}  // namespace kiln::inline KILN_TARGET::kernels::detail
