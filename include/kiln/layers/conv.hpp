// SPDX-License-Identifier: BSL-1.0
#pragma once
// Two-dimensional convolution (cross-correlation, as in every network library): torch.nn.Conv2d with a square kernel.

#include <kiln/core/contract.hpp>
#include <kiln/core/initialize.hpp>
#include <kiln/kernels/correlate.hpp>

#include <boost/hana/define_struct.hpp>

#include <type_traits>

namespace kiln {

/// Shape<In, H, W> -> Shape<Out, slide(H), slide(W)>, where slide(n) = (n + 2 Padding - Kernel) / Stride + 1.
/// Parameters: weight (Out, In, Kernel, Kernel), bias (Out). Multiply-adds: Out · In · Kernel² per output pixel,
/// padding included.
template <int In, int Out, int Kernel, int Stride = 1, int Padding = 0>
struct Conv {
    static constexpr bool sane = In > 0 && Out > 0 && Kernel > 0 && Stride > 0 && Padding >= 0;
    static constexpr int fan_in = In * Kernel * Kernel;
    static constexpr int least =
        Kernel - 2 * Padding > 1 ? Kernel - 2 * Padding : 1;  // rows and columns a map must have

    static constexpr Fit shape(Extents in) {
        return {.out = Extents{Out < 1 ? 1 : Out, slide(in[1], Kernel, Stride, Padding),
                               slide(in[2], Kernel, Stride, Padding)},
                .fits = sane && in.rank == 3 && in[0] == In && in[1] >= least && in[2] >= least};
    }
    template <class X>
    using needs = std::conditional_t<
        !sane, positive_arguments,
        std::conditional_t<X::rank != 3, rank<3>,
                           std::conditional_t<X::extents[0] != In, channels<In>, map_of_at_least<least, least>>>>;
    template <class X>
    using repair = std::conditional_t<sane && X::rank == 3 && X::extents[0] != In,
                                      Conv<X::extents[0], Out, Kernel, Stride, Padding>, void>;

    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<Out, In, Kernel, Kernel>>, weight),
                                 (Tensor<S, Shape<Out>>, bias));
    };
    static constexpr void initialize(auto& parameters, auto& random) {
        initialize_uniform(parameters.weight, fan_in, random);
        initialize_uniform(parameters.bias, fan_in, random);
    }

    template <class E, class X>
    struct Scratch {};
    template <class E, int H, int W>
        requires(Padding > 0)
    struct Scratch<E, Shape<In, H, W>> {
        Tensor<E, Shape<In, H + 2 * Padding, W + 2 * Padding>> padded;
    };

    static constexpr long long multiply_adds(Extents in) { return shape(in).out.count() * fan_in; }

    static constexpr void forward(const auto& x, auto& y, auto at) {
        kernels::correlate<Stride>(padded(x, at), at.parameters.weight, at.parameters.bias, y);
    }
    static constexpr void backward(const auto& x, const auto&, const auto& dy, auto& dx, auto at) {
        kernels::correlate_weight_gradient<Stride>(padded(x, at), dy, at.gradients.weight, at.gradients.bias);
        if constexpr (!is_nothing<decltype(dx)>)
            kernels::correlate_input_gradient<Stride, Padding>(at.parameters.weight, dy, dx);
    }

  private:
    static constexpr const auto& padded(const auto& x, auto& at) {
        if constexpr (Padding == 0) {
            return x;
        } else {
            kernels::pad<Padding>(x, at.scratch.padded);
            return at.scratch.padded;
        }
    }
};

}  // namespace kiln
