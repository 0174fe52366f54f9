// SPDX-License-Identifier: BSL-1.0
#pragma once
// Pooling over windows of time.
//
// Shape: Shape<T, F> -> Shape<(T - Window) / Stride + 1, F>, time first
// Formula: Pool1d: y[t] = max of x[t S], …, x[t S + Window - 1], element by element; AveragePool1d: their mean
// Cost: none for Pool1d; one multiply-add per output for AveragePool1d, the multiplication by 1 / Window
// Lengths: a window that reaches behind the end of a sample puts out nothing
// Differs from PyTorch: time comes first. A NaN is a maximum only if it is a window's first element.
// Source: torch.nn.MaxPool1d, torch.nn.AvgPool1d

#include <kiln/core/contract.hpp>
#include <kiln/kernels/frame_pool.hpp>

namespace kiln {

/// The maximum of each window of frames: Shape<T, F> -> Shape<(T - Window) / Stride + 1, F>. Frames that do not fill a
/// window are left out.
template <int Window, int Stride = Window>
struct Pool1d : kernels::FramesWindowed<Window, Stride> {
    using claims_of = Pool1d;

    static constexpr void forward(const auto& x, auto& y, auto) { kernels::max_frames<Window, Stride>(x, y); }
    static constexpr void backward(const auto& x, const auto& y, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>) kernels::max_frames_gradient<Window, Stride>(x, y, dy, dx);
    }
    static void describe(const auto& x, auto& y, auto) {
        y = x.then("Transpose")
                .with("perm", {0, 2, 1})
                .then("MaxPool")
                .with("kernel_shape", {Window})
                .with("strides", {Stride})
                .then("Transpose")
                .with("perm", {0, 2, 1});
    }
};

/// The mean of each window of frames: Shape<T, F> -> Shape<(T - Window) / Stride + 1, F>. Frames that do not fill a
/// window are left out.
template <int Window, int Stride = Window>
struct AveragePool1d : kernels::FramesWindowed<Window, Stride> {
    using claims_of = AveragePool1d;

    static constexpr long long multiply_adds(Extents in) { return AveragePool1d::shape(in).out.count(); }

    static constexpr void forward(const auto& x, auto& y, auto) { kernels::mean_frames<Window, Stride>(x, y); }
    static constexpr bool reads_input = false, reads_output = false;
    static constexpr void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>) kernels::mean_frames_gradient<Window, Stride>(dy, dx);
    }
    static void describe(const auto& x, auto& y, auto) {
        y = x.then("Transpose")
                .with("perm", {0, 2, 1})
                .then("AveragePool")
                .with("kernel_shape", {Window})
                .with("strides", {Stride})
                .then("Transpose")
                .with("perm", {0, 2, 1});
    }
};

}  // namespace kiln
