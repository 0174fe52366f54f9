// SPDX-License-Identifier: BSL-1.0
#pragma once
// The items of a graph as values: how its nodes are wired, and the first mistake.

#include <kiln/core/contract/wiring.hpp>
#include <kiln/core/fixed_string.hpp>
#include <kiln/core/record.hpp>
#include <kiln/nets/node.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace kiln::inline KILN_TARGET::detail {

enum class ItemKind : unsigned char { input, node, output, no_item };

template <class T>
struct shared_name {
    static constexpr std::string_view text{};
};
template <fixed_string Name>
struct shared_name<Shared<Name>> {
    static constexpr std::string_view text{Name.text};
};

// The kind of an item of a graph, its name, and the names of the values that it reads.
template <class Item>
struct item {
    static constexpr ItemKind kind = ItemKind::no_item;
    static constexpr std::string_view name{}, shares{};
    static constexpr std::array<std::string_view, 0> from{};
    using Layer = void;
    using Step = Item;
};
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
    no_item,
    no_input,
    no_output,
    name_with_a_dot,
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
        [[maybe_unused]] const auto copy = [&](const auto& names) {
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
        for (std::size_t i = 0; i < count; ++i)
            if (kind[i] == ItemKind::no_item) fail(GraphMistake::no_item, i);
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
            if (kind[i] != ItemKind::output) {
                // Parameters are named by nodes and positions with dots between them.
                if (name[i].empty() || name[i].find('.') != std::string_view::npos)
                    fail(GraphMistake::name_with_a_dot, i);
                if (find(name[i]) != i) fail(GraphMistake::duplicate_name, i);
            }
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
        [[maybe_unused]] const auto copy = [&](const auto& from, bool put_out) {
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

}  // namespace kiln::inline KILN_TARGET::detail
