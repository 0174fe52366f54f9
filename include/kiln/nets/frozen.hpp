// SPDX-License-Identifier: BSL-1.0
#pragma once
// Layers, or whole networks, that training leaves as they are:
//
//   Sequential<Frozen<Sequential<Conv<1, 8, 3>, BatchNorm<8>, ReLU>>, Linear<5408, 10>>
//
// The parameters of a frozen layer are in files, names and counts as before, but have no gradients, moments or updates.
// Frozen layers cost a training nothing if no layer before them learns. A frozen layer computes as in inference:
// normalisation uses its running averages, which stay, and dropout does nothing.

#include <kiln/core/container.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/verdict.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln {

template <class L>
struct Frozen;

}  // namespace kiln

namespace kiln::inline KILN_TARGET::detail {

// Layers with nothing to freeze stay the same type, so they can still be fused, and join several values.
template <class L>
struct frozen {
    using type = Frozen<L>;
};
template <class L>
    requires(Pointwise<L> || FusesBehind<L> || MaxPooling<L> || (JoinsValues<L> && !Composite<L>))
struct frozen<L> {
    using type = L;
};
template <class L, class Indices = IndicesBelow<L::depth>>
struct frozen_parts;
template <class L, std::size_t... I>
struct frozen_parts<L, std::index_sequence<I...>> {
    using type = typename L::template with_parts<typename frozen<typename L::template Layer<I>>::type...>;
};

template <class L>
concept IdentityInInference = MakesClaims<L> && requires {
    requires L::identity_in_inference;
};

// The factor and offset of each channel.
template <class S, class Out>
struct Affine {
    Tensor<S, Shape<Out::extents[0]>> scale, shift;
};
template <class L, class In>
concept FreezesToAffine = HasStatistics<L, In> && MakesClaims<L> &&
    requires(const parameters_t<L, float, In>& parameters, const state_t<L, float, In>& state,
             Affine<float, output_t<L, In>>& affine) {
    L::as_affine(parameters, state, affine.scale, affine.shift);
};

template <class L>
concept BackwardWithoutGradients = MakesClaims<L> && requires {
    requires L::backward_without_gradients;
};
template <class L, class In, class... Next>
struct frozen_fused {
    using type = void;
};
template <class L, class In, class... Next>
    requires(!std::is_void_v<fused_t<L, In, Next...>> && !FreezesToAffine<L, In>)
struct frozen_fused<L, In, Next...> {
    using type = Frozen<fused_t<L, In, Next...>>;
};
template <class L, class X>
struct frozen_repair {
    using type = void;
};
template <class L, class X>
    requires(!std::is_void_v<typename L::template repair<X>>)
struct frozen_repair<L, X> {
    using type = Frozen<typename L::template repair<X>>;
};

template <class L, class X>
struct frozen_causal {
    using type = void;
};
template <class L, class X>
    requires requires { typename L::template causal<X>; }
struct frozen_causal<L, X> {
    using type = typename L::template causal<X>;
};

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// Layer `L` as in inference, also in training. Shape, Parameters and State are those of L.
template <class L>
struct Frozen : StreamsAs<L> {
    using claims_of = Frozen;

    static constexpr Fit shape(Extents in) requires requires { L::shape(in); }
    { return L::shape(in); }
    template <class X>
    using needs = typename detail::need_of<L, X>::type;
    template <class X>
    using repair = typename detail::frozen_repair<L, X>::type;

