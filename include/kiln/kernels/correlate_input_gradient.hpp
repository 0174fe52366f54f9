// SPDX-License-Identifier: BSL-1.0
#pragma once
// The adjoint of correlation (kernels/correlate.hpp) with respect to its input. The input had P zeros around its maps;
// dx leaves them out:
//
//   dx[c][r][s] = sum_{o,u,v} w[o][c][u][v] dy[o][i][j]   over i S + u = r + P, j S + v = s + P
//
// With groups, o runs over the outputs of c's group. Transposed convolution is the same computation with x in the place
// of dy; its sums start from a bias b[c] and end with an epilogue.
//
// Every element's sum runs in the order of the indices, whatever the tile and the element type. Cost: O C/G K K OH OW
// multiply-adds, less those that fall outside dx. One float sample costs S S times as many, those outside dx included.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/correlate.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

namespace detail {

constexpr int floor_divide(int a, int b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

// The slopes dy[first … last] that touch columns 0 … columns - 1 of a row of dx.
struct Reach {
    int first, last;
};
constexpr Reach reach(int columns, int kernel, int stride, int padding) {
    return {floor_divide(padding - kernel + 1, stride), (columns - 1 + padding) / stride};
}

// `input_gradient_tile` computes CB channels by WB columns of row r of dx, from column s on, a multiple of the stride.
// Near a border `Start` equals s, so that the slopes that exist are known while compiling. `Start` < 0 serves every s
// whose slopes all exist.
template <int CB, int WB, int Start, int Stride, int Padding, class E, class S, int C, int H, int W, int O, int OH,
          int OW, int InPerGroup, int K>
constexpr void input_gradient_tile(const Tensor<S, Shape<O, InPerGroup, K, K>>& w,
                                   const Tensor<E, Shape<O, OH, OW>>& dy, Tensor<E, Shape<C, H, W>>& dx, const auto& b,
                                   auto finish, int c, int r, int s) {
    constexpr int outputs = O / (C / InPerGroup);  // of a group
    const int group = C == InPerGroup ? 0 : c / InPerGroup, in_group = c - group * InPerGroup;
    constexpr Reach nearby = reach(WB, K, Stride, Padding);
    constexpr int first = Start >= 0 && Start / Stride + nearby.first < 0 ? -Start / Stride : nearby.first;
    constexpr int last = Start >= 0 && Start / Stride + nearby.last >= OW ? OW - 1 - Start / Stride : nearby.last;
    ArrayOf<ArrayOf<E, WB>, CB> sum;
    KILN_UNROLL for (int n = 0; n < CB; ++n) KILN_UNROLL for (int q = 0; q < WB; ++q) {
        if constexpr (is_nothing<decltype(b)>)
            sum[n][q] = E(S(0));
        else
            sum[n][q] = E(b.data[c + n]);
    }
    for (int o = group * outputs; o < (group + 1) * outputs; ++o) {
        for (int u = (r + Padding) % Stride; u < K; u += Stride) {
            const int i = (r + Padding - u) / Stride;
            if (r + Padding < u || i >= OH) continue;
            const E* slope = dy.data + (o * OH + i) * OW + s / Stride;
            const S* weights = w.data + ((o * InPerGroup + in_group) * K + u) * K;
            KILN_UNROLL for (int q = first; q <= last; ++q) {
                const E d = load<E>(slope + q);
                KILN_UNROLL for (int n = 0; n < CB; ++n) {
                    KILN_UNROLL for (int v = 0; v < K; ++v) {
                        const int column = q * Stride + v - Padding;
                        if (column >= 0 && column < WB)
                            sum[n][column] = fma(d, E(weights[n * K * K + v]), sum[n][column]);
                    }
                }
                KILN_END_STEP;
            }
        }
    }
    KILN_UNROLL for (int n = 0; n < CB; ++n) KILN_UNROLL for (int q = 0; q < WB; ++q)
        store(finish(sum[n][q]), dx.data + ((c + n) * H + r) * W + s + q);
}

// `input_gradient_row` computes CB channels of row r of dx, from column Start on. Each tile near a border is code of
// its own; all tiles between the borders are one loop.
template <int CB, int WB, int Start, int Stride, int Padding, int OW, int W, int K>
constexpr void input_gradient_row(const auto& w, const auto& dy, auto& dx, const auto& b, auto finish, int c, int r) {
    if constexpr (Start < W) {
        constexpr int columns = W - Start < WB ? W - Start : WB;
        constexpr Reach nearby = reach(columns, K, Stride, Padding);
        constexpr int room = OW - 1 - nearby.last - Start / Stride;  // slopes behind the last that these columns need
        if constexpr (columns == WB && Start / Stride + nearby.first >= 0 && room >= WB / Stride) {
            constexpr int inner = 1 + (room * Stride < W - Start - WB ? room * Stride : W - Start - WB) / WB;
            for (int k = 0; k < inner; ++k)
                input_gradient_tile<CB, WB, -1, Stride, Padding>(w, dy, dx, b, finish, c, r, Start + k * WB);
            input_gradient_row<CB, WB, Start + inner * WB, Stride, Padding, OW, W, K>(w, dy, dx, b, finish, c, r);
        } else {
            input_gradient_tile<CB, columns, Start, Stride, Padding>(w, dy, dx, b, finish, c, r, Start);
            input_gradient_row<CB, WB, Start + columns, Stride, Padding, OW, W, K>(w, dy, dx, b, finish, c, r);
        }
    }
}

// The tile of least cost, channels by columns of dx. A row of the kernel costs a tile its multiply-adds, its weights
// and its slopes, which count twice because they come from the second-level cache. Wide tiles share slopes among
// neighbouring columns, high tiles among channels.
constexpr Tile input_gradient_tile_for(int channels, int columns, int slopes, int kernel, int stride, int vectors) {
    Tile best{1, stride};
    long long least = -1;
    for (int c = 1; c <= channels && c <= 4; ++c) {
        for (int w = stride; w < columns + stride && w <= native_registers; w += stride) {
            const int sums = c * w * vectors, weights = c * kernel;
            if ((sums > native_registers / 2 || sums + vectors + weights > native_registers) && c * w > stride)
                continue;
            long long cost = 0;
            for (int s = 0; s < columns; s += w) {
                const int wide = columns - s < w ? columns - s : w;
                const Reach nearby = reach(wide, kernel, stride, 0);
                const int touched = nearby.last - nearby.first + 1 < slopes ? nearby.last - nearby.first + 1 : slopes;
                const int work = c * wide * kernel * vectors / stride;
                cost += (work > 8 ? work : 8) + 2 * touched * vectors + weights + 4;
            }
            cost = cost * ((channels + c - 1) / c) * (channels % c > 0 ? 33 : 32);
            if (least < 0 || cost < least) {
                least = cost;
                best = {c, w};
            }
        }
    }
    return best;
}

// `input_gradient_maps` computes all of dx.
template <int Stride, int Padding, class E, class S, int C, int H, int W, int O, int OH, int OW, int InPerGroup, int K>
constexpr void input_gradient_maps(const Tensor<S, Shape<O, InPerGroup, K, K>>& w,
                                   const Tensor<E, Shape<O, OH, OW>>& dy, Tensor<E, Shape<C, H, W>>& dx, const auto& b,
                                   auto finish) {
    static_assert(C % InPerGroup == 0 && O % (C / InPerGroup) == 0);
    constexpr Tile tile = input_gradient_tile_for(InPerGroup, W, OW, K, Stride, vectors_in<E>);
    constexpr int whole = InPerGroup / tile.outer * tile.outer, rest = InPerGroup - whole;
    for (int first = 0; first < C; first += InPerGroup) {
        for (int r = 0; r < H; ++r) {
            for (int c = first; c < first + whole; c += tile.outer)
                input_gradient_row<tile.outer, tile.inner, 0, Stride, Padding, OW, W, K>(w, dy, dx, b, finish, c, r);
            if constexpr (rest > 0)
                input_gradient_row<rest, tile.inner, 0, Stride, Padding, OW, W, K>(w, dy, dx, b, finish, first + whole,
                                                                                   r);
        }
    }
}

// `spread` writes slopes that are `Stride` apart, with zeros between and around them.
template <int Stride, int Border, class E, int O, int OH, int OW, int H, int W>
constexpr void spread(const Tensor<E, Shape<O, OH, OW>>& dy, Tensor<E, Shape<O, H, W>>& to) {
    for (E& slope : to) slope = E(0);
    for (int o = 0; o < O; ++o)
        for (int i = 0; i < OH; ++i)
            for (int j = 0; j < OW; ++j)
                to.data[(o * H + i * Stride + Border) * W + j * Stride + Border] = dy.data[(o * OH + i) * OW + j];
}

template <class E, class In, class Kernel, int Padding>
struct spread_slopes {
    using type = Nothing;
};
template <int C, int H, int W, int O, int InPerGroup, int K, int Padding>
    requires(Padding < K)
struct spread_slopes<float, Shape<C, H, W>, Shape<O, InPerGroup, K, K>, Padding> {
    using type = Tensor<float, Shape<O, H + K - 1, W + K - 1>>;
};

}  // namespace detail

/// Working memory of correlate_input_gradient: for one float sample the slopes that `spread` writes, else Nothing.
template <class E, class In, class Kernel, int Padding>
using spread_slopes_t = typename detail::spread_slopes<E, In, Kernel, Padding>::type;

/// dx = the adjoint of correlate applied to dy, for an x padded by Padding zeros; dx leaves the zeros out. One float
/// sample is computed as the correlation of the spread slopes with the mirrored kernel.
template <int Stride, int Padding, class S, int C, int H, int W, int O, int OH, int OW, int InPerGroup, int K>
constexpr void correlate_input_gradient(const Tensor<S, Shape<O, InPerGroup, K, K>>& w,
                                        const Tensor<float, Shape<O, OH, OW>>& dy, Tensor<float, Shape<C, H, W>>& dx,
                                        Tensor<float, Shape<O, H + K - 1, W + K - 1>>& slopes) {
    detail::spread<Stride, K - 1 - Padding>(dy, slopes);
    detail::correlate_maps<1, true>(slopes, w, Nothing{}, dx, std::integral_constant<int, C / InPerGroup>{},
                                    Unchanged{});
}
template <int Stride, int Padding, class E, class S, int C, int H, int W, int O, int OH, int OW, int InPerGroup, int K>
constexpr void correlate_input_gradient(const Tensor<S, Shape<O, InPerGroup, K, K>>& w,
                                        const Tensor<E, Shape<O, OH, OW>>& dy, Tensor<E, Shape<C, H, W>>& dx, Nothing) {
    detail::input_gradient_maps<Stride, Padding>(w, dy, dx, Nothing{}, Unchanged{});
}

/// y = finish(b + the adjoint of correlate applied to x), for transposed convolution. `spread` is a spread_slopes_t; b
/// may be Nothing.
template <int Stride, int Padding, class S, int C, int H, int W, int O, int OH, int OW, int K>
constexpr void correlate_transposed(const Tensor<float, Shape<O, OH, OW>>& x, const Tensor<S, Shape<O, C, K, K>>& w,
                                    const auto& b, Tensor<float, Shape<C, H, W>>& y,
                                    Tensor<float, Shape<O, H + K - 1, W + K - 1>>& spread, auto finish) {
    detail::spread<Stride, K - 1 - Padding>(x, spread);
    detail::correlate_maps<1, true>(spread, w, b, y, std::integral_constant<int, 1>{}, finish);
}
template <int Stride, int Padding, class E, class S, int C, int H, int W, int O, int OH, int OW, int K>
constexpr void correlate_transposed(const Tensor<E, Shape<O, OH, OW>>& x, const Tensor<S, Shape<O, C, K, K>>& w,
                                    const auto& b, Tensor<E, Shape<C, H, W>>& y, Nothing, auto finish) {
    detail::input_gradient_maps<Stride, Padding>(w, x, y, b, finish);
}

}  // namespace kiln::inline KILN_TARGET::kernels
