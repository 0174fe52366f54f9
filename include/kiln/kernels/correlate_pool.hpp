// SPDX-License-Identifier: BSL-1.0
#pragma once
// Correlation, max pooling over disjoint N x N windows and an activation in one kernel: a window's sums never leave the
// registers, so the maps before pooling are never stored. f is monotone, so it may be applied after the maximum:
//
//   y[o][i][j]     = f(max over r, s < N of z[o][i N + r][j N + s]),   z = b + w * x  (kernels/correlate.hpp)
//   which[o][i][j] = r N + s of the first largest z, kept as an element, so that each lane has its own
//
// Backward, with d = dy · f'(y): z's gradient is d where `which` says so and 0 elsewhere. `unpool` writes it out; for a
// layer whose input needs no gradient `pooled_weight_gradient` expands it in registers only.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/reduce.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>

#include <cstddef>
#include <utility>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

namespace detail {

// `most` becomes the largest of a window's N x N sums, `index` the place r N + s of the first that is as large.
template <int N, class E>
constexpr void choose_largest(const ArrayOf<ArrayOf<E, N>, N>& sum, E& most, E& index) {
    using S = scalar_t<E>;
    most = sum[0][0];
    index = E(S(0));
    KILN_UNROLL for (int k = 1; k < N * N; ++k) {
        const auto larger = sum[k / N][k % N] > most;
        most = select(larger, sum[k / N][k % N], most);
        index = select(larger, E(S(k)), index);
    }
}

// `correlate_window` computes one window of OB channels.
template <int OB, int N, class E, class S, int C, int H, int W, int O, int OH, int OW, int K>
constexpr void correlate_window(const Tensor<E, Shape<C, H, W>>& x, const Tensor<S, Shape<O, C, K, K>>& w,
                                const auto& b, Tensor<E, Shape<O, OH, OW>>& y, auto& which, auto finish, int o, int i,
                                int j) {
    ArrayOf<ArrayOf<ArrayOf<E, N>, N>, OB> sum;
    KILN_UNROLL for (int n = 0; n < OB; ++n) KILN_UNROLL for (int k = 0; k < N * N; ++k) {
        if constexpr (is_nothing<decltype(b)>)
            sum[n][k / N][k % N] = E(S(0));
        else
            sum[n][k / N][k % N] = E(b.data[o + n]);
    }
    for (int c = 0; c < C; ++c) {
        for (int u = 0; u < K; ++u) {
            const E* corner = x.data + (c * H + i * N + u) * W + j * N;
            const S* weights = w.data + ((o * C + c) * K + u) * K;
            KILN_UNROLL for (int v = 0; v < K; ++v) {
                ArrayOf<ArrayOf<E, N>, N> pixel;
                KILN_UNROLL for (int k = 0; k < N * N; ++k) pixel[k / N][k % N] =
                    load<E>(corner + k / N * W + v + k % N);
                KILN_UNROLL for (int n = 0; n < OB; ++n) {
                    const E weight(weights[n * C * K * K + v]);
                    KILN_UNROLL for (int k = 0; k < N * N; ++k) sum[n][k / N][k % N] =
                        fma(pixel[k / N][k % N], weight, sum[n][k / N][k % N]);
                }
                KILN_END_STEP;
            }
        }
    }
    KILN_UNROLL for (int n = 0; n < OB; ++n) {
        E most, index;
        choose_largest<N>(sum[n], most, index);
        const int at = ((o + n) * OH + i) * OW + j;
        store(finish(most), y.data + at);
        if constexpr (!is_nothing<decltype(which)>) store(index, which.data + at);
    }
}

// Every second element of a pack: 0, 2, 4, … or 1, 3, 5, …
template <bool Odd, class V, std::size_t... I>
KILN_NATIVE_VECTORS inline auto every_second_of_native(V a, std::index_sequence<I...>) {
    return __builtin_shufflevector(a, a, (2 * static_cast<int>(I) + Odd)...);
}
template <bool Odd, int L>
constexpr Lanes<float, L / 2> every_second(const Lanes<float, L>& a) {
    Lanes<float, L / 2> result;
    if (std::is_constant_evaluated()) {
        for (int l = 0; l < L / 2; ++l) result.v[l] = a.v[2 * l + Odd];
    } else {
        using Whole = typename kiln::detail::native_vector<float, L>::in_array;
        using Half = typename kiln::detail::native_vector<float, L / 2>::in_array;
        *reinterpret_cast<Half*>(result.v) =
            every_second_of_native<Odd>(*reinterpret_cast<const Whole*>(a.v), kiln::detail::IndicesBelow<L / 2>{});
    }
    return result;
}

// `correlate_pairs` serves one float sample and windows of two by two: two rows of PB packs of z, for OB channels,
// become one row of y. Two rows that fit into one native vector are `Joined` into one pack.
template <int OB, int PB, bool Joined, class S, int C, int H, int W, int O, int OH, int OW, int K>
constexpr void correlate_pairs(const Tensor<float, Shape<C, H, W>>& x, const Tensor<S, Shape<O, C, K, K>>& w,
                               const auto& b, Tensor<float, Shape<O, OH, OW>>& y, auto& which, auto finish, int o,
                               int i, int k) {
    using Row = pack_t<float, 2 * OW>;
    using Pack = std::conditional_t<Joined, Lanes<float, 2 * width<Row>>, Row>;
    constexpr int rows = Joined ? 1 : 2;
    ArrayOf<int, PB> start;
    KILN_UNROLL for (int q = 0; q < PB; ++q) start[q] = pack_start<float, 2 * OW>(k + q);
    ArrayOf<ArrayOf<ArrayOf<Pack, PB>, rows>, OB> sum;
    KILN_UNROLL for (int n = 0; n < OB; ++n) KILN_UNROLL for (int r = 0; r < rows; ++r)
        KILN_UNROLL for (int q = 0; q < PB; ++q) {
        if constexpr (is_nothing<decltype(b)>)
            sum[n][r][q] = Pack(S(0));
        else
            sum[n][r][q] = Pack(b.data[o + n]);
    }
    for (int c = 0; c < C; ++c) {
        for (int u = 0; u < K; ++u) {
            const float* row = x.data + (c * H + 2 * i + u) * W;
            const S* weights = w.data + ((o * C + c) * K + u) * K;
            KILN_UNROLL for (int v = 0; v < K; ++v) {
                ArrayOf<ArrayOf<Pack, PB>, rows> pixel;
                KILN_UNROLL for (int r = 0; r < rows; ++r) KILN_UNROLL for (int q = 0; q < PB; ++q) {
                    if constexpr (Joined)
                        pixel[r][q] = join(load<Row>(row + start[q] + v), load<Row>(row + W + start[q] + v));
                    else
                        pixel[r][q] = load<Row>(row + r * W + start[q] + v);
                }
                KILN_UNROLL for (int n = 0; n < OB; ++n) {
                    const Pack weight(weights[n * C * K * K + v]);
                    KILN_UNROLL for (int r = 0; r < rows; ++r) KILN_UNROLL for (int q = 0; q < PB; ++q) sum[n][r][q] =
                        fma(pixel[r][q], weight, sum[n][r][q]);
                }
                KILN_END_STEP;
            }
        }
    }
    KILN_UNROLL for (int n = 0; n < OB; ++n) KILN_UNROLL for (int q = 0; q < PB; ++q) {
        Row rows_of_pack[2];
        if constexpr (Joined) {
            rows_of_pack[0] = lower_half(sum[n][0][q]);
            rows_of_pack[1] = upper_half(sum[n][0][q]);
        } else {
            rows_of_pack[0] = sum[n][0][q];
            rows_of_pack[1] = sum[n][1][q];
        }
        const int at = ((o + n) * OH + i) * OW + start[q] / 2;
        if constexpr (is_nothing<decltype(which)>) {
            const Row most = max(rows_of_pack[1], rows_of_pack[0]);
            store(finish(max(every_second<true>(most), every_second<false>(most))), y.data + at);
        } else {
            using Half = Lanes<float, width<Row> / 2>;
            Half window[2][2], most, index;
            KILN_UNROLL for (int r = 0; r < 2; ++r) {
                window[r][0] = every_second<false>(rows_of_pack[r]);
                window[r][1] = every_second<true>(rows_of_pack[r]);
            }
            choose_largest<2>(window, most, index);
            store(finish(most), y.data + at);
            store(index, which.data + at);
        }
    }
}

template <class E, int N, int OW>
inline constexpr bool pools_pairs = N == 2 && OW >= 2 && std::is_same_v<E, float>;

}  // namespace detail

