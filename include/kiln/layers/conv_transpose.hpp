// SPDX-License-Identifier: BSL-1.0
#pragma once
// Transposed convolution with a square kernel: the adjoint of Conv, plus a bias.
//
// Shape: Shape<In, H, W> -> Shape<Out, spread(H), spread(W)>
// Formula: y[o][i S + u - P][j S + v - P] += weight[c][o][u][v] x[c][i][j], starting from y = bias[o], where S is
//   Stride and P is Padding
// Parameters: weight (In, Out, Kernel, Kernel); bias (Out) unless B is Bias::none; both within 1 / sqrt(fan_in)
// Cost: In · Out multiply-adds for each tap of each input pixel that lands within the output
// Source: torch.nn.ConvTranspose2d
//
// Forward is a convolution's input gradient, and the input gradient is a convolution. The weight gradient is a
// convolution's with x and dy exchanged.

#include <kiln/core/bias.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/initialize.hpp>
#include <kiln/kernels/activated.hpp>
#include <kiln/kernels/correlate.hpp>
#include <kiln/kernels/correlate_input_gradient.hpp>
#include <kiln/kernels/correlate_weight_gradient.hpp>
#include <kiln/kernels/sum.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

// The counterpart of `slide`: how many rows, or columns, a transposed convolution makes of n. Every function is total
// for arguments that make sense; counts saturate.
struct Spreading {
    int kernel, stride, padding, output_padding;

    static constexpr int clamped(long long n) {
        return static_cast<int>(n < 1 ? 1 : n > Extents::limit ? Extents::limit : n);
    }
    constexpr long long bordered(long long n) const { return (n - 1) * stride + kernel + output_padding; }
    constexpr long long rows(long long n) const { return bordered(n) - 2LL * padding; }
    // The fewest rows that become at least one.
    constexpr int least() const { return rows(1) > 0 || stride < 1 ? 1 : clamped(1 + (stride - rows(1)) / stride); }
    // Pairs of one of n rows and one of the kernel's rows that meet within the output.
    constexpr long long taps(long long n) const {
        long long sum = 0;
        for (int u = 0; u < kernel; ++u) {
            const long long first = padding > u ? (padding - u + stride - 1LL) / stride : 0;
            const long long room = rows(n) - 1 + padding - u;
            const long long last = room < 0 ? -1 : room / stride < n - 1 ? room / stride : n - 1;
            sum += last < first ? 0 : last - first + 1;
        }
        return sum;
    }
};

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// Transposed convolution: Shape<In, H, W> -> Shape<Out, spread(H), spread(W)>, where spread(n) = (n - 1) Stride - 2
/// Padding + Kernel + OutputPadding. OutputPadding is below Stride.
template <int In, int Out, int Kernel, int Stride = 1, int Padding = 0, int OutputPadding = 0, Bias... B>
    requires(sizeof...(B) <= 1)
struct ConvTranspose {
    static constexpr bool sane = In > 0 && Out > 0 && Kernel > 0 && Stride > 0 && Padding >= 0 && OutputPadding >= 0;
    static constexpr bool decided = OutputPadding < Stride;  // picks one of the sizes that Conv maps to the same
    static constexpr bool countable = Extents{In, Out, Kernel, Kernel}.valid();
    static constexpr int fan_in = countable ? Out * Kernel * Kernel : 1;  // PyTorch's: from the weight's second extent
    static constexpr detail::Spreading spreading{Kernel, Stride, Padding, OutputPadding};
    static constexpr int least = spreading.least();  // rows and columns a map must have
    using Weight = Shape<In, Out, Kernel, Kernel>;

