// SPDX-License-Identifier: BSL-1.0
#pragma once
// Two-dimensional convolution with a square kernel (cross-correlation, as in every network library).
//
// Shape: Shape<In, H, W> -> Shape<Out, slide(H), slide(W)>, where slide(n) = (n + 2 Padding - Kernel) / Stride + 1
// Formula: y[o][i][j] = bias[o] + sum_{c,u,v} weight[o][c][u][v] x[c][i S + u - P][j S + v - P], where S is Stride, P
//   is Padding, and x is 0 outside
// Parameters: weight (Out, In / Groups, Kernel, Kernel); bias (Out) unless B is Bias::none; within 1 / sqrt(fan_in)
// Cost: Out · In / Groups · Kernel² multiply-adds per output pixel, padding included; a quarter to a half of them in each
//   direction where Winograd's tiles serve (kernels/winograd.hpp, kernels/winograd_strided.hpp,
//   kernels/winograd_weight_gradient.hpp)
// Source: torch.nn.Conv2d
//
// With Groups > 1 the In inputs and the Out outputs fall into groups of neighbours, and an output sees only the inputs
// of its own group. Groups = In is depthwise convolution.

#include <kiln/core/bias.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/initialize.hpp>
#include <kiln/kernels/correlate.hpp>
#include <kiln/kernels/correlate_input_gradient.hpp>
#include <kiln/kernels/correlate_weight_gradient.hpp>
#include <kiln/kernels/pointwise.hpp>
#include <kiln/kernels/winograd.hpp>
#include <kiln/kernels/winograd_strided.hpp>
#include <kiln/kernels/winograd_weight_gradient.hpp>
#include <kiln/layers/detail/pooled_conv.hpp>

#include <type_traits>

namespace kiln {

/// Convolution: Shape<In, H, W> -> Shape<Out, slide(H), slide(W)>; Groups divides In and Out.
template <int In, int Out, int Kernel, int Stride = 1, int Padding = 0, int Groups = 1, Bias... B>
    requires(sizeof...(B) <= 1)
struct Conv {
    static constexpr bool sane = In > 0 && Out > 0 && Kernel > 0 && Stride > 0 && Padding >= 0 && Groups > 0;
    static constexpr int groups = Groups > 0 ? Groups : 1,
                         in_per_group = In / groups;  // input channels that an output sees
    static constexpr bool divisible = In % groups == 0 && Out % groups == 0;
    static constexpr bool countable = Extents{Out, in_per_group, Kernel, Kernel}.valid();
    static constexpr int fan_in = countable ? in_per_group * Kernel * Kernel : 1;
    static constexpr int least =  // rows and columns a map must have
        Kernel - 2LL * Padding > 1 ? static_cast<int>(Kernel - 2LL * Padding) : 1;
    using Weight = Shape<Out, in_per_group, Kernel, Kernel>;

    static constexpr Fit shape(Extents in) {
        return {.out = Extents{Out < 1 ? 1 : Out, slide(in[1], Kernel, Stride, Padding),
                               slide(in[2], Kernel, Stride, Padding)},
                .fits =
                    sane && divisible && countable && in.rank == 3 && in[0] == In && in[1] >= least && in[2] >= least};
    }
    template <class X>
    using needs = typename detail::first_unmet<
        detail::need<sane, positive_arguments>, detail::need<divisible, channels_divisible_by_groups>,
        detail::need<X::rank == 3, rank<3>>, detail::need<X::extents[0] == In, channels<In>>,
        detail::need<countable, fewer_elements>, detail::need<false, map_of_at_least<least, least>>>::type;
    template <class X>
    using repair = std::conditional_t<sane && divisible && countable && X::rank == 3 && X::extents[0] != In &&
                                          X::extents[0] % groups == 0,
                                      Conv<X::extents[0], Out, Kernel, Stride, Padding, Groups, B...>, void>;

    template <class S, class>
    using Parameters = detail::weight_and_bias<S, Weight, Out, detail::learns_bias<B...>>;
    static constexpr void initialize(auto& parameters, auto& random) {
        initialize_uniform(parameters.weight, fan_in, random);
        initialize_uniform(parameters.bias, fan_in, random);
    }

    using absorber =
        std::conditional_t<detail::learns_bias<B...>, void, Conv<In, Out, Kernel, Stride, Padding, Groups>>;
    static constexpr void absorb(auto& parameters, const auto& scale, const auto& shift) {
        kernels::scale_rows(parameters.weight, parameters.bias, scale, shift);
    }

