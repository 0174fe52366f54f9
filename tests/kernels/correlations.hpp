// SPDX-License-Identifier: BSL-1.0
#pragma once
// Correlations of many sizes, on which the kernels are compared with their formulas.

#include <kiln/core/lanes.hpp>
#include <kiln/kernels/correlate.hpp>

#include "kernels/numbers.hpp"

#include <tuple>

namespace kiln::laws {

/// A correlation: channels, rows, columns, output channels, kernel, stride, padding, groups; over elements E.
template <class Number, int C, int H, int W, int O, int K, int S = 1, int P = 0, int G = 1>
struct Size {
    using E = Number;
    static constexpr int stride = S, padding = P;
    using In = Shape<C, H, W>;
    using Padded = Shape<C, H + 2 * P, W + 2 * P>;
    using Weight = Shape<O, C / G, K, K>;
    using Bias = Shape<O>;
    using Out = Shape<O, slide(H, K, S, P), slide(W, K, S, P)>;
};

/// Calls f(o, c, u, v, i, j, r, s) for every product of the header's formulas: y[o][i][j] takes w[o][c % seen][u][v]
/// x[c][r][s], r and s counted without padding. Products with the padding are left out because they are zero.
void for_each_product(const Extents& in, const Extents& w, const Extents& out, int stride, int padding, auto f) {
    for (int o = 0; o < w[0]; ++o)
        for (int c = o / (out[0] / (in[0] / w[1])) * w[1], end = c + w[1]; c < end; ++c)
            for (int u = 0; u < w[2]; ++u)
                for (int v = 0; v < w[3]; ++v)
                    for (int i = 0; i < out[1]; ++i)
                        for (int j = 0; j < out[2]; ++j) {
                            const int r = i * stride + u - padding, s = j * stride + v - padding;
                            if (0 <= r && r < in[1] && 0 <= s && s < in[2]) f(o, c, u, v, i, j, r, s);
                        }
}

// A sum of n products in another order has n roundings of random sign, each of half an epsilon of a partial sum. A
// partial sum is no larger than a few times the largest result, so the error is about sqrt(n) epsilon. n is below
// 11,000, lanes included.
inline double tolerance(View results) { return 100 * results.epsilon(); }

template <class E>
using FewSizes = std::tuple<Size<E, 1, 1, 1, 1, 1>,        //
                            Size<E, 2, 5, 7, 3, 3, 1, 1>,  //
                            Size<E, 3, 7, 6, 2, 3, 2, 1>,  // stride leaves a column over
                            Size<E, 2, 8, 11, 4, 2, 3>,    // stride > kernel: unused inputs
                            Size<E, 2, 6, 5, 37, 3>>;      // more channels than a register tile, prime
template <class E>
using MoreSizes = std::tuple<Size<E, 1, 28, 28, 8, 3>,       // the usual first layer
                             Size<E, 3, 4, 7, 5, 1>,         // pointwise
                             Size<E, 2, 5, 5, 3, 5>,         // kernel = image
                             Size<E, 1, 1, 4, 2, 3, 1, 3>,   // windows of padding only
                             Size<E, 7, 3, 4, 11, 2>,        // primes
                             Size<E, 1, 8, 13, 3, 7, 3, 3>,  // large kernel, stride and padding
                             Size<E, 2, 3, 17, 2, 2>,        // rows of a native vector,
                             Size<E, 2, 3, 18, 2, 2>,        // of one more,
                             Size<E, 1, 3, 69, 2, 3, 1, 1>,  // of several and a rest
                             Size<E, 1, 3, 67, 2, 3, 2>>;
template <class E>
using GroupedSizes = std::tuple<Size<E, 6, 5, 7, 4, 3, 1, 1, 2>,   //
                                Size<E, 5, 6, 4, 5, 3, 2, 1, 5>,   // depthwise
                                Size<E, 3, 4, 18, 6, 2, 1, 0, 3>,  // two outputs for each input
                                Size<E, 4, 6, 6, 26, 3, 1, 0, 2>,  // a group leaves a rest of tiles
                                Size<E, 14, 4, 4, 2, 2, 3, 1, 2>>;
using AllSizes =
    decltype(std::tuple_cat(FewSizes<float>{}, MoreSizes<float>{}, FewSizes<Lanes<float, 16>>{},
                            MoreSizes<Lanes<float, 16>>{}, FewSizes<Lanes<float, 8>>{}, FewSizes<double>{},
                            GroupedSizes<float>{}, GroupedSizes<Lanes<float, 16>>{}, GroupedSizes<double>{}));

using PaddedSizes = FewSizes<Lanes<float, 8>>;

/// Operands of a correlation, random, and its results, which start at 1 where the kernel adds to them.
template <class Size>
struct Operands {
    using E = typename Size::E;
    using S = scalar_t<E>;

    Tensor<E, typename Size::In> x, dx;
    Tensor<E, typename Size::Padded> padded;
    Tensor<E, typename Size::Out> y, dy;
    Tensor<S, typename Size::Weight> w, dw;
    Tensor<S, typename Size::Bias> b, db;

    [[gnu::noinline]] Operands() {
        Random random{Seed{11}};
        fill_random(x, random);
        fill_random(w, random);
        fill_random(b, random);
        fill_random(dy, random);
        fill_with(y, unwritten);
        fill_with(dx, unwritten);
        fill_with(dw, 1);
        fill_with(db, 1);
        kernels::pad<Size::padding>(x, padded);
    }
};

}  // namespace kiln::laws
