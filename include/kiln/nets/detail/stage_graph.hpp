// SPDX-License-Identifier: BSL-1.0
#pragma once
// The stages of a network that is a graph, and their memory. A stage is a node, or several nodes fused into one.
//
// Stage s runs forward at time s and backward at time 2 S - 1 - s, where S is the number of stages. So every value, slope
// and working memory has a time at which it begins and one at which it ends, and those that do not meet share bytes
// (nets/detail/packing.hpp). The tape holds what lives from forward to backward. It also holds what is alive at a cut
// between two sections (nets/sections.hpp), for there the other passes of the step run. Scratch holds the rest.
//
// The slope of a value with several readers is a sum: the reader that runs backward first sets it, each further reader
// writes a term that is added. Slopes that nobody needs are not computed.

#include <kiln/core/container.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/detail/overlay.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/nets/detail/flatten.hpp>
#include <kiln/nets/detail/fusion.hpp>
#include <kiln/nets/detail/packing.hpp>
#include <kiln/nets/detail/several.hpp>
#include <kiln/nets/detail/walk.hpp>
#include <kiln/nets/sections.hpp>

#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// The shapes of a network's inputs.
template <class In>
struct shapes_in {
    static constexpr std::array<Extents, 1> extents{In::extents};
};
template <class... S>
struct shapes_in<Shapes<S...>> {
    static constexpr std::array<Extents, sizeof...(S)> extents{S::extents...};
};

// The shape of the values `From` of wires W, as a layer's input.
template <class W, class From>
struct shape_read;
template <class W, std::size_t... V>
struct shape_read<W, std::index_sequence<V...>> {
    using type = Shapes<shape_of<W::wires.extents[V]>...>;
};
template <class W, std::size_t V>
struct shape_read<W, std::index_sequence<V>> {
    using type = shape_of<W::wires.extents[V]>;
};
template <class W, std::size_t K, class Ports = std::make_index_sequence<W::wires.fan[K]>>
struct input_at;
template <class W, std::size_t K, std::size_t... P>
struct input_at<W, K, std::index_sequence<P...>> : shape_read<W, std::index_sequence<W::wires.from[K][P]...>>{};

// ---- The nodes of a network, and the stages that they form ----

template <class Net, class In, class Indices = IndicesBelow<count_nodes<Net>()>>
struct graph_nodes;
template <class Net, class In, std::size_t... K>
struct graph_nodes<Net, In, std::index_sequence<K...>> {
    static constexpr std::size_t inputs = shapes_in<In>::extents.size(), count = sizeof...(K);
    static constexpr auto most_inputs = static_cast<std::size_t>(largest_fan<Net>());
    using Nodes = typename nodes_of<Net, path<>, path<>>::type;

    static constexpr std::size_t outputs = [] {
        if constexpr (HasWiring<Net>)
            return Net::wiring.outputs.size();
        else
            return std::size_t{1};
    }();
    struct Built {
        Wires<inputs, count, most_inputs> wires;
        std::array<std::size_t, outputs> output{};
    };
    static constexpr Built built = [] {
        Built all;
        std::array<std::size_t, inputs> in{};
        for (std::size_t i = 0; i < inputs; ++i) {
            in[i] = i;
            all.wires.extents[i] = shapes_in<In>::extents[i];
        }
        if constexpr (HasWiring<Net>) {
            const auto value = add_parts<Net>(all.wires, in.data(), IndicesBelow<Net::depth>{});
            for (std::size_t o = 0; o < outputs; ++o)
                all.output[o] = value[static_cast<std::size_t>(Net::wiring.outputs[o])];
        } else {
            all.output[0] = add_nodes<Net, 1>(all.wires, in.data());
        }
        return all;
    }();
    static constexpr auto& wires = built.wires;

    template <std::size_t N>
    using Node = type_at<N, Nodes>;
    template <std::size_t N>
    using Input = typename input_at<graph_nodes, N>::type;

    // The node that can be fused with node k: the only reader of its output, which reads nothing else; or `count`.
    static constexpr std::array<std::size_t, count> next = [] {
        std::array<std::size_t, count> reader{};
        std::array<int, count> readers{};
        for (std::size_t n = 0; n < count; ++n)
            for (std::size_t p = 0; p < wires.fan[n]; ++p)
                if (const std::size_t value = wires.from[n][p]; value >= inputs) {
                    ++readers[value - inputs];
                    reader[value - inputs] = n;
                }
        for (const std::size_t value : built.output)
            if (value >= inputs) readers[value - inputs] = 2;
        for (std::size_t n = 0; n < count; ++n)
            if (readers[n] != 1 || wires.fan[reader[n]] != 1) reader[n] = count;
        return reader;
    }();
    template <std::size_t N, bool Exists>
    struct layer_if {
        using type = no_layer;
    };
    template <std::size_t N>
    struct layer_if<N, true> {
        using type = typename Node<N>::Layer;
    };
    static constexpr std::size_t next_but_one(std::size_t n) { return next[n] == count ? count : next[next[n]]; }
    template <std::size_t N>
    using From = stage_from<typename Node<N>::Layer, Input<N>, typename layer_if<next[N], (next[N] < count)>::type,
                            typename layer_if<next_but_one(N), (next_but_one(N) < count)>::type>;

