// SPDX-License-Identifier: BSL-1.0
#pragma once
// The stages of a chain of layers, and their memory. A stage is one layer, or several layers fused into one.
//
// Edge I is the input of stage I. Edge 0 is x, the last edge is y, and the edges between are the inner edges. Training
// keeps inner edges in the tape. Their slopes, and in inference the edges themselves, live in scratch. While stage I
// runs only edges I and I + 1 and the stage's own scratch are alive. So even edges start at the front of one block of
// bytes, odd edges end at its back, and the block is as large as the largest step.

#include <kiln/core/container.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/detail/overlay.hpp>
#include <kiln/core/record.hpp>
#include <kiln/nets/detail/length_table.hpp>
#include <kiln/nets/detail/walk.hpp>
#include <kiln/nets/sections.hpp>

#include <boost/hana/basic_tuple.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

template <class E, class Edges, class... Tapes>
struct StageChainTape;
template <class E, class First, class... Inner, class... Tapes>
struct StageChainTape<E, types<First, Inner...>, Tapes...> {
    hana::basic_tuple<Tensor<E, Inner>...> edge;
    hana::basic_tuple<Tapes...> stage;
};
// Every slope is wanted behind the first stage that learns, because the gradients of that stage depend on it.
constexpr Wanted wanted_of(std::size_t stage, int first_learning, Wanted of_all) {
    return static_cast<int>(stage) <= first_learning || of_all == Wanted::outputs ? of_all : Wanted::all_gradients;
}
template <int FirstLearning, class E, Wanted W, class Stages, class Edges, class Indices>
struct scratches_of;
template <int FirstLearning, class E, Wanted W, class... Stage, class... Edge, std::size_t... J>
struct scratches_of<FirstLearning, E, W, types<Stage...>, types<Edge...>, std::index_sequence<J...>> {
    using type = types<scratch_t<Stage, E, Edge, wanted_of(J, FirstLearning, W)>...>;
};
template <class... T>
constexpr std::array<std::size_t, sizeof...(T)> sizes_of(types<T...>) {
    return {(std::is_empty_v<T> ? 0 : sizeof(T))...};
}
template <class E, class Layout, class Edges, class Scratches>
struct stage_chain_scratch;
template <class E, class Layout, class First, class... Inner, class... Scratch>
struct stage_chain_scratch<E, Layout, types<First, Inner...>, types<Scratch...>> {
    using type = Overlay<Layout, Tensor<E, Inner>..., Scratch...>;
};

