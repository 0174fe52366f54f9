// SPDX-License-Identifier: BSL-1.0
#pragma once
// The graph of a model (io/graph.hpp), of what it does in inference. Every layer says by itself what it is (`describe`,
// core/contract.hpp); here is what it says that with, and the walk over the network.

#include <kiln/core/contract.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/io/graph.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

namespace detail {
template <class G>
class Builder;
using GraphBuilder = Builder<Graph>;  // a template, so that whoever does not use it does not wait for it
}  // namespace detail

/// What layers describe themselves with: a value of the graph.
class Value {
  public:
    Value() = default;
    explicit Value(detail::GraphBuilder* graph, int node = -1) : graph_(graph), node_(node) {}

    /// What an operator makes of this value and of more operands: further values, tensors of the layer's parameters or
    /// state, numbers, std::array<float, n>, Extents (of a sample, with the batch before them), Nothing for none.
    template <class... Operands>
    Value then(const char* operation, const Operands&... operands) const;
    /// The same, with an attribute of the operator that made it.
    Value with(const char* name, const auto& value) const;
    template <std::integral T>
    Value with(const char* name, std::initializer_list<T> values) const;
    /// The output of part I of a container, layer L, for this value of shape In. `at` is the container's context.
    template <std::size_t I, class L, class In>
    Value through(const auto& at) const;

  private:
    friend detail::GraphBuilder;

    detail::GraphBuilder* graph_ = nullptr;
    int node_ = -1;  // which made it; -1: it is the input
};

/// The value that enters a layer: its shape is known.
template <class In>
struct EnteringValue : Value {
    using Dimensions = In;
    static constexpr Extents extents = In::extents;

    /// The output of part I of a container, layer L, for the container's own input.
    template <std::size_t I, class L>
    Value through(const auto& at) const {
        return Value::through<I, L, In>(at);
    }
};

/// A layer that has `describe`, its own or inherited.
template <class L, class In>
concept HasDescribe = requires(const EnteringValue<In>& x, Value& y, const parameters_t<L, float, In>& parameters,
                               const state_t<L, float, In>& state, Nothing& none) {
    { L::describe(x, y, Context{parameters, none, state, none, none, none, none, Pass{}}) } -> std::same_as<void>;
};

/// A layer that says which operators it is made of.
template <class L, class In>
concept Described = MakesClaims<L> && HasDescribe<L, In>;

namespace detail {

/// Makes a graph of what layers say; everything that Value offers ends here.
template <class G>
class Builder {
  public:
    Builder(G graph, const auto& parameters, const auto& state) : graph_(std::move(graph)) {
        know(parameters);
        know(state);
    }

    template <class L, class In>
    Value describe(const Value& x, const auto& parameters, const auto& state) {
        Value y;
        Nothing none;
        L::describe(EnteringValue<In>{x}, y, Context{parameters, none, state, none, none, none, none, Pass{}});
        KILN_EXPECTS(y.graph_ == this);  // the layer has set it
        return y;
    }
    template <class L, class In>
    Value describe_part(int position, const Value& x, const auto& parameters, const auto& state) {
        const Name outer = std::exchange(position_, position_.then(position));
        const Value y = describe<L, In>(x, parameters, state);
        position_ = outer;
        return y;
    }

    Value add(const char* operation, std::vector<std::string> inputs) {
        graph_.nodes.push_back({operation, std::move(inputs), unused(operation), {}});
        return Value(this, static_cast<int>(graph_.nodes.size()) - 1);
    }
    void add(int node, Attribute attribute) { at(node).attributes.push_back(std::move(attribute)); }

    // The names of operands.
    std::string operand(const Value& value) { return value.node_ < 0 ? graph_.input : at(value.node_).output; }
    std::string operand(const Nothing&) { return {}; }
    template <class T>
        requires std::is_arithmetic_v<T> std::string operand(T value) {
            return constant({}, std::vector{static_cast<float>(value)});
        }
    std::string operand(const Extents& extents) {
        std::vector<long long> sizes{0};  // 0: the size that is there, the batch's
        for (int i = 0; i < extents.rank; ++i) sizes.push_back(extents[i]);
        return constant({extents.rank + 1LL}, std::move(sizes));
    }
    template <std::size_t N>
    std::string operand(const std::array<float, N>& values) {
        return constant({static_cast<long long>(N)}, std::vector(values.begin(), values.end()));
    }
    template <class S>
    std::string operand(const Tensor<float, S>& tensor) {
        for (const Known& known : known_)
            if (known.values.data() == tensor.data) return share(known);
        return constant(sizes_of(S::extents), std::vector(tensor.begin(), tensor.end()));
    }

    /// The graph, with y as its output.
    G finish(Value y) {
        if (y.node_ < 0) y = y.then("Identity");  // the output is not the input
        const std::string inner = std::exchange(at(y.node_).output, graph_.output);
        for (Node& node : graph_.nodes)
            for (std::string& input : node.inputs)
                if (input == inner) input = graph_.output;
        return std::move(graph_);
    }

  private:
    struct Known {
        std::string name;
        Extents extents;
        std::span<const float> values;
    };