    // The output with Padding around it: the maps that Conv would slide over to arrive at `in`.
    static constexpr Extents bordered(Extents in) {
        const auto rows = [](int n) { return spreading.clamped(spreading.bordered(n)); };
        return {Out, rows(in[1]), rows(in[2])};
    }
    static constexpr Fit shape(Extents in) {
        const auto rows = [](int n) { return spreading.clamped(spreading.rows(n)); };
        return {.out = Extents{Out < 1 ? 1 : Out, rows(in[1]), rows(in[2])},
                .fits = sane && decided && countable && in.rank == 3 && in[0] == In && in[1] >= least &&
                        in[2] >= least && bordered(in).valid()};
    }
    template <class X>
    using needs = typename detail::first_unmet<
        detail::need<sane, positive_arguments>, detail::need<decided, output_padding_below_the_stride>,
        detail::need<X::rank == 3, rank<3>>, detail::need<X::extents[0] == In, channels<In>>,
        detail::need<!countable || (X::extents[1] >= least && X::extents[2] >= least), map_of_at_least<least, least>>,
        detail::need<false, fewer_elements>>::type;
    template <class X>
    using repair =
        std::conditional_t<sane && decided && countable && X::rank == 3 && X::extents[0] != In,
                           ConvTranspose<X::extents[0], Out, Kernel, Stride, Padding, OutputPadding, B...>, void>;

    template <class S, class>
    using Parameters = detail::weight_and_bias<S, Weight, Out, detail::learns_bias<B...>>;
    static constexpr void initialize(auto& parameters, auto& random) {
        initialize_uniform(parameters.weight, fan_in, random);
        initialize_uniform(parameters.bias, fan_in, random);
    }

    using absorber = std::conditional_t<detail::learns_bias<B...>, void,
                                        ConvTranspose<In, Out, Kernel, Stride, Padding, OutputPadding>>;
    static constexpr void absorb(auto& parameters, const auto& scale, const auto& shift) {
        constexpr int taps = Kernel * Kernel;
        for (int k = 0; k < Weight::count; ++k) parameters.weight.data[k] *= scale[k / taps % Out];
        for (int o = 0; o < Out; ++o) parameters.bias[o] = fma(scale[o], parameters.bias[o], shift[o]);
    }

    template <class E, class X, Wanted W>
    struct Scratch {
        using Y = shape_of<shape(X::extents).out>;
        [[no_unique_address]] kernels::spread_slopes_t<E, Y, Weight, Padding> spread;  // forward's
        [[no_unique_address]] std::conditional_t<Padding == 0 || W == Wanted::outputs, Nothing,
                                                 Tensor<E, shape_of<bordered(X::extents)>>>
            padded;  // backward's
    };

    static constexpr long long multiply_adds(Extents in) {
        return 1LL * In * Out * spreading.taps(in[1]) * spreading.taps(in[2]);
    }

    template <class, class Next>
    using fused = kernels::activated_t<ConvTranspose, Next>;

    static constexpr void forward(const auto& x, auto& y, auto at, auto finish) {
        kernels::correlate_transposed<Stride, Padding>(x, at.parameters.weight, at.parameters.bias, y,
                                                       at.scratch.spread, finish);
    }
    static constexpr void forward(const auto& x, auto& y, auto at) { forward(x, y, at, kernels::Unchanged{}); }
    static constexpr bool backward_without_gradients = true;
    static constexpr bool reads_output = false;
    static constexpr void backward(const auto& x, const auto&, const auto& dy, auto& dx, auto at) {
        const auto& slopes = padded(dy, at.scratch);
        Nothing no_bias;
        if constexpr (!is_nothing<decltype(at.gradients)>) {
            kernels::correlate_weight_gradient<Stride>(slopes, x, at.gradients.weight, no_bias);
            kernels::bias_gradient(dy, at.gradients.bias);
        }
        if constexpr (!is_nothing<decltype(dx)>) kernels::correlate<Stride>(slopes, at.parameters.weight, no_bias, dx);
    }
    static void describe(const auto& x, auto& y, auto at) {
        y = x.then("ConvTranspose", at.parameters.weight, at.parameters.bias)
                .with("kernel_shape", {Kernel, Kernel})
                .with("strides", {Stride, Stride})
                .with("pads", {Padding, Padding, Padding, Padding})
                .with("output_padding", {OutputPadding, OutputPadding});
    }

  private:
    // dy with a border of Padding zeros, made in scratch; dy itself if Padding is 0.
    static constexpr const auto& padded(const auto& dy, auto& scratch) {
        if constexpr (Padding == 0) {
            return dy;
        } else {
            kernels::pad<Padding>(dy, scratch.padded);
            return scratch.padded;
        }
    }
};

}  // namespace kiln
