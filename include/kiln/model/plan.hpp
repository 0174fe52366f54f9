// SPDX-License-Identifier: BSL-1.0
#pragma once
// The plan: the element that a network runs with, chosen while compiling. A batch runs with one lane per sample, and as
// many lanes as a native vector has. Fewer lanes are used if the batch is smaller or the working memory would exceed
// its limit. Maps beyond the caches are trained one sample at a time. A network of large matrices takes up to four
// vectors at once: each weight meets each sample only once, so the more samples use a weight while it is at hand, the
// better. A network with large maps and large matrices is predicted in two sections: the maps one sample at a time,
// with neighbouring pixels in the lanes, then the matrices for many samples.

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/nets/sections.hpp>

namespace kiln::inline KILN_TARGET {

/// The memory limits of a plan, in bytes. StackBytes is the largest working memory that `predict` and `evaluate` take
/// from the stack; by default three quarters of the smallest stack that threads have on desktop systems (macOS: 512 KiB).
/// CacheBytes is the cache, usually the second level, that a training step should fit into if the network has a choice. A
/// plan is a model's third argument: Model<Net, In, Plan<64 << 10>> for a thread with a small stack, Plan<1 << 20> to
/// predict large maps faster where there is a MiB.
template <long long StackBytes = 384 << 10, long long CacheBytes = 1 << 20>
struct Plan {
    static_assert(StackBytes > 0 && CacheBytes > 0,
                  "kiln: Plan needs at least one byte of stack and one of cache, got fewer; try Plan<>");
    static constexpr long long stack_bytes = StackBytes, cache_bytes = CacheBytes;
};

namespace detail {

template <int L>
struct lanes_of {
    using type = Lanes<float, L>;
};
template <>
struct lanes_of<1> {
    using type = float;
};

// The working memory of one pass of inference over elements E.
template <class Net, class E, class In>
struct InferenceWork {
    Tensor<E, In> x;
    Tensor<E, output_t<Net, In>> y;
    [[no_unique_address]] scratch_t<Net, E, In, Wanted::outputs> scratch;
};

// Everything that a pass of training keeps from forward to backward.
template <class Net, class E, class In>
struct SavedForBackward {
    Tensor<E, In> x;
    Tensor<E, output_t<Net, In>> y;
    [[no_unique_address]] tape_t<Net, E, In> tape;
    [[no_unique_address]] statistics_t<Net, scalar_t<E>, In> statistics;  // of this pass
};
// The other memory of a training thread, used by one pass after another.
template <class Net, class E, class In, Wanted W = Wanted::parameter_gradients>
struct Workspace {
    Tensor<E, output_t<Net, In>> dy;
    [[no_unique_address]] scratch_t<Net, E, In, W> scratch;
};
template <class Net, class E, class In>
inline constexpr long long training_bytes = sizeof(SavedForBackward<Net, E, In>) + sizeof(Workspace<Net, E, In>);

// L lanes if inference then fits the stack limit; else half as many, and so on, but no fewer than a native vector has.
// Below that, 1 is faster: one sample after the other, with neighbouring pixels in vectors that are full.
template <class Net, class In, class P, int L>
constexpr int inference_lanes() {
    if constexpr (sizeof(InferenceWork<Net, Lanes<float, L>, In>) <= P::stack_bytes)
        return L;
    else if constexpr (L > native_lanes)
        return inference_lanes<Net, In, P, L / 2>();
    else
        return 1;
}

// Whether most of the work is to fetch the weights: they are many, and hardly any is used twice for one sample.
constexpr bool bound_by_weights(long long multiply_adds, long long weights) {
    return weights > 8192 && multiply_adds < 2 * weights;
}
template <class Net, class In>
constexpr bool bound_by_weights() {
    return bound_by_weights(multiply_adds<Net, In>(), scalar_count<parameters_t<Net, float, In>>());
}

// The first stage from which on the network is bound by weights. 0 if there is none, or if all of the network is bound.
template <class Net, class In, int Stage>
constexpr int first_bound_stage() {
    if constexpr (MakesClaims<Net> && requires { Net::template stage_count<In>; }) {
        constexpr int count = Net::template stage_count<In>;
        if constexpr (Stage < count) {
            using Rest = typename Net::template Stages<In, Stage, count>;
            if constexpr (bound_by_weights(Rest::multiply_adds(), Rest::parameter_count()))
                return Stage;
            else
                return first_bound_stage<Net, In, Stage + 1>();
        }
    }
    return 0;
}

// The working memory of prediction in two sections.
template <class Net, class In, int Cut, int L>
struct DividedWork {
    using First = typename Net::template Stages<In, 0, Cut>;
    using Second = typename Net::template Stages<In, Cut, Net::template stage_count<In>>;
    using Between = typename First::Output;
    Tensor<float, In> x;
    [[no_unique_address]] typename First::template Scratch<float, Wanted::outputs> first;
    Tensor<float, Between> one;
    Tensor<Lanes<float, L>, Between> all;
    [[no_unique_address]] typename Second::template Scratch<Lanes<float, L>, Wanted::outputs> second;
    Tensor<Lanes<float, L>, typename Second::Output> y;
};

// The lanes of the second section if the network is predicted in two sections, else 0.
template <class Net, class In, class P, int Cut, int L>
constexpr int divided_lanes() {
    if constexpr (Cut == 0 || L < native_lanes)
        return 0;
    else if constexpr (sizeof(DividedWork<Net, In, Cut, L>) <= P::stack_bytes)
        return L;
    else
        return divided_lanes<Net, In, P, Cut, L / 2>();
}

template <class Net, class In, class P, int L>
constexpr int widened_lanes(int batch) {
    if constexpr (L < 4 * native_lanes && bound_by_weights<Net, In>()) {
        if (2 * L <= batch && training_bytes<Net, Lanes<float, 2 * L>, In> <= P::cache_bytes)
            return widened_lanes<Net, In, P, 2 * L>(batch);
    }
    return L;
}

// The smallest power of two that is not below n.
constexpr int power_of_two_from(int n) {
    int power = 1;
    while (power < n) power *= 2;
    return power;
}

// Every lane takes its part of the cache. Maps so large that they would come from main memory are trained one sample
// after the other, with neighbouring pixels in the vectors. For smaller maps that is slower, by up to a third as
// measured.
template <class Net, class In, class P>
constexpr int training_lanes(int batch) {
    if constexpr (!takes_several_passes<Net, In>) return power_of_two_from(batch);  // a lane for each sample
    constexpr long long last_level = 32 * P::cache_bytes;
    if constexpr (training_bytes < Net, Lanes<float, native_lanes>, In >> last_level) return 1;
    int lanes = 1;
    while (lanes < batch && lanes < native_lanes) lanes *= 2;
    return lanes < native_lanes ? lanes : widened_lanes<Net, In, P, native_lanes>(batch);
}

}  // namespace detail

/// The element for predicting many samples: `Lanes<float, L>`, or float if two samples do not fit on the plan's stack.
template <class Net, class In, class P = Plan<>>
using inference_element = typename detail::lanes_of<detail::inference_lanes<Net, In, P, native_lanes>()>::type;

/// The element for predicting very many samples: wider than inference_element where that pays.
template <class Net, class In, class P = Plan<>>
using wide_inference_element = typename detail::lanes_of<
    detail::inference_lanes<Net, In, P, (detail::bound_by_weights<Net, In>() ? 4 : 1) * native_lanes>()>::type;

/// The element for predicting many samples in memory of the caller's: as many lanes as the machine has, unless the maps
/// would come from main memory.
template <class Net, class In, class P = Plan<>>
using roomy_inference_element = typename detail::lanes_of<
    detail::inference_lanes<Net, In, Plan<32 * P::cache_bytes, P::cache_bytes>, native_lanes>()>::type;

/// The two sections in which a network is predicted that does not fit on the stack with one lane per sample.
template <class Net, class In, class P = Plan<>>
struct Division {
    static constexpr int cut = width<inference_element<Net, In, P>> == 1 ? detail::first_bound_stage<Net, In, 0>()
                                                                         : 0;                 ///< stages in the first
    static constexpr int lanes = detail::divided_lanes<Net, In, P, cut, 2 * native_lanes>();  ///< 0: in one section
};

/// The element for training network Net on batches of BatchSize samples.
template <class Net, class In, int BatchSize, class P = Plan<>>
using training_element = typename detail::lanes_of<detail::training_lanes<Net, In, P>(BatchSize)>::type;

}  // namespace kiln::inline KILN_TARGET