    static std::vector<long long> sizes_of(const Extents& extents) {
        return {extents.size, extents.size + extents.rank};
    }
    template <class Record>
    void know(const Record& record) {
        std::size_t i = 0;
        for (const Slice<const float>& slice : kiln::tensors<const float>(record))
            known_.push_back(
                {schema<Record>[i++].name.c_str(), slice.extents, {slice.data, static_cast<std::size_t>(slice.count)}});
    }
    Node& at(int node) {
        KILN_EXPECTS(node >= 0);  // the input has no operator
        return graph_.nodes[static_cast<std::size_t>(node)];
    }

    bool is_used(const std::string& name) const {
        for (const Node& node : graph_.nodes)
            if (node.output == name) return true;
        for (const GraphTensor& tensor : graph_.tensors)
            if (tensor.name == name) return true;
        return false;
    }
    std::string unused(const std::string& noun) const {
        const std::string first = position_.c_str() + ("/" + noun);
        std::string name = first;
        for (int number = 1; is_used(name); ++number) name = first + "_" + std::to_string(number);
        return name;
    }
    template <class Values>
    std::string constant(std::vector<long long> sizes, Values values) {
        graph_.tensors.push_back({unused("constant"), std::move(sizes), std::move(values)});
        return graph_.tensors.back().name;
    }
    std::string share(const Known& known) {
        if (!is_used(known.name)) graph_.tensors.push_back({known.name, sizes_of(known.extents), known.values});
        return known.name;
    }

    G graph_;
    std::vector<Known> known_;
    Name position_{};
};

// Where the first layer is that does not describe itself.
template <class L, class In>
constexpr Fit described() {
    if constexpr (!Described<L, In>) {
        return {.out = In::extents, .fits = false, .got = In::extents};
    } else if constexpr (Container<L, In>) {
        return []<std::size_t... I>(std::index_sequence<I...>) {
            int i = 0;
            for (const Fit& fit :
                 {described<typename L::template Layer<I>, typename L::template LayerInput<I, In>>()...}) {
                if (!fit.fits) return fit.within(i);
                ++i;
            }
            return Fit{.out = In::extents};
        }
        (std::make_index_sequence<L::depth>{});
    } else {
        return {.out = In::extents};
    }
}

template <Fit F, class Net, std::size_t... I>
constexpr auto undescribed(std::index_sequence<I...>) {
    using L = typename kiln::detail::descend<Net, F.position[I]...>::type;
    using Member = std::conditional_t<HasDescribe<L, shape_of<F.got>>, member::claims_of, member::describe>;
    return not_described<layer<F.position[I]...>, L, missing<Member>>{};
}

// Whether every layer of a model describes itself, or the first that does not; no word on a model that was refused.
template <class M>
constexpr auto description_verdict() {
    if constexpr (!M::is_sound) {
        return layers_described{};
    } else {
        constexpr Fit fit = described<typename M::Body, typename M::Input>();
        if constexpr (fit.fits)
            return layers_described{};
        else
            return undescribed<fit, typename M::Body>(std::make_index_sequence<fit.depth>{});
    }
}

}  // namespace detail

template <class... Operands>
Value Value::then(const char* operation, const Operands&... operands) const {
    std::vector<std::string> inputs{graph_->operand(*this), graph_->operand(operands)...};
    while (inputs.back().empty()) inputs.pop_back();  // Nothing behind the last operand
    return graph_->add(operation, std::move(inputs));
}
Value Value::with(const char* name, const auto& value) const {
    using T = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_integral_v<T>)
        graph_->add(node_, {name, static_cast<long long>(value)});
    else if constexpr (std::is_convertible_v<T, double>)
        graph_->add(node_, {name, static_cast<float>(static_cast<double>(value))});
    else
        graph_->add(node_, {name, std::string(value)});
    return *this;
}
template <std::integral T>
Value Value::with(const char* name, std::initializer_list<T> values) const {
    graph_->add(node_, {name, std::vector<long long>(values.begin(), values.end())});
    return *this;
}
template <std::size_t I, class L, class In>
Value Value::through(const auto& at) const {
    return graph_->describe_part<L, In>(static_cast<int>(I), *this, part_of<I>(at.parameters), part_of<I>(at.state));
}

/// The graph of a model, which refers to the model's tensors.
template <class M>
[[nodiscard]] Graph describe(const M& model, std::string input = "input", std::string output = "output") {
    constexpr auto verdict = detail::description_verdict<M>();
    static_assert(decltype(detail::description_verdict<M>())::all_layers_are_described);
    Graph graph{std::move(input), std::move(output), M::Input::extents, M::Output::extents, {}, {}};
    if constexpr (M::is_sound && requires { verdict.all_layers_are_described; }) {
        detail::GraphBuilder builder(std::move(graph), model.parameters(), model.state());
        using Body = typename M::Body;
        return builder.finish(
            builder.template describe<Body, typename M::Input>(Value(&builder), model.parameters(), model.state()));
    } else {
        return graph;
    }
}

}  // namespace kiln::inline KILN_TARGET::io
