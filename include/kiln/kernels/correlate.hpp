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

// OB output channels by UB rows of the kernel of input channel c, over all pixels; also the bias if asked.
template <int OB, int UB, bool Bias, int Stride, class E, class S, int C, int H, int W, int O, int OH, int OW, int K>
constexpr void weight_gradient_tile(const Tensor<E, Shape<C, H, W>>& x, const Tensor<E, Shape<O, OH, OW>>& dy,
                                    Tensor<S, Shape<O, C, K, K>>& dw, Tensor<S, Shape<O>>& db, int o, int c, int u) {
    constexpr int taps = UB * K, sums = OB * taps, biases = Bias ? OB : 0;
    E sum[sums + biases];
    KILN_UNROLL for (int n = 0; n < sums + biases; ++n) sum[n] = E(S(0));
    for (int i = 0; i < OH; ++i) {
        const E* row = x.data + (c * H + i * Stride + u) * W;
        const E* slope = dy.data + (o * OH + i) * OW;
        for (int j = 0; j < OW; ++j) {
            E d[OB];
            KILN_UNROLL for (int n = 0; n < OB; ++n) {
                d[n] = load<E>(slope + n * OH * OW + j);
                if constexpr (Bias) sum[sums + n] += d[n];
            }
            KILN_UNROLL for (int k = 0; k < taps; ++k) {
                const E pixel = load<E>(row + k / K * W + j * Stride + k % K);
                KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n * taps + k] = fma(d[n], pixel, sum[n * taps + k]);
            }
        }
    }
    S total[room_for_totals<E, sums + biases>];
    reduce_each(sum, total);
    KILN_UNROLL for (int n = 0; n < OB; ++n) {
        if constexpr (Bias) db.data[o + n] += total[sums + n];
        KILN_UNROLL for (int k = 0; k < taps; ++k) dw.data[((o + n) * C + c) * K * K + u * K + k] +=
            total[n * taps + k];
    }
}

template <int OB, int UB, int Stride, int K>
constexpr void weight_gradient_channel(const auto& x, const auto& dy, auto& dw, auto& db, int o, int c) {
    constexpr int whole = K / UB * UB, rest = K - whole;
    if (c == 0)
        weight_gradient_tile<OB, UB, true, Stride>(x, dy, dw, db, o, c, 0);
    else
        weight_gradient_tile<OB, UB, false, Stride>(x, dy, dw, db, o, c, 0);
    for (int u = UB; u < whole; u += UB) weight_gradient_tile<OB, UB, false, Stride>(x, dy, dw, db, o, c, u);
    if constexpr (rest > 0) weight_gradient_tile<OB, rest, false, Stride>(x, dy, dw, db, o, c, whole);
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

// CB channels by WB columns of one row of dx, starting at column s (a multiple of the stride).
template <int CB, int WB, int Stride, int Padding, class E, class S, int C, int H, int W, int O, int OH, int OW, int K>
constexpr void input_gradient_tile(const Tensor<S, Shape<O, C, K, K>>& w, const Tensor<E, Shape<O, OH, OW>>& dy,
                                   Tensor<E, Shape<C, H, W>>& dx, int c, int r, int s) {
    // The slopes that touch these columns: dy[j] for j = s / Stride + first … s / Stride + last.
    constexpr int first = floor_divide(Padding - K + 1, Stride), last = (WB - 1 + Padding) / Stride;
    E sum[CB][WB];
    KILN_UNROLL for (int n = 0; n < CB; ++n) KILN_UNROLL for (int q = 0; q < WB; ++q) sum[n][q] = E(S(0));
    for (int o = 0; o < O; ++o) {
        for (int u = (r + Padding) % Stride; u < K; u += Stride) {
            const int i = (r + Padding - u) / Stride;
            if (r + Padding < u || i >= OH) continue;
            const E* slope = dy.data + (o * OH + i) * OW;
            const S* weights = w.data + ((o * C + c) * K + u) * K;
            KILN_UNROLL for (int q = first; q <= last; ++q) {
                const int j = s / Stride + q;
                if (j < 0 || j >= OW) continue;
                const E d = load<E>(slope + j);
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
    KILN_UNROLL for (int n = 0; n < CB; ++n) KILN_UNROLL for (int q = 0; q < WB; ++q) if (s + q < W)
        store(sum[n][q], dx.data + ((c + n) * H + r) * W + s + q);
}

template <int CB, int WB, int Stride, int Padding, int W>
constexpr void input_gradient_row(const auto& w, const auto& dy, auto& dx, int c, int r) {
    constexpr int whole = W / WB * WB, rest = W - whole;
    for (int s = 0; s < whole; s += WB) input_gradient_tile<CB, WB, Stride, Padding>(w, dy, dx, c, r, s);
    if constexpr (rest > 0) input_gradient_tile<CB, rest, Stride, Padding>(w, dy, dx, c, r, whole);
}

}  // namespace detail

/// dx = the adjoint of correlate applied to dy, for an x that was padded by Padding zeros (dx is without them).
template <int Stride, int Padding, class E, class S, int C, int H, int W, int O, int OH, int OW, int K>
constexpr void correlate_input_gradient(const Tensor<S, Shape<O, C, K, K>>& w, const Tensor<E, Shape<O, OH, OW>>& dy,
                                        Tensor<E, Shape<C, H, W>>& dx) {
    // A row, or equal segments of it, of at most 20 native vectors; several channels where rows are short.
    constexpr int room = native_registers * 5 / 8 / vectors_in<E>;
    constexpr int segments = (W + room - 1) / room;
    constexpr int columns = ((W + segments - 1) / segments + Stride - 1) / Stride * Stride;
    constexpr int fitting = room / columns < 1 ? 1 : room / columns;
    constexpr int channels = fitting < C ? fitting : C;
    constexpr int whole = C / channels * channels, rest = C - whole;
    for (int r = 0; r < H; ++r) {
        for (int c = 0; c < whole; c += channels)
            detail::input_gradient_row<channels, columns, Stride, Padding, W>(w, dy, dx, c, r);
        if constexpr (rest > 0) detail::input_gradient_row<rest, columns, Stride, Padding, W>(w, dy, dx, whole, r);
    }
}

/// to = from with Padding zeros around every map.
template <int Padding, class E, int C, int H, int W>
constexpr void pad(const Tensor<E, Shape<C, H, W>>& from, Tensor<E, Shape<C, H + 2 * Padding, W + 2 * Padding>>& to) {
    constexpr int rows = H + 2 * Padding, columns = W + 2 * Padding;
    for (int c = 0; c < C; ++c) {
        for (int i = 0; i < rows; ++i) {
            E* row = to.data + (c * rows + i) * columns;
            const bool inside = i >= Padding && i < H + Padding;
            for (int j = 0; j < columns; ++j)
                row[j] = inside && j >= Padding && j < W + Padding ? from.data[(c * H + i - Padding) * W + j - Padding]
                                                                   : E(scalar_t<E>(0));
        }
    }
}

}  // namespace kiln::kernels
