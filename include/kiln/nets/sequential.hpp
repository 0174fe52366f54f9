// SPDX-License-Identifier: BSL-1.0
#pragma once
// Layers one after the other: y = f_n(… f_2(f_1(x))). A Sequential is itself a layer, so nets nest. What runs, and
// where its values are: nets/stages.hpp.

#include <kiln/core/contract.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/nets/stages.hpp>

#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

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

// The edges, records and stages of a Sequential for one input shape.
template <class In, class Indices, class... Layers>
struct sequence;

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

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

    template <class In>
    using Parts = detail::sequence<In, std::index_sequence_for<Layers...>, Layers...>;
    template <class S, class In>
    using Parameters = typename Parts<In>::template Parameters<S>;
    template <class S, class In>
    using Gradients = typename Parts<In>::template Gradients<S>;
    template <class S, class In>
    using State = typename Parts<In>::template State<S>;
    template <class S, class In>
    using Observed = typename Parts<In>::template Observed<S>;
    template <class S, class In>
    using Statistics = typename Parts<In>::template Statistics<S>;
    template <class E, class In>
    using Tape = typename Parts<In>::Whole::template Tape<E>;
    template <class E, class In, Wanted W>
    using Scratch = typename Parts<In>::Whole::template Scratch<E, W>;

    template <int I, class In>
    using LayerInput = typename Parts<In>::template Edge<I>;

    template <class... Parts>
    using with_parts = Sequential<Parts...>;

    /// Stages are what runs: layers, or several layers in one. How many they are for inputs In, and stages First … End - 1
    /// as a layer that takes the parameters and the state of the whole.
    template <class In>
    static constexpr int stage_count = Parts<In>::stages.count;
    template <class In, int First, int End>
    using Stages = typename Parts<In>::template Run<First, End>;
    /// The same stages in sections (nets/sections.hpp).
    template <class In>
    struct Sections {
        using Whole = typename Parts<In>::Whole;
        static constexpr int count = Whole::sections;

        template <int Section>
        static constexpr void forward(const auto& x, auto& y, auto at) {
            Whole::template forward_section<Section>(x, y, at);
        }
        template <int Section>
        static constexpr void backward(const auto& x, auto& y, auto& dy, auto& dx, auto at) {
            Whole::template backward_section<Section>(x, y, dy, dx, at);
        }
        template <int Cut>
        static constexpr void measure(const auto& x, auto& y, auto& own, auto at) {
            Whole::template measure<Cut>(x, y, own, at);
        }
        template <int Cut>
        static constexpr void measure_slopes(const auto& x, auto& y, auto& dy, auto& dx, auto& own, auto at) {
            Whole::template measure_slopes<Cut>(x, y, dy, dx, own, at);
        }
        template <int Cut>
        static constexpr void merge(auto& all, const auto& own) {
            Whole::template merge<Cut>(all, own);
        }
        template <int Cut>
        static constexpr void merge_slopes(auto& all, const auto& own) {
            Whole::template merge_slopes<Cut>(all, own);
        }
        template <int Cut>
        static constexpr int gradients_before = Whole::template gradients_before<Cut>;
    };

    template <class E, class In>
    static constexpr void forward(const Tensor<E, In>& x, auto& y, auto at) {
        Parts<In>::Whole::forward(x, y, at);
    }
    template <class E, class In>
    static constexpr void backward(const Tensor<E, In>& x, const auto& y, auto& dy, auto& dx, auto at) {
        Parts<In>::Whole::backward(x, y, dy, dx, at);
    }

    static void describe(const auto& x, auto& y, auto at) {
        using In = typename std::remove_cvref_t<decltype(x)>::Dimensions;
        y = x;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            [[maybe_unused]] const int each[] = {(y = y.template through<I, Layer<I>, LayerInput<I, In>>(at), 0)...};
        }
        (std::index_sequence_for<Layers...>{});
    }

    /// The last layer of the first stage whose output `is_bad`, given what a forward pass has left; -1 if none is.
    template <class In>
    static constexpr int first_fault(const auto& y, const auto& tape, auto is_bad) {
        return Parts<In>::Whole::first_fault(y, tape, is_bad);
    }
};

}  // namespace kiln

namespace kiln::inline KILN_TARGET::detail {

template <class In, std::size_t... I, class... Layers>
struct sequence<In, std::index_sequence<I...>, Layers...> {
    using Net = Sequential<Layers...>;
    static constexpr int depth = Net::depth;
    static constexpr auto edges = Net::edges(In::extents);

    template <int J>
    using Layer = typename Net::template Layer<J>;
    template <int J>
    using Edge = shape_of<edges.extents[J]>;
    template <class S>
    using Parameters = tuple_or_nothing<parameters_t<Layers, S, Edge<I>>...>;
    template <class S>
    using Gradients = tuple_or_nothing<gradients_t<Layers, S, Edge<I>>...>;
    template <class S>
    using State = tuple_or_nothing<state_t<Layers, S, Edge<I>>...>;
    template <class S>
    using Observed = tuple_or_nothing<observed_t<Layers, S, Edge<I>>...>;
    template <class S>
    using Statistics = tuple_or_nothing<statistics_t<Layers, S, Edge<I>>...>;

    // Stages: what runs is each layer, or several in one where the first can do the work of those behind it.
    template <int J, int Length>
    struct stage_at;
    template <int J>
    struct stage_at<J, 1> {
        using type = Layer<J>;
    };
    template <int J>
    struct stage_at<J, 2> {
        using type = fused_t<Layer<J>, Edge<J>, Layer<J + 1>>;
    };
    template <int J>
    struct stage_at<J, 3> {
        using type = fused_t<Layer<J>, Edge<J>, Layer<J + 1>, Layer<J + 2>>;
    };
    template <int J>
    static constexpr int longest_stage() {
        if constexpr (J + 2 < depth)
            if constexpr (!std::is_void_v<typename stage_at<J, 3>::type>) return 3;
        if constexpr (J + 1 < depth)
            if constexpr (!std::is_void_v<typename stage_at<J, 2>::type>) return 2;
        return 1;
    }
    struct Stages {
        int count = 0;
        std::array<int, depth + 1> begin{};  // the first layer of each stage, and `depth` behind the last
    };
    static constexpr Stages find_stages() {
        const std::array<int, depth> length{longest_stage<I>()...};
        Stages found;
        for (int layer = 0; layer < depth; layer += length[static_cast<std::size_t>(layer)])
            found.begin[static_cast<std::size_t>(found.count++)] = layer;
        found.begin[static_cast<std::size_t>(found.count)] = depth;
        return found;
    }
    static constexpr Stages stages = find_stages();
    template <int J>
    using Stage = typename stage_at<stages.begin[J], stages.begin[J + 1] - stages.begin[J]>::type;
    /// What enters stage J; the output for J = count.
    template <int J>
    using StageEdge = Edge<stages.begin[J]>;

    template <int First, int End>
    using Run = staged<sequence, First, std::make_index_sequence<End - First>>;
    using Whole = Run<0, stages.count>;
};

}  // namespace kiln::inline KILN_TARGET::detail
