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
template <class Chain, int First, class Indices>
struct staged;

// Whether any is true; an array, for clang refuses folds of more than 256 operands.
constexpr bool any_of(std::initializer_list<bool> values) {
    for (const bool value : values)
        if (value) return true;
    return false;
}

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

// Stages First … of a Sequential, numbered from 0 here: their memory, and the passes over them.
template <class Chain, int First, std::size_t... J>
struct staged<Chain, First, std::index_sequence<J...>> {
    static constexpr int count = sizeof...(J);
    template <int K>
    using Stage = typename Chain::template Stage<First + K>;
    template <int K>
    using Edge = typename Chain::template StageEdge<First + K>;
    using Input = Edge<0>;
    using Output = Edge<count>;

    static constexpr long long multiply_adds() {
        long long sum = 0;
        for (const long long stage : std::array<long long, count>{kiln::multiply_adds<Stage<J>>(Edge<J>::extents)...})
            sum += stage;
        return sum;
    }
    static constexpr long long parameter_count() {
        long long sum = 0;
        for (const long long stage :
             std::array<long long, count>{scalar_count<parameters_t<Stage<J>, float, Edge<J>>>()...})
            sum += stage;
        return sum;
    }

    template <class E, class Inner>
    struct tape_for;
    template <class E, std::size_t... K>
    struct tape_for<E, std::index_sequence<K...>> {
        hana::basic_tuple<Tensor<E, Edge<K + 1>>...> edge;
        hana::basic_tuple<tape_t<Stage<J>, E, Edge<J>>...> stage;
    };
    template <class E>
    using Tape = tape_for<E, std::make_index_sequence<count - 1>>;

    // Value K is inner edge K + 1 (or its slope), value count - 1 + J is the scratch of stage J.
    template <class E, Wanted W>
    struct Layout {
        static constexpr std::size_t rounded(std::size_t size) { return (size + 63) / 64 * 64; }
        struct Plan {
            std::size_t bytes = 64;
            std::array<std::size_t, 2 * count> offset{};
        };
        static constexpr Plan plan() {
            std::array<std::size_t, count + 1> edge{rounded(sizeof(Tensor<E, Edge<J>>))..., 0};
            edge[0] = 0;  // the ends belong to the caller
            const std::array<std::size_t, count> scratch{
                (std::is_empty_v<ScratchOf<E, W, J>> ? 0 : rounded(sizeof(ScratchOf<E, W, J>)))...};
            Plan plan;
            for (std::size_t i = 0; i < count; ++i) {
                const std::size_t step = edge[i] + scratch[i] + edge[i + 1];
                if (step > plan.bytes) plan.bytes = step;
            }
            for (std::size_t i = 0; i < count; ++i) {
                if (i > 0) plan.offset[i - 1] = i % 2 == 0 ? 0 : plan.bytes - edge[i];
                plan.offset[count - 1 + i] =
                    edge[i % 2 == 0 ? i : i + 1];  // behind that of the two edges which is in front
            }
            return plan;
        }
        static constexpr Plan planned = plan();
        static constexpr std::size_t bytes = planned.bytes;
        static constexpr auto offset = planned.offset;
    };
    // Behind the first stage every slope is wanted.
    template <class E, Wanted W, int K>
    using ScratchOf = scratch_t<Stage<K>, E, Edge<K>, K == 0 || W == Wanted::outputs ? W : Wanted::all_gradients>;
    template <class E, Wanted W, class Inner>
    struct scratch_for;
    template <class E, Wanted W, std::size_t... K>
    struct scratch_for<E, W, std::index_sequence<K...>> {
        using type = Overlay<Layout<E, W>, Tensor<E, Edge<K + 1>>..., ScratchOf<E, W, J>...>;
    };
    template <class E, Wanted W>
    using Scratch = typename scratch_for<E, W, std::make_index_sequence<count - 1>>::type;

