// SPDX-License-Identifier: BSL-1.0
#pragma once
// The graph of a model's inference (io/graph.hpp). Every layer describes itself (`describe`, core/contract/claims.hpp).
// This header defines the values that layers describe themselves with, and the walk over the network.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/detail/one_of.hpp>
#include <kiln/core/detail/sizes.hpp>
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
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

namespace detail {
class GraphBuilder;
}  // namespace detail

/// A value of the graph, with which layers describe themselves.
class Value {
  public:
    Value() = default;
    explicit Value(detail::GraphBuilder* graph, int node = -1) : graph_(graph), node_(node) {}

    /// The result of an operator on this value and further operands: values, tensors of the layer's parameters or
    /// state, numbers, std::array<float, n>, Extents (of a sample; the batch is put before them), std::array<int, n> (a
    /// shape with the batch in it; -1 follows from the other sizes), a constant tensor that the layer makes (extents;
    /// write(float*)), Nothing for an absent operand.
    template <class... Operands>
    Value then(const char* operation, const Operands&... operands) const;
    /// The result of an operator on operands of which this value need not be the first, or one at all.
    template <class... Operands>
    Value make(const char* operation, const Operands&... operands) const;
    /// This value, after its operator has got an attribute.
    Value with(const char* name, const auto& value) const;
    template <std::integral T>
    Value with(const char* name, std::initializer_list<T> values) const;
    /// The output of part I of a container, layer L, for this value of shape In. `at` is the container's context.
    template <std::size_t I, class L, class In>
    Value through(const auto& at) const;
    /// The output of layer L for this value of shape In, whatever its batch. `at` is L's own context.
    template <class L, class In>
    Value as_sample(const auto& at) const;
    /// The output of part I of a container, layer L, for these values of shapes In; the part has a name.
    template <std::size_t I, class L, class In, std::size_t N>
    Value through(const auto& at, const std::array<Value, N>& values, const Name& part) const;

  private:
    friend class detail::GraphBuilder;

    detail::GraphBuilder* graph_ = nullptr;
    int node_ = -1;  // the node that made the value; -1 - I: input I
};

/// The value that enters a layer, with a known shape.
template <class In>
struct EnteringValue : Value {
    using Dimensions = In;
    using Plain = Value;
    static constexpr Extents extents = In::extents;

    /// The output of part I of a container, layer L, for the container's own input.
    template <std::size_t I, class L>
    Value through(const auto& at) const {
        return Value::through<I, L, In>(at);
    }
};

/// The values that enter a layer which joins them, or a network of several inputs.
template <class... In>
struct EnteringValue<Shapes<In...>> {
    using Dimensions = Shapes<In...>;
    using Plain = Value;
    std::array<Value, sizeof...(In)> values;
};

/// The values that a network of several outputs puts out.
template <int Count>
struct EndingValues {
    std::array<Value, static_cast<std::size_t>(Count)> values;
};

namespace detail {
template <class Out>
struct ending {
    using type = Value;
};
template <class... Out>
struct ending<Shapes<Out...>> {
    using type = EndingValues<static_cast<int>(sizeof...(Out))>;
};
template <class L, class In>
using ending_t = typename ending<output_t<L, In>>::type;
}  // namespace detail

/// A layer with a member `describe`, its own or inherited.
template <class L, class In>
concept HasDescribe = requires(const EnteringValue<In>& x, detail::ending_t<L, In>& y,
                               const parameters_t<L, float, In>& parameters, const state_t<L, float, In>& state,
                               Nothing& none) {
    { L::describe(x, y, Context{parameters, none, state, none, none, none, none, Pass{}}) } -> std::same_as<void>;
};

/// A layer whose `describe` counts.
template <class L, class In>
concept Described = MakesClaims<L> && HasDescribe<L, In>;

namespace detail {

/// Builds a graph from the descriptions of layers. Every function of Value ends here.
class GraphBuilder {
  public:
    explicit GraphBuilder(Graph& graph) : graph_(graph) {}

    // Makes the tensors of a record of the network known by their names.
    template <class Record>
    void know(const Record& record) {
        const TensorSchema* tensor = schema<Record>.data();
        for (const auto& slice : kiln::tensors<const float>(record))
            know(*tensor++, {slice.data, static_cast<std::size_t>(slice.count)});
    }

    // The network's input, or all of them.
    template <class In>
    auto ends() {
        if constexpr (kiln::detail::are_shapes<In>) {
            std::array<Value, static_cast<std::size_t>(In::parts)> values;
            for (std::size_t i = 0; i < values.size(); ++i) values[i] = Value(this, -1 - static_cast<int>(i));
            return values;
        } else {
            return Value(this);
        }
    }

