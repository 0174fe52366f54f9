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
// graph, or a join (nets/join.hpp), which reads several values. A value may be read any number of times. Parameters are
// named by their node: "stem.weight". Memory, batch statistics and fusion are those of all wired containers
// (nets/wired.hpp), so a graph computes the same bits as the containers that are wired alike.

#include <kiln/core/contract.hpp>
#include <kiln/core/contract/wiring.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/fixed_string.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/nets/join.hpp>
#include <kiln/nets/wired.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kiln {

/// An input of a graph.
template <fixed_string Name>
struct Input;
/// A layer that reads the values named From.
template <fixed_string Name, class L, fixed_string... From>
struct Node;
/// The values that a graph puts out, in the order of its outputs.
template <fixed_string... Names>
struct Output;
/// In the place of a layer: the layer of an earlier node, with the same parameters.
template <fixed_string Name>
struct Shared;

// The mistakes of a graph, in the words of messages (core/facts.hpp).
template <fixed_string Name>
struct node;
template <fixed_string Name>
struct unknown_name;
template <fixed_string Name>
struct defined_later;
template <fixed_string Name>
struct is_no_node;
template <fixed_string Name>
struct put_out_twice;
struct an_earlier_node;
struct duplicate_name;
struct leads_to_no_output;
struct no_input;
struct no_output;
struct at_least_one_value_to_read;
/// The verdict on a graph whose nodes are not connected as they must be.
template <class... Facts>
struct graph_mismatch {};

}  // namespace kiln

namespace kiln::inline KILN_TARGET::detail {

enum class ItemKind : unsigned char { input, node, output };

template <class T>
struct shared_name {
    static constexpr std::string_view text{};
};
template <fixed_string Name>
struct shared_name<Shared<Name>> {
    static constexpr std::string_view text{Name.text};
};

// What an item of a graph says.
template <class Item>
struct item;
template <fixed_string Name>
struct item<Input<Name>> {
    static constexpr ItemKind kind = ItemKind::input;
    static constexpr std::string_view name{Name.text};
    static constexpr std::array<std::string_view, 0> from{};
    static constexpr std::string_view shares{};
    using Layer = void;
    using Step = node<Name>;
    template <template <fixed_string> class Fact, int>
    using Named = Fact<Name>;
};
template <fixed_string Name, class L, fixed_string... From>
struct item<Node<Name, L, From...>> {
    static constexpr ItemKind kind = ItemKind::node;
    static constexpr std::string_view name{Name.text};
    static constexpr std::array<std::string_view, sizeof...(From)> from{From.text...};
    static constexpr std::string_view shares = shared_name<L>::text;
    using Layer = L;
    using Step = node<Name>;
    template <template <fixed_string> class Fact, int I>
    using Named = type_at<static_cast<std::size_t>(I), types<Fact<From>...>>;
};
template <fixed_string... Names>
struct item<Output<Names...>> {
    static constexpr ItemKind kind = ItemKind::output;
    static constexpr std::string_view name{};
    static constexpr std::array<std::string_view, sizeof...(Names)> from{Names.text...};
    static constexpr std::string_view shares{};
    using Layer = void;
    using Step = node<"Output">;
    template <template <fixed_string> class Fact, int I>
    using Named = type_at<static_cast<std::size_t>(I), types<Fact<Names>...>>;
};

enum class GraphMistake : unsigned char {
    none,
    no_input,
    no_output,
    duplicate_name,
    reads_nothing,
    unknown_name,
    defined_later,
    unknown_owner,
    puts_out_an_input,
    puts_out_twice,
    leads_to_no_output
};

// The items of a graph as values: which are nodes, how they are wired, and the first mistake.
template <int Items, int Nodes, int MostInputs, int Outputs>
struct GraphWiring {
    GraphMistake mistake = GraphMistake::none;
    int item = 0, port = 0;                                     // of the mistake
    std::array<int, static_cast<std::size_t>(Nodes)> items{};   // the item of each node
    std::array<int, static_cast<std::size_t>(Nodes)> owners{};  // the node whose parameters each node has
    Wiring<Nodes, MostInputs, Outputs> wiring{};
};

template <class... Items>
struct graph_items {
    static constexpr std::size_t count = sizeof...(Items);
    static constexpr std::array<ItemKind, count> kind{item<Items>::kind...};
    static constexpr int count_of(ItemKind wanted) {
        int sum = 0;
        for (const ItemKind one : kind) sum += one == wanted;
        return sum;
    }
    static constexpr int nodes = count_of(ItemKind::node);
    static constexpr std::array<std::string_view, count> name{item<Items>::name...}, shares{item<Items>::shares...};
    static constexpr std::array<std::size_t, count> fan{item<Items>::from.size()...};
    static constexpr std::size_t most_inputs = [] {
        std::size_t most = 1;
        for (const std::size_t one : fan) most = one > most ? one : most;
        return most;
    }();
    static constexpr std::size_t outputs = [] {
        std::size_t sum = 0;
        for (std::size_t i = 0; i < count; ++i) sum += kind[i] == ItemKind::output ? fan[i] : 0;
        return sum;
    }();

