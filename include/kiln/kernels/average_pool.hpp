// SPDX-License-Identifier: BSL-1.0
#pragma once
// Average pooling over N x N windows of a map x with P zeros around it:
//
//   y[c][i][j] = 1/N² sum_{u,v < N} x[c][i S + u - P][j S + v - P]
//
// A sum runs in the order of the indices and is multiplied once, at its end. Backward adds dy / N² to every pixel of
// the window.

#include <kiln/core/tensor.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/window.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

template <int N, int Stride, int Padding, class E, int C, int H, int W, int OH, int OW>
constexpr void average_pool(const Tensor<E, Shape<C, H, W>>& x, Tensor<E, Shape<C, OH, OW>>& y) {
    static_assert(OH == slide(H, N, Stride, Padding) && OW == slide(W, N, Stride, Padding));
    // Padding cuts the windows at the borders; only windows of equal size can share a pack.
    constexpr bool packed = Padding == 0;
    using Pack = std::conditional_t<packed, pack_t<E, OW>, E>;
    using S = scalar_t<E>;
    const Pack share(S(1.0 / (static_cast<double>(N) * N)));
    for (int c = 0; c < C; ++c) {
        for (int i = 0; i < OH; ++i) {
            const Span rows = window<N, Stride, Padding>(i, H);
            for (int k = 0; k < (packed ? packs_in<E, OW> : OW); ++k) {
                const int j = packed ? pack_start<E, OW>(k) : k;
                const Span columns = window<N, Stride, Padding>(j, W);
                Pack sum(S(0));
                for (int u = rows.begin; u < rows.end; ++u)
                    for (int v = columns.begin; v < columns.end; ++v)
                        sum += load<Pack, Stride>(x.data + (c * H + u) * W + v);
                store(sum * share, y.data + (c * OH + i) * OW + j);
            }
        }
    }
}

template <int N, int Stride, int Padding, class E, int C, int H, int W, int OH, int OW>
constexpr void average_pool_gradient(const Tensor<E, Shape<C, OH, OW>>& dy, Tensor<E, Shape<C, H, W>>& dx) {
    using S = scalar_t<E>;
    const E zero(S(0)), share(S(1.0 / (static_cast<double>(N) * N)));
    constexpr bool disjoint = Stride >= N, covering = Stride == N && Padding == 0 && OH * N == H && OW * N == W;
    if constexpr (!covering)
        for (E& slope : dx) store(zero, &slope);
    for (int c = 0; c < C; ++c) {
        for (int i = 0; i < OH; ++i) {
            const Span rows = window<N, Stride, Padding>(i, H);
            for (int j = 0; j < OW; ++j) {
                const Span columns = window<N, Stride, Padding>(j, W);
                const E slope = load<E>(dy.data + (c * OH + i) * OW + j) * share;
                for (int u = rows.begin; u < rows.end; ++u) {
                    for (int v = columns.begin; v < columns.end; ++v) {
                        E* to = dx.data + (c * H + u) * W + v;
                        if constexpr (disjoint)
                            store(slope, to);
                        else
                            store(load<E>(to) + slope, to);
                    }
                }
            }
        }
    }
}

}  // namespace kiln::inline KILN_TARGET::kernels
