// SPDX-License-Identifier: BSL-1.0
#pragma once
// Two-dimensional cross-correlation ("convolution"), over maps without padding (`pad` adds it beforehand):
//
//   y[o][i][j] = b[o] + sum_{c,u,v} w[o][c][u][v] x[c][i S + u][j S + v]
//
// Groups: if a kernel w sees only C / G of the C channels, then the channels of x, w and y fall into G groups, one
// behind the other, and each group is a correlation of its own.
//
// Every element's sum runs in the order of the indices above, whatever the tile and the element type. Cost: O C/G K K
// OH OW multiply-adds. The adjoints are in kernels/correlate_weight_gradient.hpp and
// kernels/correlate_input_gradient.hpp.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

namespace detail {

// `correlate_tile` computes OB channels by PB packs of y, from channel o, row i and pack k on; packs are counted on
// through the next rows. `Mirrored` computes the adjoint, whose kernel is w[c][o][K - 1 - u][K - 1 - v]. Sums start
// from 0 if b is Nothing.
template <int OB, int PB, int Stride, bool Mirrored, class E, class S, int C, int H, int W, class Kernel, int O, int OH,
          int OW>
constexpr void correlate_tile(const Tensor<E, Shape<C, H, W>>& x, const Tensor<S, Kernel>& w, const auto& b,
                              Tensor<E, Shape<O, OH, OW>>& y, auto finish, int o, int i, int k) {
    using Pack = pack_t<E, OW>;
    // `inputs` and `outputs` are the channels of a group, `of_group` its weights; `of_output` and `of_input` are the
    // distances between the weights of two neighbouring outputs and inputs.
    constexpr int groups = (Mirrored ? O : C) / Kernel::extents[1], inputs = C / groups, outputs = O / groups;
    constexpr int K = Kernel::extents[3], of_group = inputs * outputs * K * K;
    constexpr int of_output = Mirrored ? K * K : inputs * K * K, of_input = Mirrored ? outputs * K * K : K * K;
    const int group = groups == 1 ? 0 : o / outputs;
    ArrayOf<int, PB> from, to;
    KILN_UNROLL for (int q = 0; q < PB; ++q) {
        const int row = i + (k + q) / packs_in<E, OW>, start = pack_start<E, OW>((k + q) % packs_in<E, OW>);
        from[q] = (row * W + start) * Stride;
        to[q] = row * OW + start;
    }
    ArrayOf<ArrayOf<Pack, PB>, OB> sum;
    KILN_UNROLL for (int n = 0; n < OB; ++n) KILN_UNROLL for (int q = 0; q < PB; ++q) {
        if constexpr (is_nothing<decltype(b)>)
            sum[n][q] = Pack(S(0));
        else
            sum[n][q] = Pack(b.data[o + n]);
    }
    for (int c = 0; c < inputs; ++c) {
        for (int u = 0; u < K; ++u) {
            const E* row = x.data + ((group * inputs + c) * H + (Mirrored ? K - 1 - u : u)) * W;
            const S* weights = w.data + group * of_group + (o - group * outputs) * of_output + c * of_input + u * K;
            KILN_UNROLL for (int v = 0; v < K; ++v) {
                ArrayOf<Pack, PB> pixel;
                KILN_UNROLL for (int q = 0; q < PB; ++q) pixel[q] =
                    load<Pack, Stride>(row + from[q] + (Mirrored ? K - 1 - v : v));
                KILN_UNROLL for (int n = 0; n < OB; ++n) {
                    const Pack weight(weights[n * of_output + v]);
                    KILN_UNROLL for (int q = 0; q < PB; ++q) sum[n][q] = fma(pixel[q], weight, sum[n][q]);
                }
                KILN_END_STEP;
            }
        }
    }
    KILN_UNROLL for (int n = 0; n < OB; ++n) KILN_UNROLL for (int q = 0; q < PB; ++q)
        store(finish(sum[n][q]), y.data + (o + n) * OH * OW + to[q]);
}

// `correlate_rows` computes OB channels of the rows of y, from row i on, that `packs` packs cover.
template <int OB, int PB, int Stride, bool Mirrored>
constexpr void correlate_rows(const auto& x, const auto& w, const auto& b, auto& y, auto finish, int o, int i,
                              auto packs) {
    constexpr int whole = packs.value / PB * PB, rest = packs.value - whole;
    for (int k = 0; k < whole; k += PB) correlate_tile<OB, PB, Stride, Mirrored>(x, w, b, y, finish, o, i, k);
    if constexpr (rest > 0) correlate_tile<OB, rest, Stride, Mirrored>(x, w, b, y, finish, o, i, whole);
}

// `correlate_maps` computes all of y. The number of groups is an argument because g++ 12 inlines less well if it
// deduces more of the types.
template <int Stride, bool Mirrored, class E, int Groups, int O, int OH, int OW>
constexpr void correlate_maps(const auto& x, const auto& w, const auto& b, Tensor<E, Shape<O, OH, OW>>& y,
                              std::integral_constant<int, Groups>, auto finish) {
    // Rows of few packs are computed together, so that a weight in a register is used for several packs.
    constexpr int row_packs = packs_in<E, OW>;
    constexpr int rows = row_packs == 1 && OH % 4 == 0 ? 4 : row_packs < 4 && OH % 2 == 0 ? 2 : 1;
    constexpr std::integral_constant<int, rows * row_packs> packs{};
    constexpr int outputs = O / Groups, steps = std::remove_cvref_t<decltype(w)>::count / (Mirrored ? outputs : O);
    constexpr Tile tile = choose_tile(outputs, packs.value, vectors_in<pack_t<E, OW>>, steps);
    constexpr int whole = outputs / tile.outer * tile.outer, rest = outputs - whole;
    for (int first = 0; first < O; first += outputs) {
        for (int i = 0; i < OH; i += rows) {
            for (int o = first; o < first + whole; o += tile.outer)
                correlate_rows<tile.outer, tile.inner, Stride, Mirrored>(x, w, b, y, finish, o, i, packs);
            if constexpr (rest > 0)
                correlate_rows<rest, tile.inner, Stride, Mirrored>(x, w, b, y, finish, first + whole, i, packs);
        }
    }
}

}  // namespace detail

/// y = finish(b + w * x); b may be Nothing.
template <int Stride, class E, class S, int C, int H, int W, int O, int OH, int OW, int InPerGroup, int K,
          class Finish = Unchanged>
constexpr void correlate(const Tensor<E, Shape<C, H, W>>& x, const Tensor<S, Shape<O, InPerGroup, K, K>>& w,
                         const auto& b, Tensor<E, Shape<O, OH, OW>>& y, Finish finish = {}) {
    static_assert(C % InPerGroup == 0 && O % (C / InPerGroup) == 0);
    static_assert(OH == slide(H, K, Stride) && OW == slide(W, K, Stride));
    detail::correlate_maps<Stride, false>(x, w, b, y, std::integral_constant<int, C / InPerGroup>{}, finish);
}

/// to = from with Padding zeros around every map.
template <int Padding, class E, int C, int H, int W>
constexpr void pad(const Tensor<E, Shape<C, H, W>>& from, Tensor<E, Shape<C, H + 2 * Padding, W + 2 * Padding>>& to) {
    constexpr int columns = W + 2 * Padding, map = (H + 2 * Padding) * columns;
    const E zero(scalar_t<E>(0));
    for (int c = 0; c < C; ++c) {
        E* out = to.data + c * map;
        // Three kinds of zeros: the top rows with the first left border; a right border with the next left border,
        // which lie side by side; the bottom rows.
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

}  // namespace kiln::inline KILN_TARGET::kernels