    template <class S, class In>
    using Parameters = parameters_t<L, S, In>;
    template <class, class>
    using Gradients = Nothing;
    template <class S, class In>
    using State = state_t<L, S, In>;
    template <class E, class In>
    using Tape = tape_t<L, E, In>;
    template <class E, class In, Wanted W>
    struct Scratch {
        [[no_unique_address]] scratch_t<L, E, In, W> inner;
        // If L's backward needs gradients to add to, they are kept here, and never read.
        static constexpr bool computes_gradients = W == Wanted::all_gradients && !detail::BackwardWithoutGradients<L> &&
                                                   !detail::IdentityInInference<L> && !detail::FreezesToAffine<L, In>;
        [[no_unique_address]] std::conditional_t<computes_gradients, parameters_t<L, scalar_t<E>, In>, Nothing> unread;
    };
    static constexpr void initialize(auto& parameters, auto& random) { kiln::initialize<L>(parameters, random); }
    static constexpr void initialize_state(auto& state) { kiln::initialize_state<L>(state); }
    static constexpr long long multiply_adds(Extents in) requires requires { L::multiply_adds(in); }
    { return L::multiply_adds(in); }
    static constexpr bool reads_lengths = kiln::reads_lengths<L>, mixes_frames = kiln::mixes_frames<L>;
    static constexpr int length(Extents in, int length) requires requires { L::length(in, length); }
    { return L::length(in, length); }
    template <class In, class... Next>
    using fused = typename detail::frozen_fused<L, In, Next...>::type;

    static constexpr void step(const auto& x, auto& y, auto& carry, auto at) { L::step(x, y, carry, at); }
    template <class X>
    using causal = typename detail::frozen_causal<L, X>::type;

    template <class E, class In, class Out>
    static constexpr void forward(const Tensor<E, In>& x, Tensor<E, Out>& y, auto at) {
        if constexpr (detail::IdentityInInference<L>) {
            for (int i = 0; i < In::count; ++i) y.data[i] = x.data[i];
        } else if constexpr (detail::FreezesToAffine<L, In>) {
            const auto affine = affine_of<E, Out>(at);
            for (int i = 0; i < In::count; ++i)
                y.data[i] =
                    fma(x.data[i], E(affine.scale.data[channel<Out>(i)]), E(affine.shift.data[channel<Out>(i)]));
        } else {
            L::forward(x, y, context(at, at.gradients));
        }
    }
    template <class E, class In, class Out>
    static constexpr void backward(const Tensor<E, In>& x, const Tensor<E, Out>& y, Tensor<E, Out>& dy, auto& dx,
                                   auto at) {
        if constexpr (is_nothing<decltype(dx)>) {
        } else if constexpr (detail::IdentityInInference<L>) {
            for (int i = 0; i < In::count; ++i) dx.data[i] = dy.data[i];
        } else if constexpr (detail::FreezesToAffine<L, In>) {
            const auto affine = affine_of<E, Out>(at);
            for (int i = 0; i < In::count; ++i) dx.data[i] = dy.data[i] * E(affine.scale.data[channel<Out>(i)]);
        } else if constexpr (detail::BackwardWithoutGradients<L>) {
            L::backward(x, y, dy, dx, context(at, at.gradients));
        } else {
            at.scratch.unread = {};
            L::backward(x, y, dy, dx, context(at, at.scratch.unread));
        }
    }
    static void describe(const auto& x, auto& y, auto at) requires requires { L::describe(x, y, at); }
    { L::describe(x, y, at); }

  private:
    template <class Out>
    static constexpr int channel(int i) {
        return i / (Out::count / Out::extents[0]);
    }
    template <class E, class Out>
    static constexpr auto affine_of(const auto& at) {
        detail::Affine<scalar_t<E>, Out> affine;
        L::as_affine(at.parameters, at.state, affine.scale, affine.shift);
        return affine;
    }
    static constexpr auto context(const auto& at, auto& gradients) {
        Pass pass = at.pass;
        pass.training = false;
        return Context{at.parameters, gradients, at.state, at.observed, at.statistics, at.tape, at.scratch.inner, pass};
    }
};

/// A frozen network is the network of its frozen layers.
template <class L>
    requires(MakesClaims<L>&& TakesOtherParts<L>&& requires { typename detail::frozen_parts<L>::type; })
struct Frozen<L> : detail::frozen_parts<L>::type {
    using claims_of = Frozen;
};

}  // namespace kiln
