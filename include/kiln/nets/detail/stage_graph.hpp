// SPDX-License-Identifier: BSL-1.0
#pragma once
// The passes over a graph of stages, which run each stage's own pass in order. Stages are defined in
// nets/detail/graph_nodes.hpp, the places of their values in nets/detail/stage_memory.hpp.

#include <kiln/core/container.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/nets/detail/graph_nodes.hpp>
#include <kiln/nets/detail/length_table.hpp>
#include <kiln/nets/detail/several.hpp>
#include <kiln/nets/detail/stage_memory.hpp>
#include <kiln/nets/detail/walk.hpp>
#include <kiln/nets/sections.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

template <class Graph, class Indices = std::make_index_sequence<Graph::stage_count>>
struct stage_graph;
template <class Graph, std::size_t... S>
struct stage_graph<Graph, std::index_sequence<S...>> : stage_memory<Graph> {
    using Memory = stage_memory<Graph>;
    using Memory::count, Memory::inputs, Memory::wires, Memory::output, Memory::is_output, Memory::first_cut;
    using Memory::slope_on_tape, Memory::slope_over_value, Memory::output_number;
    using Memory::users, Memory::is_shared, Memory::value_on_tape, Memory::sum_on_tape;
    template <std::size_t K>
    using Node = typename Memory::template Node<K>;
    template <std::size_t K>
    using Stage = typename Memory::template Stage<K>;
    template <std::size_t K>
    using Input = typename Memory::template Input<K>;

    static constexpr void forward(const auto& x, auto& y, auto& at) { forward_section<whole_stage>(x, y, at); }
    static constexpr void backward(const auto& x, const auto& y, auto& dy, auto& dx, auto& at) {
        backward_section<whole_stage>(x, y, dy, dx, at);
    }

    // Runs one section, or all of them if Section is `whole_stage`.
    template <int Section>
    static constexpr void forward_section(const auto& x, auto& y, auto& at) {
        if constexpr (changes_lengths) {
            LengthsFor<decltype(x)> lengths;
            auto here = lengths_of_values(lengths, at);
            [[maybe_unused]] const int each[] = {(forward_through<S, Section>(x, y, here), 0)...};
        } else {
            [[maybe_unused]] const int each[] = {(forward_through<S, Section>(x, y, at), 0)...};
        }
    }
    template <int Section>
    static constexpr void backward_section(const auto& x, auto& y, auto& dy, auto& dx, auto& at) {
        if constexpr (changes_lengths) {
            LengthsFor<decltype(x)> lengths;
            auto here = lengths_of_values(lengths, at);
            [[maybe_unused]] const int each[] = {(backward_through<count - 1 - S, Section>(x, y, dy, dx, here), 0)...};
        } else {
            [[maybe_unused]] const int each[] = {(backward_through<count - 1 - S, Section>(x, y, dy, dx, at), 0)...};
        }
    }

    // ---- Measurements at cuts ----

    template <int Cut>
    static constexpr std::size_t stage_of_cut = stage_with_cut(first_cut, Cut);
    template <std::size_t K>
    using SectionsAt = sections_of<Stage<K>, Input<K>>;

