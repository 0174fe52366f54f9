// SPDX-License-Identifier: BSL-1.0
#pragma once
// The adjoint of correlation (kernels/correlate.hpp) with respect to its kernel and its bias:
//
//   dw[o][c][u][v] += sum_{i,j} dy[o][i][j] x[c][i S + u][j S + v]   and summed over lanes
//   db[o]          += sum_{i,j} dy[o][i][j]                          and summed over lanes
//
// x includes its padding; with groups, c counts the channels of o's group. Over lanes every sum runs in the order of
// the indices, whatever the tile. For one float sample a sum runs over packs of neighbouring pixels, then across the
// packs.
//
// Cost: O C/G K K OH OW multiply-adds.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/reduce.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>

#include <array>
#include <cstddef>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

namespace detail {

// A pack with its first `Count` elements replaced by zeros.
template <int Count>
struct WithoutFirst {
    template <class S, int L>
    constexpr Lanes<S, L> operator()(const Lanes<S, L>& pack) const {
        std::array<int, static_cast<std::size_t>(L)> first{};
        for (int l = 0; l < L; ++l) first[static_cast<std::size_t>(l)] = l < Count;
        return select(equal_lanes<Lanes<S, L>>(first, 1), Lanes<S, L>(S(0)), pack);
    }
};

// `weight_gradient_tile` sums over all pixels, for OB output channels by UB rows of the kernel of input channel c. The
// sums of channel o + n go to sums[n Taps …], not yet added up over the lanes. `Bias` adds to db as well.
template <int OB, int UB, bool Bias, int Taps, int Stride, class E, class S, int C, int H, int W, int O, int OH, int OW,
          int InPerGroup, int K>
constexpr void weight_gradient_tile(const Tensor<E, Shape<C, H, W>>& x, const Tensor<E, Shape<O, OH, OW>>& dy,
                                    Tensor<S, Shape<O, InPerGroup, K, K>>&, auto& db, pack_t<E, OW>* sums, int o, int c,
                                    int u) {
    using Pack = pack_t<E, OW>;
    constexpr int taps = UB * K, packs = packs_in<E, OW>;
    const int channel = C == InPerGroup ? c : o / (O / (C / InPerGroup)) * InPerGroup + c;
    const Pack zero(S(0));
    ArrayOf<ArrayOf<Pack, taps>, OB> sum;
    ArrayOf<Pack, Bias ? OB : 1> bias;
    KILN_UNROLL for (int n = 0; n < OB; ++n) KILN_UNROLL for (int k = 0; k < taps; ++k) sum[n][k] = zero;
    if constexpr (Bias) KILN_UNROLL for (int n = 0; n < OB; ++n) bias[n] = zero;
    const auto add = [&](const E* pixels, const E* slopes, auto mask) {
        ArrayOf<Pack, OB> d;
        KILN_UNROLL for (int n = 0; n < OB; ++n) {
            d[n] = mask(load<Pack>(slopes + n * OH * OW));
            if constexpr (Bias) bias[n] += d[n];
        }
        KILN_UNROLL for (int k = 0; k < taps; ++k) {
            const Pack pixel = load<Pack, Stride>(pixels + k / K * W + k % K);
            KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n][k] = fma(d[n], pixel, sum[n][k]);
            KILN_END_STEP;
        }
    };
    for (int i = 0; i < OH; ++i) {
        const E* row = x.data + (channel * H + i * Stride + u) * W;
        const E* slope = dy.data + (o * OH + i) * OW;
        constexpr int overlap = packs * pack_step<E, OW> - OW, whole = overlap > 0 ? packs - 1 : packs;
        for (int k = 0; k < whole; ++k)
            add(row + k * pack_step<E, OW> * Stride, slope + k * pack_step<E, OW>, Unchanged{});
        if constexpr (overlap > 0)  // the last pack overlaps the one before; shared pixels count once
            add(row + (OW - width<Pack>)*Stride, slope + (OW - width<Pack>), WithoutFirst<overlap>{});
    }
    KILN_UNROLL for (int n = 0; n < OB; ++n) {
        if constexpr (Bias) db.data[o + n] += reduce(bias[n]);
        KILN_UNROLL for (int k = 0; k < taps; ++k) store(sum[n][k], sums + n * Taps + k);
    }
}

