// SPDX-License-Identifier: BSL-1.0
#pragma once
// A network that runs N frames at a time. The network is taken apart into the stages of a graph, as in a pass over
// whole sequences (nets/detail/stage_graph.hpp), so layers are fused alike and containers need no members of the stream
// contract (core/contract/stream.hpp). A stage with a step of its own takes its step; any other stage is framewise, and
// runs forward on the N frames. The values between stages have N frames, and share memory on the stack.
//
// Whether a network can run so, says nets/stream_verdict.hpp.
//
// Records: the carry of each stage, and the numbers that it reads: what it prepared, or a copy of its parameters and
// state. Stages that share parameters share these numbers.

#include <kiln/core/contract.hpp>
#include <kiln/core/contract/wiring.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/nets/detail/graph_nodes.hpp>
#include <kiln/nets/detail/several.hpp>
#include <kiln/nets/detail/stage_memory.hpp>

#include <boost/hana/basic_tuple.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// ---- The numbers that a stage reads ----

// Copies of the parameters and the state of a framewise stage.
template <class Parameters, class State>
struct CopiedRecords {
    [[no_unique_address]] Parameters parameters;
    [[no_unique_address]] State state;
};
template <class L, class In>
struct stage_numbers {
    using Parameters = parameters_t<L, float, In>;
    using State = state_t<L, float, In>;
    using type =
        std::conditional_t<is_nothing<Parameters> && is_nothing<State>, Nothing, CopiedRecords<Parameters, State>>;
};
template <class L, class In>
    requires(HasStep<L, In> && !is_nothing<prepared_t<L, float, In>>)
struct stage_numbers<L, In> {
    using type = prepared_t<L, float, In>;
};

// The place of a record that stage K does not have. Two objects of one empty type would not share an address.
template <std::size_t K>
struct NothingAt {};
template <class T>
inline constexpr bool is_nothing_at = false;
template <std::size_t K>
inline constexpr bool is_nothing_at<NothingAt<K>> = true;
template <std::size_t K, class T>
using record_at = std::conditional_t<is_nothing<T>, NothingAt<K>, T>;

// ---- Working memory ----

// A stage with a step has no scratch.
template <class L>
struct Stepping {
    static constexpr bool reads_input = false, reads_output = false;
};

// A graph whose values have N frames.
template <class Graph, int N>
struct graph_of_frames {
    static constexpr std::size_t inputs = Graph::inputs, stage_count = Graph::stage_count,
                                 most_inputs = Graph::most_inputs;
    static constexpr auto with_n_frames(auto all) {
        for (Extents& extents : all.extents) extents = with_frames(extents, N);
        return all;
    }
    static constexpr auto wires = with_n_frames(Graph::wires);
    static constexpr auto stages = [] {
        auto all = Graph::stages;
        all.wires = with_n_frames(all.wires);
        return all;
    }();
    template <std::size_t K>
    using Node = typename Graph::template Node<K>;
    template <std::size_t K>
    using Input = typename input_at<graph_of_frames, K>::type;
    template <std::size_t K>
    struct From {
        using Stage = typename Graph::template From<K>::type;
        using type = std::conditional_t<HasStep<Stage, typename Graph::template Input<K>>, Stepping<Stage>, Stage>;
    };
};

template <class Graph, class Indices = std::make_index_sequence<Graph::stage_count>>
struct streamed_stages;
template <class Graph, std::size_t... S>
struct streamed_stages<Graph, std::index_sequence<S...>> {
    using Memory = stage_memory<Graph>;
    static constexpr std::size_t inputs = Graph::inputs;
    static constexpr auto& wires = Graph::stages.wires;
    static constexpr auto& output = Graph::stages.output;
    template <std::size_t K>
    using Stage = typename Memory::template Stage<K>;
    template <std::size_t K>
    using Input = typename Memory::template Input<K>;
    template <std::size_t K>
    static constexpr bool steps = HasStep<Stage<K>, Input<K>>;
    template <std::size_t K>
    static constexpr std::size_t owner = Memory::users.first[K];

    template <class E>
    using Carry = hana::basic_tuple<record_at<S, carry_t<Stage<S>, E, Input<S>>>...>;
    template <std::size_t K, bool Owns = owner<K> == K>
    struct numbers_of {
        using type = record_at<K, typename stage_numbers<Stage<K>, Input<K>>::type>;
    };
    template <std::size_t K>
    struct numbers_of<K, false> {
        using type = NothingAt<K>;
    };
    using Prepared = hana::basic_tuple<typename numbers_of<S>::type...>;

    static constexpr void prepare(const auto& parameters, const auto& state, auto& prepared) {
        [[maybe_unused]] const int each[] = {(prepare_stage<S>(parameters, state, prepared), 0)...};
    }
    static constexpr void reset(auto& carry, const auto& prepared) {
        [[maybe_unused]] const int each[] = {(reset_stage<S>(carry, prepared), 0)...};
    }
    template <class E, int N>
    static constexpr void step(const auto& x, auto& y, auto& carry, const auto& prepared) {
        using Layout = typename stage_memory<graph_of_frames<Graph, N>>::template Layout<false, E, Wanted::outputs>;
        typename Layout::type scratch;
        [[maybe_unused]] const int each[] = {(step_stage<Layout, S>(x, y, scratch, carry, prepared), 0)...};
    }

    // The bytes of one frame of the widest value.
    template <class E>
    static constexpr long long widest_frame = [] {
        long long widest = 0;
        for (const Extents& extents : wires.extents)
            if (const long long count = extents.count() / extents[0]; count > widest) widest = count;
        return widest * static_cast<long long>(sizeof(E));
    }();

