// SPDX-License-Identifier: BSL-1.0
#pragma once
// The memory of a graph of stages. Stage s runs forward at time s and backward at time 2 S - 1 - s, where S is the number of
// stages. So every value, slope and working memory has a time at which it begins and one at which it ends, and those that
// do not meet share bytes (core/detail/packing.hpp). The tape holds what lives from forward to backward. It also holds what
// is alive at a cut between two sections (nets/sections.hpp), for there the other passes of the step run. Scratch holds the
// rest.
//
// The slope of a value with several readers is a sum: the reader that runs backward first sets it, each further reader
// writes a term that is added. Slopes that nobody needs are not computed.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/overlay.hpp>
#include <kiln/core/detail/packing.hpp>
#include <kiln/core/record.hpp>
#include <kiln/nets/detail/graph_nodes.hpp>
#include <kiln/nets/sections.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

/// The use of a place in memory.
enum class Purpose : unsigned char { value, slope, tape, scratch, term, sum };
/// One place: `number` is a value or a stage, `port` the reader's input for a term.
struct MemoryPlace {
    Purpose purpose = Purpose::value;
    std::size_t number = 0, port = 0;
};

template <class Graph, class Indices = std::make_index_sequence<Graph::stage_count>,
          class Values = std::make_index_sequence<Graph::inputs + Graph::stage_count>>
struct stage_memory;
template <class Graph, std::size_t... S, std::size_t... V>
struct stage_memory<Graph, std::index_sequence<S...>, std::index_sequence<V...>> {
    static constexpr std::size_t count = sizeof...(S), inputs = Graph::inputs, values = sizeof...(V);
    static constexpr auto& wires = Graph::stages.wires;
    static constexpr auto& output = Graph::stages.output;
    static constexpr std::size_t most_inputs = Graph::most_inputs;

    template <std::size_t K>
    using Node = typename Graph::template Node<Graph::stages.first[K]>;
    template <std::size_t K>
    using Stage = typename Graph::template From<Graph::stages.first[K]>::type;
    template <std::size_t K>
    using Input = typename Graph::template Input<Graph::stages.first[K]>;
    template <std::size_t Value>
    using ShapeOf = shape_of<wires.extents[Value]>;

    // ---- Times ----

    static constexpr int ends = 2 * static_cast<int>(count) - 1;  // the time when stage 0 runs backward
    static constexpr int forward_time(std::size_t stage) { return static_cast<int>(stage); }
    static constexpr int backward_time(std::size_t stage) { return ends - static_cast<int>(stage); }

    static constexpr std::array<bool, values> is_output = [] {
        std::array<bool, values> is{};
        for (const std::size_t value : output) is[value] = true;
        return is;
    }();
    // The number of the output that a value is; -1 if it is none.
    static constexpr int output_number(std::size_t value) {
        for (std::size_t o = 0; o < output.size(); ++o)
            if (output[o] == value) return static_cast<int>(o);
        return -1;
    }
    // Values that belong neither to x nor to y.
    static constexpr bool is_inner(std::size_t value) { return value >= inputs && !is_output[value]; }
    // The last stage that reads a value; the stage that makes it if there is none.
    static constexpr std::array<std::size_t, values> last_reader = [] {
        std::array<std::size_t, values> last{};
        for (std::size_t value = inputs; value < values; ++value) last[value] = value - inputs;
        for (std::size_t stage = 0; stage < count; ++stage)
            for (std::size_t p = 0; p < wires.fan[stage]; ++p) last[wires.from[stage][p]] = stage;
        return last;
    }();

    static constexpr std::array<int, count> sections_in{sections_of<Stage<S>, Input<S>>::count...};
    static constexpr std::array<bool, count> has_statistics{HasStatistics<Stage<S>, Input<S>>...};
    // The sections of all stages, numbered through.
    static constexpr std::array<int, count + 1> first_cut = [] {
        std::array<int, count + 1> first{};
        for (std::size_t stage = 0; stage < count; ++stage) first[stage + 1] = first[stage] + sections_in[stage] - 1;
        return first;
    }();
    static constexpr int sections = first_cut[count] + 1;

    // Whether the other passes run while something is alive from `begin` to `end`. They run before a stage with
    // statistics, and within a container that runs in sections.
    static constexpr bool meets_a_cut(int begin, int end) {
        for (std::size_t stage = 0; stage < count; ++stage) {
            if (sections_in[stage] == 1) continue;
            for (const int time : {forward_time(stage), backward_time(stage)})
                if (has_statistics[stage] ? begin < time && time <= end : begin <= time && time < end) return true;
        }
        return false;
    }