    using Result = GraphWiring<static_cast<int>(count), nodes, static_cast<int>(most_inputs),
                               static_cast<int>(outputs > 0 ? outputs : 1)>;
    static constexpr Result wire() {
        Result graph;
        std::array<std::array<std::string_view, most_inputs>, count> from{};
        std::size_t next = 0;
        const auto copy = [&](const auto& names) {
            for (std::size_t p = 0; p < names.size(); ++p) from[next][p] = names[p];
            ++next;
        };
        (copy(item<Items>::from), ...);
        const auto fail = [&](GraphMistake mistake, std::size_t at, std::size_t port = 0) {
            if (graph.mistake != GraphMistake::none) return;
            graph.mistake = mistake;
            graph.item = static_cast<int>(at);
            graph.port = static_cast<int>(port);
        };
        graph.wiring.inputs = count_of(ItemKind::input);
        if (graph.wiring.inputs == 0) fail(GraphMistake::no_input, 0);
        if (outputs == 0) fail(GraphMistake::no_output, 0);

        // The number of each item's value, of its node, and of the item with a name.
        std::array<int, count> value{}, number{};
        int inputs_so_far = 0, nodes_so_far = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (kind[i] == ItemKind::input) value[i] = inputs_so_far++;
            if (kind[i] != ItemKind::node) continue;
            graph.items[static_cast<std::size_t>(nodes_so_far)] = static_cast<int>(i);
            number[i] = nodes_so_far;
            value[i] = graph.wiring.inputs + nodes_so_far++;
        }
        const auto find = [&](std::string_view wanted) {
            for (std::size_t i = 0; i < count; ++i)
                if (kind[i] != ItemKind::output && name[i] == wanted) return i;
            return count;
        };
        std::array<bool, count> leads_on{};  // to an output
        int put_out = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (kind[i] != ItemKind::output && find(name[i]) != i) fail(GraphMistake::duplicate_name, i);
            if (kind[i] == ItemKind::node) {
                const auto n = static_cast<std::size_t>(number[i]);
                graph.owners[n] = number[i];
                graph.wiring.fan[n] = static_cast<int>(fan[i] > 0 ? fan[i] : 1);
                if (fan[i] == 0) fail(GraphMistake::reads_nothing, i);
                if (!shares[i].empty()) {
                    const std::size_t owner = find(shares[i]);
                    if (owner >= i || kind[owner] != ItemKind::node)
                        fail(GraphMistake::unknown_owner, i);
                    else
                        graph.owners[n] = graph.owners[static_cast<std::size_t>(number[owner])];
                }
            }
            for (std::size_t p = 0; p < fan[i]; ++p) {
                const std::size_t read = find(from[i][p]);
                if (read == count) {
                    fail(GraphMistake::unknown_name, i, p);
                } else if (read >= i) {
                    fail(GraphMistake::defined_later, i, p);
                } else if (kind[i] == ItemKind::node) {
                    graph.wiring.from[static_cast<std::size_t>(number[i])][p] = value[read];
                } else {
                    if (kind[read] == ItemKind::input) fail(GraphMistake::puts_out_an_input, i, p);
                    if (leads_on[read]) fail(GraphMistake::puts_out_twice, i, p);
                    graph.wiring.outputs[static_cast<std::size_t>(put_out++)] = value[read];
                    leads_on[read] = true;
                }
            }
        }
        for (std::size_t i = count; i-- > 0;)
            if (kind[i] == ItemKind::node && leads_on[i])
                for (std::size_t p = 0; p < fan[i]; ++p)
                    if (const std::size_t read = find(from[i][p]); read < i) leads_on[read] = true;
        for (std::size_t i = 0; i < count; ++i)
            if (kind[i] != ItemKind::output && !leads_on[i]) fail(GraphMistake::leads_to_no_output, i);
        return graph;
    }
    static constexpr Result wired = wire();
    // The node of each item; -1 if the item is no node.
    static constexpr std::array<int, count> node_of = [] {
        std::array<int, count> nodes_at{};
        int next = 0;
        for (std::size_t i = 0; i < count; ++i) nodes_at[i] = kind[i] == ItemKind::node ? next++ : -1;
        return nodes_at;
    }();

    static constexpr auto input_names() {
        std::array<std::string_view, static_cast<std::size_t>(count_of(ItemKind::input))> names{};
        std::size_t next = 0;
        for (std::size_t i = 0; i < count; ++i)
            if (kind[i] == ItemKind::input) names[next++] = name[i];
        return names;
    }

    static constexpr auto output_names() {
        std::array<std::string_view, outputs> names{};
        std::size_t next = 0;
        const auto copy = [&](const auto& from, bool put_out) {
            if (put_out)
                for (const std::string_view one : from) names[next++] = one;
        };
        (copy(item<Items>::from, item<Items>::kind == ItemKind::output), ...);
        return names;
    }

    template <int I>
    using At = item<type_at<static_cast<std::size_t>(I), types<Items...>>>;
    template <int N>
    using NodeAt = At<wired.items[static_cast<std::size_t>(N)]>;
};

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

// The first mistake of a graph, as a fact.
template <class Items>
constexpr auto fact_of_mistake() {
    constexpr auto& wired = Items::wired;
    using At = typename Items::template At<wired.item>;
    using M = GraphMistake;
    if constexpr (wired.mistake == M::no_input)
        return static_cast<graph_mismatch<no_input>*>(nullptr);
    else if constexpr (wired.mistake == M::no_output)
        return static_cast<graph_mismatch<no_output>*>(nullptr);
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

/// A network of named nodes (this header's head).
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