/// y = finish(max over N x N of b + w * x); b and `which` may be Nothing.
template <int N, class E, class S, int C, int H, int W, int O, int OH, int OW, int K>
constexpr void correlate_pool(const Tensor<E, Shape<C, H, W>>& x, const Tensor<S, Shape<O, C, K, K>>& w, const auto& b,
                              Tensor<E, Shape<O, OH, OW>>& y, auto& which, auto finish) {
    static_assert(OH * N == slide(H, K, 1) && OW * N == slide(W, K, 1));
    if constexpr (detail::pools_pairs<E, N, OW>) {
        constexpr int packs = packs_in<E, 2 * OW>, together = packs % 2 == 0 && native_registers >= 16 ? 2 : 1;
        constexpr bool joined = 2 * pack_step<E, 2 * OW> <= native_lanes;
        constexpr int block = choose_block(O, native_registers * 3 / 4 / together / (joined ? 1 : 2));
        constexpr int whole = O / block * block, rest = O - whole;
        for (int i = 0; i < OH; ++i) {
            for (int k = 0; k < packs; k += together) {
                for (int o = 0; o < whole; o += block)
                    detail::correlate_pairs<block, together, joined>(x, w, b, y, which, finish, o, i, k);
                if constexpr (rest > 0)
                    detail::correlate_pairs<rest, together, joined>(x, w, b, y, which, finish, whole, i, k);
            }
        }
    } else {
        constexpr int most = (native_registers * 3 / 4 - product_registers) / (N * N) / vectors_in<E>;
        constexpr int block = choose_block(O, most);
        constexpr int whole = O / block * block, rest = O - whole;
        for (int i = 0; i < OH; ++i) {
            for (int o = 0; o < whole; o += block)
                for (int j = 0; j < OW; ++j) detail::correlate_window<block, N>(x, w, b, y, which, finish, o, i, j);
            if constexpr (rest > 0)
                for (int j = 0; j < OW; ++j) detail::correlate_window<rest, N>(x, w, b, y, which, finish, whole, i, j);
        }
    }
}