    // The stages: the first node of each, and the wires between them.
    static constexpr std::array<std::size_t, count> lengths{From<K>::length...};
    static constexpr std::size_t stage_count = [] {
        std::array<bool, count> inside{};
        std::size_t stages = 0;
        for (std::size_t n = 0; n < count; ++n) {
            if (inside[n]) continue;
            ++stages;
            for (std::size_t step = 1, k = n; step < lengths[n]; ++step) inside[k = next[k]] = true;
        }
        return stages;
    }();
    struct Stages {
        Wires<inputs, stage_count, most_inputs> wires;
        std::array<std::size_t, stage_count> first{};
        std::array<std::size_t, outputs> output{};
    };
    static constexpr Stages stages = [] {
        Stages all;
        std::array<std::size_t, inputs + count> value{};  // of the stages, for each value of the nodes
        std::array<bool, count> inside{};
        for (std::size_t i = 0; i < inputs; ++i) {
            value[i] = i;
            all.wires.extents[i] = wires.extents[i];
        }
        for (std::size_t n = 0; n < count; ++n) {
            if (inside[n]) continue;
            const std::size_t s = all.wires.added++;
            all.first[s] = n;
            all.wires.fan[s] = wires.fan[n];
            for (std::size_t p = 0; p < wires.fan[n]; ++p) all.wires.from[s][p] = value[wires.from[n][p]];
            std::size_t last = n;
            for (std::size_t step = 1; step < lengths[n]; ++step) inside[last = next[last]] = true;
            value[inputs + last] = inputs + s;
            all.wires.extents[inputs + s] = wires.extents[inputs + last];
        }
        for (std::size_t o = 0; o < outputs; ++o) all.output[o] = value[built.output[o]];
        return all;
    }();
};

// ---- The stages and their memory ----

// The part of a record at positions, outermost first; the record itself at none.
constexpr auto& part_at_position(auto& record, path<>) { return record; }
template <int First, int... Rest>
constexpr auto& part_at_position(auto& record, path<First, Rest...>) {
    return part_at_position(part_of<static_cast<std::size_t>(First)>(record), path<Rest...>{});
}

/// What a place in memory is for.
enum class Purpose : unsigned char { value, slope, tape, scratch, term, sum };
/// One place: `number` is a value or a stage, `port` the reader's input for a term.
struct Place {
    Purpose purpose = Purpose::value;
    std::size_t number = 0, port = 0;
};

template <class Graph, class Indices = std::make_index_sequence<Graph::stage_count>,
          class Values = std::make_index_sequence<Graph::inputs + Graph::stage_count>>
