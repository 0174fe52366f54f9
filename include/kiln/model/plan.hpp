// SPDX-License-Identifier: BSL-1.0
#pragma once
// The plan: which element a network is run with, chosen while compiling. A batch runs with one lane per sample, as many
// lanes as a native vector has; fewer when the batch is smaller or the working memory would not fit where it has to go.
// A network of large matrices takes up to four vectors at once: there each weight meets each sample only once, so the
// more samples pass while a weight is at hand, the better.

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>

/// The largest working memory, in bytes, that `predict` and `evaluate` take from the stack.
#ifndef KILN_STACK_LIMIT
#define KILN_STACK_LIMIT (1 << 20)
#endif

/// Bytes of cache that a training step should get along with, if the network has a choice.
#ifndef KILN_CACHE_BYTES
#define KILN_CACHE_BYTES (1 << 20)
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

// What a pass of training works in, besides the parameters and their gradients.
template <class Net, class E, class In>
struct TrainingWork {
    Tensor<E, In> x;
    Tensor<E, output_t<Net, In>> y, dy;
    [[no_unique_address]] tape_t<Net, E, In> tape;
    [[no_unique_address]] scratch_t<Net, E, In, Wanted::parameter_gradients> scratch;
};

// L lanes if inference then works within the stack limit; else half as many, but no fewer than a native vector has: one
// sample after the other, with neighbouring pixels in the vectors, is faster than vectors that are not full.
template <class Net, class In, int L>
constexpr int inference_lanes() {
    if constexpr (sizeof(InferenceWork<Net, Lanes<float, L>, In>) <= KILN_STACK_LIMIT)
        return L;
    else if constexpr (L > native_lanes)
        return inference_lanes<Net, In, L / 2>();
    else
        return 1;
}

// Whether fetching the weights is most of the work: hardly any of them is used twice for a sample, and they are many.
template <class Net, class In>
constexpr bool bound_by_weights() {
    constexpr long long weights = scalar_count<parameters_t<Net, float, In>>();
    return weights > 8192 && multiply_adds<Net>(In::extents) < 2 * weights;
}

template <class Net, class In, int L>
constexpr int widened_lanes(int batch) {
    if constexpr (L < 4 * native_lanes && bound_by_weights<Net, In>()) {
        if (2 * L <= batch && sizeof(TrainingWork<Net, Lanes<float, 2 * L>, In>) <= KILN_CACHE_BYTES)
            return widened_lanes<Net, In, 2 * L>(batch);
    }
    return L;
}

template <class Net, class In>
constexpr int training_lanes(int batch) {
    int lanes = 1;
    while (lanes < batch && lanes < native_lanes) lanes *= 2;
    return lanes < native_lanes ? lanes : widened_lanes<Net, In, native_lanes>(batch);
}

}  // namespace detail

/// The element for predicting many samples: `Lanes<float, L>`, or float if not even two samples fit in
/// KILN_STACK_LIMIT.
template <class Net, class In>
using inference_element = typename detail::lanes_of<detail::inference_lanes<Net, In, native_lanes>()>::type;

/// The element for predicting very many samples: wider where that pays.
template <class Net, class In>
using wide_inference_element = typename detail::lanes_of<
    detail::inference_lanes<Net, In, (detail::bound_by_weights<Net, In>() ? 4 : 1) * native_lanes>()>::type;

/// The element for training network Net on batches of a given size.
template <class Net, class In, int BatchSize>
using training_element = typename detail::lanes_of<detail::training_lanes<Net, In>(BatchSize)>::type;

}  // namespace kiln