    // ---- Slopes ----

    static constexpr std::array<bool, count> learns{(tensor_count<gradients_t<Stage<S>, float, Input<S>>> > 0)...};

    // Whose slope is wanted: all values behind parameters that learn, or behind an input if its slope is wanted.
    template <Wanted W>
    static constexpr std::array<bool, values> has_slope = [] {
        std::array<bool, values> wanted{};
        if (W == Wanted::outputs) return wanted;
        for (std::size_t value = 0; value < inputs; ++value) wanted[value] = W == Wanted::all_gradients;
        for (std::size_t stage = 0; stage < count; ++stage) {
            bool any = learns[stage];
            for (std::size_t p = 0; p < wires.fan[stage]; ++p) any = any || wanted[wires.from[stage][p]];
            wanted[inputs + stage] = any;
        }
        return wanted;
    }();
    template <Wanted W>
    static constexpr bool runs_backward(std::size_t stage) {
        return has_slope<W>[inputs + stage];
    }
    // The gradients that a stage must give, if W are those that the network must give.
    template <Wanted W>
    static constexpr Wanted wanted_of(std::size_t stage) {
        if (W == Wanted::outputs) return W;
        for (std::size_t p = 0; p < wires.fan[stage]; ++p)
            if (has_slope<W>[wires.from[stage][p]]) return Wanted::all_gradients;
        return Wanted::parameter_gradients;
    }
    // Whether the slope that a stage writes for an input is a further term of a sum.
    template <Wanted W>
    static constexpr auto is_term = [] {
        std::array<std::array<bool, most_inputs>, count> term{};
        std::array<bool, values> written = is_output;  // the caller has set the slope of y
        for (std::size_t stage = count; stage-- > 0;) {
            if (!runs_backward<W>(stage)) continue;
            for (std::size_t p = 0; p < wires.fan[stage]; ++p) {
                const std::size_t value = wires.from[stage][p];
                if (!has_slope<W>[value]) continue;
                term[stage][p] = written[value];
                written[value] = true;
            }
        }
        return term;
    }();

    // The first and the last stage that use the parameters of a stage: several if they are shared.
    struct Users {
        std::array<std::size_t, count> first{}, last{};
    };
    static constexpr Users users = [] {
        constexpr int deepest = [] {
            int most = 0;
            for (const int depth : {Node<S>::OwnedAt::depth...}) most = depth > most ? depth : most;
            return most;
        }();
        std::array<std::array<int, static_cast<std::size_t>(deepest) + 1>, count> place{};
        std::size_t number[count + 1]{};  // differs for most places, and takes compilers few steps to compare
        const auto copy = [&](std::size_t stage, const auto& path) {
            for (std::size_t i = 0; i < path.size(); ++i) {
                place[stage][i] = path[i];
                number[stage] = 1'000'003 * number[stage] + static_cast<std::size_t>(path[i]) + 1;
            }
        };
        [[maybe_unused]] const int each[] = {(copy(S, Node<S>::OwnedAt::value), 0)...};
        Users all;
        for (std::size_t stage = 0; stage < count; ++stage) {
            all.first[stage] = all.last[stage] = stage;
            for (std::size_t other = 0; other < count; ++other) {
                if (number[other] != number[stage] || place[other] != place[stage]) continue;
                if (other < all.first[stage]) all.first[stage] = other;
                if (other > all.last[stage]) all.last[stage] = other;
            }
        }
        return all;
    }();
    static constexpr bool is_shared(std::size_t stage) {
        return learns[stage] && users.first[stage] != users.last[stage];
    }

    // ---- Places in memory ----

