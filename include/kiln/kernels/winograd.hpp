// SPDX-License-Identifier: BSL-1.0
#pragma once
// Correlation (kernels/correlate.hpp) with a 3 x 3 kernel and stride 1, over lanes of samples, in tiles of 2 x 2
// outputs. Winograd's F(2 x 2, 3 x 3) takes 16 multiply-adds for each tile and channel in place of 36 (A. Lavin, S.
// Gray: Fast Algorithms for Convolutional Neural Networks, 2016, section 4.1):
//
//   Y = Aᵀ [ sum_c (G w Gᵀ) ⊙ (Bᵀ X B) ] A    2 x 2 outputs Y, 4 x 4 pixels X, weights w; ⊙ by elements
//
//        1  0 -1  0          1   0   0
//   Bᵀ = 0  1  1  0     G =  ½   ½   ½     Aᵀ = 1  1  1  0
//        0 -1  1  0          ½  -½   ½          0  1 -1 -1
//        0  1  0 -1          0   0   1
//
// The input needs no padding beforehand: pixels outside are zeros. The root mean square of the errors is 0.8 of that of
// `correlate` (16 to 64 channels, measured).
//
// Cost: 4 O C OH OW multiply-adds, 32 C additions for each tile's pixels, 24 O for its outputs, and O C transforms of
// weights.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/correlate_pool.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

namespace detail {

// A register tile is `winograd_block` output channels by two tiles: half of the registers, which is measured best.
inline constexpr int winograd_tiles = 2;
template <class E>
constexpr int winograd_block(int outputs) {
    return choose_block(outputs, native_registers / 2 / winograd_tiles / vectors_in<E>);
}
template <class E>
constexpr int round_up_to_block(int outputs) {
    const int block = winograd_block<E>(outputs);
    return (outputs + block - 1) / block * block;
}

constexpr bool winograd_pays_for(long long inputs, long long outputs, long long rows, long long columns) {
    // A tile takes 16 multiply-adds, where its outputs take 9 each.
    const long long tiles = (rows + 1) / 2 * ((columns + 1) / 2);
    return inputs >= 16 && outputs >= 16 && inputs * outputs <= 128 * 128 && rows >= 8 && columns >= 8 &&
           9 * rows * columns >= 30 * tiles;
}
template <class E, class In, class Kernel, int Stride, int Padding>
inline constexpr bool winograd_pays = false;
template <class S, int L, int C, int H, int W, int O, int Padding>
    requires(std::is_floating_point_v<S>&& L > 1 && Padding <= 2)
inline constexpr bool winograd_pays<Lanes<S, L>, Shape<C, H, W>, Shape<O, C, 3, 3>, 1, Padding> =
    winograd_pays_for(C, O, slide(H, 3, 1, Padding), slide(W, 3, 1, Padding));

}  // namespace detail

/// Whether Winograd takes less time than `correlate` and its adjoint, as measured on x86-64: over lanes, with 16
/// channels or more, on maps of 8 x 8 or more. The answer is the same on every machine, so that results are. At most
/// 128 x 128 channels need at most about 1 MiB of memory.
template <class E, class In, class Kernel, int Stride, int Padding>
inline constexpr bool winograd_pays = detail::winograd_pays<E, In, Kernel, Stride, Padding>;

/// Working memory for C input and O output channels; with `Adjoint` also that of the input's gradient.
template <class E, int C, int O, bool Adjoint = false>
struct WinogradMemory {
    static constexpr int larger(int a, int b) { return Adjoint && b > a ? b : a; }
    static constexpr int weight_count(int in, int out) { return 16 * in * detail::round_up_to_block<E>(out); }

    /// G w Gᵀ: [4 x 4 places][blocks of outputs][inputs][block]
    Tensor<scalar_t<E>, Shape<larger(weight_count(C, O), weight_count(O, C))>> weights;
    /// Bᵀ X B: [4 x 4 places][inputs][tiles]
    Tensor<E, Shape<16, larger(C, O), detail::winograd_tiles>> pixels;
    /// The bracket: [block][tiles][4 x 4 places]
    Tensor<E, Shape<larger(detail::winograd_block<E>(O), detail::winograd_block<E>(C)), detail::winograd_tiles, 16>>
        sums;
};