    template <std::size_t K>
    static constexpr int field_of() {
        using L = Stage<K>;
        constexpr Extents in = wires.extents[wires.from[K][0]];
        if constexpr (requires { L::receptive_field(in); })
            return L::receptive_field(in);
        else
            return is_nothing<carry_t<L, float, Input<K>>> ? 1 : unlimited;
    }

    // The frames of the input on which a frame of the outputs depends.
    static constexpr int receptive_field = [] {
        const int own[] = {field_of<S>()...};
        std::array<int, Graph::inputs + sizeof...(S)> field{};
        for (std::size_t i = 0; i < Graph::inputs; ++i) field[i] = 1;
        for (std::size_t stage = 0; stage < sizeof...(S); ++stage) {
            int widest = 1;
            for (std::size_t p = 0; p < wires.fan[stage]; ++p)
                if (const int read = field[wires.from[stage][p]]; read > widest) widest = read;
            const long long sum = widest - 1LL + own[stage];
            field[Graph::inputs + stage] =
                widest == unlimited || own[stage] == unlimited || sum >= unlimited ? unlimited : static_cast<int>(sum);
        }
        int widest = 1;
        for (const std::size_t value : output)
            if (field[value] > widest) widest = field[value];
        return widest;
    }();

  private:
    // The parameters that a step may read.
    template <std::size_t K>
    static constexpr auto context_of_step(const auto& prepared) {
        const auto& numbers = part_of<owner<K>>(prepared);
        if constexpr (!is_nothing<prepared_t<Stage<K>, float, Input<K>>>)
            return StepContext{no_numbers, numbers};
        else if constexpr (is_nothing_at<std::remove_cvref_t<decltype(numbers)>>)
            return StepContext{no_numbers, no_numbers};
        else
            return StepContext{numbers.parameters, no_numbers};
    }
    static constexpr Nothing no_numbers{};

    template <std::size_t K>
    static constexpr void prepare_stage(const auto& parameters, const auto& state, auto& prepared) {
        if constexpr (owner<K> == K) {
            using Owned = typename Memory::template Node<K>::OwnedAt;
            auto& numbers = part_of<K>(prepared);
            if constexpr (is_nothing_at<std::remove_cvref_t<decltype(numbers)>>) {
            } else if constexpr (steps<K> && !is_nothing<prepared_t<Stage<K>, float, Input<K>>>) {
                Stage<K>::prepare(part_at_position(parameters, Owned{}), numbers);
            } else {
                if constexpr (!is_nothing<decltype(numbers.parameters)>)
                    numbers.parameters = part_at_position(parameters, Owned{});
                if constexpr (!is_nothing<decltype(numbers.state)>) numbers.state = part_at_position(state, Owned{});
            }
        }
    }
    template <std::size_t K>
    static constexpr void reset_stage(auto& carry, const auto& prepared) {
        if constexpr (!is_nothing_at<std::remove_cvref_t<decltype(part_of<K>(carry))>>)
            Stage<K>::reset(part_of<K>(carry), context_of_step<K>(prepared));
    }

    template <class Layout, std::size_t Value>
    static constexpr auto& value(const auto& x, auto& y, auto& scratch) {
        if constexpr (Value < inputs)
            return tensor_of<static_cast<int>(Value)>(x);
        else if constexpr (Memory::is_output[Value])
            return tensor_of<Memory::output_number(Value)>(y);
        else
            return scratch.template get<Layout::find(Purpose::value, Value)>();
    }
    template <class Layout, std::size_t K, std::size_t... P>
    static constexpr decltype(auto) inputs_of(const auto& x, auto& y, auto& scratch, std::index_sequence<P...>) {
        if constexpr (sizeof...(P) == 1)
            return (value<Layout, wires.from[K][0]>(x, y, scratch));
        else
            return several(value<Layout, wires.from[K][P]>(x, y, scratch)...);
    }
    template <class Layout, std::size_t K>
    static constexpr void step_stage(const auto& x, auto& y, auto& scratch, auto& carry, const auto& prepared) {
        decltype(auto) in = inputs_of<Layout, K>(x, y, scratch, std::make_index_sequence<wires.fan[K]>{});
        auto& out = value<Layout, inputs + K>(x, y, scratch);
        if constexpr (steps<K>) {
            Stage<K>::step(in, out, part_of<K>(carry), context_of_step<K>(prepared));
        } else {
            using E = typename std::remove_cvref_t<decltype(out)>::Element;
            constexpr std::size_t place = Layout::find(Purpose::scratch, K);
            const auto run = [&](const auto& parameters, const auto& state, auto& own) {
                Nothing none;
                Stage<K>::forward(in, out,
                                  Context{parameters, none, state, none, none, none, own, Pass{.live = width<E>}});
            };
            const auto run_on = [&](auto& own) {
                const auto& numbers = part_of<owner<K>>(prepared);
                if constexpr (is_nothing_at<std::remove_cvref_t<decltype(numbers)>>)
                    run(no_numbers, no_numbers, own);
                else
                    run(numbers.parameters, numbers.state, own);
            };
            if constexpr (place == Layout::none) {
                Nothing none;
                run_on(none);
            } else {
                run_on(scratch.template get<place>());
            }
        }
    }
};

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln::inline KILN_TARGET {

/// Network Net, which can run frame by frame (stream_verdict), on inputs of shape In.
template <class Net, class In>
struct Streamed : detail::streamed_stages<detail::graph_nodes<Net, In>> {};

}  // namespace kiln::inline KILN_TARGET
