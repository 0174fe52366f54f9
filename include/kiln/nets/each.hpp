// SPDX-License-Identifier: BSL-1.0
#pragma once
// A layer, or a whole network, applied to every frame of a sequence:
//
//   Each<Linear<16, 4>>    Each<Sequential<Linear<16, 32>, ReLU, Linear<32, 4>>>    Each<Softmax>
//
// Shape: Shape<T, F...> -> Shape<T, G...>, where L maps Shape<F...> to Shape<G...>
// Formula: y[t] = L(x[t])
// Parameters: those of L, under L's names
// Cost: T times that of L. Frames of a Linear are one product; Each of a chain is the chain of Each of its layers
// Streams: frame by frame
// Differs from PyTorch: torch.nn.Linear maps the last dimension by itself; Linear flattens, and Each<Linear> does that

#include <kiln/core/bias.hpp>
#include <kiln/core/container.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/contract/stream.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/kernels/activated.hpp>
#include <kiln/kernels/correlate_frames.hpp>
#include <kiln/kernels/correlate_frames_gradient.hpp>
#include <kiln/kernels/transpose.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln {

template <class L>
struct Each;

}  // namespace kiln

namespace kiln::inline KILN_TARGET::detail {

/// The sequence of `frames` frames.
constexpr Extents sequence_of(int frames, Extents frame) {
    Extents all{frames};
    for (int k = 0; k < frame.rank && all.rank < Extents::max_rank; ++k) all.size[all.rank++] = frame[k];
    return all;
}

// The shape rule and the messages of every Each: L is its part 0.
template <class L>
struct EachFrame {
    template <int>
    using Layer = L;
    template <int, class In>
    using LayerInput = shape_of<frame_of(In::extents)>;
    template <int>
    using Step = each_frame;

    static constexpr Fit shape(Extents in) {
        if (in.rank < 2) return {.out = in, .fits = false};
        Fit fit = fit_of_part<L>(0, frame_of(in));
        fit.fits = fit.fits && fit.out.rank < Extents::max_rank;
        fit.out = sequence_of(in[0], fit.out);
        return fit;
    }
    template <class>
    using needs = a_sequence;

    template <class S, class In>
    using Parameters = parameters_t<L, S, LayerInput<0, In>>;
    template <class S, class In>
    using State = state_t<L, S, LayerInput<0, In>>;
    static constexpr void initialize(auto& parameters, auto& random) { kiln::initialize<L>(parameters, random); }
    static constexpr void initialize_state(auto& state) { kiln::initialize_state<L>(state); }

    static constexpr bool framewise(Extents) { return true; }
    static constexpr Kind kind() requires HasKind<L> {
        Kind kind = L::kind();
        if (kind.rank > 0) ++kind.rank;
        return kind;
    }

    // Frames become samples, and samples frames again.
    template <class X>
    static void describe(const X& x, auto& y, auto at) {
        using In = typename X::Dimensions;
        using Frame = LayerInput<0, In>;
        y = x.then("Reshape", sizes<Frame::extents>())
                .template as_sample<L, Frame>(at)
                .then("Reshape", sizes<shape(In::extents).out>());
    }

  private:
    template <Extents X>
    static constexpr auto sizes() {
        std::array<int, static_cast<std::size_t>(X.rank) + 1> all{-1};
        for (std::size_t k = 1; k < all.size(); ++k) all[k] = X.size[k - 1];
        return all;
    }
};

// Each layer of a chain by itself. Layers of single elements stay the same type, so they can still be fused.
template <class L>
struct each {
    using type = Each<L>;
};
template <class L>
    requires(Pointwise<L> || FusesBehind<L>)
struct each<L> {
    using type = L;
};
template <class L, class Indices = IndicesBelow<L::depth>>
struct each_of_parts;
template <class L, std::size_t... I>
struct each_of_parts<L, std::index_sequence<I...>> {
    using type = typename L::template with_parts<typename each<typename L::template Layer<I>>::type...>;
};

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// y[t] = L(x[t]) for every frame t: Shape<T, F...> -> Shape<T, G...>, where L maps Shape<F...> to Shape<G...>.
template <class L>
struct Each : detail::EachFrame<L> {
    using claims_of = Each;
    template <class In>
    using Frame = typename Each::template LayerInput<0, In>;
    template <class S, class In>
    using Gradients = gradients_t<L, S, Frame<In>>;

