// SPDX-License-Identifier: BSL-1.0
#pragma once
// Random graphs, as types. A recipe is a value: nodes that read earlier values, any number of times, until each value
// leads to the output. A recipe is drawn from a seed while compiling and then spelled as a Graph. The sizes and the
// number of parameters of a recipe are computed here anew, so that they also check the library's.

#include <kiln/core/random.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/graph.hpp>
#include <kiln/nets/identity.hpp>
#include <kiln/nets/mat_mul.hpp>
#include <kiln/nets/sequential.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

namespace kiln::laws {

enum class NodeKind { tanh, products, linear, chain, residual, sum, widened, graph, shared, add, multiply, concat };

/// A node as a value. Value 0 is the graph's input, and node i makes value i + 1.
struct NodeRecipe {
    static constexpr int most_inputs = 6;

    NodeKind kind = NodeKind::tanh;
    int in = 1, out = 1;  ///< the size of the first value that is read, and of the value that is made
    int fan = 1, from[most_inputs] = {};
    int owner = 0;  ///< the node with the parameters of a shared one
};

struct GraphRecipe {
    static constexpr int most = 8;

    int input = 1, count = 0, parameters = 0;
    NodeRecipe node[most] = {};
    bool within_a_residual = false;

    constexpr int size(int value) const { return value == 0 ? input : node[value - 1].out; }
    constexpr int output() const { return size(count); }
    constexpr bool has(NodeKind kind) const {
        for (int i = 0; i < count; ++i)
            if (node[i].kind == kind) return true;
        return false;
    }
    /// How many nodes read a value.
    constexpr int readers(int value) const {
        int sum = 0;
        for (int i = 0; i < count; ++i)
            for (int p = 0; p < node[i].fan; ++p) sum += node[i].from[p] == value;
        return sum;
    }
    constexpr void add(const NodeRecipe& next) {
        const int weights = next.in * next.out + next.out;
        switch (next.kind) {
        case NodeKind::linear:
        case NodeKind::residual:
        case NodeKind::graph:
            parameters += weights;
            break;
        case NodeKind::chain:
            parameters += weights + next.out * next.out + next.out;
            break;
        case NodeKind::sum:
            parameters += 2 * weights;
            break;
        case NodeKind::widened:
            parameters += next.in * (next.out - next.in) + next.out - next.in;
            break;
        default:
            break;
        }
        node[count++] = next;
    }
};

namespace detail {

// A value, more often a late one.
constexpr int draw_value(Random& random, const GraphRecipe& graph) {
    const int a = random.below(graph.count + 1), b = random.below(graph.count + 1);
    return a > b ? a : b;
}

// A join of `fan` values. Add and Multiply read values of one size; one value may be read twice.
constexpr NodeRecipe draw_join(Random& random, const GraphRecipe& graph, NodeKind kind) {
    const int first = draw_value(random, graph);
    NodeRecipe node{.kind = kind, .in = graph.size(first), .out = graph.size(first), .fan = 2 + random.below(2)};
    node.from[0] = first;
    for (int p = 1; p < node.fan; ++p) {
        int value = random.below(graph.count + 1);
        while (kind != NodeKind::concat && graph.size(value) != node.in) value = (value + 1) % (graph.count + 1);
        node.from[p] = value;
        if (kind == NodeKind::concat) node.out += graph.size(value);
    }
    return node;
}

// A node that shares the parameters of an earlier one, and reads a value of that one's size; a Tanh if there is none.
constexpr NodeRecipe draw_shared(Random& random, const GraphRecipe& graph) {
    const int begin = draw_value(random, graph);
    for (int i = 0; i < graph.count; ++i) {
        const NodeRecipe& owner = graph.node[i];
        if (owner.kind < NodeKind::linear || owner.kind > NodeKind::graph) continue;
        for (int k = 0; k <= graph.count; ++k) {
            const int value = (begin + k) % (graph.count + 1);
            if (graph.size(value) == owner.in && value != owner.from[0])
                return {NodeKind::shared, owner.in, owner.out, 1, {value}, i};
        }
    }
    return {NodeKind::tanh, graph.size(begin), graph.size(begin), 1, {begin}};
}

constexpr NodeRecipe draw_node(Random& random, const GraphRecipe& graph) {
    constexpr int kinds = static_cast<int>(NodeKind::concat) + 1;
    const int drawn = random.below(kinds + 2);
    const NodeKind kind = drawn < kinds ? static_cast<NodeKind>(drawn) : NodeKind::shared;
    if (kind >= NodeKind::add) return draw_join(random, graph, kind);
    if (kind == NodeKind::shared) return draw_shared(random, graph);
    const int value = draw_value(random, graph), in = graph.size(value), wanted = 2 + random.below(3);
    const bool keeps_size =
        kind == NodeKind::tanh || kind == NodeKind::products || kind == NodeKind::residual || kind == NodeKind::graph;
    const int out = keeps_size ? in : kind == NodeKind::widened ? in + wanted : wanted;
    return {kind, in, out, 1, {value}};
}

}  // namespace detail

/// A graph of three to six drawn nodes, a Concat of the values that nobody reads, and a Linear.
constexpr GraphRecipe graph_recipe_from(std::uint64_t seed) {
    Random random{Seed{seed}};
    GraphRecipe graph;
    graph.input = 2 + random.below(4);
    graph.add({NodeKind::linear, graph.input, 4, 1, {0}});
    for (int i = 2 + random.below(4); i > 0; --i) graph.add(detail::draw_node(random, graph));
    NodeRecipe ends{.kind = NodeKind::concat, .out = 0, .fan = 0};
    for (int value = 0; value <= graph.count; ++value) {
        if (graph.readers(value) > 0) continue;
        if (ends.fan == 0) ends.in = graph.size(value);
        ends.out += graph.size(value);
        ends.from[ends.fan++] = value;
    }
    if (ends.fan > 1) graph.add(ends);
    graph.within_a_residual = random.below(4) == 0;
    const int last = graph.count;
    graph.add({NodeKind::linear, graph.size(last), graph.within_a_residual ? graph.input : 3, 1, {last}});
    return graph;
}

namespace detail {

// "v0" is the graph's input, and "v1" the value of its first node.
template <int Value>
inline constexpr fixed_string<3> value_name = [] {
    constexpr char text[] = {'v', static_cast<char>('0' + Value), '\0'};
    return fixed_string<3>(text);
}();

/// f(x) f(f(x)), with the parameters of one Linear.
template <int Size>
using Squared = Graph<Input<"x">, Node<"f", Linear<Size, Size>, "x">, Node<"ff", Shared<"f">, "f">,
                      Node<"product", Multiply<>, "f", "ff">, Output<"product">>;

/// Products of matrices that are neither symmetric nor vectors: x twice as an n x 2 matrix, times x twice as a 2 x n
/// matrix, times x.
template <int Size>
using Products = Graph<Input<"x">, Node<"both", Concat<>, "x", "x">, Node<"tall", Reshape<Size, 2>, "both">,
                       Node<"wide", Reshape<2, Size>, "both">, Node<"square", MatMul, "tall", "wide">,
                       Node<"row", Reshape<1, Size>, "x">, Node<"product", MatMulTransposed, "square", "row">,
                       Node<"y", Flatten, "product">, Output<"y">>;

template <NodeRecipe N>
constexpr auto layer_of_node() {
    using Map = Linear<N.in, N.out>;
    if constexpr (N.kind == NodeKind::tanh)
        return std::type_identity<Tanh>{};
    else if constexpr (N.kind == NodeKind::products)
        return std::type_identity<Products<N.in>>{};
    else if constexpr (N.kind == NodeKind::linear)
        return std::type_identity<Map>{};
    else if constexpr (N.kind == NodeKind::chain)
        return std::type_identity<Sequential<Map, Tanh, Linear<N.out, N.out>>>{};
    else if constexpr (N.kind == NodeKind::residual)
        return std::type_identity<Residual<Map, Tanh>>{};
    else if constexpr (N.kind == NodeKind::sum)
        return std::type_identity<Sum<Map, Sequential<Map, Tanh>>>{};
    else if constexpr (N.kind == NodeKind::widened)
        return std::type_identity<Concat<Linear<N.in, N.out - N.in>, Identity>>{};
    else if constexpr (N.kind == NodeKind::graph)
        return std::type_identity<Squared<N.in>>{};
    else if constexpr (N.kind == NodeKind::shared)
        return std::type_identity<Shared<value_name<N.owner + 1>>>{};
    else if constexpr (N.kind == NodeKind::add)
        return std::type_identity<Add>{};
    else if constexpr (N.kind == NodeKind::multiply)
        return std::type_identity<Multiply<>>{};
    else
        return std::type_identity<Concat<>>{};
}

template <class Source, int I, std::size_t... P>
constexpr auto node_from(std::index_sequence<P...>) {
    constexpr NodeRecipe node = Source::recipe.node[I];
    using L = typename decltype(layer_of_node<node>())::type;
    return std::type_identity<Node<value_name<I + 1>, L, value_name<node.from[P]>...>>{};
}
template <class Source, std::size_t I>
using NodeFrom = typename decltype(node_from<Source, static_cast<int>(I)>(
    std::make_index_sequence<static_cast<std::size_t>(Source::recipe.node[I].fan)>{}))::type;

template <class Source, class Nodes>
struct graph_from;
template <class Source, std::size_t... I>
struct graph_from<Source, std::index_sequence<I...>> {
    using type = Graph<Input<value_name<0>>, NodeFrom<Source, I>..., Output<value_name<Source::recipe.count>>>;
};

}  // namespace detail

/// The graph drawn from a seed.
template <std::uint64_t S>
struct RandomGraph {
    static constexpr GraphRecipe recipe = graph_recipe_from(S);
    using Net = typename detail::graph_from<RandomGraph,
                                            std::make_index_sequence<static_cast<std::size_t>(recipe.count)>>::type;
    using Layer = std::conditional_t<recipe.within_a_residual, Residual<Net>, Net>;
    using Input = Shape<recipe.input>;
};

namespace detail {
template <std::uint64_t First, std::size_t... I>
auto random_graphs(std::index_sequence<I...>) -> std::tuple<RandomGraph<First + I>...>;
}  // namespace detail

/// Graphs drawn from the seeds First … First + Count - 1.
template <std::uint64_t First, int Count>
using RandomGraphs = decltype(detail::random_graphs<First>(std::make_index_sequence<Count>{}));

}  // namespace kiln::laws
