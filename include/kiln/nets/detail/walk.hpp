// SPDX-License-Identifier: BSL-1.0
#pragma once
// The passes over a chain of stages, which run each stage's own pass in order. Stages and the places of their values
// are defined in nets/detail/stages.hpp.
//
// The type of a network of a hundred layers is long, and so is the name of each function that takes the type as an
// argument. Only the few functions that walk over all stages take it. The functions that they call for each stage take
// the stage's own records, one by one.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/overlay.hpp>
#include <kiln/core/record.hpp>
#include <kiln/nets/detail/length_table.hpp>
#include <kiln/nets/sections.hpp>

#include <boost/hana/basic_tuple.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// Layers with more work than this, in multiply-adds or elements, are called out of line, so that equal layers share
// their code. With less work the call itself would cost too much.
inline constexpr long long outline_above = 4096;

// The section argument of a call that runs all of a stage, or nothing of it; other values are the number of a section.
inline constexpr int whole_stage = -1, not_this_stage = -2;

template <class L>
[[gnu::noinline]] constexpr void forward_outlined(const auto& x, auto& y, auto at) {
    forward_part<L>(x, y, at);
}
template <class L>
[[gnu::noinline]] constexpr void backward_outlined(const auto& x, const auto& y, auto& dy, auto& dx, auto at) {
    backward_part<L>(x, y, dy, dx, at);
}

template <class L, class In>
inline constexpr bool outlined = multiply_adds<L, In>() > outline_above || In::count > outline_above;

template <class L, class In, int Section>
constexpr void forward_stage(const auto& x, auto& y, const auto& parameters, auto& gradients, const auto& state,
                             auto& observed, auto& statistics, auto& tape, auto& scratch, const Pass& pass) {
    if constexpr (Section != not_this_stage) {
        const Context at{parameters, gradients, state, observed, statistics, tape, scratch, pass};
        if constexpr (Section != whole_stage)
            sections_of<L, In>::template forward<Section>(x, y, at);
        else if constexpr (outlined<L, In>)
            forward_outlined<L>(x, y, at);
        else
            forward_part<L>(x, y, at);
    }
}
template <class L, class In, int Section>
constexpr void backward_stage(const auto& x, auto& y, auto& dy, auto& dx, const auto& parameters, auto& gradients,
                              const auto& state, auto& observed, auto& statistics, auto& tape, auto& scratch,
                              const Pass& pass) {
    if constexpr (Section != not_this_stage) {
        const Context at{parameters, gradients, state, observed, statistics, tape, scratch, pass};
        if constexpr (Section != whole_stage)
            sections_of<L, In>::template backward<Section>(x, y, dy, dx, at);
        else if constexpr (outlined<L, In>)
            backward_outlined<L>(x, y, dy, dx, at);
        else
            backward_part<L>(x, y, dy, dx, at);
    }
}

// The first, an inner or the last edge of a chain: 0, 1 or 2.
template <int Which>
constexpr auto& edge_of([[maybe_unused]] auto& first, [[maybe_unused]] auto& inner, [[maybe_unused]] auto& last) {
    if constexpr (Which == 0)
        return first;
    else if constexpr (Which == 1)
        return inner;
    else
        return last;
}
// A chain of one stage has no inner edge.
inline hana::basic_tuple<Nothing> no_inner_edge;

// A chain in the order from its last stage to its first.
template <class Stages, class Edges, class Begins, std::size_t... K>
struct picked {
    using Stage = types<type_at<K, Stages>...>;
    using Edge = types<type_at<K, Edges>...>;
    using Begin = std::index_sequence<Begins::value[K]...>;
};
template <class Stages, class Edges, class Begins, class Indices>
struct reversed;
template <class StageList, class EdgeList, class BeginList, std::size_t... J>
struct reversed<StageList, EdgeList, BeginList, std::index_sequence<J...>> {
    using Indices = std::index_sequence<(sizeof...(J) - 1 - J)...>;
    using Picked = picked<StageList, EdgeList, BeginList, (sizeof...(J) - 1 - J)...>;
    using Stages = typename Picked::Stage;
    using Edges = typename Picked::Edge;
    using Begins = typename Picked::Begin;
};
template <std::size_t... I>
struct index_array {
    static constexpr std::array<std::size_t, sizeof...(I)> value{I...};
};