    template <class L, class In>
    ending_t<L, In> describe(const auto& x, const auto& parameters, const auto& state) {
        ending_t<L, In> y;
        Nothing none;
        L::describe(EnteringValue<In>{x}, y, Context{parameters, none, state, none, none, none, none, Pass{}});
        if constexpr (std::is_same_v<decltype(y), Value>) KILN_EXPECTS(y.graph_ == this);  // the layer has set it
        return y;
    }
    template <class L, class In>
    Value describe_part(const Name& part, const auto& x, const auto& parameters, const auto& state) {
        const Name outer = std::exchange(position_, position_.then(part.c_str()));
        const Value y = describe<L, In>(x, parameters, state);
        position_ = outer;
        return y;
    }

    KILN_LAZY Value add(const char* operation, std::initializer_list<std::string> inputs);
    // Adds an attribute to a node.
    KILN_LAZY void add(int node, const char* name, long long integer);
    KILN_LAZY void add(int node, const char* name, float real);
    KILN_LAZY void add(int node, const char* name, std::string_view word);
    KILN_LAZY void add(int node, const char* name, std::vector<long long> integers);

    // The name of an operand in the graph.
    KILN_LAZY std::string operand(const Value& value);
    std::string operand(const Nothing&) { return {}; }
    template <class T>
        requires std::is_arithmetic_v<T> std::string operand(T value) {
            const float number = static_cast<float>(value);
            return constant({}, &number);
        }
    KILN_LAZY std::string operand(const Extents& extents);
    template <std::size_t N>
        requires(N > 0)
    std::string operand(const std::array<int, N>& integers) {
        return constant(std::span<const int>(integers));
    }
    template <std::size_t N>
        requires(N > 0)
    std::string operand(const std::array<float, N>& values) {
        return constant(Extents{static_cast<int>(N)}, values.data());
    }
    template <class T>
        requires requires(const T& made, float* to) { made.write(to); }
    std::string operand(const T& made) {
        std::vector<float> numbers(static_cast<std::size_t>(made.extents.count()));
        made.write(numbers.data());
        return constant(made.extents, numbers.data());
    }
    template <class S>
    std::string operand(const Tensor<float, S>& tensor) {
        return tensor_or_constant(S::extents, tensor.data);
    }

    // Makes y an output of the graph. A value that is one already is put out by an operator of its own.
    KILN_LAZY void finish(Value y, const std::string& name);

  private:
    KILN_LAZY void know(const TensorSchema& tensor, std::span<const float> values);
    KILN_LAZY Node& at(int node);
    KILN_LAZY Attribute& add_attribute(int node, const char* name, Attribute::Kind kind);
    KILN_LAZY static GraphTensor& add_tensor(std::vector<GraphTensor>& all, std::string name, const Extents& extents);
    KILN_LAZY bool is_used(std::string_view name) const;
    KILN_LAZY std::string unused(const char* noun) const;
    KILN_LAZY std::string constant(const Extents& extents, const float* values);
    KILN_LAZY std::string constant(std::span<const int> integers);
    KILN_LAZY std::string tensor_or_constant(const Extents& extents, const float* values);

    Graph& graph_;
    std::vector<GraphTensor> known_;  // the tensors of the network
    std::vector<int> finished_;       // the nodes whose values are outputs
    Name position_{};
};

// A Fit that holds the position of the first layer without a description.
template <class L, class In>
constexpr Fit described() {
    if constexpr (!Described<L, In>) {
        if constexpr (requires { In::extents; })
            return {.out = In::extents, .fits = false, .got = In::extents};
        else
            return {.out = {}, .fits = false};
    } else if constexpr (Container<L, In>) {
        return []<std::size_t... I>(std::index_sequence<I...>) {
            int i = 0;
            for (const Fit& fit : {described<typename L::template Layer<static_cast<int>(I)>,
                                             typename L::template LayerInput<static_cast<int>(I), In>>()...}) {
                if (!fit.fits) return fit.within(i);
                ++i;
            }
            return Fit{};
        }
        (std::make_index_sequence<L::depth>{});
    } else if constexpr (requires { typename L::template LayerInput<0, In>; }) {  // the layer of each frame
        const Fit fit = described<typename L::template Layer<0>, typename L::template LayerInput<0, In>>();
        return fit.fits ? fit : fit.within(0);
    } else {
        return {};
    }
}

template <Fit F, class Net, std::size_t... I>
constexpr auto undescribed(std::index_sequence<I...>) {
    using L = typename kiln::detail::descend<Net, F.position[I]...>::type;
    using Member = std::conditional_t<HasDescribe<L, shape_of<F.got>>, member::claims_of, member::describe>;
    return not_described<typename kiln::detail::position_in_words<Net, F.position[I]...>::type, L, missing<Member>>{};
}

// Whether every layer of a model describes itself, or the first that does not. A refused model has already been
// reported, and is passed over.
template <class M>
constexpr auto description_verdict() {
    if constexpr (!M::is_sound) {
        return layers_described{};
    } else {
        constexpr Fit fit = described<typename M::Body, typename M::Input>();
        if constexpr (fit.fits)
            return layers_described{};
        else
            return undescribed<fit, typename M::Body>(kiln::detail::IndicesBelow<fit.depth>{});
    }
}

}  // namespace detail