    template <int Cut>
    static constexpr void measure(const auto& x, auto& y, auto& own, auto& at) {
        constexpr std::size_t K = stage_of_cut<Cut>;
        if constexpr (changes_lengths) {
            LengthsFor<decltype(x)> lengths;
            auto here = lengths_of_values(lengths, at);
            SectionsAt<K>::template measure<Cut - first_cut[K]>(inputs_of<K>(x, y, at), value<inputs + K>(x, y, at),
                                                                part_at<K>(own), child_of<K, decltype(x)>(here));
        } else {
            SectionsAt<K>::template measure<Cut - first_cut[K]>(inputs_of<K>(x, y, at), value<inputs + K>(x, y, at),
                                                                part_at<K>(own), child_of<K, decltype(x)>(at));
        }
    }
    template <int Cut>
    static constexpr void measure_slopes(const auto& x, auto& y, auto& dy, auto& dx, auto& own, auto& at) {
        constexpr std::size_t K = stage_of_cut<Cut>;
        if constexpr (Memory::template runs_backward<wanted_for<decltype(dx)>>(K)) {
            auto targets = targets_of<K>(dy, dx, at);
            if constexpr (changes_lengths) {
                LengthsFor<decltype(x)> lengths;
                auto here = lengths_of_values(lengths, at);
                SectionsAt<K>::template measure_slopes<Cut - first_cut[K]>(
                    inputs_of<K>(x, y, at), value<inputs + K>(x, y, at), slope<inputs + K>(dy, dx, at),
                    in_place(targets), part_at<K>(own), child_of<K, decltype(x)>(here));
            } else {
                SectionsAt<K>::template measure_slopes<Cut - first_cut[K]>(
                    inputs_of<K>(x, y, at), value<inputs + K>(x, y, at), slope<inputs + K>(dy, dx, at),
                    in_place(targets), part_at<K>(own), child_of<K, decltype(x)>(at));
            }
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
    template <int Cut>
    static constexpr auto& statistics_in(auto& all) {
        constexpr std::size_t K = stage_of_cut<Cut>;
        return SectionsAt<K>::template statistics_in<Cut - first_cut[K]>(part_at<K>(all));
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
                return is_bad(tensor_of<output_number(Value)>(y));
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
    // ---- Lengths ----

    // Whether a stage puts out another number of frames than it reads. Only then values have lengths of their own, one
    // row of a table for each value.
    static constexpr bool changes_lengths = any_of({changes_length<Stage<S>>...});
    template <class X>
    using LengthsFor = LengthTable<static_cast<int>(inputs + count), width<typename std::remove_cvref_t<X>::Element>>;
    template <class X>
    static constexpr int row_of_lengths = changes_lengths ? width<typename std::remove_cvref_t<X>::Element> : 0;
    static constexpr auto lengths_of_values(auto& lengths, auto& at) {
        if (at.pass.lengths != nullptr) {
            for (std::size_t i = 0; i < inputs; ++i) lengths.begin(static_cast<int>(i), at.pass);
            [[maybe_unused]] const int each[] = {(set_lengths<S>(lengths, at.pass.live), 0)...};
        }
        return lengths.within(at);
    }
    // The lengths of the output of stage K: a join has the smallest of those that it reads.
    template <std::size_t K>
    static constexpr void set_lengths(auto& lengths, int live) {
        constexpr auto rule = length_after<Stage<K>, Input<K>>;
        constexpr int row = static_cast<int>(inputs + K);
        lengths.follow(row, static_cast<int>(wires.from[K][0]), live, rule);
        if constexpr (!reads_lengths<Stage<K>>)
            for (std::size_t port = 1; port < wires.fan[K]; ++port)
                lengths.limit(row, static_cast<int>(wires.from[K][port]), live, rule);
    }

    // ---- Values, slopes and contexts ----

    template <class Overlay>
    static constexpr std::size_t place_on(Purpose purpose, std::size_t number, std::size_t port = 0) {
        return Overlay::Offsets::find(purpose, number, port);
    }
    template <Purpose Kind, std::size_t Number, std::size_t Port = 0>
    static constexpr auto& place_in(auto& memory) {
        return memory.template get<place_on<std::remove_cvref_t<decltype(memory)>>(Kind, Number, Port)>();
    }

    template <std::size_t Value>
    static constexpr auto& value(const auto& x, auto& y, auto& at) {
        if constexpr (Value < inputs)
            return tensor_of<static_cast<int>(Value)>(x);
        else if constexpr (is_output[Value])
            return tensor_of<output_number(Value)>(y);
        else if constexpr (!is_nothing<decltype(at.tape)> && value_on_tape(Value))
            return place_in<Purpose::value, Value>(at.tape);
        else
            return place_in<Purpose::value, Value>(at.scratch);
    }
    // The values that stage K reads.
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
        if constexpr (!Memory::template has_slope<wanted_for<decltype(dx)>>[Value])
            return absent;
        else if constexpr (Value < inputs)
            return tensor_of<static_cast<int>(Value)>(dx);
        else if constexpr (is_output[Value])
            return tensor_of<output_number(Value)>(dy);
        else if constexpr (slope_over_value[Value])
            return place_in<Purpose::value, Value>(at.tape);
        else if constexpr (slope_on_tape(Value))
            return place_in<Purpose::slope, Value>(at.tape);
        else
            return place_in<Purpose::slope, Value>(at.scratch);
    }
    // Where stage K writes the slope of its input P.
    template <std::size_t K, std::size_t P>
    static constexpr auto& target(auto& dy, auto& dx, auto& at) {
        if constexpr (Memory::template is_term<wanted_for<decltype(dx)>>[K][P])
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
        if constexpr (Memory::template is_term<wanted_for<decltype(dx)>>[K][P]) {
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
            return absent;
        else
            return place_in<Purpose::tape, K>(at.tape);
    }
    template <std::size_t K>
    static constexpr auto& scratch_of_stage(auto& at) {
        if constexpr (place_on<std::remove_cvref_t<decltype(at.scratch)>>(Purpose::scratch, K) ==
                      std::remove_cvref_t<decltype(at.scratch)>::Offsets::none)
            return absent;
        else
            return place_in<Purpose::scratch, K>(at.scratch);
    }
    template <std::size_t K, class X>
    static constexpr auto child_of(auto& at) {
        return Context{owned_at<K>(at.parameters),
                       gradients_of_stage<K>(at),
                       owned_at<K>(at.state),
                       part_at<K>(at.observed),
                       part_at<K>(at.statistics),
                       tape_of_stage<K>(at),
                       scratch_of_stage<K>(at),
                       pass_with_rows(pass_on(at.pass, typename Node<K>::At{}),
                                      static_cast<int>(wires.from[K][0]) * row_of_lengths<X>,
                                      static_cast<int>(wires.from[K][wires.fan[K] > 1]) * row_of_lengths<X>)};
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
            const auto child = child_of<K, decltype(x)>(at);
            forward_stage<Stage<K>, Input<K>, part>(inputs_of<K>(x, y, at), value<inputs + K>(x, y, at),
                                                    child.parameters, child.gradients, child.state, child.observed,
                                                    child.statistics, child.tape, child.scratch, child.pass);
        }
    }
    template <std::size_t K, int Section>
    static constexpr void backward_through(const auto& x, auto& y, auto& dy, auto& dx, auto& at) {
        constexpr int part = part_in(K, Section);
        if constexpr (part != not_this_stage && Memory::template runs_backward<wanted_for<decltype(dx)>>(K)) {
            const auto child = child_of<K, decltype(x)>(at);
            using Scalar = scalar_t<typename std::remove_cvref_t<decltype(slope<inputs + K>(dy, dx, at))>::Element>;
            if constexpr (is_shared(K) && users.last[K] == K && begins_stage(K, part))
                set_zero<Scalar>(child.gradients);
            auto targets = targets_of<K>(dy, dx, at);
            backward_stage<Stage<K>, Input<K>, part>(inputs_of<K>(x, y, at), value<inputs + K>(x, y, at),
                                                     slope<inputs + K>(dy, dx, at), in_place(targets), child.parameters,
                                                     child.gradients, child.state, child.observed, child.statistics,
                                                     child.tape, child.scratch, child.pass);
            if constexpr (part <= 0) {  // the whole stage, or its section that ends backward
                add_terms<K>(dy, dx, at, std::make_index_sequence<wires.fan[K]>{});
                if constexpr (is_shared(K) && users.first[K] == K) {
                    const auto to = tensors<Scalar>(owned_at<K>(at.gradients));
                    const auto from = tensors<const Scalar>(child.gradients);
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
