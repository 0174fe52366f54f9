// SPDX-License-Identifier: BSL-1.0
#pragma once
// The plan: which element a network is run with, chosen while compiling. A batch runs with one lane per sample, as many
// lanes as a native vector has; fewer when the batch is smaller or the working memory would not fit where it has to go.

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>

/// The largest working memory, in bytes, that `predict` and `evaluate` take from the stack.
#ifndef KILN_STACK_LIMIT
#define KILN_STACK_LIMIT (1 << 20)
#endif

namespace kiln {

namespace detail {

template <int L>
struct lanes_of {
    using type = Lanes<float, L>;
};
template <>
struct lanes_of<1> {
    using type = float;
};

// What one pass of inference over elements E works in.
template <class Net, class E, class In>
struct InferenceWork {
    Tensor<E, In> x;
    Tensor<E, output_t<Net, In>> y;
    [[no_unique_address]] scratch_t<Net, E, In, Wanted::outputs> scratch;
};

template <class Net, class In, int L>
constexpr int inference_lanes() {
    if constexpr (L == 1)
        return 1;
    else if constexpr (sizeof(InferenceWork<Net, Lanes<float, L>, In>) <= KILN_STACK_LIMIT)
        return L;
    else
        return inference_lanes<Net, In, L / 2>();
}

constexpr int training_lanes(int batch) {
    int lanes = 1;
    while (lanes < batch && lanes < native_lanes) lanes *= 2;
    return lanes;
}

}  // namespace detail

/// The element for predicting many samples: `Lanes<float, L>`, or float if not even two samples fit in
/// KILN_STACK_LIMIT.
template <class Net, class In>
using inference_element = typename detail::lanes_of<detail::inference_lanes<Net, In, native_lanes>()>::type;

/// The element for training on batches of a given size.
template <int BatchSize>
using training_element = typename detail::lanes_of<detail::training_lanes(BatchSize)>::type;

}  // namespace kiln