// Calls forward_stage for each stage of a chain, in the order of the packs. The names of the chain and its parts are
// not repeated for each stage, because g++ copies all arguments of a class template wherever one of its members is
// named inside the template.
template <class Chain, int Section, class... S, class... In, std::size_t... B, std::size_t... K>
constexpr void forward_through(types<S...>, types<In...>, std::index_sequence<B...>, std::index_sequence<K...>,
                               const auto& x, auto& y, auto& at) {
    constexpr int row = Chain::template row_of_lengths<decltype(x)>;
    constexpr bool in_scratch = is_nothing<decltype(at.tape)>;
    using Place = typename std::remove_cvref_t<decltype(at.scratch)>::Offsets;
    std::byte* const bytes = at.scratch.place();
    auto* const values = at.scratch.tuple();
    auto* const edges = Chain::inner_edges(at);
    auto& tapes = Chain::tapes_of(at.tape);
    using Parameters = holders_in<decltype(at.parameters)>;
    using Gradients = holders_in<decltype(at.gradients)>;
    using State = holders_in<decltype(at.state)>;
    using Observed = holders_in<decltype(at.observed)>;
    using Statistics = holders_in<decltype(at.statistics)>;
    using Tapes = holders_in<decltype(tapes)>;
    using Edges = holders_in<decltype(*edges)>;
    using Values = holders_in<decltype(*values)>;
    [[maybe_unused]] const int each[] = {(
        forward_stage<S, In, Chain::part_in(K, Section)>(
            edge_of<Chain::end_at(K)>(x,
                                      value_in<in_scratch, Chain::inner(K), Place::offset[Chain::inner(K)]>(
                                          bytes, static_cast<holder_at<Chain::inner(K), Edges>*>(edges)),
                                      y),
            edge_of<Chain::end_at(K + 1)>(x,
                                          value_in<in_scratch, Chain::inner(K + 1), Place::offset[Chain::inner(K + 1)]>(
                                              bytes, static_cast<holder_at<Chain::inner(K + 1), Edges>*>(edges)),
                                          y),
            part_of<B>(static_cast<holder_at<B, Parameters>&>(at.parameters)),
            part_of<B>(static_cast<holder_at<B, Gradients>&>(at.gradients)),
            part_of<B>(static_cast<holder_at<B, State>&>(at.state)),
            part_of<B>(static_cast<holder_at<B, Observed>&>(at.observed)),
            part_of<B>(static_cast<holder_at<B, Statistics>&>(at.statistics)),
            part_of<K>(static_cast<holder_at<K, Tapes>&>(tapes)),
            value_in<true, Chain::count - 1 + K, Place::offset[Chain::count - 1 + K]>(
                bytes, static_cast<holder_at<Chain::count - 1 + K, Values>*>(values)),
            pass_with_row(pass_of_part(at.pass, B), static_cast<int>(K) * row)),
        0)...};
}

// Calls backward_stage for each stage of a chain, in the order of the packs.
template <class Chain, int Section, class... S, class... In, std::size_t... B, std::size_t... K, class DX>
constexpr void backward_through(types<S...>, types<In...>, std::index_sequence<B...>, std::index_sequence<K...>,
                                const auto& x, auto& y, auto& dy, DX& dx, auto& at) {
    constexpr int row = Chain::template row_of_lengths<decltype(x)>;
    using Place = typename std::remove_cvref_t<decltype(at.scratch)>::Offsets;
    std::byte* const bytes = at.scratch.place();
    auto* const values = at.scratch.tuple();
    auto* const edges = Chain::inner_edges(at);
    auto* const slopes = Chain::slope_values(at);
    auto& tapes = Chain::tapes_of(at.tape);
    using Parameters = holders_in<decltype(at.parameters)>;
    using Gradients = holders_in<decltype(at.gradients)>;
    using State = holders_in<decltype(at.state)>;
    using Observed = holders_in<decltype(at.observed)>;
    using Statistics = holders_in<decltype(at.statistics)>;
    using Tapes = holders_in<decltype(tapes)>;
    using Edges = holders_in<decltype(*edges)>;
    using Values = holders_in<decltype(*values)>;
    using Slopes = holders_in<decltype(*slopes)>;
    [[maybe_unused]] const int each[] = {(
        backward_stage < S, In,
        Chain::template is_run_backward<DX>(K)
            ? Chain::part_in(K, Section)
            : not_this_stage >
                  (edge_of<Chain::end_at(K)>(x,
                                             value_in<false, Chain::inner(K), 0>(
                                                 bytes, static_cast<holder_at<Chain::inner(K), Edges>*>(edges)),
                                             y),
                   edge_of<Chain::end_at(K + 1)>(x,
                                                 value_in<false, Chain::inner(K + 1), 0>(
                                                     bytes, static_cast<holder_at<Chain::inner(K + 1), Edges>*>(edges)),
                                                 y),
                   edge_of<Chain::template slope_end_at<DX>(K + 1)>(
                       dx,
                       value_in<true, Chain::inner(K + 1), Place::offset[Chain::inner(K + 1)]>(
                           bytes, static_cast<holder_at<Chain::inner(K + 1), Slopes>*>(slopes)),
                       dy),
                   edge_of<Chain::template slope_end_at<DX>(K)>(
                       dx,
                       value_in<true, Chain::inner(K), Place::offset[Chain::inner(K)]>(
                           bytes, static_cast<holder_at<Chain::inner(K), Slopes>*>(slopes)),
                       dy),
                   part_of<B>(static_cast<holder_at<B, Parameters>&>(at.parameters)),
                   part_of<B>(static_cast<holder_at<B, Gradients>&>(at.gradients)),
                   part_of<B>(static_cast<holder_at<B, State>&>(at.state)),
                   part_of<B>(static_cast<holder_at<B, Observed>&>(at.observed)),
                   part_of<B>(static_cast<holder_at<B, Statistics>&>(at.statistics)),
                   part_of<K>(static_cast<holder_at<K, Tapes>&>(tapes)),
                   value_in<true, Chain::count - 1 + K, Place::offset[Chain::count - 1 + K]>(
                       bytes, static_cast<holder_at<Chain::count - 1 + K, Values>*>(values)),
                   pass_with_row(pass_of_part(at.pass, B), static_cast<int>(K) * row)),
        0)...};
}

}  // namespace kiln::inline KILN_TARGET::detail