    static constexpr void forward(const auto& x, auto& y, auto& at) {
        [[maybe_unused]] const int each[] = {(forward_stage<J>(value<J>(x, y, at), value<J + 1>(x, y, at), at), 0)...};
    }
    static constexpr void backward(const auto& x, const auto& y, auto& dy, auto& dx, auto& at) {
        constexpr int last = count - 1;
        [[maybe_unused]] const int each[] = {
            (backward_stage<last - J>(value<last - J>(x, y, at), value<count - J>(x, y, at),
                                      slope<count - J>(dx, dy, at), slope<last - J>(dx, dy, at), at),
             0)...};
    }

    static constexpr int first_fault(const auto& y, const auto& tape, auto is_bad) {
        const std::array<bool, count> bad{[&] {
            if constexpr (J + 1 == count)
                return is_bad(y);
            else
                return is_bad(hana::at_c<J>(tape.edge));
        }()...};
        for (std::size_t stage = 0; stage < count; ++stage)
            if (bad[stage]) return Chain::stages.begin[static_cast<std::size_t>(First) + stage + 1] - 1;
        return -1;
    }

  private:
    template <int K>
    static constexpr bool outlined = kiln::multiply_adds<Stage<K>>(Edge<K>::extents) > outline_above
                                     || Edge<K>::count > outline_above;

    // What enters stage K: an argument of the pass, or an inner edge from the tape or, without one, from scratch.
    template <int K>
    static constexpr auto& value(const auto& x, auto& y, auto& at) {
        if constexpr (K == 0)
            return x;
        else if constexpr (K == count)
            return y;
        else if constexpr (is_nothing<decltype(at.tape)>)
            return at.scratch.template get<K - 1>();
        else
            return hana::at_c<K - 1>(at.tape.edge);
    }
    // The derivative with respect to it.
    template <int K>
    static constexpr auto& slope(auto& dx, auto& dy, auto& at) {
        if constexpr (K == 0)
            return dx;
        else if constexpr (K == count)
            return dy;
        else
            return at.scratch.template get<K - 1>();
    }

    // A stage has the parameters of its first layer.
    template <int K>
    static constexpr auto& part(auto& whole) {
        if constexpr (is_pack<std::remove_cvref_t<decltype(whole)>>)
            return hana::at_c<Chain::stages.begin[First + K]>(whole);
        else
            return whole;  // nobody has any of it
    }
    template <int K>
    static constexpr auto& tape_of_stage(auto& tape) {
        if constexpr (is_nothing<decltype(tape)>)
            return tape;
        else
            return hana::at_c<K>(tape.stage);
    }
    template <int K>
    static constexpr auto child(auto& at) {
        Pass pass = at.pass;
        if (pass.training) pass.key = hash(pass.key, static_cast<std::uint64_t>(Chain::stages.begin[First + K]));
        return At{part<K>(at.parameters),
                  part<K>(at.gradients),
                  part<K>(at.state),
                  tape_of_stage<K>(at.tape),
                  at.scratch.template get<count - 1 + K>(),
                  pass};
    }

    template <int K>
    static constexpr void forward_stage(const auto& x, auto& y, auto& at) {
        if constexpr (outlined<K>)
            forward_outlined<Stage<K>>(x, y, child<K>(at));
        else
            Stage<K>::forward(x, y, child<K>(at));
    }
    template <int K>
    static constexpr void backward_stage(const auto& x, const auto& y, auto& dy, auto& dx, auto& at) {
        if constexpr (outlined<K>)
            backward_outlined<Stage<K>>(x, y, dy, dx, child<K>(at));
        else
            Stage<K>::backward(x, y, dy, dx, child<K>(at));
    }
    template <class L>
    [[gnu::noinline]] static constexpr void forward_outlined(const auto& x, auto& y, auto at) {
        L::forward(x, y, at);
    }
    template <class L>
    [[gnu::noinline]] static constexpr void backward_outlined(const auto& x, const auto& y, auto& dy, auto& dx,
                                                              auto at) {
        L::backward(x, y, dy, dx, at);
    }
};

}  // namespace detail
}  // namespace kiln
