// SPDX-License-Identifier: BSL-1.0
#pragma once
// Layers one after the other: y = f_n(… f_2(f_1(x))). A Sequential is itself a layer, so Sequentials nest. The passes
// run over stages, which nets/detail/stages.hpp defines together with their memory.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/nets/detail/fusion.hpp>
#include <kiln/nets/detail/stage_graph.hpp>
#include <kiln/nets/detail/stages.hpp>
#include <kiln/nets/sections.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// The layers of a Sequential, and the edges between them for one input shape.
template <class Layers, class Edges, class Out>
struct layer_chain;

// The stages of a Sequential: a chain, or a graph.
template <class Net, class In>
struct stages_of {
    using type = typename Net::template LayersOn<In>::AllStages;
};
template <class Net, class In>
    requires(branches<Net>())
struct stages_of<Net, In> : stages_of_graph<Net, In> {};

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// A chain of layers; an empty chain is refused.
template <class... Layers>
struct Sequential {
    static constexpr int depth = sizeof...(Layers);
    static constexpr bool is_chain = true;

    using List = detail::types<Layers...>;
    template <int I>
    using Layer = detail::type_at<static_cast<std::size_t>(I), List>;

    /// The extents of every edge, and the first misfit.
    struct Edges {
        std::array<Extents, sizeof...(Layers) + 1> extents{};
        Fit fit{};
    };
    static constexpr Edges edges(Extents in) {
        Edges result;
        result.extents[0] = in;
        result.fit.fits = depth > 0;
        result.fit.got = in;
        std::size_t i = 0;
        for (Fit (*rule)(Extents) : std::array<Fit (*)(Extents), sizeof...(Layers)>{&detail::fit_of<Layers>...}) {
            const Extents arriving = result.extents[i];
            Fit fit = rule(arriving);
            if (!fit.fits && result.fit.fits) {
                if (fit.depth == 0) fit.got = arriving;
                result.fit = fit.within(static_cast<int>(i));
            }
            result.extents[++i] = fit.out;
        }
        result.fit.out = result.extents[sizeof...(Layers)];
        return result;
    }
    static constexpr Fit shape(Extents in) { return edges(in).fit; }
    template <class>
    using needs = at_least_one_layer;

    template <class In>
    struct layers_on;
    template <class In>
    using LayersOn = typename layers_on<In>::type;
    template <class S, class In>
    using Parameters = typename LayersOn<In>::template Parameters<S>;
    template <class S, class In>
    using Gradients = typename LayersOn<In>::template Gradients<S>;
    template <class S, class In>
    using State = typename LayersOn<In>::template State<S>;
    template <class S, class In>
    using Observed = typename LayersOn<In>::template Observed<S>;
    template <class S, class In>
    using Statistics = typename LayersOn<In>::template Statistics<S>;
    template <class E, class In>
    using Tape = typename detail::stages_of<Sequential, In>::type::template Tape<E>;
    template <class E, class In, Wanted W>
    using Scratch = typename detail::stages_of<Sequential, In>::type::template Scratch<E, W>;

    template <int I, class In>
    using LayerInput = typename LayersOn<In>::template Edge<I>;

    template <class... Parts>
    using with_parts = Sequential<Parts...>;

    /// Whether a part branches (nets/branches.hpp); then the layers run as a graph of stages, not as a chain.
    static constexpr bool branches = detail::branches<Sequential>();
    template <class In>
    using AllStages = typename detail::stages_of<Sequential, In>::type;
    /// The number of stages for inputs In. A stage is one layer, or several layers fused into one.
    template <class In>
        requires(!branches)
    static constexpr int stage_count = LayersOn<In>::stages.count;
    /// Stages First … End - 1 as a layer, which takes the parameters and the state of the whole chain.
    template <class In, int First, int End>
    using Stages = typename LayersOn<In>::template Stages<First, End>;
    /// The sections of the whole chain (nets/sections.hpp).
    template <class In>
    struct Sections : detail::sections_of_stages<AllStages<In>> {};

    template <class E, class In>
    static constexpr void forward(const Tensor<E, In>& x, auto& y, auto at) {
        AllStages<In>::forward(x, y, at);
    }
    template <class E, class In>
    static constexpr void backward(const Tensor<E, In>& x, const auto& y, auto& dy, auto& dx, auto at) {
        AllStages<In>::backward(x, y, dy, dx, at);
    }