// Stages in a row: their memory, and the passes over them. Edges are the inputs of the stages, Out is the output of the
// last; stage I begins with layer Begins[I] of the network, and layer End is behind the last stage.
template <class Stages, class Edges, class Out, class Begins, std::size_t End, class Indices>
struct stage_chain;
template <class... Stage, class... Edge, class Out, std::size_t... Begin, std::size_t End, std::size_t... J>
struct stage_chain<types<Stage...>, types<Edge...>, Out, std::index_sequence<Begin...>, End,
                   std::index_sequence<J...>> {
    static constexpr std::size_t count = sizeof...(Stage);
    using StageList = types<Stage...>;
    using EdgeList = types<Edge..., Out>;
    using Input = type_at<0, EdgeList>;
    using Output = Out;

    static constexpr long long multiply_adds() {
        long long sum = 0;
        for (const long long stage : std::array<long long, count>{kiln::multiply_adds<Stage, Edge>()...}) sum += stage;
        return sum;
    }
    static constexpr long long parameter_count() {
        long long sum = 0;
        for (const long long stage : std::array<long long, count>{scalar_count<parameters_t<Stage, float, Edge>>()...})
            sum += stage;
        return sum;
    }

    // The stages before `first_learning` learn nothing; they are not run backward if nobody wants dx.
    static constexpr int first_learning = [] {
        int stage = 0;
        for (const int tensors : std::array<int, count>{tensor_count<gradients_t<Stage, float, Edge>>...}) {
            if (tensors > 0) break;
            ++stage;
        }
        return stage;
    }();

    template <class E>
    using Tape = StageChainTape<E, types<Edge...>, tape_t<Stage, E, Edge>...>;

    template <class E, Wanted W>
    using Scratches =
        typename scratches_of<first_learning, E, W, types<Stage...>, types<Edge...>, std::index_sequence<J...>>::type;
    // Value K is inner edge K + 1 (or its slope); value count - 1 + K is the scratch of stage K.
    template <class E, Wanted W>
    struct Layout {
        static constexpr std::size_t rounded(std::size_t size) { return (size + 63) / 64 * 64; }
        struct Plan {
            std::size_t bytes = 64;
            std::array<std::size_t, 2 * count> offset{};
        };
        static constexpr Plan plan() {
            std::array<std::size_t, count + 1> edge{sizeof(Tensor<E, Edge>)..., 0};
            for (std::size_t& size : edge) size = rounded(size);
            edge[0] = 0;  // the first and the last edge belong to the caller
            const std::array<std::size_t, count> scratch = sizes_of(Scratches<E, W>{});
            Plan plan;
            for (std::size_t i = 0; i < count; ++i) {
                const std::size_t step = edge[i] + rounded(scratch[i]) + edge[i + 1];
                if (step > plan.bytes) plan.bytes = step;
            }
            for (std::size_t i = 0; i < count; ++i) {
                if (i > 0) plan.offset[i - 1] = i % 2 == 0 ? 0 : plan.bytes - edge[i];
                plan.offset[count - 1 + i] =
                    edge[i % 2 == 0 ? i : i + 1];  // behind that one of the two edges which starts at the front
            }
            return plan;
        }
        static constexpr Plan planned = plan();
        static constexpr std::size_t bytes = planned.bytes;
        static constexpr auto offset = planned.offset;
    };
    template <class E, Wanted W>
    using Scratch = typename stage_chain_scratch<E, Layout<E, W>, types<Edge...>, Scratches<E, W>>::type;

    static constexpr void forward(const auto& x, auto& y, auto& at) { forward_section<whole_stage>(x, y, at); }
    static constexpr void backward(const auto& x, const auto& y, auto& dy, auto& dx, auto& at) {
        backward_section<whole_stage>(x, y, dy, dx, at);
    }

    // The sections (nets/sections.hpp) of all stages, numbered through.
    static constexpr std::array<int, count + 1> first_cut = [] {
        std::array<int, count + 1> first{};
        int stage = 0, cuts = 0;
        for (const int sections : std::array<int, count>{sections_of<Stage, Edge>::count...}) {
            first[static_cast<std::size_t>(stage++)] = cuts;
            cuts += sections - 1;
        }
        first[count] = cuts;
        return first;
    }();
    static constexpr int sections = first_cut[count] + 1;

  private:
    template <int Cut>
    static constexpr std::size_t stage_of_cut = stage_with_cut(first_cut, Cut);
    template <std::size_t K>
    using SectionsAt = sections_of<type_at<K, StageList>, type_at<K, EdgeList>>;
    static constexpr std::array<std::size_t, count> begins{Begin...};

  public:
    // Runs one section, or all of them if Section is `whole_stage`.
    template <int Section>
    static constexpr void forward_section(const auto& x, auto& y, auto& at) {
        if constexpr (changes_lengths) {
            LengthsFor<decltype(x)> lengths;
            auto here = lengths_of_stages(lengths, at);
            forward_through<stage_chain, Section>(types<Stage...>{}, types<Edge...>{}, std::index_sequence<Begin...>{},
                                                  std::index_sequence<J...>{}, x, y, here);
        } else {
            forward_through<stage_chain, Section>(types<Stage...>{}, types<Edge...>{}, std::index_sequence<Begin...>{},
                                                  std::index_sequence<J...>{}, x, y, at);
        }
    }
    template <int Section>
    static constexpr void backward_section(const auto& x, auto& y, auto& dy, auto& dx, auto& at) {
        using Backward = reversed<StageList, EdgeList, index_array<Begin...>, std::index_sequence<J...>>;
        if constexpr (changes_lengths) {
            LengthsFor<decltype(x)> lengths;
            auto here = lengths_of_stages(lengths, at);
            backward_through<stage_chain, Section>(typename Backward::Stages{}, typename Backward::Edges{},
                                                   typename Backward::Begins{}, typename Backward::Indices{}, x, y, dy,
                                                   dx, here);
        } else {
            backward_through<stage_chain, Section>(typename Backward::Stages{}, typename Backward::Edges{},
                                                   typename Backward::Begins{}, typename Backward::Indices{}, x, y, dy,
                                                   dx, at);
        }
    }

    template <int Cut>
    static constexpr void measure(const auto& x, auto& y, auto& own, auto& at) {
        constexpr std::size_t K = stage_of_cut<Cut>;
        if constexpr (changes_lengths) {
            LengthsFor<decltype(x)> lengths;
            SectionsAt<K>::template measure<Cut - first_cut[K]>(
                value<K>(x, y, at), value<K + 1>(x, y, at), part_of<begins[K]>(own),
                with_length<K, decltype(x)>(lengths, at, child_of<K>(at)));
        } else {
            SectionsAt<K>::template measure<Cut - first_cut[K]>(value<K>(x, y, at), value<K + 1>(x, y, at),
                                                                part_of<begins[K]>(own), child_of<K>(at));
        }
    }
    template <int Cut>
    static constexpr void measure_slopes(const auto& x, auto& y, auto& dy, auto& dx, auto& own, auto& at) {
        constexpr std::size_t K = stage_of_cut<Cut>;
        if constexpr (!is_run_backward<decltype(dx)>(K)) {
        } else if constexpr (changes_lengths) {
            LengthsFor<decltype(x)> lengths;
            SectionsAt<K>::template measure_slopes<Cut - first_cut[K]>(
                value<K>(x, y, at), value<K + 1>(x, y, at), slope<K + 1>(dx, dy, at), slope<K>(dx, dy, at),
                part_of<begins[K]>(own), with_length<K, decltype(x)>(lengths, at, child_of<K>(at)));
        } else {
            SectionsAt<K>::template measure_slopes<Cut - first_cut[K]>(value<K>(x, y, at), value<K + 1>(x, y, at),
                                                                       slope<K + 1>(dx, dy, at), slope<K>(dx, dy, at),
                                                                       part_of<begins[K]>(own), child_of<K>(at));
        }
    }
    template <int Cut>
    static constexpr void merge(auto& all, const auto& own) {
        constexpr std::size_t K = stage_of_cut<Cut>;
        SectionsAt<K>::template merge<Cut - first_cut[K]>(part_of<begins[K]>(all), part_of<begins[K]>(own));
    }
    template <int Cut>
    static constexpr void merge_slopes(auto& all, const auto& own) {
        constexpr std::size_t K = stage_of_cut<Cut>;
        SectionsAt<K>::template merge_slopes<Cut - first_cut[K]>(part_of<begins[K]>(all), part_of<begins[K]>(own));
    }
    template <int Cut>
    static constexpr auto& statistics_in(auto& all) {
        constexpr std::size_t K = stage_of_cut<Cut>;
        return SectionsAt<K>::template statistics_in<Cut - first_cut[K]>(part_of<begins[K]>(all));
    }
    template <int Cut>
    static constexpr int gradients_before = [] {
        constexpr std::size_t K = stage_of_cut<Cut>;
        int before = SectionsAt<K>::template gradients_before<Cut - first_cut[K]>;
        std::size_t stage = 0;
        for (const int tensors : std::array<int, count>{tensor_count<gradients_t<Stage, float, Edge>>...})
            if (stage++ < K) before += tensors;
        return before;
    }();

    static constexpr int first_fault(const auto& y, const auto& tape, auto is_bad) {
        const std::array<bool, count> bad{[&] {
            if constexpr (J + 1 == count)
                return is_bad(y);
            else
                return is_bad(inner_edge<J>(tape));
        }()...};
        for (std::size_t stage = 0; stage < count; ++stage)
            if (bad[stage]) return static_cast<int>(stage + 1 < count ? begins[stage + 1] : End) - 1;
        return -1;
    }

    // Whether a stage puts out another number of frames than it reads. Only then stages have lengths of their own, one
    // row of a table for each stage.
    static constexpr bool changes_lengths = any_of({changes_length<Stage>...});
    template <class X>
    using LengthsFor = LengthTable<static_cast<int>(count), width<typename std::remove_cvref_t<X>::Element>>;
    template <class X>
    static constexpr int row_of_lengths = changes_lengths ? width<typename std::remove_cvref_t<X>::Element> : 0;
    static constexpr auto lengths_of_stages(auto& lengths, auto& at) {
        if (at.pass.lengths != nullptr) {
            lengths.begin(0, at.pass);
            [[maybe_unused]] const int each[] = {0, (J + 1 < count
                                                         ? lengths.follow(static_cast<int>(J + 1), static_cast<int>(J),
                                                                          at.pass.live, length_after<Stage, Edge>)
                                                         : void(),
                                                     0)...};
        }
        return lengths.within(at);
    }

    // The rest is called by forward_through and backward_through.
    template <class Scratch>
    using offsets_of = typename std::remove_cvref_t<Scratch>::Offsets;

    // 0, 1 or 2 if edge K is the first, an inner or the last edge of the chain. The first and last edge have no inner
    // edge, but `inner` gives a valid number for them as well.
    static constexpr int end_at(std::size_t k) { return k == 0 ? 0 : k == count ? 2 : 1; }
    static constexpr std::size_t inner(std::size_t k) { return k == 0 || count == 1 ? 0 : k == count ? k - 2 : k - 1; }
    // Inner edges are in the tape or, without a tape, in scratch.
    static constexpr auto* inner_edges(auto& at) {
        if constexpr (count == 1)
            return &no_inner_edge;
        else if constexpr (is_nothing<decltype(at.tape)>)
            return at.scratch.tuple();
        else
            return &at.tape.edge;
    }
    template <std::size_t K>
    static constexpr const auto& inner_edge(const auto& tape) {
        if constexpr (count == 1)
            return part_of<0>(no_inner_edge);
        else
            return part_of<inner(K + 1)>(tape.edge);
    }
    static constexpr auto& tapes_of(auto& tape) {
        if constexpr (is_nothing<decltype(tape)>)
            return tape;
        else
            return tape.stage;
    }
    // No slope is wanted in front of the first stage that is run backward.
    template <class DX>
    static constexpr bool is_run_backward(std::size_t k) {
        return !is_nothing<DX> || static_cast<int>(k) >= first_learning;
    }
    template <class DX>
    static constexpr int slope_end_at(std::size_t k) {
        return is_nothing<DX> && static_cast<int>(k) <= first_learning ? 0 : end_at(k);
    }
    // The section of stage k that runs in a section of the chain, or whole_stage, or not_this_stage.
    static constexpr int part_in(std::size_t k, int section) {
        if (section == whole_stage) return whole_stage;
        if (section < first_cut[k] || first_cut[k + 1] < section) return not_this_stage;
        return first_cut[k] == first_cut[k + 1] ? whole_stage : section - first_cut[k];
    }

    static constexpr auto* slope_values(auto& at) {
        if constexpr (count == 1)
            return &no_inner_edge;
        else
            return at.scratch.tuple();
    }

  private:
    // The arguments for the measurements of a layer with statistics.
    template <std::size_t K>
    static constexpr auto& value(const auto& x, auto& y, auto& at) {
        return edge_of<end_at(K)>(x, value_in<false, inner(K), 0>(nullptr, inner_edges(at)), y);
    }
    template <std::size_t K, class DX>
    static constexpr auto& slope(DX& dx, auto& dy, auto& at) {
        return edge_of<slope_end_at<DX>(K)>(
            dx,
            value_in<true, inner(K), offsets_of<decltype(at.scratch)>::offset[inner(K)]>(at.scratch.place(),
                                                                                         slope_values(at)),
            dy);
    }
    // The context of stage K with the lengths that it reads.
    template <std::size_t K, class X>
    static constexpr auto with_length(auto& lengths, auto& at, auto child) {
        child.pass.lengths = lengths_of_stages(lengths, at).pass.lengths;
        child.pass = pass_with_row(child.pass, static_cast<int>(K) * row_of_lengths<X>);
        return child;
    }
    template <std::size_t K>
    static constexpr auto child_of(auto& at) {
        return child<begins[K]>(at, part_of<K>(tapes_of(at.tape)), at.scratch.template get<count - 1 + K>());
    }
};

}  // namespace kiln::inline KILN_TARGET::detail
