// SPDX-License-Identifier: BSL-1.0
#pragma once
// A network as one graph of nodes. Wired containers and chains are taken apart, down to the layers that run by
// themselves: the nodes. A node knows its layer's type and position; the wires say which values each node reads.

#include <kiln/core/contract.hpp>
#include <kiln/core/contract/wiring.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/verdict.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

template <class L, std::size_t... I>
constexpr bool any_part_branches(std::index_sequence<I...>);

// Whether a network is a graph: wired, or a chain with a part that is.
template <class L>
constexpr bool branches() {
    if constexpr (HasWiring<L>)
        return true;
    else if constexpr (Chain<L>)
        return any_part_branches<L>(IndicesBelow<L::depth>{});
    else
        return false;
}
template <class L, std::size_t... I>
constexpr bool any_part_branches(std::index_sequence<I...>) {
    for (const bool part : {branches<typename L::template Layer<static_cast<int>(I)>>()...})
        if (part) return true;
    return false;
}

template <class L>
concept PassesOn = MakesClaims<L> && requires {
    requires L::is_identity;
};
// Whether part I of a container is no node, because its output is its input. The container's own output must be a node's.
template <class L, int I>
constexpr bool vanishes_in() {
    if constexpr (!PassesOn<typename L::template Layer<I>>)
        return false;
    else if constexpr (HasWiring<L>)
        return !L::wiring.is_output(L::wiring.inputs + I);
    else
        return I + 1 < L::depth;
}

// ---- The nodes, as types ----

// The positions of a part within its containers, outermost first.
template <int... Position>
struct path {
    template <int I>
    using then = path<Position..., I>;
    static constexpr int depth = sizeof...(Position);
    static constexpr std::array<int, sizeof...(Position) + 1> value{Position..., -1};
};
// The part of a record at positions, outermost first; the record itself at none.
constexpr auto& part_at_position(auto& record, path<>) { return record; }
template <int First, int... Rest>
constexpr auto& part_at_position(auto& record, path<First, Rest...>) {
    return part_at_position(part_of<static_cast<std::size_t>(First)>(record), path<Rest...>{});
}

// A layer, its place, and the place of the part that owns its parameters: another part if they are shared.
template <class L, class Place, class Owner>
struct graph_node {
    using Layer = L;
    using At = Place;
    using OwnedAt = Owner;
};

template <class... Lists>
struct joined {
    using type = types<>;
};
template <class... T>
struct joined<types<T...>> {
    using type = types<T...>;
};
template <class... A, class... B, class... Rest>
struct joined<types<A...>, types<B...>, Rest...> : joined<types<A..., B...>, Rest...> {};

template <class L, class Place, class Owner, bool Vanishes = false>
struct nodes_of {
    using type = types<graph_node<L, Place, Owner>>;
};
template <class L, class Place, class Owner>
struct nodes_of<L, Place, Owner, true> {
    using type = types<>;
};
template <class L, class Place, class Owner, class Indices = IndicesBelow<L::depth>>
struct nodes_within;
template <class L, class Place, class Owner, std::size_t... I>
struct nodes_within<L, Place, Owner, std::index_sequence<I...>>
    : joined<typename nodes_of<typename L::template Layer<static_cast<int>(I)>,
                               typename Place::template then<static_cast<int>(I)>,
                               typename Owner::template then<owner_of<L, static_cast<int>(I)>>,
                               vanishes_in<L, static_cast<int>(I)>()>::type...> {};
template <class L, class Place, class Owner>
    requires(HasWiring<L> || Chain<L>)
struct nodes_of<L, Place, Owner, false> : nodes_within<L, Place, Owner> {};

// ---- The wires between them, as values ----

