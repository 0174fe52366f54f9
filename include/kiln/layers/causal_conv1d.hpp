// SPDX-License-Identifier: BSL-1.0
#pragma once
// Causal convolution along time: a frame of the output sees the frames of the input up to its own time.
//
// Shape: Shape<T, In> -> Shape<T, Out>, time first
// Formula: y[t][o] = bias[o] + sum_{i,k} weight[o][i][k] x[t - (Kernel - 1 - k) D][i], where D is Dilation and x is 0
//   before the first frame
// Parameters: weight (Out, In / Groups, Kernel); bias (Out) unless B is Bias::none; within 1 / sqrt(fan_in)
// Cost: Out · In / Groups multiply-adds for each frame that a row reads
// Streams: the carry holds the last D (Kernel - 1) frames and up to `block` new ones
// Differs from PyTorch: torch.nn.Conv1d with padding D (Kernel - 1) puts out D (Kernel - 1) frames more, which see the
//   future. Time comes first.
// Source: A. van den Oord et al.: WaveNet, 2016

#include <kiln/core/bias.hpp>
#include <kiln/kernels/frame_ring.hpp>
#include <kiln/layers/detail/frame_conv.hpp>

#include <type_traits>

namespace kiln {

/// Causal convolution along time: Shape<T, In> -> Shape<T, Out>; Groups divides In and Out.
template <int In, int Out, int Kernel, int Dilation = 1, int Groups = 1, Bias... B>
    requires(sizeof...(B) <= 1)
struct CausalConv1d
    : detail::FrameConv<CausalConv1d<In, Out, Kernel, Dilation, Groups, B...>,
                        detail::FrameConvArguments{In, Out, Kernel, 1, detail::causal_zeros(Kernel, Dilation), 0,
                                                   Dilation, Groups, detail::learns_bias<B...>}> {
    template <class X>
    using repair = std::conditional_t<CausalConv1d::template repairable<X>,
                                      CausalConv1d<X::extents[1], Out, Kernel, Dilation, Groups, B...>, void>;

    static constexpr Kind kind() {
        return {.name = "CausalConv1d",
                .inputs = In,
                .outputs = Out,
                .kernel = Kernel,
                .dilation = Dilation,
                .groups = Groups};
    }

    static constexpr bool framewise(Extents) { return Kernel == 1; }
    static constexpr int receptive_field(Extents) { return CausalConv1d::reach + 1; }

    template <class E, class>
    struct Carry {
        kernels::FrameRing<E, In, CausalConv1d::reach> past;
    };
    template <class S, class>
    using Prepared = typename CausalConv1d::template Turned<S>;
    static constexpr void reset(auto& carry, const auto&) { carry.past.clear(); }
    template <class E, int N>
    static constexpr void step(const Tensor<E, Shape<N, In>>& x, Tensor<E, Shape<N, Out>>& y, auto& carry, auto at,
                               auto finish) {
        using Ring = decltype(carry.past);
        constexpr int whole = N / Ring::block * Ring::block;
        for (int t = 0; t < whole; t += Ring::block)
            block<Ring::block>(x.data + t * In, y.data + t * Out, carry.past, at, finish);
        if constexpr (whole < N) block<N - whole>(x.data + whole * In, y.data + whole * Out, carry.past, at, finish);
    }
    static constexpr void step(const auto& x, auto& y, auto& carry, auto at) {
        step(x, y, carry, at, kernels::Unchanged{});
    }

  private:
    template <int N, class E>
    static constexpr void block(const E* x, E* y, auto& past, const auto& at, auto finish) {
        past.template append<N>(x);
        kernels::ArrayOf<int, Kernel> from;
        for (int k = 0; k < Kernel; ++k) from[k] = past.template start<N>((Kernel - 1 - k) * Dilation);
        for (int g = 0; g < Groups; ++g)
            kernels::correlate_frames<CausalConv1d::template sizes<true>(), N>(
                past.frames + g * CausalConv1d::group_in, from, Kernel,
                at.prepared.weight.data + g * CausalConv1d::group_out * CausalConv1d::fan_in,
                detail::elements_from(at.prepared.bias, g * CausalConv1d::group_out), y + g * CausalConv1d::group_out,
                N, finish);
    }
};

}  // namespace kiln
