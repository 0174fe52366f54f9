// SPDX-License-Identifier: BSL-1.0
#pragma once
// Convolution along time (cross-correlation, as in every network library).
//
// Shape: Shape<T, In> -> Shape<slide(T), Out>, time first, where
//   slide(T) = (T + 2 Padding - Dilation (Kernel - 1) - 1) / Stride + 1
// Formula: y[t][o] = bias[o] + sum_{i,k} weight[o][i][k] x[t S + k D - P][i], where S is Stride, D Dilation, P Padding,
//   and x is 0 outside
// Parameters: weight (Out, In / Groups, Kernel); bias (Out) unless B is Bias::none; within 1 / sqrt(fan_in)
// Cost: Out · In / Groups multiply-adds for each frame that a row reads
// Lengths: frames behind the end of a sample count as zeros
// Differs from PyTorch: time comes first; torch.nn.Conv1d takes (In, T).
// Source: torch.nn.Conv1d

#include <kiln/core/bias.hpp>
#include <kiln/layers/detail/frame_conv.hpp>

#include <type_traits>

namespace kiln {

template <int In, int Out, int Kernel, int Dilation, int Groups, Bias... B>
    requires(sizeof...(B) <= 1)
struct CausalConv1d;

/// Convolution along time: Shape<T, In> -> Shape<slide(T), Out>; Groups divides In and Out.
template <int In, int Out, int Kernel, int Stride = 1, int Padding = 0, int Dilation = 1, int Groups = 1, Bias... B>
    requires(sizeof...(B) <= 1)
struct Conv1d : detail::FrameConv<Conv1d<In, Out, Kernel, Stride, Padding, Dilation, Groups, B...>,
                                  detail::FrameConvArguments{In, Out, Kernel, Stride, Padding, Padding, Dilation,
                                                             Groups, detail::learns_bias<B...>}> {
    template <class X>
    using repair =
        std::conditional_t<Conv1d::template repairable<X>,
                           Conv1d<X::extents[1], Out, Kernel, Stride, Padding, Dilation, Groups, B...>, void>;

    static constexpr bool framewise(Extents) { return Kernel == 1 && Stride == 1 && Padding == 0; }
    template <class>
    using causal = std::conditional_t<Stride == 1, CausalConv1d<In, Out, Kernel, Dilation, Groups, B...>, void>;

    static constexpr Kind kind() {
        return {.name = "Conv1d",
                .inputs = In,
                .outputs = Out,
                .kernel = Kernel,
                .stride = Stride,
                .padding = Padding,
                .dilation = Dilation,
                .groups = Groups};
    }

    /// The frames of the output of a sample with `length` frames.
    static constexpr int length(Extents in, int length) {
        const int reach = Conv1d::reach, room = length + 2 * Padding - reach - 1;
        return room < 0 ? 0 : length >= in[0] ? Conv1d::shape(in).out[0] : room / Stride + 1;
    }
};

}  // namespace kiln
