// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/files/detail/concat.hpp>

#include <algorithm>

namespace kiln::inline KILN_TARGET::io::detail {

KILN_LAZY_DEFINITION Value GraphBuilder::add(const char* operation, std::initializer_list<std::string> inputs) {
    std::size_t count = inputs.size();
    while (inputs.begin()[count - 1].empty()) --count;  // Nothing behind the last operand
    std::string output = unused(operation);
    Node& node = graph_.nodes.emplace_back();
    node.operation = operation;
    node.inputs.assign(inputs.begin(), inputs.begin() + count);
    node.output = std::move(output);
    return Value(this, static_cast<int>(graph_.nodes.size()) - 1);
}

KILN_LAZY_DEFINITION Attribute& GraphBuilder::add_attribute(int node, const char* name, Attribute::Kind kind) {
    Attribute& attribute = at(node).attributes.emplace_back();
    attribute.name = name;
    attribute.kind = kind;
    return attribute;
}
KILN_LAZY_DEFINITION void GraphBuilder::add(int node, const char* name, long long integer) {
    add_attribute(node, name, Attribute::Kind::integer).integer = integer;
}
KILN_LAZY_DEFINITION void GraphBuilder::add(int node, const char* name, float real) {
    add_attribute(node, name, Attribute::Kind::real).real = real;
}
KILN_LAZY_DEFINITION void GraphBuilder::add(int node, const char* name, std::string_view word) {
    add_attribute(node, name, Attribute::Kind::word).word = word;
}
KILN_LAZY_DEFINITION void GraphBuilder::add(int node, const char* name, std::vector<long long> integers) {
    add_attribute(node, name, Attribute::Kind::integers).integers = std::move(integers);
}

KILN_LAZY_DEFINITION std::string GraphBuilder::operand(const Value& value) {
    return value.node_ < 0 ? graph_.inputs[static_cast<std::size_t>(-1 - value.node_)].name : at(value.node_).output;
}
KILN_LAZY_DEFINITION std::string GraphBuilder::operand(const Extents& extents) {
    std::vector<int> sizes{0};  // 0: the size of the batch stays
    for (int i = 0; i < extents.rank; ++i) sizes.push_back(extents[i]);
    return constant(sizes);
}

KILN_LAZY_DEFINITION std::string GraphBuilder::constant(std::span<const int> integers) {
    GraphTensor& constant = add_tensor(graph_.tensors, unused("constant"), Extents{static_cast<int>(integers.size())});
    constant.integers.assign(integers.begin(), integers.end());
    return constant.name;
}

KILN_LAZY_DEFINITION void GraphBuilder::finish(Value y, const std::string& name) {
    // An output must be neither an input nor another output. A layer that describes no operator, such as Dropout, makes
    // them one value.
    if (y.node_ < 0 || std::find(finished_.begin(), finished_.end(), y.node_) != finished_.end())
        y = add("Identity", {operand(y)});
    finished_.push_back(y.node_);
    const std::string inner = std::exchange(at(y.node_).output, name);
    for (Node& node : graph_.nodes)
        for (std::string& input : node.inputs)
            if (input == inner) input = name;
}

KILN_LAZY_DEFINITION void GraphBuilder::know(const TensorSchema& tensor, std::span<const float> values) {
    add_tensor(known_, tensor.name.c_str(), tensor.extents).weights = values;
}

KILN_LAZY_DEFINITION Node& GraphBuilder::at(int node) {
    KILN_EXPECTS(node >= 0);  // the input has no operator
    return graph_.nodes[static_cast<std::size_t>(node)];
}

KILN_LAZY_DEFINITION GraphTensor& GraphBuilder::add_tensor(std::vector<GraphTensor>& all, std::string name,
                                                           const Extents& extents) {
    GraphTensor& tensor = all.emplace_back();
    tensor.name = std::move(name);
    for (int i = 0; i < extents.rank; ++i) tensor.sizes.push_back(extents[i]);
    return tensor;
}

KILN_LAZY_DEFINITION bool GraphBuilder::is_used(std::string_view name) const {
    for (const Node& node : graph_.nodes)
        if (node.output == name) return true;
    for (const GraphTensor& tensor : graph_.tensors)
        if (tensor.name == name) return true;
    return false;
}

KILN_LAZY_DEFINITION std::string GraphBuilder::unused(const char* noun) const {
    const std::string first = concat(position_.c_str(), "/", noun);
    std::string name = first;
    for (int number = 1; is_used(name); ++number) name = concat(first, "_", number);
    return name;
}

KILN_LAZY_DEFINITION std::string GraphBuilder::constant(const Extents& extents, const float* values) {
    GraphTensor& constant = add_tensor(graph_.tensors, unused("constant"), extents);
    constant.reals.assign(values, values + extents.count());
    return constant.name;
}

KILN_LAZY_DEFINITION std::string GraphBuilder::tensor_or_constant(const Extents& extents, const float* values) {
    for (const GraphTensor& known : known_) {
        if (known.weights.data() != values) continue;
        if (!is_used(known.name)) graph_.tensors.push_back(known);
        return known.name;
    }
    return constant(extents, values);
}

}  // namespace kiln::inline KILN_TARGET::io::detail