    template <class E, class X>
    using Padded = std::conditional_t<Padding == 0, Nothing,
                                      Tensor<E, Shape<In, X::extents[1] + 2 * Padding, X::extents[2] + 2 * Padding>>>;
    template <class E, class X, Wanted W>
    struct Scratch {
        static constexpr bool by_winograd = kernels::winograd_pays<E, X, Weight, Stride, Padding> ||
                                            kernels::winograd_strided_pays<E, X, Weight, Stride, Padding>,
                              computes_slopes = W == Wanted::all_gradients,
                              weights_by_winograd = kernels::winograd_gradient_pays<E, X, Weight, Stride, Padding>;
        [[no_unique_address]] std::conditional_t<by_winograd && (W == Wanted::outputs || weights_by_winograd), Nothing,
                                                 Padded<E, X>>
            padded;
        [[no_unique_address]] std::conditional_t<computes_slopes && !by_winograd,
                                                 kernels::spread_slopes_t<E, X, Weight, Padding>, Nothing>
            slopes;
        [[no_unique_address]] std::conditional_t<by_winograd,
                                                 kernels::WinogradMemory<E, In, Out, computes_slopes, Stride>, Nothing>
            winograd;
        [[no_unique_address]] std::conditional_t<weights_by_winograd && W != Wanted::outputs,
                                                 kernels::WinogradGradientMemory<E, In, Out, Stride>, Nothing>
            weight_gradient;
    };

    static constexpr long long multiply_adds(Extents in) { return shape(in).out.count() * fan_in; }

    template <class X, class... Next>
    using fused = typename detail::conv_then<Conv, X, Next...>::type;

    static constexpr void forward(const auto& x, auto& y, auto at, auto finish) {
        if constexpr (is_nothing<decltype(at.scratch.winograd)>)
            kernels::correlate<Stride>(padded(x, at.scratch), at.parameters.weight, at.parameters.bias, y, finish);
        else if constexpr (Stride == 2)
            kernels::winograd_strided(x, at.parameters.weight, at.parameters.bias, y, at.scratch.winograd, finish);
        else
            kernels::winograd<Padding>(x, at.parameters.weight, at.parameters.bias, y, at.scratch.winograd, finish);
    }
    static constexpr void forward(const auto& x, auto& y, auto at) { forward(x, y, at, kernels::Unchanged{}); }
    static constexpr bool backward_without_gradients = true;
    static constexpr bool reads_output = false;
    static constexpr void backward(const auto& x, const auto&, const auto& dy, auto& dx, auto at) {
        if constexpr (!is_nothing<decltype(at.gradients)>) {
            if constexpr (is_nothing<decltype(at.scratch.weight_gradient)>)
                kernels::correlate_weight_gradient<Stride>(padded(x, at.scratch), dy, at.gradients.weight,
                                                           at.gradients.bias);
            else
                kernels::winograd_weight_gradient<Padding, Stride>(x, dy, at.gradients.weight, at.gradients.bias,
                                                                   at.scratch.weight_gradient);
        }
        if constexpr (is_nothing<decltype(dx)>)
            return;
        else if constexpr (is_nothing<decltype(at.scratch.winograd)>)
            kernels::correlate_input_gradient<Stride, Padding>(at.parameters.weight, dy, dx, at.scratch.slopes);
        else if constexpr (Stride == 2)
            kernels::winograd_strided_input_gradient(at.parameters.weight, dy, dx, at.scratch.winograd);
        else
            kernels::winograd_input_gradient<Padding>(at.parameters.weight, dy, dx, at.scratch.winograd);
    }
    static void describe(const auto& x, auto& y, auto at) {
        y = x.then("Conv", at.parameters.weight, at.parameters.bias)
                .with("kernel_shape", {Kernel, Kernel})
                .with("strides", {Stride, Stride})
                .with("pads", {Padding, Padding, Padding, Padding})
                .with("group", Groups);
    }

    static constexpr int kernel = Kernel, stride = Stride, padding = Padding;

    // x with a border of Padding zeros, made in scratch; x itself if Padding is 0.
    static constexpr const auto& padded(const auto& x, auto& scratch) {
        if constexpr (Padding == 0) {
            return x;
        } else {
            kernels::pad<Padding>(x, scratch.padded);
            return scratch.padded;
        }
    }
};

}  // namespace kiln