    template <class E, class In>
    struct Tape {
        tape_t<L, E, Frame<In>> frames[static_cast<std::size_t>(In::extents[0])];
    };
    template <class E, class In, Wanted W>
    struct Scratch {
        using Output = output_t<L, Frame<In>>;
        static constexpr bool has_slopes = W != Wanted::outputs;
        [[no_unique_address]] scratch_t<L, E, Frame<In>, W> inner;
        Tensor<E, Frame<In>> x;
        Tensor<E, Output> y;
        [[no_unique_address]] std::conditional_t<has_slopes, Tensor<E, Frame<In>>, Nothing> dx;
        [[no_unique_address]] std::conditional_t<has_slopes, Tensor<E, Output>, Nothing> dy;
        // The gradients of all frames, which are added to those of the pass at once.
        [[no_unique_address]] std::conditional_t<has_slopes, gradients_t<L, scalar_t<E>, Frame<In>>, Nothing> gradients;
    };

    template <class In>
    static constexpr long long multiply_adds_on() {
        return In::extents[0] * kiln::multiply_adds<L, Frame<In>>();
    }

    template <class E, class In>
        requires(HasForward<L, Frame<In>>&& is_nothing<statistics_t<L, float, Frame<In>>>&&
                     is_nothing<observed_t<L, float, Frame<In>>>)
    static constexpr void forward(const Tensor<E, In>& x, auto& y, auto at) {
        auto& scratch = at.scratch;
        for (int t = 0; t < In::extents[0]; ++t) {
            copy(x.data + t * scratch.x.count, scratch.x);
            forward_part<L>(scratch.x, scratch.y, context(at, at.gradients, t));
            copy(scratch.y, y.data + t * scratch.y.count);
        }
    }

    static constexpr bool reads_input = kiln::reads_input<L>, reads_output = kiln::reads_output<L>;
    template <class E, class In>
        requires(HasBackward<L, Frame<In>>)
    static constexpr void backward(const Tensor<E, In>& x, const auto& y, const auto& dy, auto& dx, auto at) {
        using S = scalar_t<E>;
        auto& scratch = at.scratch;
        set_zero<S>(scratch.gradients);
        for (int t = 0; t < In::extents[0]; ++t) {
            copy(x.data + t * scratch.x.count, scratch.x);
            copy(y.data + t * scratch.y.count, scratch.y);
            copy(dy.data + t * scratch.y.count, scratch.dy);
            const auto child = context(at, scratch.gradients, t);
            if constexpr (is_nothing<decltype(dx)>) {
                backward_part<L>(scratch.x, scratch.y, scratch.dy, dx, child);
            } else {
                backward_part<L>(scratch.x, scratch.y, scratch.dy, scratch.dx, child);
                copy(scratch.dx, dx.data + t * scratch.x.count);
            }
        }
        if constexpr (!is_nothing<decltype(at.gradients)>) {
            const auto to = tensors<S>(at.gradients);
            const auto from = tensors<const S>(scratch.gradients);
            for (std::size_t k = 0; k < to.size(); ++k)
                for (int i = 0; i < to[k].count; ++i) to[k].data[i] += rounded(from[k].data[i]);
        }
    }

  private:
    template <class E, class S>
    static constexpr void copy(const E* from, Tensor<E, S>& to) {
        for (int i = 0; i < S::count; ++i) kernels::store(kernels::load<E>(from + i), to.data + i);
    }
    template <class E, class S>
    static constexpr void copy(const Tensor<E, S>& from, E* to) {
        for (int i = 0; i < S::count; ++i) kernels::store(kernels::load<E>(from.data + i), to + i);
    }
    // The context of frame t: the lengths are those of the whole sequence, and of no frame.
    static constexpr auto context(const auto& at, auto& gradients, int t) {
        Pass pass = pass_of_part(at.pass, t);
        pass.lengths = nullptr;
        return Context{at.parameters, gradients,        at.state,         at.observed,
                       at.statistics, tape(at.tape, t), at.scratch.inner, pass};
    }
    static constexpr auto& tape(auto& all, int t) {
        if constexpr (is_nothing<decltype(all)>)
            return all;
        else
            return all.frames[t];
    }
};

/// A linear map of every frame: one product of all frames with the weight.
template <ProductLayer L>
struct Each<L> : detail::EachFrame<L> {
    using claims_of = Each;
    template <class In>
    using Frame = typename Each::template LayerInput<0, In>;

