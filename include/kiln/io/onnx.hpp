// SPDX-License-Identifier: BSL-1.0
#pragma once
// Networks for other programs: an ONNX file (https://onnx.ai, IR version 8, opset 17) of a network's inference. Its
// inputs and outputs are batches, of any size N, of the model's samples; an input of tokens is of 64-bit integers.
// Several inputs or outputs have the names that the network gives them. Weights are named as in PyTorch's state_dict.
// Numbers are written unchanged, NaN and infinities too.
//
// Needs ONNX's own protobuf classes (Debian: libonnx-dev, libprotobuf-dev); the CMake target is kiln::onnx.

#include <kiln/core/detail/one_of.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/guarded.hpp>
#include <kiln/files/replace_file.hpp>
#include <kiln/files/result.hpp>
#include <kiln/io/describe.hpp>
#include <kiln/io/graph.hpp>

#ifndef ONNX_ML  // the larger of ONNX's two sets of classes, the default of its installations
#define ONNX_ML 1
#endif
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// The names in an ONNX file.
struct OnnxOptions {
    std::string input = "input", output = "output";  ///< of the only input, and of the only output
    std::string batch = "N";                         ///< of the number of samples
};

/// Writes a graph to file `path`, as a whole or not at all. Fails if two values have the same name, or if the file
/// would exceed 2 GiB, the limit of the format.
[[nodiscard]] inline Result write_onnx(const Graph& graph, const std::string& path, const std::string& batch = "N");

/// Writes a model's inference to file `path`: a program that reads the file computes what `predict` computes.
template <class M>
[[nodiscard]] Result export_onnx(const M& model, const std::string& path, const OnnxOptions& options = {}) {
    static_assert(!kiln::detail::is_one_of<M>,
                  "kiln: export_onnx needs a Model, got a OneOf; try the model in it: visit");
    return kiln::detail::guarded(path, [&]() -> Result {
        if constexpr (!kiln::detail::is_one_of<M>)  // which has been reported
            return write_onnx(describe(model, options.input, options.output), path, options.batch);
        else
            return {};
    });
}

namespace detail {

inline void set(onnx::ValueInfoProto& info, const std::string& name, const std::string& batch, const Extents& extents) {
    info.set_name(name);
    onnx::TypeProto_Tensor& type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(extents.values != 0 ? onnx::TensorProto::INT64 : onnx::TensorProto::FLOAT);
    type.mutable_shape()->add_dim()->set_dim_param(batch);
    for (int i = 0; i < extents.rank; ++i) type.mutable_shape()->add_dim()->set_dim_value(extents[i]);
}

inline void set(onnx::AttributeProto& proto, const Attribute& attribute) {
    proto.set_name(attribute.name);
    switch (attribute.kind) {
    case Attribute::Kind::integer:
        proto.set_type(onnx::AttributeProto::INT);
        proto.set_i(attribute.integer);
        return;
    case Attribute::Kind::real:
        proto.set_type(onnx::AttributeProto::FLOAT);
        proto.set_f(attribute.real);
        return;
    case Attribute::Kind::word:
        proto.set_type(onnx::AttributeProto::STRING);
        proto.set_s(attribute.word);
        return;
    case Attribute::Kind::integers:
        proto.set_type(onnx::AttributeProto::INTS);
        proto.mutable_ints()->Add(attribute.integers.begin(), attribute.integers.end());
        return;
    }
}

inline void set(onnx::NodeProto& proto, const Node& node) {
    proto.set_name(node.output);
    proto.set_op_type(node.operation);
    for (const std::string& input : node.inputs) proto.add_input(input);
    proto.add_output(node.output);
    for (const Attribute& attribute : node.attributes) set(*proto.add_attribute(), attribute);
}

// The numbers of a tensor of floats.
inline std::span<const float> floats(const GraphTensor& tensor) {
    return tensor.weights.empty() ? std::span<const float>(tensor.reals) : tensor.weights;
}

inline void set(onnx::TensorProto& proto, const GraphTensor& tensor) {
    proto.set_name(tensor.name);
    proto.mutable_dims()->Add(tensor.sizes.begin(), tensor.sizes.end());
    if (!tensor.integers.empty()) {
        proto.set_data_type(onnx::TensorProto::INT64);
        proto.mutable_int64_data()->Add(tensor.integers.begin(), tensor.integers.end());
    } else {
        const std::span<const float> values = floats(tensor);
        proto.set_data_type(onnx::TensorProto::FLOAT);
        proto.mutable_float_data()->Add(values.begin(), values.end());
    }
}

inline onnx::ModelProto make_proto(const Graph& graph, const std::string& batch) {
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.set_producer_name("kiln");
    model.add_opset_import()->set_version(17);
    onnx::GraphProto& proto = *model.mutable_graph();
    proto.set_name("kiln");
    for (const GraphEnd& input : graph.inputs) set(*proto.add_input(), input.name, batch, input.extents);
    for (const GraphEnd& output : graph.outputs) set(*proto.add_output(), output.name, batch, output.extents);
    for (const Node& node : graph.nodes) set(*proto.add_node(), node);
    for (const GraphTensor& tensor : graph.tensors) set(*proto.add_initializer(), tensor);
    return model;
}

// The name that two values of a graph have; nullptr if all names differ.
inline const std::string* name_of_two(const Graph& graph) {
    std::vector<const std::string*> names;
    for (const GraphEnd& input : graph.inputs) names.push_back(&input.name);
    for (const Node& node : graph.nodes) names.push_back(&node.output);
    for (const GraphTensor& tensor : graph.tensors) names.push_back(&tensor.name);
    std::sort(names.begin(), names.end(), [](const auto* a, const auto* b) { return *a < *b; });
    const auto two =
        std::adjacent_find(names.begin(), names.end(), [](const auto* a, const auto* b) { return *a == *b; });
    return two == names.end() ? nullptr : *two;
}

}  // namespace detail

inline Result write_onnx(const Graph& graph, const std::string& path, const std::string& batch) {
    return kiln::detail::guarded(path, [&]() -> Result {
        constexpr std::size_t most = 0x7fffffff;  // bytes in one message of protobuf
        bool named = true;
        for (const GraphEnd& input : graph.inputs) named = named && !input.name.empty();
        for (const GraphEnd& output : graph.outputs) named = named && !output.name.empty();
        if (!named)
            return Result::failure(path,
                                   "expected names for the input and the output of the graph, found an empty one");
        if (const std::string* const name = detail::name_of_two(graph))
            return Result::failure(
                path, concat("expected a name of its own for each value of the graph, found '", *name, "' twice"));
        std::size_t bytes = 0;
        for (const GraphTensor& tensor : graph.tensors) bytes += detail::floats(tensor).size_bytes();
        std::string content;
        if (bytes <= most) {
            const onnx::ModelProto model = detail::make_proto(graph, batch);
            bytes = model.ByteSizeLong();
            if (bytes <= most && !model.SerializeToString(&content))
                return Result::failure(path, "cannot be written: protobuf refuses this graph");
        }
        if (bytes > most)
            return Result::failure(path, concat("expected at most ", most, " bytes, the limit of ONNX files, found ",
                                                bytes, " in this network"));
        return replace_file(path, content);
    });
}

}  // namespace kiln::inline KILN_TARGET::io
