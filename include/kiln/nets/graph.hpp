// SPDX-License-Identifier: BSL-1.0
#pragma once
// A network as named nodes, each of which names the values that it reads:
//
//   using Net = Graph<Input<"image">,
//                     Node<"stem", Conv<1, 4, 3, 1, 1>, "image">,
//                     Node<"left", Conv<4, 4, 3, 1, 1>, "stem">,
//                     Node<"right", Shared<"left">, "left">,              // the parameters of node "left"
//                     Node<"sum", Add, "left", "right">,
//                     Node<"answer", Linear<784 * 4, 10>, "sum">,
//                     Output<"answer">>;
//
// A node stands behind the nodes that it reads, so there are no cycles. Its layer is any layer: a container, another
// graph, or a join (nets/join.hpp, nets/mat_mul.hpp), which reads several values. A value may be read any number of
// times. Parameters are named by their node: "stem.weight". Memory, batch statistics and fusion are those of all wired
// containers (nets/wired.hpp), so a graph computes the same bits as the containers that are wired alike.

#include <kiln/core/contract.hpp>
#include <kiln/core/contract/wiring.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/nets/detail/graph_items.hpp>
#include <kiln/nets/join.hpp>
#include <kiln/nets/node.hpp>
#include <kiln/nets/wired.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// The names of a graph's nodes.
template <class Graph, class Indices>
struct node_names;
template <class Graph, std::size_t... N>
struct node_names<Graph, std::index_sequence<N...>> {
    static constexpr std::array<const char*, sizeof...(N)> text{
        Graph::template NodeAt<static_cast<int>(N)>::name.data()...};
};
// The record of a graph: a part for each node that owns parameters, or state.
template <template <class, class, class> class RecordOf, class G, class S, class In, class Indices>
struct graph_record;
template <template <class, class, class> class RecordOf, class G, class S, class In, std::size_t... N>
struct graph_record<RecordOf, G, S, In, std::index_sequence<N...>> {
    template <int I, bool Owns>
    struct part {
        using type = Nothing;
    };
    template <int I>
    struct part<I, true> {
        using type = typename RecordOf<typename G::template Layer<I>, S, typename G::template LayerInput<I, In>>::type;
    };
    using type =
        named_tuple_or_nothing<typename G::NodeNames,
                               typename part<static_cast<int>(N), G::owners[N] == static_cast<int>(N)>::type...>;
};

// An item with another layer. A node that shares a layer goes on sharing it.
template <class Item, class L>
struct item_with {
    using type = Item;
};
template <fixed_string Name, class Old, fixed_string... From, class L>
struct item_with<Node<Name, Old, From...>, L> {
    using type = Node<Name, L, From...>;
};
template <fixed_string Name, fixed_string Owner, fixed_string... From, class L>
struct item_with<Node<Name, Shared<Owner>, From...>, L> {
    using type = Node<Name, Shared<Owner>, From...>;
};
// Graph Of<Items...> with `Layers` in its nodes, in their order.
template <template <class...> class Of, class Layers, class Items, class Indices>
struct graph_with;
template <template <class...> class Of, class Layers, class... Items, std::size_t... I>
struct graph_with<Of, Layers, types<Items...>, std::index_sequence<I...>> {
    template <class Item, std::size_t At>
    static constexpr auto item_at() {
        constexpr int node = graph_items<Items...>::node_of[At];
        if constexpr (node < 0)
            return std::type_identity<Item>{};
        else
            return std::type_identity<
                typename item_with<Item, type_at<static_cast<std::size_t>(node), Layers>>::type>{};
    }
    using type = Of<typename decltype(item_at<Items, I>())::type...>;
};