template <class... Operands>
Value Value::then(const char* operation, const Operands&... operands) const {
    return graph_->add(operation, {graph_->operand(*this), graph_->operand(operands)...});
}
template <class... Operands>
Value Value::make(const char* operation, const Operands&... operands) const {
    return graph_->add(operation, {graph_->operand(operands)...});
}
Value Value::with(const char* name, const auto& value) const {
    using T = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_integral_v<T>)
        graph_->add(node_, name, static_cast<long long>(value));
    else if constexpr (std::is_convertible_v<T, double>)
        graph_->add(node_, name, static_cast<float>(static_cast<double>(value)));
    else
        graph_->add(node_, name, std::string_view(value));
    return *this;
}
template <std::integral T>
Value Value::with(const char* name, std::initializer_list<T> values) const {
    graph_->add(node_, name, std::vector<long long>(values.begin(), values.end()));
    return *this;
}
template <std::size_t I, class L, class In>
Value Value::through(const auto& at) const {
    return graph_->describe_part<L, In>(Name{}.then(static_cast<int>(I)), *this, part_of<I>(at.parameters),
                                        part_of<I>(at.state));
}

template <class L, class In>
Value Value::as_sample(const auto& at) const {
    return graph_->describe<L, In>(*this, at.parameters, at.state);
}

template <std::size_t I, class L, class In, std::size_t N>
Value Value::through(const auto& at, const std::array<Value, N>& values, const Name& part) const {
    if constexpr (N == 1)
        return graph_->describe_part<L, In>(part, *this, part_of<I>(at.parameters), part_of<I>(at.state));
    else
        return graph_->describe_part<L, In>(part, values, part_of<I>(at.parameters), part_of<I>(at.state));
}

namespace detail {
// The inputs or outputs of a model's graph: the only one is called `name`; several have the names of their network, or
// numbers.
template <class In>
std::vector<GraphEnd> ends_of(const In*, const std::string& name, const auto&) {
    return {{name, In::extents}};
}
template <class... In>
std::vector<GraphEnd> ends_of(const Shapes<In...>*, const std::string& name, const auto& names) {
    std::vector<GraphEnd> ends;
    const Extents extents[] = {In::extents...};
    for (std::size_t i = 0; i < sizeof...(In); ++i)
        ends.push_back({i < names.size() ? std::string(names[i]) : name + std::to_string(i), extents[i]});
    return ends;
}
template <class Net>
constexpr auto input_names() {
    if constexpr (requires { Net::input_names; })
        return Net::input_names;
    else
        return std::array<std::string_view, 0>{};
}
template <class Net>
constexpr auto output_names() {
    if constexpr (requires { Net::output_names; })
        return Net::output_names;
    else
        return std::array<std::string_view, 0>{};
}
}  // namespace detail

/// The graph of a model. The graph refers to the model's tensors, so the model must outlive the graph. The only input and
/// the only output have the given names; several have the names that a network gives them (Input<"image">).
template <class M>
[[nodiscard]] Graph describe(const M& model, std::string input = "input", std::string output = "output") {
    constexpr auto verdict = detail::description_verdict<M>();
    static_assert(decltype(detail::description_verdict<M>())::all_layers_are_described);
    using Net = typename M::Network;
    using Input = typename M::Input;
    using Output = typename M::Output;
    Graph graph{detail::ends_of(static_cast<const Input*>(nullptr), input, detail::input_names<Net>()),
                detail::ends_of(static_cast<const Output*>(nullptr), output, detail::output_names<Net>()),
                {},
                {}};
    if constexpr (M::is_sound && requires { verdict.all_layers_are_described; }) {
        detail::GraphBuilder builder(graph);
        builder.know(model.parameters());
        builder.know(model.state());
        const auto y = builder.template describe<typename M::Body, Input>(builder.template ends<Input>(),
                                                                          model.parameters(), model.state());
        if constexpr (kiln::detail::are_shapes<Output>)
            for (std::size_t o = 0; o < y.values.size(); ++o) builder.finish(y.values[o], graph.outputs[o].name);
        else
            builder.finish(y, graph.outputs[0].name);
    }
    return graph;
}
template <class M>
    requires kiln::detail::is_one_of<M>
Graph describe(const M&, std::string = {}, std::string = {}) {
    static_assert(!kiln::detail::is_one_of<M>, "kiln: describe needs a Model, got a OneOf; try the model in it: visit");
    return {};
}
/// A temporary model is refused: the graph would outlive it.
template <class M>
Graph describe(const M&&, std::string = {}, std::string = {}) = delete;

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/describe.ipp>
#endif
