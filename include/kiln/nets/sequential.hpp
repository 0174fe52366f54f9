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
#include <initializer_list>
#include <type_traits>
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

// The edges, records and stages of a Sequential for one input shape.
template <class In, class Indices, class... Layers>
struct sequence;

// Whether any is true; an array, for clang refuses folds of more than 256 operands.
constexpr bool any_of(std::initializer_list<bool> values) {
    for (const bool value : values)
        if (value) return true;
    return false;
}

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
    using Tape = typename Parts<In>::Whole::template Tape<E>;
    template <class E, class In, Wanted W>
    using Scratch = typename Parts<In>::Whole::template Scratch<E, W>;

    template <int I, class In>
    using LayerInput = typename Parts<In>::template Edge<I>;
    template <class In>
    static constexpr Fit parts() {
        return Parts<In>::parts();
    }

    /// What runs are stages: layers, or several in one. How many for inputs In, and stages First … End - 1 as a layer
    /// that takes the parameters and the state of the whole.
    template <class In>
    static constexpr int stage_count = Parts<In>::stages.count;
    template <class In, int First, int End>
    using Section = typename Parts<In>::template Run<First, End>;

    static constexpr void initialize(auto& parameters, auto& random) {
        initialize_each(parameters, random, std::index_sequence_for<Layers...>{});
    }

    static constexpr bool batch_statistics = detail::any_of({uses_batch_statistics<Layers>...});
    static constexpr void initialize_state(auto& state) {
        if constexpr (detail::is_pack<std::remove_cvref_t<decltype(state)>>)
            initialize_each_state(state, std::index_sequence_for<Layers...>{});
    }

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
            [[maybe_unused]] const int each[] = {
                (y = y.template through<Layer<I>, LayerInput<I, In>>(I, detail::part_of<I>(at.parameters),
                                                                     detail::part_of<I>(at.state)),
                 0)...};
        }
        (std::index_sequence_for<Layers...>{});
    }

    /// The last layer of the first stage whose output `is_bad`, given what a forward pass has left; -1 if none is.
    template <class In>
    static constexpr int first_fault(const auto& y, const auto& tape, auto is_bad) {
        return Parts<In>::Whole::first_fault(y, tape, is_bad);
    }

  private:
    template <std::size_t... I>
    static constexpr void initialize_each_state(auto& state, std::index_sequence<I...>) {
        [[maybe_unused]] const int each[] = {0, (kiln::initialize_state<Layers>(hana::at_c<I>(state)), 0)...};
    }
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
    using Layer = typename Net::template Layer<J>;
    template <int J>
    using Edge = shape_of<edges.extents[J]>;
    template <class S>
    using Parameters = hana::basic_tuple<parameters_t<Layers, S, Edge<I>>...>;
    template <class S>
    using State = hana::basic_tuple<state_t<Layers, S, Edge<I>>...>;

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

    static constexpr Fit parts() {
        int i = 0;
        for (const Fit& fit : {parts_of<Layers, Edge<I>>()...}) {
            if (!fit.fits) return fit.within(i);
            ++i;
        }
        return {.out = edges.extents[depth]};
    }
};

}  // namespace detail
}  // namespace kiln
