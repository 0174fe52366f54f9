// SPDX-License-Identifier: BSL-1.0
#pragma once
// Maps enlarged by repetition: y[c][i][j] = x[c][i / F][j / F] (whole quotients). Backward sums the slopes of the F x F
// copies of a pixel, in row order.

#include <kiln/core/tensor.hpp>
#include <kiln/kernels/pack.hpp>

namespace kiln::inline KILN_TARGET::kernels {

template <int F, class E, int C, int H, int W>
constexpr void upsample(const Tensor<E, Shape<C, H, W>>& x, Tensor<E, Shape<C, F * H, F * W>>& y) {
    for (int i = 0; i < C * H; ++i) {
        for (int j = 0; j < W; ++j) {
            const E pixel = load<E>(x.data + i * W + j);
            E* copies = y.data + (i * W * F + j) * F;
            for (int u = 0; u < F; ++u)
                for (int v = 0; v < F; ++v) store(pixel, copies + u * F * W + v);
        }
    }
}

template <int F, class E, int C, int H, int W>
constexpr void upsample_gradient(const Tensor<E, Shape<C, F * H, F * W>>& dy, Tensor<E, Shape<C, H, W>>& dx) {
    for (int i = 0; i < C * H; ++i) {
        for (int j = 0; j < W; ++j) {
            const E* copies = dy.data + (i * W * F + j) * F;
            E sum(scalar_t<E>(0));
            for (int u = 0; u < F; ++u)
                for (int v = 0; v < F; ++v) sum += load<E>(copies + u * F * W + v);
            store(sum, dx.data + i * W + j);
        }
    }
}

}  // namespace kiln::inline KILN_TARGET::kernels