    template <class In, bool IsPrepared>
    static constexpr kernels::FrameSizes sizes() {
        constexpr int inputs = Frame<In>::count, outputs = output_t<L, Frame<In>>::count;
        return {.inputs = inputs,
                .outputs = outputs,
                .x_step = inputs,
                .y_step = outputs,
                .w_input = IsPrepared ? outputs : 1,
                .w_output = IsPrepared ? 1 : inputs};
    }

    // The weights with outputs side by side.
    template <class S, class In>
    struct Prepared {
        Tensor<S, Shape<Frame<In>::count, output_t<L, Frame<In>>::count>> weight;
        [[no_unique_address]] std::remove_cvref_t<decltype(std::declval<parameters_t<L, S, Frame<In>>>().bias)> bias;
    };
    // For one sample, the weights of a few outputs at a time are transposed.
    template <class E, class In, Wanted>
    struct Scratch {};
    template <class In, Wanted W>
    struct Scratch<float, In, W> {
        static constexpr kernels::FrameSizes of = sizes<In, false>();
        kernels::FramePanel<of, In::extents[0]> panel;
    };

    static constexpr long long multiply_adds(Extents in) { return in[0] * L::multiply_adds(detail::frame_of(in)); }

    template <class, class Next>
    using fused = kernels::activated_t<Each, Next>;

    template <class E, class In>
    static constexpr void forward(const Tensor<E, In>& x, auto& y, auto at, auto finish) {
        if constexpr (std::is_same_v<E, float>)
            kernels::correlate_frames(x.data, at.parameters.weight.data, detail::elements_from(at.parameters.bias),
                                      y.data, at.scratch.panel, finish);
        else
            product<false>(x, at.parameters.weight, at.parameters.bias, y, finish);
    }
    static constexpr void forward(const auto& x, auto& y, auto at) { forward(x, y, at, kernels::Unchanged{}); }

    static constexpr bool backward_without_gradients = true;
    static constexpr bool reads_output = false;
    template <class E, class In>
    static constexpr void backward(const Tensor<E, In>& x, const auto&, const auto& dy, auto& dx, auto at) {
        constexpr int frames = In::extents[0], inputs = Frame<In>::count, outputs = output_t<L, Frame<In>>::count;
        constexpr kernels::FrameSizes weights = sizes<In, false>();
        constexpr kernels::FrameSizes back{.inputs = outputs,
                                           .outputs = inputs,
                                           .x_step = outputs,
                                           .y_step = inputs,
                                           .w_input = inputs,
                                           .w_output = 1};
        if constexpr (!is_nothing<decltype(at.gradients)>) {
            kernels::correlate_frames_gradient<weights, frames>(x.data, dy.data, frames, at.gradients.weight.data);
            kernels::add_frames<weights, frames>(dy.data, at.gradients.bias);
        }
        if constexpr (!is_nothing<decltype(dx)>)
            kernels::correlate_frames<back, frames>(dy.data, at.parameters.weight.data, Nothing{}, dx.data);
    }

    static constexpr void prepare(const auto& parameters, auto& prepared) {
        using Weight = typename std::remove_cvref_t<decltype(prepared.weight)>::Dimensions;
        kernels::transpose_matrix<Weight::extents[1], Weight::extents[0]>(parameters.weight.data, prepared.weight.data);
        prepared.bias = parameters.bias;
    }
    template <class E, class In>
    static constexpr void step(const Tensor<E, In>& x, auto& y, auto&, auto at, auto finish) {
        product<true>(x, at.prepared.weight, at.prepared.bias, y, finish);
    }
    static constexpr void step(const auto& x, auto& y, auto& carry, auto at) {
        step(x, y, carry, at, kernels::Unchanged{});
    }

  private:
    template <bool IsPrepared, class E, class In>
    static constexpr void product(const Tensor<E, In>& x, const auto& weight, const auto& bias, auto& y, auto finish) {
        kernels::correlate_frames<sizes<In, IsPrepared>(), In::extents[0]>(x.data, weight.data,
                                                                           detail::elements_from(bias), y.data, finish);
    }
};

/// Each of a chain is the chain of Each of its layers.
template <class L>
    requires(Chain<L>&& TakesOtherParts<L>)
struct Each<L> : detail::each_of_parts<L>::type {
    using claims_of = Each;
};

}  // namespace kiln
