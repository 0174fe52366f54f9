// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a trainer's type tells it: the batch, threads, the element. And what of models, losses and data goes together.

#include <kiln/core/contract.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/model/plan.hpp>
#include <kiln/train/evaluate.hpp>

#include <type_traits>
#include <utility>

namespace kiln {

/// Samples per optimisation step.
template <int N>
struct Batch {
    static constexpr int size = N < 1 ? 1 : N;
    static constexpr bool has_samples = N > 0;
};

namespace detail {

// Only a sound model is asked: a refused one has already been reported.
template <class M, class L>
constexpr auto training_verdict() {
    if constexpr (M::is_sound)
        return loss_verdict<L, typename M::Output>();
    else
        return shapes_fit{};
}

// The trainer's element if the user leaves it to the plan; found out within the class, so that a model is first looked
// at there.
struct Planned;
template <class E, class M, int BatchSize>
struct element_of {
    using type = E;
};
template <class M, int BatchSize>
struct element_of<Planned, M, BatchSize> {
    using type = training_element<typename M::Body, typename M::Input, BatchSize>;
};

// What a loss gets of the targets of a data set, or of a loader.
template <class Data>
struct given_target {
    using type = target_in<Data>;
};
template <BatchLoader Data>
struct given_target<Data> {
    using Targets = std::remove_cvref_t<decltype(std::declval<Data&>().next().targets)>;
    using type = typename Targets::value_type;
};

// The options behind the batch: threads, and an element.
template <class...>
struct training_options {
    using Workers = Threads<1>;
    using Element = Planned;
};
template <int N, class... Rest>
struct training_options<Threads<N>, Rest...> : training_options<Rest...> {
    using Workers = Threads<N>;
};
template <class E, class... Rest>
struct training_options<E, Rest...> : training_options<Rest...> {
    using Element = E;
};

// Whether model M can be trained on the samples, and by a loss on the targets, of a data set or a loader. A refused model
// is: it has already been reported.
template <class M, class Data>
inline constexpr bool takes_samples =
    !M::is_sound || std::is_same_v<typename std::remove_cvref_t<Data>::Input, typename M::Input>;
template <class M, class Loss, class Data>
inline constexpr bool takes_targets =
    !M::is_sound || std::is_same_v<typename given_target<std::remove_cvref_t<Data>>::type,
                                   typename Loss::template Target<typename M::Output>>;

}  // namespace detail

}  // namespace kiln