namespace detail {

// `winograd_weights` computes G w Gᵀ. `Mirrored` computes that of the adjoint, whose kernel is w[c][o][2 - u][2 - v].
// A last block that is not full repeats the last channel.
template <bool Mirrored, class E, int C, int O, class S, class Kernel>
constexpr void winograd_weights(const Tensor<S, Kernel>& w, S* weights) {
    constexpr int block = winograd_block<E>(O), place = round_up_to_block<E>(O) * C;
    const S half(0.5f);
    for (int k = 0; k < place / block; ++k) {
        const int first = k / C * block, c = k % C;
        ArrayOf<ArrayOf<S, block>, 9> g;
        KILN_UNROLL for (int n = 0; n < block; ++n) {
            const int o = first + n < O ? first + n : O - 1;
            const S* from = w.data + (Mirrored ? c * O + o : o * C + c) * 9;
            KILN_UNROLL for (int p = 0; p < 9; ++p) g[Mirrored ? 8 - p : p][n] = from[p];
        }
        ArrayOf<ArrayOf<S, block>, 12> rows;  // G w
        KILN_UNROLL for (int v = 0; v < 3; ++v) for (int n = 0; n < block; ++n) {
            const S outer = g[v][n] + g[6 + v][n], inner = g[3 + v][n];
            rows[v][n] = g[v][n];
            rows[3 + v][n] = half * (outer + inner);
            rows[6 + v][n] = half * (outer - inner);
            rows[9 + v][n] = g[6 + v][n];
        }
        S* to = weights + k * block;
        KILN_UNROLL for (int u = 0; u < 4; ++u) for (int n = 0; n < block; ++n) {
            const S left = rows[3 * u][n], inner = rows[3 * u + 1][n], right = rows[3 * u + 2][n];
            to[4 * u * place + n] = left;
            to[(4 * u + 1) * place + n] = half * ((left + right) + inner);
            to[(4 * u + 2) * place + n] = half * ((left + right) - inner);
            to[(4 * u + 3) * place + n] = right;
        }
    }
}

// `winograd_pixels` computes Bᵀ X B of the pixels from row r and column s on, in all channels. They go to to[0],
// to[step] … for the 4 x 4 places and to to[0], to[next] … for the channels.
template <class E, int C, int H, int W>
constexpr void winograd_pixels(const Tensor<E, Shape<C, H, W>>& x, int r, int s, E* to, int step, int next) {
    const auto transform = [&](auto pixel) {
        for (int c = 0; c < C; ++c, to += next) {
            ArrayOf<ArrayOf<E, 4>, 4> rows;  // Bᵀ X
            KILN_UNROLL for (int j = 0; j < 4; ++j) {
                const E a = pixel(c, 0, j), b = pixel(c, 1, j), d = pixel(c, 2, j), e = pixel(c, 3, j);
                rows[0][j] = a - d;
                rows[1][j] = b + d;
                rows[2][j] = d - b;
                rows[3][j] = b - e;
            }
            KILN_UNROLL for (int u = 0; u < 4; ++u) {
                store(rows[u][0] - rows[u][2], to + 4 * u * step);
                store(rows[u][1] + rows[u][2], to + (4 * u + 1) * step);
                store(rows[u][2] - rows[u][1], to + (4 * u + 2) * step);
                store(rows[u][1] - rows[u][3], to + (4 * u + 3) * step);
            }
        }
    };
    if (r >= 0 && s >= 0 && r + 4 <= H && s + 4 <= W) {
        const E* from = x.data + r * W + s;
        transform([=](int c, int i, int j) { return load<E>(from + (c * H + i) * W + j); });
    } else {
        ArrayOf<bool, 4> row{}, column{};  // which of them exist
        for (int k = 0; k < 4; ++k) row[k] = 0 <= r + k && r + k < H;
        for (int k = 0; k < 4; ++k) column[k] = 0 <= s + k && s + k < W;
        const E zero(scalar_t<E>(0));
        transform([&](int c, int i, int j) {
            return row[i] && column[j] ? load<E>(x.data + ((c * H + r + i) * W + s + j)) : zero;
        });
    }
}

// `winograd_sums` computes the sums over C channels for a block of outputs, the first of which is o, of O.
template <int C, int O, class E, class S>
constexpr void winograd_sums(const S* weights_of_all, const E* pixels_of_all, E* sums, int o) {
    constexpr int block = winograd_block<E>(O), tiles = winograd_tiles;
    for (int place = 0; place < 16; ++place) {
        ArrayOf<ArrayOf<E, tiles>, block> sum;
        KILN_UNROLL for (int n = 0; n < block; ++n) KILN_UNROLL for (int q = 0; q < tiles; ++q) sum[n][q] = E(S(0));
        const S* weights = weights_of_all + (place * round_up_to_block<E>(O) + o) * C;
        const E* pixels = pixels_of_all + place * C * tiles;
        for (int c = 0; c < C; ++c) {
            ArrayOf<E, tiles> pixel;
            KILN_UNROLL for (int q = 0; q < tiles; ++q) pixel[q] = load<E>(pixels + c * tiles + q);
            KILN_UNROLL for (int n = 0; n < block; ++n) {
                const E weight(weights[c * block + n]);
                KILN_UNROLL for (int q = 0; q < tiles; ++q) sum[n][q] = fma(pixel[q], weight, sum[n][q]);
            }
            KILN_END_STEP;
        }
        KILN_UNROLL for (int n = 0; n < block; ++n) KILN_UNROLL for (int q = 0; q < tiles; ++q)
            store(sum[n][q], sums + (n * tiles + q) * 16 + place);
    }
}

// `winograd_outputs` gives Aᵀ M A of the 4 x 4 sums M.
template <class E>
constexpr void winograd_outputs(const E* sums, ArrayOf<ArrayOf<E, 2>, 2>& outputs) {
    ArrayOf<ArrayOf<E, 4>, 2> rows;  // Aᵀ M
    KILN_UNROLL for (int j = 0; j < 4; ++j) {
        const E a = load<E>(sums + j), b = load<E>(sums + 4 + j), d = load<E>(sums + 8 + j), e = load<E>(sums + 12 + j);
        rows[0][j] = a + b + d;
        rows[1][j] = b - d - e;
    }
    KILN_UNROLL for (int i = 0; i < 2; ++i) {
        outputs[i][0] = rows[i][0] + rows[i][1] + rows[i][2];
        outputs[i][1] = rows[i][1] - rows[i][2] - rows[i][3];
    }
}

// `winograd_maps` calls put(outputs, o, r, s) for each tile of 2 x 2 outputs, at row r and column s of channel o. The
// weights are in memory; x has `Padding` zeros around its maps.
template <int Padding, int O, int OH, int OW, class E, int C, int H, int W>
constexpr void winograd_maps(const Tensor<E, Shape<C, H, W>>& x, const auto& b, auto& memory, auto put) {
    static_assert(OH == slide(H, 3, 1, Padding) && OW == slide(W, 3, 1, Padding));
    constexpr int across = (OW + 1) / 2, all = (OH + 1) / 2 * across, tiles = winograd_tiles;
    constexpr int block = winograd_block<E>(O);
    for (int first = 0; first < all; first += tiles) {
        const int present = all - first < tiles ? all - first : tiles;
        for (int q = 0; q < tiles; ++q) {  // a tile that is too many repeats the first
            const int t = q < present ? first + q : first;
            winograd_pixels(x, t / across * 2 - Padding, t % across * 2 - Padding, memory.pixels.data + q, C * tiles,
                            tiles);
        }
        for (int o = 0; o < O; o += block) {
            winograd_sums<C, O>(memory.weights.data, memory.pixels.data, memory.sums.data, o);
            for (int n = 0; n < block && o + n < O; ++n) {
                for (int q = 0; q < present; ++q) {
                    ArrayOf<ArrayOf<E, 2>, 2> outputs;
                    winograd_outputs(memory.sums.data + (n * tiles + q) * 16, outputs);
                    if constexpr (!is_nothing<decltype(b)>) {
                        const E bias(b.data[o + n]);
                        KILN_UNROLL for (int k = 0; k < 4; ++k) outputs[k / 2][k % 2] += bias;
                    }
                    put(outputs, o + n, (first + q) / across * 2, (first + q) % across * 2);
                }
            }
        }
    }
}

// `put_within` stores what `finish` makes of those of 2 x 2 outputs that are within the maps of y.
template <class E, int O, int OH, int OW>
constexpr auto put_within(Tensor<E, Shape<O, OH, OW>>& y, auto finish) {
    return [&y, finish](const auto& outputs, int o, int r, int s) {
        KILN_UNROLL for (int i = 0; i < 2; ++i) {
            if (OH % 2 == 1 && r + i == OH) break;
            E* to = y.data + (o * OH + r + i) * OW + s;
            store(finish(outputs[i][0]), to);
            if (OW % 2 == 0 || s + 1 < OW) store(finish(outputs[i][1]), to + 1);
        }
    };
}

}  // namespace detail