struct stage_graph;
template <class Graph, std::size_t... S, std::size_t... V>
struct stage_graph<Graph, std::index_sequence<S...>, std::index_sequence<V...>> {
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
    // What stage K is asked for.
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
        const auto copy = [&](std::size_t stage, const auto& path) {
            for (std::size_t i = 0; i < path.size(); ++i) place[stage][i] = path[i];
        };
        (copy(S, Node<S>::OwnedAt::value), ...);
        Users all;
        for (std::size_t stage = 0; stage < count; ++stage) {
            all.first[stage] = all.last[stage] = stage;
            for (std::size_t other = 0; other < count; ++other) {
                if (place[other] != place[stage]) continue;
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
        std::array<Place, most_places> at{};
        std::array<Lifetime, most_places> life{};
        constexpr void add(const Place& place, Lifetime lifetime, long long size) {
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
            if (has_slope<W>[value] && slope_on_tape(value))
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
            if (has_slope<W>[value] && !slope_on_tape(value))
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

    static constexpr void forward(const auto& x, auto& y, auto& at) { forward_section<whole_stage>(x, y, at); }
    static constexpr void backward(const auto& x, const auto& y, auto& dy, auto& dx, auto& at) {
        backward_section<whole_stage>(x, y, dy, dx, at);
    }

    // Runs one section, or all of them if Section is `whole_stage`.
    template <int Section>
    static constexpr void forward_section(const auto& x, auto& y, auto& at) {
        [[maybe_unused]] const int each[] = {(forward_through<S, Section>(x, y, at), 0)...};
    }
    template <int Section>
    static constexpr void backward_section(const auto& x, auto& y, auto& dy, auto& dx, auto& at) {
        [[maybe_unused]] const int each[] = {(backward_through<count - 1 - S, Section>(x, y, dy, dx, at), 0)...};
    }

    // ---- Measurements at cuts ----

    template <int Cut>
    static constexpr std::size_t stage_of_cut = [] {
        std::size_t stage = 0;
        while (first_cut[stage + 1] <= Cut) ++stage;
        return stage;
    }();
    template <std::size_t K>
    using SectionsAt = sections_of<Stage<K>, Input<K>>;

    template <int Cut>
    static constexpr void measure(const auto& x, auto& y, auto& own, auto& at) {
        constexpr std::size_t K = stage_of_cut<Cut>;
        SectionsAt<K>::template measure<Cut - first_cut[K]>(inputs_of<K>(x, y, at), value<inputs + K>(x, y, at),
                                                            part_at<K>(own), child_of<K>(at));
    }
    template <int Cut>
    static constexpr void measure_slopes(const auto& x, auto& y, auto& dy, auto& dx, auto& own, auto& at) {
        constexpr std::size_t K = stage_of_cut<Cut>;
        if constexpr (runs_backward<wanted_for<decltype(dx)>>(K)) {
            auto targets = targets_of<K>(dy, dx, at);
            SectionsAt<K>::template measure_slopes<Cut - first_cut[K]>(
                inputs_of<K>(x, y, at), value<inputs + K>(x, y, at), slope<inputs + K>(dy, dx, at), in_place(targets),
                part_at<K>(own), child_of<K>(at));
        }
    }
    template <int Cut>
    static constexpr void merge(auto& all, const auto& own) {
        constexpr std::size_t K = stage_of_cut<Cut>;
        SectionsAt<K>::template merge<Cut - first_cut[K]>(part_at<K>(all), part_at<K>(own));
    }
    template <int Cut>
    static constexpr void merge_slopes(auto& all, const auto& own) {
        constexpr std::size_t K = stage_of_cut<Cut>;
        SectionsAt<K>::template merge_slopes<Cut - first_cut[K]>(part_at<K>(all), part_at<K>(own));
    }
    // The number of gradient tensors before a cut. Stages run in the order of their parameters. Shared gradients are
    // added in the first section of their first user.
    template <int Cut>
    static constexpr int gradients_before = [] {
        constexpr std::size_t K = stage_of_cut<Cut>;
        const std::array<int, count> tensors{
            (users.first[S] == S ? tensor_count<gradients_t<Stage<S>, float, Input<S>>> : 0)...};
        int before = is_shared(K) ? tensors[K] : SectionsAt<K>::template gradients_before<Cut - first_cut[K]>;
        for (std::size_t stage = 0; stage < K; ++stage) before += tensors[stage];
        return before;
    }();

    // The part of the network with the first value that is_bad, or -1.
    static constexpr int first_fault(const auto& y, const auto& tape, auto is_bad) {
        const std::array<bool, count> bad{[&] {
            constexpr std::size_t Value = inputs + S;
            if constexpr (is_output[Value])
                return is_bad(port<output_number(Value)>(y));
            else if constexpr (value_on_tape(Value))
                return is_bad(
                    const_cast<std::remove_cvref_t<decltype(tape)>&>(tape)
                        .template get<place_on<std::remove_cvref_t<decltype(tape)>>(Purpose::value, Value)>());
            else
                return false;
        }()...};
        const std::array<int, count> part{Node<S>::At::value[0]...};
        for (std::size_t stage = 0; stage < count; ++stage)
            if (bad[stage]) return part[stage];
        return -1;
    }

  private:
    // ---- Values, slopes and contexts ----

    static constexpr int output_number(std::size_t value) {
        for (std::size_t o = 0; o < output.size(); ++o)
            if (output[o] == value) return static_cast<int>(o);
        return 0;
    }
    template <class Memory>
    static constexpr std::size_t place_on(Purpose purpose, std::size_t number, std::size_t port = 0) {
        return Memory::Offsets::find(purpose, number, port);
    }
    // One of several tensors, or the only one.
    template <int I>
    static constexpr auto& port(auto& tensors) {
        if constexpr (requires { tensors.template get<I>(); })
            return tensors.template get<I>();
        else
            return tensors;
    }
    template <Purpose Kind, std::size_t Number, std::size_t Port = 0>
    static constexpr auto& place_in(auto& memory) {
        using Memory = std::remove_cvref_t<decltype(memory)>;
        return memory.template get<place_on<Memory>(Kind, Number, Port)>();
    }

    template <std::size_t Value>
    static constexpr auto& value(const auto& x, auto& y, auto& at) {
        if constexpr (Value < inputs)
            return port<static_cast<int>(Value)>(x);
        else if constexpr (is_output[Value])
            return port<output_number(Value)>(y);
        else if constexpr (!is_nothing<decltype(at.tape)> && value_on_tape(Value))
            return place_in<Purpose::value, Value>(at.tape);
        else
            return place_in<Purpose::value, Value>(at.scratch);
    }
    // What stage K reads.
    template <std::size_t K, std::size_t... P>
    static constexpr decltype(auto) inputs_of(const auto& x, auto& y, auto& at, std::index_sequence<P...>) {
        return several(value<wires.from[K][P]>(x, y, at)...);
    }
    template <std::size_t K>
    static constexpr decltype(auto) inputs_of(const auto& x, auto& y, auto& at) {
        if constexpr (wires.fan[K] == 1)
            return (value<wires.from[K][0]>(x, y, at));
        else
            return inputs_of<K>(x, y, at, std::make_index_sequence<wires.fan[K]>{});
    }

    template <class DX>
    static constexpr Wanted wanted_for = is_nothing<DX> ? Wanted::parameter_gradients : Wanted::all_gradients;

    template <std::size_t Value>
    static constexpr auto& slope(auto& dy, auto& dx, auto& at) {
        if constexpr (!has_slope<wanted_for<decltype(dx)>>[Value])
            return no_slope;
        else if constexpr (Value < inputs)
            return port<static_cast<int>(Value)>(dx);
        else if constexpr (is_output[Value])
            return port<output_number(Value)>(dy);
        else if constexpr (slope_on_tape(Value))
            return place_in<Purpose::slope, Value>(at.tape);
        else
            return place_in<Purpose::slope, Value>(at.scratch);
    }
    // Where stage K writes the slope of its input P.
    template <std::size_t K, std::size_t P>
    static constexpr auto& target(auto& dy, auto& dx, auto& at) {
        if constexpr (is_term<wanted_for<decltype(dx)>>[K][P])
            return place_in<Purpose::term, K, P>(at.scratch);
        else
            return slope<wires.from[K][P]>(dy, dx, at);
    }
    template <std::size_t K, std::size_t... P>
    static constexpr auto targets_of(auto& dy, auto& dx, auto& at, std::index_sequence<P...>) {
        return several(target<K, P>(dy, dx, at)...);
    }
    template <std::size_t K>
    static constexpr auto targets_of(auto& dy, auto& dx, auto& at) {
        return targets_of<K>(dy, dx, at, std::make_index_sequence<wires.fan[K]>{});
    }
    // The only one of several, or all of them.
    static constexpr auto& in_place(auto& targets) {
        if constexpr (std::remove_cvref_t<decltype(targets)>::count == 1)
            return targets.template get<0>();
        else
            return targets;
    }
    template <std::size_t K, std::size_t P>
    static constexpr void add_term(auto& dy, auto& dx, auto& at) {
        if constexpr (is_term<wanted_for<decltype(dx)>>[K][P]) {
            auto& sum = slope<wires.from[K][P]>(dy, dx, at);
            const auto& term = place_in<Purpose::term, K, P>(at.scratch);
            using E = typename std::remove_cvref_t<decltype(sum)>::Element;
            for (int i = 0; i < sum.count; ++i)
                kernels::store(kernels::load<E>(sum.data + i) + kernels::load<E>(term.data + i), sum.data + i);
        }
    }
    template <std::size_t K, std::size_t... P>
    static constexpr void add_terms(auto& dy, auto& dx, auto& at, std::index_sequence<P...>) {
        (add_term<K, P>(dy, dx, at), ...);
    }

    // The part of a record that belongs to stage K, and the part that owns its parameters.
    template <std::size_t K>
    static constexpr auto& part_at(auto& record) {
        return part_at_position(record, typename Node<K>::At{});
    }
    template <std::size_t K>
    static constexpr auto& owned_at(auto& record) {
        return part_at_position(record, typename Node<K>::OwnedAt{});
    }
    template <int... P>
    static constexpr Pass pass_on(Pass pass, path<P...>) {
        ((pass = pass_of_part(pass, P)), ...);
        return pass;
    }
    template <std::size_t K>
    static constexpr auto& gradients_of_stage(auto& at) {
        if constexpr (is_nothing<decltype(at.gradients)>)
            return at.gradients;
        else if constexpr (!is_shared(K))
            return owned_at<K>(at.gradients);
        else if constexpr (sum_on_tape(users.first[K]))
            return place_in<Purpose::sum, users.first[K]>(at.tape);
        else
            return place_in<Purpose::sum, users.first[K]>(at.scratch);
    }
    template <std::size_t K>
    static constexpr auto& tape_of_stage(auto& at) {
        if constexpr (is_nothing<decltype(at.tape)>)
            return at.tape;
        else if constexpr (place_on<std::remove_cvref_t<decltype(at.tape)>>(Purpose::tape, K) ==
                           std::remove_cvref_t<decltype(at.tape)>::Offsets::none)
            return no_slope;
        else
            return place_in<Purpose::tape, K>(at.tape);
    }
    template <std::size_t K>
    static constexpr auto& scratch_of_stage(auto& at) {
        if constexpr (place_on<std::remove_cvref_t<decltype(at.scratch)>>(Purpose::scratch, K) ==
                      std::remove_cvref_t<decltype(at.scratch)>::Offsets::none)
            return no_slope;
        else
            return place_in<Purpose::scratch, K>(at.scratch);
    }
    template <std::size_t K>
    static constexpr auto child_of(auto& at) {
        return Context{owned_at<K>(at.parameters), gradients_of_stage<K>(at),
                       owned_at<K>(at.state),      part_at<K>(at.observed),
                       part_at<K>(at.statistics),  tape_of_stage<K>(at),
                       scratch_of_stage<K>(at),    pass_on(at.pass, typename Node<K>::At{})};
    }

    // ---- One stage ----

    // The section of stage k that runs in a section of the network, or whole_stage, or not_this_stage.
    static constexpr int part_in(std::size_t k, int section) {
        if (section == whole_stage) return whole_stage;
        if (section < first_cut[k] || first_cut[k + 1] < section) return not_this_stage;
        return first_cut[k] == first_cut[k + 1] ? whole_stage : section - first_cut[k];
    }
    template <std::size_t K, int Section>
    static constexpr void forward_through(const auto& x, auto& y, auto& at) {
        if constexpr (constexpr int part = part_in(K, Section); part != not_this_stage) {
            const auto child = child_of<K>(at);
            forward_stage<Stage<K>, Input<K>, part>(inputs_of<K>(x, y, at), value<inputs + K>(x, y, at),
                                                    child.parameters, child.gradients, child.state, child.observed,
                                                    child.statistics, child.tape, child.scratch, child.pass);
        }
    }
    template <std::size_t K, int Section>
    static constexpr void backward_through(const auto& x, auto& y, auto& dy, auto& dx, auto& at) {
        constexpr int part = part_in(K, Section);
        if constexpr (part != not_this_stage && runs_backward<wanted_for<decltype(dx)>>(K)) {
            const auto child = child_of<K>(at);
            using S_ = scalar_t<typename std::remove_cvref_t<decltype(slope<inputs + K>(dy, dx, at))>::Element>;
            if constexpr (is_shared(K) && users.last[K] == K && begins_stage(K, part)) set_zero<S_>(child.gradients);
            auto targets = targets_of<K>(dy, dx, at);
            backward_stage<Stage<K>, Input<K>, part>(inputs_of<K>(x, y, at), value<inputs + K>(x, y, at),
                                                     slope<inputs + K>(dy, dx, at), in_place(targets), child.parameters,
                                                     child.gradients, child.state, child.observed, child.statistics,
                                                     child.tape, child.scratch, child.pass);
            if constexpr (part <= 0) {  // the whole stage, or its section that ends backward
                add_terms<K>(dy, dx, at, std::make_index_sequence<wires.fan[K]>{});
                if constexpr (is_shared(K) && users.first[K] == K) {
                    const auto to = tensors<S_>(owned_at<K>(at.gradients));
                    const auto from = tensors<const S_>(child.gradients);
                    for (std::size_t t = 0; t < to.size(); ++t)
                        for (int i = 0; i < to[t].count; ++i) to[t].data[i] += from[t].data[i];
                }
            }
        }
    }
    // Whether a section of stage k is the first that runs backward.
    static constexpr bool begins_stage(std::size_t k, int part) {
        return part == whole_stage || part == first_cut[k + 1] - first_cut[k];
    }
};

// The stages of network Net as a graph.
template <class Net, class In>
struct stages_of_graph {
    using type = stage_graph<graph_nodes<Net, In>>;
};

}  // namespace kiln::inline KILN_TARGET::detail