    // When a value is read for the last time by a backward pass; -1: never.
    static constexpr std::array<int, values> last_read_backward = [] {
        const std::array<bool, count> x{kiln::reads_input<Stage<S>>...}, y{kiln::reads_output<Stage<S>>...};
        std::array<int, values> last{};
        for (int& time : last) time = -1;
        const auto read = [&](std::size_t value, std::size_t stage) {
            if (backward_time(stage) > last[value]) last[value] = backward_time(stage);
        };
        for (std::size_t stage = 0; stage < count; ++stage) {
            // A stage with statistics writes the slope over y.
            if (y[stage] || has_statistics[stage]) read(inputs + stage, stage);
            for (std::size_t p = 0; p < wires.fan[stage]; ++p)
                if (x[stage]) read(wires.from[stage][p], stage);
        }
        return last;
    }();
    static constexpr Lifetime lifetime_of_value(std::size_t value, bool training) {
        const std::size_t stage = value - inputs;
        const int last = forward_time(last_reader[value]), last_backward = last_read_backward[value];
        return {.begin = forward_time(stage), .end = training && last_backward > last ? last_backward : last};
    }
    static constexpr bool value_on_tape(std::size_t value) {
        const Lifetime life = lifetime_of_value(value, true);
        return last_read_backward[value] >= 0 || meets_a_cut(life.begin, life.end);
    }
    static constexpr Lifetime lifetime_of_slope(std::size_t value) {
        const std::size_t stage = value - inputs;
        return {.begin = backward_time(last_reader[value]), .end = backward_time(stage)};
    }
    // Whether the slope of a value is written over the value: the stage that makes it has statistics, and no backward
    // pass reads the value.
    static constexpr std::array<bool, values> slope_over_value = [] {
        const std::array<bool, count> x{kiln::reads_input<Stage<S>>...}, y{kiln::reads_output<Stage<S>>...};
        std::array<bool, values> over{};
        for (std::size_t stage = 0; stage < count; ++stage)
            over[inputs + stage] = has_statistics[stage] && !y[stage] && !is_output[inputs + stage];
        for (std::size_t stage = 0; stage < count; ++stage)
            for (std::size_t p = 0; p < wires.fan[stage]; ++p)
                if (x[stage]) over[wires.from[stage][p]] = false;
        return over;
    }();
    // At the cut of a stage with statistics its slope has been written over y.
    static constexpr bool slope_on_tape(std::size_t value) {
        const Lifetime life = lifetime_of_slope(value);
        return meets_a_cut(life.begin, has_statistics[value - inputs] ? life.end - 1 : life.end);
    }
    // The sum of the gradients of shared parameters, which are added to the gradients at once. `stage` is the first user.
    static constexpr Lifetime lifetime_of_sum(std::size_t stage) {
        return {.begin = backward_time(users.last[stage]) - 1, .end = backward_time(stage)};
    }
    static constexpr bool sum_on_tape(std::size_t stage) {
        const Lifetime life = lifetime_of_sum(stage);
        return meets_a_cut(life.begin, life.end);
    }

    template <class E>
    static constexpr std::array<long long, values> value_bytes{
        static_cast<long long>(sizeof(Tensor<E, ShapeOf<V>>))...};
    // The bytes of a record; -1 if there is none.
    template <class T>
    static constexpr long long bytes_of = is_nothing<T>        ? -1
                                          : std::is_empty_v<T> ? 0
                                                               : static_cast<long long>(sizeof(T));

    static constexpr std::size_t most_places = 2 * values + 3 * count + count * most_inputs;
    struct Places {
        std::size_t count = 0;
        std::array<MemoryPlace, most_places> at{};
        std::array<Lifetime, most_places> life{};
        constexpr void add(const MemoryPlace& place, Lifetime lifetime, long long size) {
            if (size < 0) return;
            lifetime.size = static_cast<std::size_t>(size + 63) / 64 * 64;
            at[count] = place;
            life[count++] = lifetime;
        }
    };

