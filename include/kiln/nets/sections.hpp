// SPDX-License-Identifier: BSL-1.0
#pragma once
// The sections of a network. A layer with batch statistics (core/contract/statistics.hpp) needs the measurements of all
// passes of a step before it can run, so the step is cut at the layer. All passes run the network up to the layer and
// measure its input; then all passes run on. On the way back all passes run down to the layer's output and measure its
// slopes; then all passes run on.
//
//   forward:   section 0 | measure | section 1 | measure | section 2
//   backward:  section 2 | measure | section 1 | measure | section 0
//
// Section k reaches from cut k - 1 to cut k, and each cut is a layer with statistics. Forward the layer belongs to the
// section behind the cut, backward to the section before it. A container whose parts run in sections takes part in
// several sections of the container around it; all sections are numbered through.
//
// A value that is alive at a cut belongs to its pass, so values lie in the tape. The slope of a cut layer's output is
// written over the output itself, which is no longer needed: `measure_slopes` has used it, and the layers behind have
// run.

#include <kiln/core/container.hpp>
#include <kiln/core/contract.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

namespace detail {

// One section, the whole layer: for a layer without statistics, or a container that does not run in sections.
template <class L, class In>
struct sections_of {
    static constexpr int count = 1;

    template <int>
    static constexpr void forward(const auto& x, auto& y, auto at) {
        forward_part<L>(x, y, at);
    }
    template <int>
    static constexpr void backward(const auto& x, auto& y, auto& dy, auto& dx, auto at) {
        backward_part<L>(x, y, dy, dx, at);
    }
    template <int>
    static constexpr int gradients_before = 0;
};

// One cut with nothing before it, for a layer with statistics.
template <class L, class In>
    requires HasStatistics<L, In>
struct sections_of<L, In> {
    static constexpr int count = 2;

    template <int Section>
    static constexpr void forward(const auto& x, auto& y, auto at) {
        if constexpr (Section == 1) L::forward(x, y, at);
    }
    template <int Section>
    static constexpr void backward(const auto& x, auto& y, auto&, auto& dx, auto at) {
        if constexpr (Section == 0) L::backward(x, y, y, dx, at);
    }
    template <int>
    static constexpr void measure(const auto& x, auto&, auto& own, auto at) {
        L::measure(x, own, at);
    }
    template <int>
    static constexpr void measure_slopes(const auto& x, auto& y, auto& dy, auto&, auto& own, auto at) {
        L::measure_slopes(x, y, dy, y, own, at);
    }
    template <int>
    static constexpr void merge(auto& all, const auto& own) {
        L::merge(all, own);
    }
    template <int>
    static constexpr void merge_slopes(auto& all, const auto& own) {
        L::merge_slopes(all, own);
    }
    // The statistics of the layer at this cut, among those of the whole network.
    template <int>
    static constexpr auto& statistics_in(auto& all) {
        return all;
    }
    // The number of gradient tensors that lie before the layer at this cut.
    template <int>
    static constexpr int gradients_before = 0;
};

template <class L, class In>
concept RunsInSections = MakesClaims<L> && requires {
    typename L::template Sections<In>;
};

template <class L, class In>
    requires(RunsInSections<L, In>&& measures_batch<L, In>)
struct sections_of<L, In> : L::template Sections<In> {};

template <class L, class In, class Indices>
struct parts_run_in_sections;

}  // namespace detail

/// Whether network L can run a batch in several passes: it has no batch statistics, or it runs in sections, and so do
/// all parts with batch statistics.
template <class L, class In>
inline constexpr bool takes_several_passes = !measures_batch<L, In> || HasStatistics<L, In>;
template <class L, class In>
    requires(Composite<L>&& measures_batch<L, In>)
inline constexpr bool takes_several_passes<L, In> =
    detail::RunsInSections<L, In> && detail::parts_run_in_sections<L, In, std::make_index_sequence<L::depth>>::value;

namespace detail {
template <class L, class In, std::size_t... I>
struct parts_run_in_sections<L, In, std::index_sequence<I...>> {
    static constexpr bool value = [] {
        for (const bool part : std::array<bool, sizeof...(I)>{
                 takes_several_passes<typename L::template Layer<I>, typename L::template LayerInput<I, In>>...})
            if (!part) return false;
        return true;
    }();
};
}  // namespace detail

namespace detail {
// The stage that a cut lies in. Cuts are numbered through; the first one of stage k would be number first_cut[k].
constexpr std::size_t stage_with_cut(const auto& first_cut, int cut) {
    std::size_t stage = 0;
    while (first_cut[stage + 1] <= cut) ++stage;
    return stage;
}

// The sections of a network whose stages are numbered through.
template <class Stages>
struct sections_of_stages {
    static constexpr int count = Stages::sections;

    template <int Section>
    static constexpr void forward(const auto& x, auto& y, auto at) {
        Stages::template forward_section<Section>(x, y, at);
    }
    template <int Section>
    static constexpr void backward(const auto& x, auto& y, auto& dy, auto& dx, auto at) {
        Stages::template backward_section<Section>(x, y, dy, dx, at);
    }
    template <int Cut>
    static constexpr void measure(const auto& x, auto& y, auto& own, auto at) {
        Stages::template measure<Cut>(x, y, own, at);
    }
    template <int Cut>
    static constexpr void measure_slopes(const auto& x, auto& y, auto& dy, auto& dx, auto& own, auto at) {
        Stages::template measure_slopes<Cut>(x, y, dy, dx, own, at);
    }
    template <int Cut>
    static constexpr void merge(auto& all, const auto& own) {
        Stages::template merge<Cut>(all, own);
    }
    template <int Cut>
    static constexpr void merge_slopes(auto& all, const auto& own) {
        Stages::template merge_slopes<Cut>(all, own);
    }
    template <int Cut>
    static constexpr auto& statistics_in(auto& all) {
        return Stages::template statistics_in<Cut>(all);
    }
    template <int Cut>
    static constexpr int gradients_before = Stages::template gradients_before<Cut>;
};
}  // namespace detail

/// The sections of network L on inputs of shape In.
template <class L, class In>
using Sections = detail::sections_of<L, In>;

}  // namespace kiln::inline KILN_TARGET
