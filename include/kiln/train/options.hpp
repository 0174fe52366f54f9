// SPDX-License-Identifier: BSL-1.0
#pragma once
// The template arguments of a trainer: the batch, threads, ranks and the element. Also whether a trainer's loss suits
// its model.

#include <kiln/core/contract.hpp>
#include <kiln/core/contract/ranks.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/model/plan.hpp>
#include <kiln/nets/sequential.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET {

/// N samples per optimisation step.
template <int N>
struct Batch {
    static constexpr int size = N < 1 ? 1 : N;
    static constexpr bool has_samples = N > 0;
};

/// Sums up the gradients of a batch in G groups of neighbouring passes: each group in the order of its passes, then all
/// groups in a tree (core/contract/ranks.hpp): neighbours, then neighbouring sums. The last bits of a training then
/// depend on G, and still on no number of threads or ranks. A group is run by one thread of one rank, and a thread that
/// has n neighbouring groups keeps some 2 log2(n) records of gradients at most, and one at least. Ranks send each other
/// their gradients once in a step, and wait for fewer messages than without groups. Choose at least as many groups as
/// threads of all ranks; a power of two is the fastest.
template <int G>
struct Groups {
    static constexpr int count = G;
};

namespace detail {

// The layer whose output is the network's output.
template <class L>
struct last_layer {
    using type = L;
};
template <class... Layers>
    requires(sizeof...(Layers) > 0)
struct last_layer<Sequential<Layers...>> {
    using type = typename last_layer<typename Sequential<Layers...>::template Layer<sizeof...(Layers) - 1>>::type;
};

template <HasWiring L>
    requires(L::wiring.outputs.size() == 1)
struct last_layer<L> {
    using type = typename last_layer<typename L::template Layer<L::wiring.outputs[0] - L::wiring.inputs>>::type;
};

template <class L>
concept PutsOutProbabilities = MakesClaims<L> && requires {
    requires L::puts_out_probabilities;
};

// Only a sound model is checked: a refused one has already been reported.
template <class M, class L>
constexpr auto training_verdict() {
    if constexpr (!M::is_sound) {
        return shapes_fit{};
    } else {
        using Last = typename last_layer<typename M::Body>::type;
        if constexpr (PutsOutProbabilities<Last> && requires { typename L::instead_of_probabilities; })
            return loss_mismatch<L, expects<typename L::instead_of_probabilities>, got<Last>>{};
        else
            return loss_verdict<L, typename M::Output>();
    }
}

// The element of a trainer that leaves the choice to the plan. The element is found within the class, so that a mistake
// in the model is first reported there.
struct Planned;
template <class E, class M, int BatchSize>
struct element_of {
    using type = E;
};
template <class M, int BatchSize>
struct element_of<Planned, M, BatchSize> {
    using type = training_element<typename M::Body, typename M::Input, BatchSize, typename M::Memory>;
};

// Whether E is a float, or floats in lanes: parameters and gradients are floats.
template <class E>
inline constexpr bool holds_floats = std::is_same_v<E, float>;
template <int N>
inline constexpr bool holds_floats<Lanes<float, N>> = true;

// The link of a trainer to other ranks of group R, and the decisions of `fit`, which kiln/train/ranks.hpp defines.
template <class R>
class RankLink;
template <class R>
class RankDecisions;
// The group of a trainer that is no rank.
struct NoRanks {};
template <>
class RankLink<NoRanks> {
  public:
    static constexpr int rank() { return 0; }
    static constexpr int count() { return 1; }
    static constexpr NoRanks stand_alone() { return {}; }
};
template <>
class RankDecisions<NoRanks> {};

// The first of `passes` passes that member `index` of `of` runs: ranks, or threads. Passes are in the order of members.
constexpr int first_pass_of(int index, int of, int passes) { return (passes * index + of - 1) / of; }
// The member that runs a pass.
constexpr int member_of(int pass, int of, int passes) { return pass * of / passes; }

// The options behind the batch: threads, a group of ranks, groups of passes, and an element. An option of another kind
// is left out, and so are threads or ranks that are only declared, or fewer threads than one; the trainer reports them.
template <class...>
struct training_options {
    using Workers = Threads<1>;
    using Element = Planned;
    using Ranks = NoRanks;
    static constexpr bool are_known = true, has_threads = true, threads_are_defined = true;
    static constexpr bool has_one_group = true, ranks_are_defined = true, has_groups = true;
    static constexpr int groups = 0;  // each pass by itself
};
template <int N, class... Rest>
struct training_options<Threads<N>, Rest...> : training_options<Rest...> {
    static constexpr bool has_threads = N > 0;
    static constexpr bool threads_are_defined = requires { sizeof(Threads<(N > 0 ? N : 1)>); };
    using Workers = std::conditional_t<has_threads && threads_are_defined, Threads<N>, Threads<1>>;
};
template <int G, class... Rest>
struct training_options<Groups<G>, Rest...> : training_options<Rest...> {
    static constexpr bool has_groups = G > 0;
    static constexpr int groups = has_groups ? G : 0;
};
template <class E, class... Rest>
    requires holds_floats<E>
struct training_options<E, Rest...> : training_options<Rest...> {
    using Element = E;
};
template <class R>
inline constexpr bool is_threads = false;
template <int N>
inline constexpr bool is_threads<Threads<N>> = true;
template <class R, class... Rest>
    requires(!is_threads<R> && RankGroup<R>)
struct training_options<R, Rest...> : training_options<Rest...> {
    static constexpr bool has_one_group = std::is_same_v<typename training_options<Rest...>::Ranks, NoRanks>;
    static constexpr bool ranks_are_defined = requires { sizeof(RankLink<R>); };
    using Ranks = std::conditional_t<ranks_are_defined, R, NoRanks>;
};
template <class Unknown, class... Rest>
struct training_options<Unknown, Rest...> : training_options<Rest...> {
    static constexpr bool are_known = false;
};

}  // namespace detail

}  // namespace kiln::inline KILN_TARGET
