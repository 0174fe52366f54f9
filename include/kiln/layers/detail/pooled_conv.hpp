// SPDX-License-Identifier: BSL-1.0
#pragma once
// A convolution fused with the layers behind it: with an activation, with max pooling, or with both
// (core/contract/claims.hpp, fusion).

#include <kiln/core/contract.hpp>
#include <kiln/kernels/activated.hpp>
#include <kiln/kernels/correlate_pool.hpp>
#include <kiln/kernels/epilogue.hpp>
#include <kiln/kernels/winograd.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

// The layer that convolution C and the layers behind it fuse to, or void.
template <class C, class In, class... Next>
struct conv_then {
    using type = void;
};

// Convolution C of stride 1 and one group, disjoint max pooling that uses up every row and column, and activation F (or
// void), as one layer. The tape keeps which pixel of each window was the largest.
template <class C, class In, int N, class F>
struct PooledConv {
    using Full = output_t<C, In>;
    using Out = Shape<Full::extents[0], Full::extents[1] / N, Full::extents[2] / N>;

    static constexpr Fit shape(Extents) { return {.out = Out::extents}; }
    static constexpr long long multiply_adds(Extents in) {
        return C::multiply_adds(in) + kiln::multiply_adds<F, Out>();
    }
    template <class S, class>
    using Parameters = parameters_t<C, S, In>;
    template <class E, class>
    struct Tape {
        Tensor<E, Out> which;
    };
    // The slopes before pooling are written out where the input needs a gradient, where Winograd computes that of the
    // weights, and for one float sample, whose lanes are neighbouring pixels. Otherwise the slopes are expanded in
    // registers.
    template <class E, class, Wanted W>
    struct Scratch {
        using OfConv = scratch_t<C, E, In, W>;
        static constexpr bool by_winograd = OfConv::by_winograd && N == 2;
        // Winograd without pooling in the same kernel serves backward only: forward needs the padded maps, for which
        // the convolution alone may have no room.
        static constexpr bool pads = !by_winograd && is_nothing<decltype(OfConv::padded)>;
        [[no_unique_address]] std::conditional_t<pads && W == Wanted::outputs, Nothing, OfConv> conv;
        [[no_unique_address]] std::conditional_t<pads, typename C::template Padded<E, In>, Nothing> padded;
        static constexpr bool spreads =
            W == Wanted::all_gradients ||
            (W == Wanted::parameter_gradients && (std::is_same_v<E, float> || OfConv::weights_by_winograd));
        [[no_unique_address]] std::conditional_t<spreads, Tensor<E, Full>, Nothing> slopes;
    };

    static constexpr void forward(const auto& x, auto& y, auto at, auto finish) {
        if constexpr (is_nothing<decltype(at.tape)>)
            pool(x, y, at.tape, at, finish);
        else
            pool(x, y, at.tape.which, at, finish);
    }
    static constexpr void forward(const auto& x, auto& y, auto at) {
        forward(x, y, at, typename kernels::finish_of<F>::type{});
    }
    static constexpr bool backward_without_gradients = true;
    static constexpr void backward(const auto& x, const auto& y, auto& dy, auto& dx, auto at) {
        if constexpr (!std::is_void_v<F>) kernels::apply_slope<F>(y, dy);
        if constexpr (is_nothing<decltype(at.scratch.slopes)>) {
            kernels::pooled_weight_gradient<N>(C::padded(x, at.scratch.conv), dy, at.tape.which, at.gradients.weight,
                                               at.gradients.bias);
        } else {
            kernels::unpool<N>(dy, at.tape.which, at.scratch.slopes);
            C::backward(x, y, at.scratch.slopes, dx,
                        Context{at.parameters, at.gradients, at.state, at.observed, at.statistics, at.tape,
                                at.scratch.conv, at.pass});
        }
    }

  private:
    static constexpr void pool(const auto& x, auto& y, auto& which, auto at, auto finish) {
        const auto& weight = at.parameters.weight;
        const auto& bias = at.parameters.bias;
        using Memory = std::remove_cvref_t<decltype(at.scratch)>;
        if constexpr (Memory::by_winograd)
            kernels::winograd_pool<C::padding>(x, weight, bias, y, which, at.scratch.conv.winograd, finish);
        else if constexpr (Memory::pads)
            kernels::correlate_pool<N>(C::padded(x, at.scratch), weight, bias, y, which, finish);
        else
            kernels::correlate_pool<N>(C::padded(x, at.scratch.conv), weight, bias, y, which, finish);
    }
};

template <class C, class In, int N>
constexpr bool can_pool() {
    constexpr Extents out = C::shape(In::extents).out;
    if constexpr (C::stride == 1 && C::groups == 1 && N > 1 && N <= 4)
        return out[1] % N == 0 && out[2] % N == 0;
    else
        return false;
}
template <class C, class In, int N, class F>
struct pooled_conv {
    using type = std::conditional_t<can_pool<C, In, N>(), PooledConv<C, In, N, F>, void>;
};

template <class C, class In, class F>
struct conv_then<C, In, F> {
    using type = kernels::activated_t<C, F>;
};
template <class C, class In, MaxPooling P>
struct conv_then<C, In, P> : pooled_conv<C, In, P::max_pool_window, void> {};
template <class C, class In, Pointwise F, MaxPooling P>
    requires(F::monotone)
struct conv_then<C, In, F, P> : pooled_conv<C, In, P::max_pool_window, F> {};
template <class C, class In, MaxPooling P, Pointwise F>
    requires(F::monotone)
struct conv_then<C, In, P, F> : pooled_conv<C, In, P::max_pool_window, F> {};

template <class C, class In, int N, class F>
struct pooled_conv_then {
    using type = void;
};
template <class C, class In, int N, class F>
    requires(can_pool<C, In, N>())
struct pooled_conv_then<C, In, N, F> {
    using type = typename F::template following<PooledConv<C, In, N, void>>;
};
template <class C, class In, FusesBehind F, MaxPooling P>
    requires(F::monotone)
struct conv_then<C, In, F, P> : pooled_conv_then<C, In, P::max_pool_window, F> {};
template <class C, class In, MaxPooling P, FusesBehind F>
    requires(F::monotone)
struct conv_then<C, In, P, F> : pooled_conv_then<C, In, P::max_pool_window, F> {};

}  // namespace kiln::inline KILN_TARGET::detail
