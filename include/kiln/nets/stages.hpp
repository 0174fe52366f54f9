// SPDX-License-Identifier: BSL-1.0
#pragma once
// What runs of a chain of layers: its stages, each a layer or several in one, and their memory.
//
// Edge I is what enters stage I: edge 0 is x, the last edge is y, those between are the inner edges. Training keeps them
// in the tape. Their slopes, and in inference the edges themselves, live in scratch: when stage I runs only edges I and
// I + 1 (and the stage's own scratch) are alive, so even edges start at the front of one block of bytes and odd ones
// end at its back, and the block is as large as the largest step.

#include <kiln/core/container.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/overlay.hpp>
#include <kiln/core/record.hpp>
#include <kiln/nets/sections.hpp>

#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// Calls of layers that do more work than this (in multiply-adds or elements) are kept out of line, so that equal layers
// share their code; for less work the call itself would cost.
inline constexpr long long outline_above = 4096;

// Stages First … of a Chain (what Sequential makes of its layers and an input), numbered from 0 here: their memory, and
// the passes over them.
template <class Chain, int First, class Indices>
struct staged;
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
        for (const long long stage : std::array<long long, count>{kiln::multiply_adds<Stage<J>, Edge<J>>()...})
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

    // Stages before this one learn nothing: where nobody wants dx, they are not run backward.
    static constexpr int first_learning = [] {
        int stage = 0;
        for (const int tensors : std::array<int, count>{tensor_count<gradients_t<Stage<J>, float, Edge<J>>>...}) {
            if (tensors > 0) break;
            ++stage;
        }
        return stage;
    }();

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
    // Behind the first stage that learns every slope is wanted.
    template <class E, Wanted W, int K>
    using ScratchOf =
        scratch_t<Stage<K>, E, Edge<K>, K <= first_learning || W == Wanted::outputs ? W : Wanted::all_gradients>;
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
        [[maybe_unused]] const int each[] = {(backward_stage<count - 1 - J>(x, y, dy, dx, at), 0)...};
    }

    // Sections (nets/sections.hpp): those of all stages, numbered through.
    template <int K>
    using StageSections = sections_of<Stage<K>, Edge<K>>;
    static constexpr std::array<int, count + 1> first_cut = [] {
        std::array<int, count + 1> first{};
        int stage = 0, cuts = 0;
        for (const int sections : std::array<int, count>{StageSections<J>::count...}) {
            first[static_cast<std::size_t>(stage++)] = cuts;
            cuts += sections - 1;
        }
        first[count] = cuts;
        return first;
    }();
    static constexpr int sections = first_cut[count] + 1;
    template <int Cut>
    static constexpr int stage_of_cut = [] {
        int stage = 0;
        while (first_cut[static_cast<std::size_t>(stage + 1)] <= Cut) ++stage;
        return stage;
    }();

    template <int Section>
    static constexpr void forward_section(const auto& x, auto& y, auto& at) {
        [[maybe_unused]] const int each[] = {(forward_section_of<J, Section>(x, y, at), 0)...};
    }
    template <int Section>
    static constexpr void backward_section(const auto& x, auto& y, auto& dy, auto& dx, auto& at) {
        [[maybe_unused]] const int each[] = {(backward_section_of<count - 1 - J, Section>(x, y, dy, dx, at), 0)...};
    }
    template <int Cut>
    static constexpr void measure(const auto& x, auto& y, auto& own, auto& at) {
        constexpr int K = stage_of_cut<Cut>;
        StageSections<K>::template measure<Cut - first_cut[K]>(value<K>(x, y, at), value<K + 1>(x, y, at), part<K>(own),
                                                               child_of<K>(at));
    }
    template <int Cut>
    static constexpr void measure_slopes(const auto& x, auto& y, auto& dy, auto& dx, auto& own, auto& at) {
        constexpr int K = stage_of_cut<Cut>;
        if constexpr (is_run_backward<K, decltype(dx)>)
            StageSections<K>::template measure_slopes<Cut - first_cut[K]>(
                value<K>(x, y, at), value<K + 1>(x, y, at), slope<K + 1>(dx, dy, at), slope<K>(dx, dy, at),
                part<K>(own), child_of<K>(at));
    }
    template <int Cut>
    static constexpr void merge(auto& all, const auto& own) {
        constexpr int K = stage_of_cut<Cut>;
        StageSections<K>::template merge<Cut - first_cut[K]>(part<K>(all), part<K>(own));
    }
    template <int Cut>
    static constexpr void merge_slopes(auto& all, const auto& own) {
        constexpr int K = stage_of_cut<Cut>;
        StageSections<K>::template merge_slopes<Cut - first_cut[K]>(part<K>(all), part<K>(own));
    }
    template <int Cut>
    static constexpr int gradients_before = [] {
        constexpr int K = stage_of_cut<Cut>;
        int before = StageSections<K>::template gradients_before<Cut - first_cut[K]>, stage = 0;
        for (const int tensors : std::array<int, count>{tensor_count<gradients_t<Stage<J>, float, Edge<J>>>...})
            if (stage++ < K) before += tensors;
        return before;
    }();

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
    static constexpr bool outlined = kiln::multiply_adds<Stage<K>, Edge<K>>() > outline_above
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
    template <int K, class DX>
    static constexpr bool is_run_backward = !is_nothing<DX> || K >= first_learning;
    // The derivative with respect to it; nobody wants that in front of the first stage that is run backward.
    template <int K>
    static constexpr auto& slope(auto& dx, auto& dy, auto& at) {
        if constexpr (K == 0 || (is_nothing<decltype(dx)> && K <= first_learning))
            return dx;
        else if constexpr (K == count)
            return dy;
        else
            return at.scratch.template get<K - 1>();
    }

    // A stage has the parameters of its first layer.
    template <int K>
    static constexpr auto& part(auto& whole) {
        return part_of<Chain::stages.begin[First + K]>(whole);
    }
    template <int K>
    static constexpr auto& tape_of_stage(auto& tape) {
        if constexpr (is_nothing<decltype(tape)>)
            return tape;
        else
            return hana::at_c<K>(tape.stage);
    }
    template <int K>
    static constexpr auto child_of(auto& at) {
        return child<Chain::stages.begin[First + K]>(at, tape_of_stage<K>(at.tape),
                                                     at.scratch.template get<count - 1 + K>());
    }

    template <int K>
    static constexpr void forward_stage(const auto& x, auto& y, auto& at) {
        if constexpr (outlined<K>)
            forward_outlined<Stage<K>>(x, y, child_of<K>(at));
        else
            forward_part<Stage<K>>(x, y, child_of<K>(at));
    }
    template <int K>
    static constexpr void backward_stage(const auto& x, const auto& y, auto& dy, auto& dx, auto& at) {
        if constexpr (!is_run_backward<K, decltype(dx)>) {
        } else if constexpr (outlined<K>) {
            backward_outlined<Stage<K>>(value<K>(x, y, at), value<K + 1>(x, y, at), slope<K + 1>(dx, dy, at),
                                        slope<K>(dx, dy, at), child_of<K>(at));
        } else {
            backward_part<Stage<K>>(value<K>(x, y, at), value<K + 1>(x, y, at), slope<K + 1>(dx, dy, at),
                                    slope<K>(dx, dy, at), child_of<K>(at));
        }
    }

    template <int K, int Section>
    static constexpr bool takes_part = first_cut[K] <= Section&& Section <= first_cut[K + 1];
    template <int K, int Section>
    static constexpr void forward_section_of(const auto& x, auto& y, auto& at) {
        if constexpr (!takes_part<K, Section>) {
        } else if constexpr (StageSections<K>::count == 1) {
            forward_stage<K>(value<K>(x, y, at), value<K + 1>(x, y, at), at);
        } else {
            StageSections<K>::template forward<Section - first_cut[K]>(value<K>(x, y, at), value<K + 1>(x, y, at),
                                                                       child_of<K>(at));
        }
    }
    template <int K, int Section>
    static constexpr void backward_section_of(const auto& x, auto& y, auto& dy, auto& dx, auto& at) {
        if constexpr (!takes_part<K, Section> || !is_run_backward<K, decltype(dx)>) {
        } else if constexpr (StageSections<K>::count == 1) {
            backward_stage<K>(x, y, dy, dx, at);
        } else {
            StageSections<K>::template backward<Section - first_cut[K]>(value<K>(x, y, at), value<K + 1>(x, y, at),
                                                                        slope<K + 1>(dx, dy, at), slope<K>(dx, dy, at),
                                                                        child_of<K>(at));
        }
    }

    template <class L>
    [[gnu::noinline]] static constexpr void forward_outlined(const auto& x, auto& y, auto at) {
        forward_part<L>(x, y, at);
    }
    template <class L>
    [[gnu::noinline]] static constexpr void backward_outlined(const auto& x, const auto& y, auto& dy, auto& dx,
                                                              auto at) {
        backward_part<L>(x, y, dy, dx, at);
    }
};

}  // namespace kiln::inline KILN_TARGET::detail