/// dz = d at the places that `which` names, 0 elsewhere.
template <int N, class E, int C, int H, int W, int OH, int OW>
constexpr void unpool(const Tensor<E, Shape<C, OH, OW>>& d, const Tensor<E, Shape<C, OH, OW>>& which,
                      Tensor<E, Shape<C, H, W>>& dz) {
    static_assert(OH * N == H && OW * N == W);
    using S = scalar_t<E>;
    for (int c = 0; c < C; ++c)
        for (int i = 0; i < OH; ++i)
            for (int j = 0; j < OW; ++j) {
                const int at = (c * OH + i) * OW + j;
                const E slope = load<E>(d.data + at), index = load<E>(which.data + at);
                KILN_UNROLL for (int k = 0; k < N * N; ++k) store(
                    select(index == E(S(k)), slope, E(S(0))), dz.data + (c * H + i * N + k / N) * W + j * N + k % N);
            }
}

namespace detail {

// `pooled_gradient_tile` adds the gradients of OB output channels by UB rows of the kernel of input channel c.
template <int OB, int UB, int N, class E, class S, int C, int H, int W, int O, int OH, int OW, int K>
[[gnu::noinline]] constexpr void
pooled_gradient_tile(const Tensor<E, Shape<C, H, W>>& x, const Tensor<E, Shape<O, OH, OW>>& d,
                     const Tensor<E, Shape<O, OH, OW>>& which, Tensor<S, Shape<O, C, K, K>>& dw, int o, int c, int u) {
    constexpr int taps = UB * K;
    const E zero(S(0));
    ArrayOf<E, OB * taps> sum;
    KILN_UNROLL for (int n = 0; n < OB * taps; ++n) sum[n] = zero;
    for (int i = 0; i < OH; ++i) {
        for (int j = 0; j < OW; ++j) {
            const E* corner = x.data + (c * H + i * N + u) * W + j * N;
            ArrayOf<E, OB> slope, index;
            KILN_UNROLL for (int n = 0; n < OB; ++n) {
                slope[n] = load<E>(d.data + ((o + n) * OH + i) * OW + j);
                index[n] = load<E>(which.data + ((o + n) * OH + i) * OW + j);
            }
            KILN_UNROLL for (int p = 0; p < N * N; ++p) {
                ArrayOf<E, OB> here;
                KILN_UNROLL for (int n = 0; n < OB; ++n) here[n] = select(index[n] == E(S(p)), slope[n], zero);
                KILN_UNROLL for (int k = 0; k < taps; ++k) {
                    const E pixel = load<E>(corner + (k / K + p / N) * W + k % K + p % N);
                    KILN_UNROLL for (int n = 0; n < OB; ++n) sum[n * taps + k] = fma(here[n], pixel, sum[n * taps + k]);
                    KILN_END_STEP;
                }
            }
        }
    }
    Totals<E, OB * taps> total;
    reduce_each<OB * taps>(sum, total);
    KILN_UNROLL for (int n = 0; n < OB; ++n) KILN_UNROLL for (int k = 0; k < taps; ++k)
        dw.data[((o + n) * C + c) * K * K + u * K + k] += total[n * taps + k];
}

template <int OB, int UB, int N, int K>
constexpr void pooled_gradient_channel(const auto& x, const auto& d, const auto& which, auto& dw, int o, int c) {
    constexpr int whole = K / UB * UB, rest = K - whole;
    for (int u = 0; u < whole; u += UB) pooled_gradient_tile<OB, UB, N>(x, d, which, dw, o, c, u);
    if constexpr (rest > 0) pooled_gradient_tile<OB, rest, N>(x, d, which, dw, o, c, whole);
}

}  // namespace detail