    // The places of the tape.
    template <class E>
    static constexpr Places tape_places() {
        constexpr Wanted W = Wanted::all_gradients;
        Places places;
        const std::array<long long, count> tapes{bytes_of<tape_t<Stage<S>, E, Input<S>>>...},
            sums{bytes_of<gradients_t<Stage<S>, scalar_t<E>, Input<S>>>...};
        for (std::size_t value = inputs; value < values; ++value) {
            if (!is_inner(value)) continue;
            if (value_on_tape(value))
                places.add({Purpose::value, value}, lifetime_of_value(value, true), value_bytes<E>[value]);
            if (has_slope<W>[value] && !slope_over_value[value] && slope_on_tape(value))
                places.add({Purpose::slope, value}, lifetime_of_slope(value), value_bytes<E>[value]);
        }
        for (std::size_t stage = 0; stage < count; ++stage) {
            places.add({Purpose::tape, stage}, {.begin = forward_time(stage), .end = backward_time(stage)},
                       tapes[stage]);
            if (is_shared(stage) && users.first[stage] == stage && sum_on_tape(stage))
                places.add({Purpose::sum, stage}, lifetime_of_sum(stage), sums[stage]);
        }
        return places;
    }
    // The places of scratch.
    template <class E, Wanted W>
    static constexpr Places scratch_places() {
        constexpr bool training = W != Wanted::outputs;
        Places places;
        const std::array<long long, count> scratch{bytes_of<scratch_t<Stage<S>, E, Input<S>, wanted_of<W>(S)>>...},
            sums{bytes_of<gradients_t<Stage<S>, scalar_t<E>, Input<S>>>...};
        for (std::size_t value = inputs; value < values; ++value) {
            if (!is_inner(value)) continue;
            if (!training || !value_on_tape(value))
                places.add({Purpose::value, value}, lifetime_of_value(value, false), value_bytes<E>[value]);
            if (has_slope<W>[value] && !slope_over_value[value] && !slope_on_tape(value))
                places.add({Purpose::slope, value}, lifetime_of_slope(value), value_bytes<E>[value]);
        }
        for (std::size_t stage = 0; stage < count; ++stage) {
            const int time = forward_time(stage), back = backward_time(stage);
            places.add({Purpose::scratch, stage}, {.begin = time, .end = time, .again = training ? back : -1},
                       scratch[stage]);
            if (!training) continue;
            for (std::size_t p = 0; p < wires.fan[stage]; ++p)
                if (is_term<W>[stage][p])
                    places.add({Purpose::term, stage, p}, {.begin = back, .end = back},
                               value_bytes<E>[wires.from[stage][p]]);
            if (is_shared(stage) && users.first[stage] == stage && !sum_on_tape(stage))
                places.add({Purpose::sum, stage}, lifetime_of_sum(stage), sums[stage]);
        }
        return places;
    }

    template <class E, Wanted W, Purpose Kind, std::size_t Number, std::size_t Port>
    struct placed {
        using type = Tensor<E, ShapeOf<Number>>;  // a value or a slope
    };
    template <class E, Wanted W, std::size_t Number, std::size_t Port>
    struct placed<E, W, Purpose::tape, Number, Port> {
        using type = tape_t<Stage<Number>, E, Input<Number>>;
    };
    template <class E, Wanted W, std::size_t Number, std::size_t Port>
    struct placed<E, W, Purpose::scratch, Number, Port> {
        using type = scratch_t<Stage<Number>, E, Input<Number>, wanted_of<W>(Number)>;
    };
    template <class E, Wanted W, std::size_t Number, std::size_t Port>
    struct placed<E, W, Purpose::term, Number, Port> {
        using type = Tensor<E, ShapeOf<wires.from[Number][Port]>>;
    };
    template <class E, Wanted W, std::size_t Number, std::size_t Port>
    struct placed<E, W, Purpose::sum, Number, Port> {
        using type = gradients_t<Stage<Number>, scalar_t<E>, Input<Number>>;
    };

    // The layout of the tape (W is all_gradients then) or of scratch.
    template <bool OfTape, class E, Wanted W>
    struct Layout {
        static constexpr Places places = [] {
            if constexpr (OfTape)
                return tape_places<E>();
            else
                return scratch_places<E, W>();
        }();
        static constexpr auto packing = [] {
            std::array<Lifetime, places.count> life{};
            for (std::size_t i = 0; i < places.count; ++i) life[i] = places.life[i];
            return pack(life);
        }();
        static constexpr std::size_t bytes = packing.bytes, lower_bound = packing.lower_bound, none = places.count;
        static constexpr auto& offset = packing.offset;

        static constexpr std::size_t find(Purpose purpose, std::size_t number, std::size_t port = 0) {
            for (std::size_t i = 0; i < places.count; ++i)
                if (places.at[i].purpose == purpose && places.at[i].number == number && places.at[i].port == port)
                    return i;
            return none;
        }
        template <class Indices>
        struct overlay;
        template <std::size_t... I>
        struct overlay<std::index_sequence<I...>> {
            using type =
                Overlay<Layout,
                        typename placed<E, W, places.at[I].purpose, places.at[I].number, places.at[I].port>::type...>;
        };
        using type = typename overlay<std::make_index_sequence<places.count>>::type;
    };
    template <class E>
    using Tape = typename Layout<true, E, Wanted::all_gradients>::type;
    template <class E, Wanted W>
    using Scratch = typename Layout<false, E, W>::type;
};

}  // namespace kiln::inline KILN_TARGET::detail
