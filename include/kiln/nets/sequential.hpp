// SPDX-License-Identifier: BSL-1.0
#pragma once
// Layers one after the other: y = f_n(… f_2(f_1(x))). A Sequential is itself a layer, so nets nest.
//
// Edge I is what enters layer I: edge 0 is x, edge `depth` is y, those between are the inner edges. Training keeps them
// in the tape. Their slopes, and in inference the edges themselves, live in scratch: when layer I runs only edges I and
// I + 1 (and the layer's own scratch) are alive, so even edges start at the front of one block of bytes and odd ones
// end at its back, and the block is as large as the largest step.

#include <kiln/core/contract.hpp>
#include <kiln/core/overlay.hpp>
#include <kiln/core/random.hpp>
#include <kiln/core/verdict.hpp>

#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace kiln {

namespace detail {

template <std::size_t I, class T>
struct indexed {
    using type = T;
};
template <class I, class... T>
struct indexed_list;
template <std::size_t... I, class... T>
struct indexed_list<std::index_sequence<I...>, T...> : indexed<I, T>... {};
template <std::size_t I, class T>
indexed<I, T> pick(indexed<I, T>*);

// The edges and parts of a Sequential for one input shape.
template <class In, class Indices, class... Layers>
struct sequence;

// Calls of layers that do more work than this (in multiply-adds or elements) are kept out of line, so that equal layers
// share their code; for less work the call itself would cost.
inline constexpr long long outline_above = 4096;

}  // namespace detail

/// A chain of layers. Empty chains are refused.
template <class... Layers>
struct Sequential {
    static constexpr int depth = sizeof...(Layers);

    template <int I>
    using Layer = typename decltype(detail::pick<I>(
        static_cast<detail::indexed_list<std::index_sequence_for<Layers...>, Layers...>*>(nullptr)))::type;

    /// The extents of every edge, and the first misfit.
    struct Edges {
        std::array<Extents, depth + 1> extents{};
        Fit fit{};
    };
    static constexpr Edges edges(Extents in) {
        Edges result;
        result.extents[0] = in;
        result.fit.fits = depth > 0;
        result.fit.got = in;
        int i = 0;
        for (Fit (*rule)(Extents) : std::array<Fit (*)(Extents), depth>{&detail::fit_of<Layers>...}) {
            const Extents arriving = result.extents[i];
            Fit fit = rule(arriving);
            if (!fit.fits && result.fit.fits) {
                if (fit.depth == 0) fit.got = arriving;
                result.fit = fit.within(i);
            }
            result.extents[++i] = fit.out;
        }
        result.fit.out = result.extents[depth];
        return result;
    }
    static constexpr Fit shape(Extents in) { return edges(in).fit; }
    template <class>
    using needs = at_least_one_layer;

    static constexpr long long multiply_adds(Extents in) {
        const Edges inner = edges(in);
        long long sum = 0;
        int i = 0;
        for (long long (*count)(Extents) : std::array<long long (*)(Extents), depth>{&kiln::multiply_adds<Layers>...})
            sum += count(inner.extents[i++]);
        return sum;
    }

    template <class In>
    using Parts = detail::sequence<In, std::index_sequence_for<Layers...>, Layers...>;
    template <class S, class In>
    using Parameters = typename Parts<In>::template Parameters<S>;
    template <class S, class In>
    using State = typename Parts<In>::template State<S>;
    template <class E, class In>
    using Tape = typename Parts<In>::template Tape<E>;
    template <class E, class In>
    using Scratch = typename Parts<In>::template Scratch<E>;

    template <int I, class In>
    using LayerInput = typename Parts<In>::template Edge<I>;
    template <class In>
    static constexpr Fit parts() {
        return Parts<In>::parts();
    }

    static constexpr void initialize(auto& parameters, auto& random) {
        initialize_each(parameters, random, std::index_sequence_for<Layers...>{});
    }

    template <class E, class In>
    static constexpr void forward(const Tensor<E, In>& x, auto& y, auto at) {
        Parts<In>::forward(x, y, at);
    }
    template <class E, class In>
    static constexpr void backward(const Tensor<E, In>& x, const auto& y, const auto& dy, auto& dx, auto at) {
        Parts<In>::backward(x, y, dy, dx, at);
    }

  private:
    template <std::size_t... I>
    static constexpr void initialize_each(auto& parameters, auto& random, std::index_sequence<I...>) {
        [[maybe_unused]] const int each[] = {0, (kiln::initialize<Layers>(hana::at_c<I>(parameters), random), 0)...};
    }
};

namespace detail {

template <class In, std::size_t... I, class... Layers>
struct sequence<In, std::index_sequence<I...>, Layers...> {
    using Net = Sequential<Layers...>;
    static constexpr int depth = Net::depth;
    static constexpr auto edges = Net::edges(In::extents);

    template <int J>
    using Edge = shape_of<edges.extents[J]>;
    template <class S>
    using Parameters = hana::basic_tuple<parameters_t<Layers, S, Edge<I>>...>;
    template <class S>
    using State = hana::basic_tuple<state_t<Layers, S, Edge<I>>...>;

