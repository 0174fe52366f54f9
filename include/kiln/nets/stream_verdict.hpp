// SPDX-License-Identifier: BSL-1.0
#pragma once
// Whether a network can run frame by frame (nets/streamed.hpp), or which of its layers cannot, and which one to try.

#include <kiln/core/contract.hpp>
#include <kiln/core/contract/wiring.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/nets/detail/graph_nodes.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln {

template <class L>
struct Each;

}  // namespace kiln

namespace kiln::inline KILN_TARGET::detail {

// Whether shape `in` is a sequence of so many frames: of tensors, or of tokens.
constexpr bool is_sequence_of(Extents in, int frames) {
    return in[0] == frames && (in.rank > 1 || (in.rank == 1 && in.values > 0));
}

// Whether layer L runs frame by frame on the values P of wires W, of T frames each.
template <class L, class In, std::size_t... P>
constexpr bool runs_by_frames(const Extents* values, const std::size_t* from, std::size_t to, int frames,
                              std::index_sequence<P...>) {
    if (!(is_sequence_of(values[from[P]], frames) && ...) || values[to].rank < 2 || values[to][0] != frames)
        return false;
    return HasStep<L, In> || is_framewise<L>(values[from[P]]...);
}
// The nodes of a graph, and (below) its stages: the layers that must run frame by frame. A layer fused with others may not,
// where each by itself does.
template <class Graph>
struct nodes_of_graph {
    static constexpr std::size_t count = Graph::count;
    static constexpr auto& wires = Graph::wires;
    template <std::size_t K>
    static constexpr std::size_t node = K;
    template <std::size_t K>
    using Layer = typename Graph::template Node<K>::Layer;
};
template <class Graph>
struct stages_of_nodes {
    static constexpr std::size_t count = Graph::stage_count;
    static constexpr auto& wires = Graph::stages.wires;
    template <std::size_t K>
    static constexpr std::size_t node = Graph::stages.first[K];
    template <std::size_t K>
    using Layer = typename Graph::template From<node<K>>::type;
};
// The first of them that does not run frame by frame; their number if all do.
template <class Graph, class Layers, class Indices = std::make_index_sequence<Layers::count>>
inline constexpr std::size_t first_without_step = 0;
template <class Graph, class Layers, std::size_t... K>
inline constexpr std::size_t first_without_step<Graph, Layers, std::index_sequence<K...>> = [] {
    constexpr auto& wires = Layers::wires;
    const bool runs[] = {
        runs_by_frames<typename Layers::template Layer<K>, typename Graph::template Input<Layers::template node<K>>>(
            wires.extents.data(), wires.from[K].data(), wires.inputs + K, wires.extents[0][0],
            std::make_index_sequence<wires.fan[K]>{})...};
    for (std::size_t k = 0; k < sizeof...(K); ++k)
        if (!runs[k]) return k;
    return sizeof...(K);
}();

// Whether a layer says that it runs frame by frame, but makes no claims: it inherits what it says.
template <class L, class In>
concept InheritsStream = !MakesClaims<L> && (
                                                requires { requires L::framewise(In::extents); } ||
                                                requires { typename L::template Carry<float, In>; } ||
                                                requires { typename L::template Prepared<float, In>; });

// The layer to try in the place of one that does not stream.
template <class Try>
struct trying {
    using type = try_this<Try>;
};
template <class... Ways>
struct trying<try_one_of<Ways...>> {
    using type = try_one_of<Ways...>;
};
template <class L, class In>
constexpr auto hint_for_stream() {
    if constexpr (requires { requires !std::is_void_v<typename L::template causal<In>>; }) {
        return std::type_identity<typename trying<typename L::template causal<In>>::type>{};
    } else if constexpr (InheritsStream<L, In>) {
        return std::type_identity<missing<member::claims_of>>{};
    } else if constexpr (requires {
                             requires In::rank >
                             1 && HasShape<L>;
                         }) {
        using Frame = shape_of<frame_of(In::extents)>;
        if constexpr (fit_of<L>(Frame::extents).fits)
            return std::type_identity<try_this<Each<L>>>{};
        else if constexpr (has_repair<L, Frame>)
            return std::type_identity<try_this<Each<typename L::template repair<Frame>>>>{};
        else
            return std::type_identity<try_one_of<way::framewise, way::step>>{};
    } else {
        return std::type_identity<try_one_of<way::framewise, way::step>>{};
    }
}
template <class Net, int... Position>
constexpr auto words_of_path(path<Position...>) {
    return std::type_identity<typename position_in_words<Net, Position...>::type>{};
}
template <class Net, class Graph, class Layers, std::size_t K>
constexpr auto stream_complaint() {
    using L = typename Layers::template Layer<K>;
    using In = typename Graph::template Input<Layers::template node<K>>;
    using Position = decltype(words_of_path<Net>(typename Graph::template Node<Layers::template node<K>>::At{}));
    return not_streamable<typename Position::type, L, expects<frames_that_depend_on_no_later_frame>, got<In>,
                          typename decltype(hint_for_stream<L, In>())::type>{};
}

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln::inline KILN_TARGET {

/// Whether network Net, which fits inputs of shape In, can run frame by frame: `streamable`, or a type whose name
/// states the first layer that cannot.
template <class Net, class In>
constexpr auto stream_verdict() {
    constexpr Extents first = detail::first_extents<In>;
    if constexpr (!detail::is_sequence_of(first, first[0])) {
        return not_streamable<expects<a_sequence>, got<In>>{};
    } else {
        using Graph = detail::graph_nodes<Net, In>;
        using Nodes = detail::nodes_of_graph<Graph>;
        using Stages = detail::stages_of_nodes<Graph>;
        constexpr std::size_t node = detail::first_without_step<Graph, Nodes>;
        if constexpr (node < Nodes::count) {
            return detail::stream_complaint<Net, Graph, Nodes, node>();
        } else if constexpr (constexpr std::size_t stage = detail::first_without_step<Graph, Stages>;
                             stage < Stages::count) {
            return detail::stream_complaint<Net, Graph, Stages, stage>();
        } else {
            return streamable{};
        }
    }
}

}  // namespace kiln::inline KILN_TARGET
