// SPDX-License-Identifier: BSL-1.0
#pragma once
// Two-dimensional cross-correlation ("convolution") and its two adjoints, over maps without padding (`pad` adds it
// beforehand):
//
//   y[o][i][j]      = b[o] + sum_{c,u,v} w[o][c][u][v] x[c][i S + u][j S + v]
//   dw[o][c][u][v] += sum_{i,j} dy[o][i][j] x[c][i S + u][j S + v]   and summed over lanes
//   db[o]          += sum_{i,j} dy[o][i][j]                          and summed over lanes
//   dx[c][r][s]     = sum_{o,u,v} w[o][c][u][v] dy[o][i][j]           over i S + u = r + P, j S + v = s + P
//
// Every element's sum runs in the order of the indices above, whatever the tile and the element type. Cost: O C K K OH
// OW multiply-adds each.

#include <kiln/core/tensor.hpp>
#include <kiln/kernels/tile.hpp>
#include <kiln/kernels/transpose.hpp>

namespace kiln::kernels {

namespace detail {

// OB channels by PB packs of y, starting at channel o, row i, pack k (counted on through the next rows).
template <int OB, int PB, int Stride, class E, class S, int C, int H, int W, int O, int OH, int OW, int K>
constexpr void correlate_tile(const Tensor<E, Shape<C, H, W>>& x, const Tensor<S, Shape<O, C, K, K>>& w,
                              const Tensor<S, Shape<O>>& b, Tensor<E, Shape<O, OH, OW>>& y, auto finish, int o, int i,
                              int k) {
    using Pack = pack_t<E, OW>;
    int from[PB], to[PB];
    KILN_UNROLL for (int q = 0; q < PB; ++q) {
        const int row = i + (k + q) / packs_in<E, OW>, start = pack_start<E, OW>((k + q) % packs_in<E, OW>);
        from[q] = (row * W + start) * Stride;
        to[q] = row * OW + start;
    }
    Pack sum[OB][PB];
    KILN_UNROLL for (int n = 0; n < OB; ++n) KILN_UNROLL for (int q = 0; q < PB; ++q) sum[n][q] = Pack(b.data[o + n]);
    for (int c = 0; c < C; ++c) {
        for (int u = 0; u < K; ++u) {
            const E* row = x.data + (c * H + u) * W;
            const S* weights = w.data + ((o * C + c) * K + u) * K;
            KILN_UNROLL for (int v = 0; v < K; ++v) {
                Pack pixel[PB];
                KILN_UNROLL for (int q = 0; q < PB; ++q) pixel[q] = load<Pack, Stride>(row + from[q] + v);
                KILN_UNROLL for (int n = 0; n < OB; ++n) {
                    const Pack weight(weights[n * C * K * K + v]);
                    KILN_UNROLL for (int q = 0; q < PB; ++q) sum[n][q] = fma(pixel[q], weight, sum[n][q]);
                }
            }
        }
    }
    KILN_UNROLL for (int n = 0; n < OB; ++n) KILN_UNROLL for (int q = 0; q < PB; ++q)
        store(finish(sum[n][q]), y.data + (o + n) * OH * OW + to[q]);
}

// OB channels of some rows of y, which have so many packs.
template <int OB, int PB, int Stride>
constexpr void correlate_rows(const auto& x, const auto& w, const auto& b, auto& y, auto finish, int o, int i,
                              auto packs) {
    constexpr int whole = packs.value / PB * PB, rest = packs.value - whole;
    for (int k = 0; k < whole; k += PB) correlate_tile<OB, PB, Stride>(x, w, b, y, finish, o, i, k);
    if constexpr (rest > 0) correlate_tile<OB, rest, Stride>(x, w, b, y, finish, o, i, whole);
}

}  // namespace detail

/// y = finish(b + w * x).
template <int Stride, class E, class S, int C, int H, int W, int O, int OH, int OW, int K, class Finish = Unchanged>
constexpr void correlate(const Tensor<E, Shape<C, H, W>>& x, const Tensor<S, Shape<O, C, K, K>>& w,
                         const Tensor<S, Shape<O>>& b, Tensor<E, Shape<O, OH, OW>>& y, Finish finish = {}) {
    static_assert(OH == slide(H, K, Stride) && OW == slide(W, K, Stride));
    // Rows of few packs are taken together, so that a weight in a register meets enough of them.
    constexpr int row_packs = packs_in<E, OW>;
    constexpr int rows = row_packs == 1 && OH % 4 == 0 ? 4 : row_packs < 4 && OH % 2 == 0 ? 2 : 1;
    constexpr std::integral_constant<int, rows * row_packs> packs{};
    constexpr Tile tile = choose_tile(O, packs.value, vectors_in<pack_t<E, OW>>, C * K * K);
    constexpr int whole = O / tile.outer * tile.outer, rest = O - whole;
    for (int i = 0; i < OH; i += rows) {
        for (int o = 0; o < whole; o += tile.outer)
            detail::correlate_rows<tile.outer, tile.inner, Stride>(x, w, b, y, finish, o, i, packs);
        if constexpr (rest > 0) detail::correlate_rows<rest, tile.inner, Stride>(x, w, b, y, finish, whole, i, packs);
    }
}

namespace detail {

// OB output channels by UB rows of the kernel of input channel c, over all pixels: the sums of channel o + n, not yet
// added up over the lanes, to sums[n Taps …]. Also the bias if asked.
template <int OB, int UB, bool Bias, int Taps, int Stride, class E, class S, int C, int H, int W, int O, int OH, int OW,
          int K>
constexpr void weight_gradient_tile(const Tensor<E, Shape<C, H, W>>& x, const Tensor<E, Shape<O, OH, OW>>& dy,
                                    Tensor<S, Shape<O, C, K, K>>&, Tensor<S, Shape<O>>& db, E* sums, int o, int c,
                                    int u) {
    constexpr int taps = UB * K;
    const E zero(S(0));
    E sum[OB][taps], bias[Bias ? OB : 1];
    KILN_UNROLL for (int n = 0; n < OB; ++n) KILN_UNROLL for (int k = 0; k < taps; ++k) sum[n][k] = zero;
    if constexpr (Bias) KILN_UNROLL for (int n = 0; n < OB; ++n) bias[n] = zero;
    for (int i = 0; i < OH; ++i) {
        const E* row = x.data + (c * H + i * Stride + u) * W;
        const E* slope = dy.data + (o * OH + i) * OW;
        for (int j = 0; j < OW; ++j) {
            E d[OB];
            KILN_UNROLL for (int n = 0; n < OB; ++n) {
                d[n] = load<E>(slope + n * OH * OW + j);
                if constexpr (Bias) bias[n] += d[n];
            }
            KILN_UNROLL for (int k = 0; k < taps; ++k) {
                const E pixel = load<E>(row + k / K * W + j * Stride + k % K);
                KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n][k] = fma(d[n], pixel, sum[n][k]);
            }
        }
    }
    KILN_UNROLL for (int n = 0; n < OB; ++n) {
        if constexpr (Bias) db.data[o + n] += reduce(bias[n]);
        KILN_UNROLL for (int k = 0; k < taps; ++k) store(sum[n][k], sums + n * Taps + k);
    }
}

// OB output channels by `Rows` rows of the kernel of input channel c, in tiles of UB rows, whose sums are then added up
// over the lanes together.
template <int OB, int UB, int Rows, int Stride, class E, class S, class Dims, int C, int O, int K>
constexpr void weight_gradient_rows(const Tensor<E, Dims>& x, const auto& dy, Tensor<S, Shape<O, C, K, K>>& dw,
                                    Tensor<S, Shape<O>>& db, int o, int c, int u) {
    constexpr int taps = Rows * K, whole = Rows / UB * UB, rest = Rows - whole;
    E sums[OB * taps];
    if (c == 0 && u == 0)
        weight_gradient_tile<OB, UB, true, taps, Stride>(x, dy, dw, db, sums, o, c, u);
    else
        weight_gradient_tile<OB, UB, false, taps, Stride>(x, dy, dw, db, sums, o, c, u);
    for (int k = UB; k < whole; k += UB)
        weight_gradient_tile<OB, UB, false, taps, Stride>(x, dy, dw, db, sums + k * K, o, c, u + k);
    if constexpr (rest > 0)
        weight_gradient_tile<OB, rest, false, taps, Stride>(x, dy, dw, db, sums + whole * K, o, c, u + whole);
    S total[room_for_totals<E, OB * taps>];
    reduce_each(sums, total);
    for (int n = 0; n < OB; ++n)
        for (int k = 0; k < taps; ++k) dw.data[((o + n) * C + c) * K * K + u * K + k] += total[n * taps + k];
}

template <int OB, int UB, int Stride, int K, class E, class Dims>
constexpr void weight_gradient_channel(const Tensor<E, Dims>& x, const auto& dy, auto& dw, auto& db, int o, int c) {
    // As many tiles together as leave room for the maps in the first-level cache.
    constexpr int most = 128 / vectors_in<E> / (OB * UB * K) * UB, together = most < UB ? UB : most < K ? most : K;
    constexpr int whole = K / together * together, rest = K - whole;
    for (int u = 0; u < whole; u += together) weight_gradient_rows<OB, UB, together, Stride>(x, dy, dw, db, o, c, u);
    if constexpr (rest > 0) weight_gradient_rows<OB, (UB < rest ? UB : rest), rest, Stride>(x, dy, dw, db, o, c, whole);
}

// Output channels by rows of the kernel. A step costs its multiply-adds, a quarter of its loads (they run beside, but
// not free) and the loop; measured best on AVX-512: 2 x 3 rows of 3 x 3, 4 x 1 rows of 5 x 5.
constexpr Tile weight_gradient_tile_for(int outputs, int window, int vectors) {
    Tile best;
    long long least = -1;
    for (int o = 1; o <= outputs && o <= 8; ++o) {
        for (int u = 1; u <= window; ++u) {
            if ((o * (u * window + 1) + o + 1) * vectors > native_registers && (o > 1 || u > 1)) continue;
            const auto time = [&](int channels, int rows) -> long long {
                if (channels == 0 || rows == 0) return 0;
                return 4 * channels * rows * window * vectors + (channels + rows * window) * vectors + 16;
            };
            const long long total =
                static_cast<long long>(outputs / o) * (window / u * time(o, u) + time(o, window % u)) +
                window / u * time(outputs % o, u) + time(outputs % o, window % u);
            const long long kinds = (outputs % o > 0 ? 2 : 1) * (window % u > 0 ? 2 : 1);
            if (least < 0 || total * (32 + kinds) < least) {
                least = total * (32 + kinds);
                best = {o, u};
            }
        }
    }
    return best;
}

}  // namespace detail

