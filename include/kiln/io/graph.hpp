// SPDX-License-Identifier: BSL-1.0
#pragma once
// A network as a graph of ONNX's operators (https://onnx.ai/onnx/operators, opset 17), in plain values. io/describe.hpp
// makes the graph of a model, io/onnx.hpp writes it to a file.
//
// Values have names. The only input is "input" and the only output "output"; several have the names that the network gives
// them. Tensors have those of PyTorch's state_dict ("2.0.weight"). The output of an operator is named by the position of
// its layer and the operator ("2.0/Conv", "4/Mul", "4/Mul_1"). The first dimension of every value except the tensors is
// the batch.

#include <kiln/core/shape.hpp>

#include <span>
#include <string>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// A setting of an operator: an integer, a real number, a word, or a list of integers, as `kind` says.
struct Attribute {
    enum class Kind : unsigned char { integer, real, word, integers };

    std::string name;
    Kind kind = Kind::integer;
    long long integer = 0;
    float real = 0;
    std::string word = {};
    std::vector<long long> integers = {};

    friend bool operator==(const Attribute&, const Attribute&) = default;
};

/// One operator with one output. An optional input that is absent is an empty name.
struct Node {
    std::string operation;
    std::vector<std::string> inputs;
    std::string output;
    std::vector<Attribute> attributes;

    friend bool operator==(const Node&, const Node&) = default;
};

/// A tensor that is part of the graph: one of the network's, which is not copied, or a constant of a layer. One of the
/// three lists holds the numbers, the others are empty.
struct GraphTensor {
    std::string name;
    std::vector<long long> sizes;
    std::span<const float> weights = {};   ///< of the network
    std::vector<float> reals = {};         ///< a constant of real numbers
    std::vector<long long> integers = {};  ///< a constant of integers
};

/// An input or an output of a graph.
struct GraphEnd {
    std::string name;
    Extents extents;  ///< of one sample
};

/// A network. Each node stands behind the nodes whose outputs it needs.
struct Graph {
    std::vector<GraphEnd> inputs, outputs;
    std::vector<Node> nodes;
    std::vector<GraphTensor> tensors;
};

}  // namespace kiln::inline KILN_TARGET::io
