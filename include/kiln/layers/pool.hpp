// SPDX-License-Identifier: BSL-1.0
#pragma once
// Max pooling.
//
// Shape: Shape<C, H, W> -> Shape<C, slide(H), slide(W)>, where slide(n) = (n + 2 Padding - Window) / Stride + 1
// Formula: y = max of each window of each map; padding counts as -infinity; dy goes to the first of the largest
// Differs from PyTorch: a NaN counts only if it is a window's first element.
// Source: torch.nn.MaxPool2d

#include <kiln/core/contract.hpp>
#include <kiln/kernels/pool.hpp>
#include <kiln/kernels/window.hpp>

namespace kiln {

/// The maximum of each window: Shape<C, H, W> -> Shape<C, slide(H), slide(W)>, where slide(n) = (n + 2 Padding -
/// Window) / Stride + 1. Rows and columns that do not fill a window are left out. Padding is at most half a window, so
/// that every window sees a pixel.
template <int Window, int Stride = Window, int Padding = 0>
struct Pool : kernels::Windowed<Window, Stride, Padding> {
    using claims_of = Pool;
    static constexpr int max_pool_window = Window == Stride && Padding == 0 ? Window : 0;

    static constexpr void forward(const auto& x, auto& y, auto) {
        if constexpr (Padding == 0)
            kernels::max_pool<Window, Stride>(x, y);
        else
            kernels::max_pool_padded<Window, Stride, Padding>(x, y);
    }
    static constexpr void backward(const auto& x, const auto& y, const auto& dy, auto& dx, auto) {
        if constexpr (is_nothing<decltype(dx)>)
            return;
        else if constexpr (Padding == 0)
            kernels::max_pool_gradient<Window, Stride>(x, y, dy, dx);
        else
            kernels::max_pool_padded_gradient<Window, Stride, Padding>(x, y, dy, dx);
    }
    static void describe(const auto& x, auto& y, auto) {
        y = x.then("MaxPool")
                .with("kernel_shape", {Window, Window})
                .with("strides", {Stride, Stride})
                .with("pads", {Padding, Padding, Padding, Padding});
    }
};

}  // namespace kiln