/// y = finish(b + w * x) with stride 1 and `Padding` zeros around the maps of x; b may be Nothing.
template <int Padding, class E, class S, int C, int H, int W, int O, int OH, int OW, class Finish = Unchanged>
constexpr void winograd(const Tensor<E, Shape<C, H, W>>& x, const Tensor<S, Shape<O, C, 3, 3>>& w, const auto& b,
                        Tensor<E, Shape<O, OH, OW>>& y, auto& memory, Finish finish = {}) {
    detail::winograd_weights<false, E, C, O>(w, memory.weights.data);
    detail::winograd_maps<Padding, O, OH, OW>(x, b, memory, detail::put_within(y, finish));
}

/// The same with max pooling over disjoint 2 x 2 windows behind it (kernels/correlate_pool.hpp).
template <int Padding, class E, class S, int C, int H, int W, int O, int OH, int OW>
constexpr void winograd_pool(const Tensor<E, Shape<C, H, W>>& x, const Tensor<S, Shape<O, C, 3, 3>>& w, const auto& b,
                             Tensor<E, Shape<O, OH, OW>>& y, auto& which, auto& memory, auto finish) {
    detail::winograd_weights<false, E, C, O>(w, memory.weights.data);
    detail::winograd_maps<Padding, O, 2 * OH, 2 * OW>(
        x, b, memory, [&](const ArrayOf<ArrayOf<E, 2>, 2>& outputs, int o, int r, int s) {
            const int at = (o * OH + r / 2) * OW + s / 2;
            E most, index;
            detail::choose_largest<2>(outputs, most, index);
            store(finish(most), y.data + at);
            if constexpr (!is_nothing<decltype(which)>) store(index, which.data + at);
        });
}

/// dx = the adjoint of `winograd` applied to dy.
template <int Padding, class E, class S, int C, int H, int W, int O, int OH, int OW>
constexpr void winograd_input_gradient(const Tensor<S, Shape<O, C, 3, 3>>& w, const Tensor<E, Shape<O, OH, OW>>& dy,
                                       Tensor<E, Shape<C, H, W>>& dx, auto& memory) {
    detail::winograd_weights<true, E, O, C>(w, memory.weights.data);
    detail::winograd_maps<2 - Padding, C, H, W>(dy, Nothing{}, memory, detail::put_within(dx, Unchanged{}));
}

}  // namespace kiln::inline KILN_TARGET::kernels