    template <class E, class Inner>
    struct storage;
    // J + 1: the inner edges.
    template <class E, std::size_t... J>
    struct storage<E, std::index_sequence<J...>> {
        struct Tape {
            hana::basic_tuple<Tensor<E, Edge<J + 1>>...> edge;
            hana::basic_tuple<tape_t<Layers, E, Edge<I>>...> layer;
        };
        // Value J is inner edge J + 1, value depth - 1 + I is the scratch of layer I.
        struct Layout {
            static constexpr std::size_t rounded(std::size_t size) { return (size + 63) / 64 * 64; }
            struct Plan {
                std::size_t bytes = 64;
                std::array<std::size_t, 2 * depth> offset{};
            };
            static constexpr Plan plan() {
                const std::array<std::size_t, depth + 1> edge{0, rounded(sizeof(Tensor<E, Edge<J + 1>>))..., 0};
                const std::array<std::size_t, depth> scratch{(std::is_empty_v<scratch_t<Layers, E, Edge<I>>>
                                                                  ? 0
                                                                  : rounded(sizeof(scratch_t<Layers, E, Edge<I>>)))...};
                Plan plan;
                for (int i = 0; i < depth; ++i) {
                    const std::size_t step = edge[i] + scratch[i] + edge[i + 1];
                    if (step > plan.bytes) plan.bytes = step;
                }
                for (int i = 0; i < depth; ++i) {
                    const int front =
                        i % 2 == 0 ? i : i + 1;  // the one of the step's two edges that starts at the front
                    if (i > 0) plan.offset[i - 1] = i % 2 == 0 ? 0 : plan.bytes - edge[i];
                    plan.offset[depth - 1 + i] = edge[front];
                }
                return plan;
            }
            static constexpr Plan planned = plan();
            static constexpr std::size_t bytes = planned.bytes;
            static constexpr auto offset = planned.offset;
        };
        using Scratch = Overlay<Layout, Tensor<E, Edge<J + 1>>..., scratch_t<Layers, E, Edge<I>>...>;
    };
    template <class E>
    using Tape = typename storage<E, std::make_index_sequence<depth - 1>>::Tape;
    template <class E>
    using Scratch = typename storage<E, std::make_index_sequence<depth - 1>>::Scratch;

    static constexpr Fit parts() {
        int i = 0;
        for (const Fit& fit : {parts_of<Layers, Edge<I>>()...}) {
            if (!fit.fits) return fit.within(i);
            ++i;
        }
        return {.out = edges.extents[depth]};
    }

    static constexpr void forward(const auto& x, auto& y, auto& at) {
        [[maybe_unused]] const int each[] = {(forward_layer<I>(value<I>(x, y, at), value<I + 1>(x, y, at), at), 0)...};
    }
    static constexpr void backward(const auto& x, const auto& y, const auto& dy, auto& dx, auto& at) {
        [[maybe_unused]] const int each[] = {
            (backward_layer<depth - 1 - I>(value<depth - 1 - I>(x, y, at), value<depth - I>(x, y, at),
                                           slope<depth - I>(dx, dy, at), slope<depth - 1 - I>(dx, dy, at), at),
             0)...};
    }

  private:
    template <int J>
    using Layer = typename Net::template Layer<J>;
    template <int J>
    static constexpr bool outlined = kiln::multiply_adds<Layer<J>>(edges.extents[J]) > outline_above
                                     || edges.extents[J].count() > outline_above;

    // What enters layer J: an argument of the pass, or an inner edge from the tape or, without one, from scratch.
    template <int J>
    static constexpr auto& value(const auto& x, auto& y, auto& at) {
        if constexpr (J == 0)
            return x;
        else if constexpr (J == depth)
            return y;
        else if constexpr (is_nothing<decltype(at.tape)>)
            return at.scratch.template get<J - 1>();
        else
            return hana::at_c<J - 1>(at.tape.edge);
    }
    // The derivative with respect to it.
    template <int J>
    static constexpr auto& slope(auto& dx, const auto& dy, auto& at) {
        if constexpr (J == 0)
            return dx;
        else if constexpr (J == depth)
            return dy;
        else
            return at.scratch.template get<J - 1>();
    }

    template <int J>
    static constexpr auto& part(auto& whole) {
        if constexpr (kiln::detail::is_pack<std::remove_cvref_t<decltype(whole)>>)
            return hana::at_c<J>(whole);
        else
            return whole;  // nobody has any of it
    }
    template <int J>
    static constexpr auto child(auto& at) {
        Pass pass = at.pass;
        if (pass.training) pass.key = hash(pass.key, J);
        if constexpr (is_nothing<decltype(at.tape)>)
            return At{part<J>(at.parameters),
                      part<J>(at.gradients),
                      part<J>(at.state),
                      at.tape,
                      at.scratch.template get<depth - 1 + J>(),
                      pass};
        else
            return At{part<J>(at.parameters),
                      part<J>(at.gradients),
                      part<J>(at.state),
                      part<J>(at.tape.layer),
                      at.scratch.template get<depth - 1 + J>(),
                      pass};
    }

    template <int J>
    static constexpr void forward_layer(const auto& x, auto& y, auto& at) {
        if constexpr (outlined<J>)
            forward_outlined<Layer<J>>(x, y, child<J>(at));
        else
            Layer<J>::forward(x, y, child<J>(at));
    }
    template <int J>
    static constexpr void backward_layer(const auto& x, const auto& y, const auto& dy, auto& dx, auto& at) {
        if constexpr (outlined<J>)
            backward_outlined<Layer<J>>(x, y, dy, dx, child<J>(at));
        else
            Layer<J>::backward(x, y, dy, dx, child<J>(at));
    }
    template <class L>
    [[gnu::noinline]] static constexpr void forward_outlined(const auto& x, auto& y, auto at) {
        L::forward(x, y, at);
    }
    template <class L>
    [[gnu::noinline]] static constexpr void backward_outlined(const auto& x, const auto& y, const auto& dy, auto& dx,
                                                              auto at) {
        L::backward(x, y, dy, dx, at);
    }
};

}  // namespace detail
}  // namespace kiln
