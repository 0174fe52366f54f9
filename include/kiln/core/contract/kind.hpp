// SPDX-License-Identifier: BSL-1.0
#pragma once
// KIND: a layer may say as which layer other programs know it. Then their files can be read into its parameters
// (io/nam.hpp, io/keras.hpp), which are found by their names. It is a claim (core/contract/claims.hpp).
//
//     static constexpr Kind kind()
//         the layer's own name, and its sizes
//
//   Layers without parameters that do nothing to a stream, such as Dropout, have the name "". A chain of layers needs
//   no kind of its own, and Each<L> has that of L. A layer along the first dimension, such as Softmax, has a rank of 1:
//   other programs compute along the features of each frame, which Each<Softmax> does, of rank 2.

#include <kiln/core/contract/claims.hpp>
#include <kiln/core/target.hpp>

#include <concepts>

namespace kiln::inline KILN_TARGET {

/// A stack of a WaveNet (layers/wavenet.hpp).
struct StackKind;

/// A layer as other programs know it.
struct Kind {
    const char* name = "";
    int inputs = 0, outputs = 0;  ///< the elements of a frame, before and behind; 0: any number
    int kernel = 1, stride = 1, padding = 0, dilation = 1, groups = 1;
    double parameter = 0;  ///< LeakyReLU's slope, ELU's alpha, BatchNorm's epsilon
    int rank = 0;          ///< of the input, where other programs know the layer for this rank only; 0: any
    const StackKind* stacks = nullptr;
    int stack_count = 0;
};

struct StackKind {
    int channels = 0, head = 0, kernel = 0, layers = 0;
    const int* dilations = nullptr;
    bool has_gates = false, has_head_bias = false;
    Kind activation;
};

/// A layer that other programs know.
template <class L>
concept HasKind = MakesClaims<L> && requires {
    { L::kind() } -> std::same_as<Kind>;
};

}  // namespace kiln::inline KILN_TARGET