template <class L>
constexpr int count_nodes();
template <class L, std::size_t... I>
constexpr int count_nodes_in(std::index_sequence<I...>) {
    int sum = 0;
    for (const int part :
         {(vanishes_in<L, static_cast<int>(I)>() ? 0
                                                 : count_nodes<typename L::template Layer<static_cast<int>(I)>>())...})
        sum += part;
    return sum;
}
template <class L>
constexpr int count_nodes() {
    if constexpr (HasWiring<L> || Chain<L>)
        return count_nodes_in<L>(IndicesBelow<L::depth>{});
    else
        return 1;
}
// The largest number of values that a node reads.
template <class L>
constexpr int largest_fan();
template <class L, std::size_t... I>
constexpr int largest_fan_in(std::index_sequence<I...>) {
    int largest = 1;
    for (const int part : {largest_fan<typename L::template Layer<static_cast<int>(I)>>()...})
        if (part > largest) largest = part;
    return largest;
}
template <class L>
constexpr int largest_fan() {
    int largest = 1;
    if constexpr (HasWiring<L>) largest = L::wiring.most_inputs;
    if constexpr (HasWiring<L> || Chain<L>) {
        const int inside = largest_fan_in<L>(IndicesBelow<L::depth>{});
        if (inside > largest) largest = inside;
    }
    return largest;
}

// The values that each node reads. Values are numbered as in a Wiring: the network's inputs come first, then the output
// of node k is value Inputs + k.
template <std::size_t Inputs, std::size_t Nodes, std::size_t Fan>
struct Wires {
    static constexpr std::size_t inputs = Inputs, nodes = Nodes, values = Inputs + Nodes, most_inputs = Fan;
    std::size_t added = 0;
    std::array<std::size_t, Nodes> fan{};
    std::array<std::array<std::size_t, Fan>, Nodes> from{};
    std::array<Extents, Inputs + Nodes> extents{};  // of each value
};

template <class L, std::size_t... P>
constexpr Extents output_extents(const auto& wires, const std::size_t* in, std::index_sequence<P...>) {
    return L::shape(wires.extents[in[P]]...).out;
}

// Adds the nodes of L, which reads Fan values, the numbers of which are at `in`. Returns the value that L puts out.
template <class L, std::size_t Fan, bool Vanishes = false>
constexpr std::size_t add_nodes(auto& wires, const std::size_t* in);

// The values within a wired container: its inputs, then the outputs of its parts.
template <class L, std::size_t... I>
constexpr auto add_parts(auto& wires, const std::size_t* in, std::index_sequence<I...>) {
    constexpr auto& wiring = L::wiring;
    constexpr auto inputs = static_cast<std::size_t>(wiring.inputs);
    std::array<std::size_t, inputs + sizeof...(I)> value{};
    for (std::size_t i = 0; i < inputs; ++i) value[i] = in[i];
    const auto add = [&]<std::size_t Part>(std::integral_constant<std::size_t, Part>) {
        constexpr auto fan = static_cast<std::size_t>(wiring.fan[Part]);
        std::array<std::size_t, fan == 0 ? 1 : fan> read{};
        for (std::size_t p = 0; p < fan; ++p) read[p] = value[static_cast<std::size_t>(wiring.from[Part][p])];
        value[inputs + Part] = add_nodes<typename L::template Layer<static_cast<int>(Part)>, fan,
                                         vanishes_in<L, static_cast<int>(Part)>()>(wires, read.data());
    };
    [[maybe_unused]] const int each[] = {(add(std::integral_constant<std::size_t, I>{}), 0)...};
    return value;
}
template <class L, std::size_t... I>
constexpr std::size_t add_chain(auto& wires, std::size_t value, std::index_sequence<I...>) {
    [[maybe_unused]] const std::size_t each[] = {
        value = add_nodes<typename L::template Layer<static_cast<int>(I)>, 1, vanishes_in<L, static_cast<int>(I)>()>(
            wires, &value)...};
    return value;
}
template <class L, std::size_t Fan, bool Vanishes>
constexpr std::size_t add_nodes(auto& wires, const std::size_t* in) {
    if constexpr (Vanishes) {
        return in[0];
    } else if constexpr (HasWiring<L>) {
        const auto value = add_parts<L>(wires, in, IndicesBelow<L::depth>{});
        return value[static_cast<std::size_t>(L::wiring.outputs[0])];
    } else if constexpr (Chain<L>) {
        return add_chain<L>(wires, in[0], IndicesBelow<L::depth>{});
    } else {
        const std::size_t node = wires.added++;
        wires.fan[node] = Fan;
        for (std::size_t p = 0; p < Fan; ++p) wires.from[node][p] = in[p];
        wires.extents[wires.inputs + node] = output_extents<L>(wires, in, std::make_index_sequence<Fan>{});
        return wires.inputs + node;
    }
}

}  // namespace kiln::inline KILN_TARGET::detail
