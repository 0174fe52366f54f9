// SPDX-License-Identifier: BSL-1.0
#pragma once
// Max pooling over N x N windows:
//
//   y[c][i][j] = max_{u,v < N} x[c][i S + u - P][j S + v - P]   over the places that lie within the map
//
// Backward sends dy to the first of the largest pixels of a window, in row order.

#include <kiln/core/tensor.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/window.hpp>

namespace kiln::inline KILN_TARGET::kernels {

template <int N, int Stride, class E, int C, int H, int W, int OH, int OW>
constexpr void max_pool(const Tensor<E, Shape<C, H, W>>& x, Tensor<E, Shape<C, OH, OW>>& y) {
    static_assert(OH == slide(H, N, Stride) && OW == slide(W, N, Stride));
    using Pack = pack_t<E, OW>;
    for (int c = 0; c < C; ++c) {
        for (int i = 0; i < OH; ++i) {
            for (int k = 0; k < packs_in<E, OW>; ++k) {
                const int j = pack_start<E, OW>(k);
                const E* window = x.data + (c * H + i * Stride) * W + j * Stride;
                Pack most = load<Pack, Stride>(window);
                for (int u = 0; u < N; ++u)
                    for (int v = u == 0 ? 1 : 0; v < N; ++v) most = max(load<Pack, Stride>(window + u * W + v), most);
                store(most, y.data + (c * OH + i) * OW + j);
            }
        }
    }
}

template <int N, int Stride, class E, int C, int H, int W, int OH, int OW>
constexpr void max_pool_gradient(const Tensor<E, Shape<C, H, W>>& x, const Tensor<E, Shape<C, OH, OW>>& y,
                                 const Tensor<E, Shape<C, OH, OW>>& dy, Tensor<E, Shape<C, H, W>>& dx) {
    const E zero(scalar_t<E>(0));
    constexpr bool disjoint = Stride >= N, covering = Stride == N && OH * N == H && OW * N == W;
    if constexpr (!covering)
        for (E& slope : dx) store(zero, &slope);
    for (int c = 0; c < C; ++c) {
        for (int i = 0; i < OH; ++i) {
            for (int j = 0; j < OW; ++j) {
                const int corner = (c * H + i * Stride) * W + j * Stride, out = (c * OH + i) * OW + j;
                const E most = load<E>(y.data + out);
                E left = load<E>(dy.data + out);  // dy until a pixel has taken it, then 0
                KILN_UNROLL for (int u = 0; u < N; ++u) {
                    KILN_UNROLL for (int v = 0; v < N; ++v) {
                        const int at = corner + u * W + v;
                        const auto hit = load<E>(x.data + at) == most;
                        const E share = select(hit, left, zero);
                        if constexpr (disjoint)
                            store(share, dx.data + at);
                        else
                            store(load<E>(dx.data + at) + share, dx.data + at);
                        left = select(hit, zero, left);
                    }
                }
            }
        }
    }
}

template <int N, int Stride, int Padding, class E, int C, int H, int W, int OH, int OW>
constexpr void max_pool_padded(const Tensor<E, Shape<C, H, W>>& x, Tensor<E, Shape<C, OH, OW>>& y) {
    static_assert(OH == slide(H, N, Stride, Padding) && OW == slide(W, N, Stride, Padding) && 2 * Padding <= N);
    for (int c = 0; c < C; ++c) {
        for (int i = 0; i < OH; ++i) {
            const Span rows = window<N, Stride, Padding>(i, H);
            for (int j = 0; j < OW; ++j) {
                const Span columns = window<N, Stride, Padding>(j, W);
                const E* map = x.data + c * H * W;
                E most = load<E>(map + rows.begin * W + columns.begin);
                for (int u = rows.begin; u < rows.end; ++u)
                    for (int v = columns.begin; v < columns.end; ++v) most = max(load<E>(map + u * W + v), most);
                store(most, y.data + (c * OH + i) * OW + j);
            }
        }
    }
}

template <int N, int Stride, int Padding, class E, int C, int H, int W, int OH, int OW>
constexpr void max_pool_padded_gradient(const Tensor<E, Shape<C, H, W>>& x, const Tensor<E, Shape<C, OH, OW>>& y,
                                        const Tensor<E, Shape<C, OH, OW>>& dy, Tensor<E, Shape<C, H, W>>& dx) {
    const E zero(scalar_t<E>(0));
    for (E& slope : dx) store(zero, &slope);
    for (int c = 0; c < C; ++c) {
        for (int i = 0; i < OH; ++i) {
            const Span rows = window<N, Stride, Padding>(i, H);
            for (int j = 0; j < OW; ++j) {
                const Span columns = window<N, Stride, Padding>(j, W);
                const int out = (c * OH + i) * OW + j;
                const E most = load<E>(y.data + out);
                E left = load<E>(dy.data + out);  // dy until a pixel has taken it, then 0
                for (int u = rows.begin; u < rows.end; ++u) {
                    for (int v = columns.begin; v < columns.end; ++v) {
                        const int at = (c * H + u) * W + v;
                        const auto hit = load<E>(x.data + at) == most;
                        store(load<E>(dx.data + at) + select(hit, left, zero), dx.data + at);
                        left = select(hit, zero, left);
                    }
                }
            }
        }
    }
}

}  // namespace kiln::inline KILN_TARGET::kernels