// The mistake of an item of a graph, as a fact.
template <class Items, class At>
constexpr auto fact_of_item() {
    constexpr auto& wired = Items::wired;
    using M = GraphMistake;
    if constexpr (wired.mistake == M::no_item)
        return static_cast<graph_mismatch<typename At::Step, expects<an_input_a_node_or_an_output>>*>(nullptr);
    else if constexpr (wired.mistake == M::name_with_a_dot)
        return static_cast<graph_mismatch<typename At::Step, expects<a_name_without_dots>>*>(nullptr);
    else if constexpr (wired.mistake == M::duplicate_name)
        return static_cast<graph_mismatch<typename At::Step, duplicate_name>*>(nullptr);
    else if constexpr (wired.mistake == M::reads_nothing)
        return static_cast<graph_mismatch<typename At::Step, expects<at_least_one_value_to_read>>*>(nullptr);
    else if constexpr (wired.mistake == M::unknown_name)
        return static_cast<graph_mismatch<typename At::Step, typename At::template Named<unknown_name, wired.port>>*>(
            nullptr);
    else if constexpr (wired.mistake == M::defined_later)
        return static_cast<graph_mismatch<typename At::Step, typename At::template Named<defined_later, wired.port>>*>(
            nullptr);
    else if constexpr (wired.mistake == M::unknown_owner)
        return static_cast<graph_mismatch<typename At::Step, typename At::Layer, expects<an_earlier_node>>*>(nullptr);
    else if constexpr (wired.mistake == M::puts_out_an_input)
        return static_cast<graph_mismatch<typename At::Step, typename At::template Named<is_no_node, wired.port>>*>(
            nullptr);
    else if constexpr (wired.mistake == M::puts_out_twice)
        return static_cast<graph_mismatch<typename At::Step, typename At::template Named<put_out_twice, wired.port>>*>(
            nullptr);
    else
        return static_cast<graph_mismatch<typename At::Step, leads_to_no_output>*>(nullptr);
}
// The first mistake of a graph, as a fact. A graph may be without items.
template <class Items>
constexpr auto fact_of_mistake() {
    constexpr auto& wired = Items::wired;
    if constexpr (wired.mistake == GraphMistake::no_input)
        return static_cast<graph_mismatch<no_input>*>(nullptr);
    else if constexpr (wired.mistake == GraphMistake::no_output)
        return static_cast<graph_mismatch<no_output>*>(nullptr);
    else
        return fact_of_item<Items, typename Items::template At<wired.item>>();
}

// A graph without a mistake has been given another number of inputs.
template <class Items, class In, bool IsWired>
struct mistake_of {
    using type = graph_mismatch<expects<inputs<Items::wired.wiring.inputs>>, got<In>>;
};
template <class Items, class In>
struct mistake_of<Items, In, false> {
    using type = std::remove_pointer_t<decltype(fact_of_mistake<Items>())>;
};

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// A network of named nodes: Graph<Input<"x">, Node<"y", Linear<4, 2>, "x">, Output<"y">>.
template <class... Items>
struct Graph : Wired<Graph<Items...>> {
    using All = detail::graph_items<Items...>;
    static constexpr int depth = All::nodes;
    static constexpr auto& owners = All::wired.owners;
    static constexpr auto wiring = All::wired.wiring;
    static constexpr bool has_parts = All::wired.mistake == detail::GraphMistake::none;
    using NodeNames = detail::node_names<All, detail::IndicesBelow<depth>>;
    static constexpr auto input_names = All::input_names();
    static constexpr auto output_names = All::output_names();

    template <class In>
    using Mistake = typename detail::mistake_of<All, In, has_parts>::type;

    template <int I>
    using Layer = typename All::template NodeAt<owners[static_cast<std::size_t>(I)]>::Layer;
    template <int I>
    using Step = typename All::template NodeAt<I>::Step;
    template <class... Parts>
    using with_parts = typename detail::graph_with<kiln::Graph, detail::types<Parts...>, detail::types<Items...>,
                                                   std::index_sequence_for<Items...>>::type;

    template <class S, class In>
    using Parameters =
        typename detail::graph_record<detail::parameters_of, Graph, S, In, detail::IndicesBelow<depth>>::type;
    template <class S, class In>
    using Gradients =
        typename detail::graph_record<detail::gradients_of, Graph, S, In, detail::IndicesBelow<depth>>::type;
    template <class S, class In>
    using State = typename detail::graph_record<detail::state_of, Graph, S, In, detail::IndicesBelow<depth>>::type;

    static constexpr void initialize(auto& parameters, auto& random) {
        [&]<int... I>(std::integer_sequence<int, I...>) {
            [[maybe_unused]] const int each[] = {(initialize_node<I>(parameters, random), 0)...};
        }
        (std::make_integer_sequence<int, depth>{});
    }
    static constexpr void initialize_state(auto& state) {
        [&]<int... I>(std::integer_sequence<int, I...>) {
            [[maybe_unused]] const int each[] = {(initialize_state_of_node<I>(state), 0)...};
        }
        (std::make_integer_sequence<int, depth>{});
    }

  private:
    template <int I>
    static constexpr bool owns = owners[static_cast<std::size_t>(I)] == I;
    template <int I>
    static constexpr void initialize_node(auto& parameters, auto& random) {
        if constexpr (owns<I>) kiln::initialize<Layer<I>>(part_of<static_cast<std::size_t>(I)>(parameters), random);
    }
    template <int I>
    static constexpr void initialize_state_of_node(auto& state) {
        if constexpr (owns<I>) kiln::initialize_state<Layer<I>>(part_of<static_cast<std::size_t>(I)>(state));
    }
};

}  // namespace kiln