    static void describe(const auto& x, auto& y, auto at) {
        using In = typename std::remove_cvref_t<decltype(x)>::Dimensions;
        y = x;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            [[maybe_unused]] const int each[] = {
                (y = y.template through<I, Layer<static_cast<int>(I)>, LayerInput<static_cast<int>(I), In>>(at), 0)...};
        }
        (std::index_sequence_for<Layers...>{});
    }

    /// The last layer of the first stage whose output `is_bad` after a forward pass; -1 if no output is.
    template <class In>
    static constexpr int first_fault(const auto& y, const auto& tape, auto is_bad) {
        return AllStages<In>::first_fault(y, tape, is_bad);
    }
};

template <class... Layers>
template <class In>
struct Sequential<Layers...>::layers_on {
    static constexpr auto edges = Sequential::edges(In::extents);
    template <class Indices>
    struct of;
    template <std::size_t... I>
    struct of<std::index_sequence<I...>> {
        using type =
            detail::layer_chain<List, detail::types<shape_of<edges.extents[I]>...>, shape_of<edges.extents[depth]>>;
    };
    using type = typename of<std::index_sequence_for<Layers...>>::type;
};

}  // namespace kiln

namespace kiln::inline KILN_TARGET::detail {

template <class... L>
struct without_first {
    using type = types<>;
};
template <class First, class... Rest>
struct without_first<First, Rest...> {
    using type = types<Rest..., no_layer>;
};
template <class L>
struct next_of;
template <class... L>
struct next_of<types<L...>> : without_first<L...> {};

// The stages that would begin with each layer. A stage runs unless it begins inside an earlier one.
template <class Layers, class Edges, class Next, class NextButOne>
struct fused_stages;
template <class... L, class... Edge, class... Next, class... NextButOne>
struct fused_stages<types<L...>, types<Edge...>, types<Next...>, types<NextButOne...>> {
    static constexpr std::size_t depth = sizeof...(L);
    struct Stages {
        int count = 0;
        std::array<std::size_t, depth + 1> begin{};  // the first layer of each stage; `depth` behind the last stage
    };
    static constexpr Stages stages = [] {
        const std::array<std::size_t, depth> length{stage_from<L, Edge, Next, NextButOne>::length...};
        Stages found;
        for (std::size_t layer = 0; layer < depth; layer += length[layer])
            found.begin[static_cast<std::size_t>(found.count++)] = layer;
        found.begin[static_cast<std::size_t>(found.count)] = depth;
        return found;
    }();
    using FromEach = types<stage_from<L, Edge, Next, NextButOne>...>;
    template <std::size_t Layer>
    using Stage = typename type_at<Layer, FromEach>::type;
};

template <class Fused, class Edges, int First, int End, class Indices = IndicesBelow<End - First>>
struct stages_between;
template <class Fused, class Edges, int First, int End, std::size_t... J>
struct stages_between<Fused, Edges, First, End, std::index_sequence<J...>> {
    using type =
        stage_chain<types<typename Fused::template Stage<Fused::stages.begin[First + J]>...>,
                    types<type_at<Fused::stages.begin[First + J], Edges>...>, type_at<Fused::stages.begin[End], Edges>,
                    std::index_sequence<Fused::stages.begin[First + J]...>, Fused::stages.begin[End],
                    std::index_sequence<J...>>;
};

// The layers, the edge in front of each, and the output of the last: their records, and their stages.
template <class... L, class... EdgeOf, class Out>
struct layer_chain<types<L...>, types<EdgeOf...>, Out> {
    using Edges = types<EdgeOf..., Out>;
    template <int J>
    using Edge = type_at<static_cast<std::size_t>(J), Edges>;
    template <class S>
    using Parameters = tuple_or_nothing<parameters_t<L, S, EdgeOf>...>;
    template <class S>
    using Gradients = tuple_or_nothing<gradients_t<L, S, EdgeOf>...>;
    template <class S>
    using State = tuple_or_nothing<state_t<L, S, EdgeOf>...>;
    template <class S>
    using Observed = tuple_or_nothing<observed_t<L, S, EdgeOf>...>;
    template <class S>
    using Statistics = tuple_or_nothing<statistics_t<L, S, EdgeOf>...>;

    using Next = typename without_first<L...>::type;
    using Fused = fused_stages<types<L...>, types<EdgeOf...>, Next, typename next_of<Next>::type>;
    static constexpr auto& stages = Fused::stages;

    template <int First, int End>
    using Stages = typename stages_between<Fused, Edges, First, End>::type;
    using AllStages = Stages<0, stages.count>;
};

}  // namespace kiln::inline KILN_TARGET::detail
