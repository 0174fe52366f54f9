// SPDX-License-Identifier: BSL-1.0
#pragma once
// Average pooling, over windows or over whole maps.
//
// Shape: AveragePool: Shape<C, H, W> -> Shape<C, slide(H), slide(W)>; GlobalAveragePool: Shape<C, H, W> -> Shape<C>
// Formula: y = 1/n sum of the n elements of a window or a map; padding counts as zeros, so n = Window² everywhere.
// Cost: one multiply-add per output, the multiplication by 1/n
// Source: torch.nn.AvgPool2d; torch.nn.AdaptiveAvgPool2d(1) and Flatten

#include <kiln/core/contract.hpp>
#include <kiln/kernels/average_pool.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/sum.hpp>
#include <kiln/kernels/window.hpp>

namespace kiln {

/// Averages over windows: Shape<C, H, W> -> Shape<C, slide(H), slide(W)>, where slide(n) = (n + 2 Padding - Window) /
/// Stride + 1. Rows and columns that do not fill a window are left out. Padding is at most half a window.
template <int Window, int Stride = Window, int Padding = 0>
struct AveragePool : kernels::Windowed<Window, Stride, Padding> {
    using claims_of = AveragePool;

    static constexpr long long multiply_adds(Extents in) { return AveragePool::shape(in).out.count(); }

    static constexpr void forward(const auto& x, auto& y, auto) {
        kernels::average_pool<Window, Stride, Padding>(x, y);
    }
    static constexpr bool reads_input = false, reads_output = false;
    static constexpr void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>) kernels::average_pool_gradient<Window, Stride, Padding>(dy, dx);
    }
    static void describe(const auto& x, auto& y, auto) {
        y = x.then("AveragePool")
                .with("kernel_shape", {Window, Window})
                .with("strides", {Stride, Stride})
                .with("pads", {Padding, Padding, Padding, Padding})
                .with("count_include_pad", 1);
    }
};

/// The average of every map: Shape<C, H, W> -> Shape<C>.
struct GlobalAveragePool {
    static constexpr Fit shape(Extents in) { return {.out = Extents{in[0] < 1 ? 1 : in[0]}, .fits = in.rank == 3}; }
    template <class X>
    using needs = rank<3>;

    static constexpr long long multiply_adds(Extents in) { return shape(in).out.count(); }

    template <class E, int C, int H, int W>
    static constexpr void forward(const Tensor<E, Shape<C, H, W>>& x, auto& y, auto) {
        const E share(scalar_t<E>(1.0 / (H * W)));
        for (int c = 0; c < C; ++c) kernels::store(kernels::sum<H * W>(x.data + c * H * W) * share, y.data + c);
    }
    static constexpr bool reads_input = false, reads_output = false;
    template <class E, int C, int H, int W>
    static constexpr void backward(const Tensor<E, Shape<C, H, W>>&, const auto&, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>) {
            const E share(scalar_t<E>(1.0 / (H * W)));
            for (int c = 0; c < C; ++c) {
                const E slope = kernels::load<E>(dy.data + c) * share;
                for (int k = 0; k < H * W; ++k) kernels::store(slope, dx.data + c * H * W + k);
            }
        }
    }
    static void describe(const auto& x, auto& y, auto) { y = x.then("GlobalAveragePool").then("Flatten"); }
};

}  // namespace kiln