/// dw += dy * x, db += sum of dy, both summed over lanes.
template <int Stride, class E, class S, int C, int H, int W, int O, int OH, int OW, int K>
constexpr void correlate_weight_gradient(const Tensor<E, Shape<C, H, W>>& x, const Tensor<E, Shape<O, OH, OW>>& dy,
                                         Tensor<S, Shape<O, C, K, K>>& dw, Tensor<S, Shape<O>>& db) {
    constexpr Tile tile = detail::weight_gradient_tile_for(O, K, vectors_in<E>);
    constexpr int whole = O / tile.outer * tile.outer, rest = O - whole;
    for (int o = 0; o < whole; o += tile.outer)
        for (int c = 0; c < C; ++c)
            detail::weight_gradient_channel<tile.outer, tile.inner, Stride, K>(x, dy, dw, db, o, c);
    if constexpr (rest > 0)
        for (int c = 0; c < C; ++c)
            detail::weight_gradient_channel<rest, tile.inner, Stride, K>(x, dy, dw, db, whole, c);
}

namespace detail {

constexpr int floor_divide(int a, int b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

// The slopes dy[first … last] that touch columns 0 … columns - 1 of a row of dx.
struct Reach {
    int first, last;
};
constexpr Reach reach(int columns, int kernel, int stride, int padding) {
    return {floor_divide(padding - kernel + 1, stride), (columns - 1 + padding) / stride};
}

// CB channels by WB columns of one row of dx, starting at column s, a multiple of the stride: at `Start`, or, where all
// slopes that touch the columns are there, anywhere (Start < 0).
template <int CB, int WB, int Start, int Stride, int Padding, class E, class S, int C, int H, int W, int O, int OH,
          int OW, int K>
constexpr void input_gradient_tile(const Tensor<S, Shape<O, C, K, K>>& w, const Tensor<E, Shape<O, OH, OW>>& dy,
                                   Tensor<E, Shape<C, H, W>>& dx, int c, int r, int s) {
    constexpr Reach near = reach(WB, K, Stride, Padding);
    constexpr int first = Start >= 0 && Start / Stride + near.first < 0 ? -Start / Stride : near.first;
    constexpr int last = Start >= 0 && Start / Stride + near.last >= OW ? OW - 1 - Start / Stride : near.last;
    E sum[CB][WB];
    KILN_UNROLL for (int n = 0; n < CB; ++n) KILN_UNROLL for (int q = 0; q < WB; ++q) sum[n][q] = E(S(0));
    for (int o = 0; o < O; ++o) {
        for (int u = (r + Padding) % Stride; u < K; u += Stride) {
            const int i = (r + Padding - u) / Stride;
            if (r + Padding < u || i >= OH) continue;
            const E* slope = dy.data + (o * OH + i) * OW + s / Stride;
            const S* weights = w.data + ((o * C + c) * K + u) * K;
            KILN_UNROLL for (int q = first; q <= last; ++q) {
                const E d = load<E>(slope + q);
                KILN_UNROLL for (int n = 0; n < CB; ++n) {
                    KILN_UNROLL for (int v = 0; v < K; ++v) {
                        const int column = q * Stride + v - Padding;
                        if (column >= 0 && column < WB)
                            sum[n][column] = fma(d, E(weights[n * K * K + v]), sum[n][column]);
                    }
                }
            }
        }
    }
    KILN_UNROLL for (int n = 0; n < CB; ++n) KILN_UNROLL for (int q = 0; q < WB; ++q)
        store(sum[n][q], dx.data + ((c + n) * H + r) * W + s + q);
}

// CB channels of a row of dx, from column Start on: the columns near the borders each with code of their own, those
// between them in a loop.
template <int CB, int WB, int Start, int Stride, int Padding, int OW, int W, int K>
constexpr void input_gradient_row(const auto& w, const auto& dy, auto& dx, int c, int r) {
    if constexpr (Start < W) {
        constexpr int columns = W - Start < WB ? W - Start : WB;
        constexpr Reach near = reach(columns, K, Stride, Padding);
        constexpr int room = OW - 1 - near.last - Start / Stride;  // slopes behind the last that these columns need
        if constexpr (columns == WB && Start / Stride + near.first >= 0 && room >= WB / Stride) {
            constexpr int inner = 1 + (room * Stride < W - Start - WB ? room * Stride : W - Start - WB) / WB;
            for (int k = 0; k < inner; ++k)
                input_gradient_tile<CB, WB, -1, Stride, Padding>(w, dy, dx, c, r, Start + k * WB);
            input_gradient_row<CB, WB, Start + inner * WB, Stride, Padding, OW, W, K>(w, dy, dx, c, r);
        } else {
            input_gradient_tile<CB, columns, Start, Stride, Padding>(w, dy, dx, c, r, Start);
            input_gradient_row<CB, WB, Start + columns, Stride, Padding, OW, W, K>(w, dy, dx, c, r);
        }
    }
}

// Channels by columns of dx. A row of the kernel costs the tile its multiply-adds, its slopes, which come from the
// second-level cache and so count twice, and its weights; wide tiles share their slopes among neighbouring columns, high
// ones among channels.
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
                const Reach near = reach(wide, kernel, stride, 0);
                const int touched = near.last - near.first + 1 < slopes ? near.last - near.first + 1 : slopes;
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

}  // namespace detail

/// dx = the adjoint of correlate applied to dy, for an x that was padded by Padding zeros (dx is without them).
template <int Stride, int Padding, class E, class S, int C, int H, int W, int O, int OH, int OW, int K>
constexpr void correlate_input_gradient(const Tensor<S, Shape<O, C, K, K>>& w, const Tensor<E, Shape<O, OH, OW>>& dy,
                                        Tensor<E, Shape<C, H, W>>& dx) {
    constexpr Tile tile = detail::input_gradient_tile_for(C, W, OW, K, Stride, vectors_in<E>);
    constexpr int whole = C / tile.outer * tile.outer, rest = C - whole;
    for (int r = 0; r < H; ++r) {
        for (int c = 0; c < whole; c += tile.outer)
            detail::input_gradient_row<tile.outer, tile.inner, 0, Stride, Padding, OW, W, K>(w, dy, dx, c, r);
        if constexpr (rest > 0)
            detail::input_gradient_row<rest, tile.inner, 0, Stride, Padding, OW, W, K>(w, dy, dx, whole, r);
    }
}

/// to = from with Padding zeros around every map.
template <int Padding, class E, int C, int H, int W>
constexpr void pad(const Tensor<E, Shape<C, H, W>>& from, Tensor<E, Shape<C, H + 2 * Padding, W + 2 * Padding>>& to) {
    constexpr int columns = W + 2 * Padding, map = (H + 2 * Padding) * columns;
    const E zero(scalar_t<E>(0));
    for (int c = 0; c < C; ++c) {
        E* out = to.data + c * map;
        // Between the rows of the map stand the right border of one and the left border of the next.
        for (int k = 0; k < Padding * columns + Padding; ++k) store(zero, out + k);
        for (int i = 0; i < H; ++i) {
            const E* row = from.data + (c * H + i) * W;
            out = to.data + c * map + (Padding + i) * columns + Padding;
            for (int j = 0; j < W; ++j) store(load<E>(row + j), out + j);
            for (int k = 0; k < 2 * Padding; ++k) store(zero, out + W + k);
        }
        for (int k = 0; k < Padding * columns - Padding; ++k) store(zero, out + W + 2 * Padding + k);
    }
}

}  // namespace kiln::kernels