/// dw += unpool(d, which) * x and db += sum of d, both summed over lanes; db may be Nothing.
template <int N, class E, class S, int C, int H, int W, int O, int OH, int OW, int K>
constexpr void pooled_weight_gradient(const Tensor<E, Shape<C, H, W>>& x, const Tensor<E, Shape<O, OH, OW>>& d,
                                      const Tensor<E, Shape<O, OH, OW>>& which, Tensor<S, Shape<O, C, K, K>>& dw,
                                      auto& db) {
    // Every pass over the maps expands the slopes anew, so a tile takes as many rows of the kernel as fit, then
    // channels.
    constexpr int room = native_registers * 9 / 16 / vectors_in<E>;
    constexpr int rows = room / K < 1 ? 1 : room / K < K ? room / K : K;
    constexpr int block = choose_block(O, room / (rows * K));
    constexpr int whole = O / block * block, rest = O - whole;
    for (int o = 0; o < whole; o += block)
        for (int c = 0; c < C; ++c) detail::pooled_gradient_channel<block, rows, N, K>(x, d, which, dw, o, c);
    if constexpr (rest > 0)
        for (int c = 0; c < C; ++c) detail::pooled_gradient_channel<rest, rows, N, K>(x, d, which, dw, whole, c);
    if constexpr (!is_nothing<decltype(db)>)
        for (int o = 0; o < O; ++o) {
            E sum(S(0));
            for (int k = 0; k < OH * OW; ++k) sum += load<E>(d.data + o * OH * OW + k);
            db.data[o] += reduce(sum);
        }
}

}  // namespace kiln::inline KILN_TARGET::kernels