// `weight_gradient_rows` computes OB output channels by `Rows` rows of the kernel of input channel c, in tiles of UB
// rows. The sums of all tiles are added up over the lanes together.
template <int OB, int UB, int Rows, int Stride, class E, class S, int C, int O, int OH, int OW, int K>
constexpr void weight_gradient_rows(const auto& x, const Tensor<E, Shape<O, OH, OW>>& dy,
                                    Tensor<S, Shape<O, C, K, K>>& dw, auto& db, int o, int c, int u) {
    constexpr int taps = Rows * K, whole = Rows / UB * UB, rest = Rows - whole;
    ArrayOf<pack_t<E, OW>, OB * taps> sums;
    if (!is_nothing<decltype(db)> && c == 0 && u == 0)
        weight_gradient_tile<OB, UB, !is_nothing<decltype(db)>, taps, Stride>(x, dy, dw, db, sums, o, c, u);
    else
        weight_gradient_tile<OB, UB, false, taps, Stride>(x, dy, dw, db, sums, o, c, u);
    for (int k = UB; k < whole; k += UB)
        weight_gradient_tile<OB, UB, false, taps, Stride>(x, dy, dw, db, sums + k * K, o, c, u + k);
    if constexpr (rest > 0)
        weight_gradient_tile<OB, rest, false, taps, Stride>(x, dy, dw, db, sums + whole * K, o, c, u + whole);
    Totals<pack_t<E, OW>, OB * taps> total;
    reduce_each<OB * taps>(sums, total);
    for (int n = 0; n < OB; ++n)
        for (int k = 0; k < taps; ++k) dw.data[((o + n) * C + c) * K * K + u * K + k] += total[n * taps + k];
}

template <int OB, int UB, int Stride, int K, class E, class Dims>
constexpr void weight_gradient_channel(const Tensor<E, Dims>& x, const auto& dy, auto& dw, auto& db, int o, int c) {
    // Tiles are taken together as long as their sums leave room for the maps in the first-level cache.
    constexpr int most = 128 / vectors_in<E> / (OB * UB * K) * UB, together = most < UB ? UB : most < K ? most : K;
    constexpr int whole = K / together * together, rest = K - whole;
    for (int u = 0; u < whole; u += together) weight_gradient_rows<OB, UB, together, Stride>(x, dy, dw, db, o, c, u);
    if constexpr (rest > 0) weight_gradient_rows<OB, (UB < rest ? UB : rest), rest, Stride>(x, dy, dw, db, o, c, whole);
}

// The tile of least cost, output channels by rows of the kernel. A step costs its multiply-adds, a quarter of its loads
// (which run beside them, but not free) and the loop. Measured best on AVX-512: 2 x 3 rows of 3 x 3, 4 x 1 rows of 5 x
// 5.
constexpr Tile weight_gradient_tile_for(int outputs, int window, int vectors) {
    Tile best;
    long long least = -1;
    for (int o = 1; o <= outputs && o <= 8; ++o) {
        for (int u = 1; u <= window; ++u) {
            const int sums_and_operands = o * (u * window + 1) + o + 1;
            if (sums_and_operands * vectors + product_registers > native_registers && (o > 1 || u > 1)) continue;
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

/// dw += dy * x, db += sum of dy, both summed over lanes; db may be Nothing.
template <int Stride, class E, class S, int C, int H, int W, int O, int OH, int OW, int InPerGroup, int K>
constexpr void correlate_weight_gradient(const Tensor<E, Shape<C, H, W>>& x, const Tensor<E, Shape<O, OH, OW>>& dy,
                                         Tensor<S, Shape<O, InPerGroup, K, K>>& dw, auto& db) {
    static_assert(C % InPerGroup == 0 && O % (C / InPerGroup) == 0);
    constexpr int outputs = O / (C / InPerGroup);  // of a group
    constexpr Tile tile = detail::weight_gradient_tile_for(outputs, K, vectors_in<pack_t<E, OW>>);
    constexpr int whole = outputs / tile.outer * tile.outer, rest = outputs - whole;
    for (int first = 0; first < O; first += outputs) {
        for (int o = first; o < first + whole; o += tile.outer)
            for (int c = 0; c < InPerGroup; ++c)
                detail::weight_gradient_channel<tile.outer, tile.inner, Stride, K>(x, dy, dw, db, o, c);
        if constexpr (rest > 0)
            for (int c = 0; c < InPerGroup; ++c)
                detail::weight_gradient_channel<rest, tile.inner, Stride, K>(x, dy, dw, db, first + whole, c);
    }
}

}  // namespace kiln::inline KILN_TARGET::kernels
