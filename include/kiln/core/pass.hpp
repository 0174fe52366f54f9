// SPDX-License-Identifier: BSL-1.0
#pragma once
// The values of a pass over a network that layers get besides x and y.

#include <kiln/core/target.hpp>

#include <cstdint>

namespace kiln::inline KILN_TARGET {

/// One pass over a network, as a value. `key` differs from step to step and from layer to layer. Randomness is a
/// function of (key, sample number, index), so it is the same for any number of lanes and threads.
struct Pass {
    bool training = false;
    std::uint64_t key = 0;
    int first_sample = 0;          ///< the number, within the batch, of the sample in lane 0
    int live = 1;                  ///< lanes from `live` on hold no sample of the batch
    const int* lengths = nullptr;  ///< the frames of the sample in each lane; null if each has all frames of its shape
    const int* second = nullptr;   ///< the same of a layer's second value; null if it has those of the first

    /// The frames of the sample in a lane, where the shape has `frames`.
    constexpr int length(int lane, int frames) const {
        return lengths == nullptr || lane >= live || lengths[lane] > frames ? frames : lengths[lane];
    }
    /// The pass with the lengths of the second value in the place of those of the first.
    constexpr Pass of_second() const {
        Pass pass = *this;
        if (second != nullptr) pass.lengths = second;
        return pass;
    }
};

/// The purpose of a pass, on which its working memory may depend.
enum class Wanted {
    outputs,              ///< inference: forward only
    parameter_gradients,  ///< forward and backward, but the input needs no gradient (dx is Nothing)
    all_gradients         ///< forward and backward
};

/// The context of a pass: everything that a layer works with besides x and y. A record that the layer does not have is
/// `Nothing`. Inference has neither gradients nor tape, and observes nothing. Layers name the members that they use, so
/// the context may gain other members.
template <class Parameters, class Gradients, class State, class Observed, class Statistics, class Tape, class Scratch>
struct Context {
    const Parameters& parameters;
    Gradients& gradients;
    const State& state;
    Observed& observed;
    Statistics& statistics;
    Tape& tape;
    Scratch& scratch;
    Pass pass;
};
template <class P, class G, class S, class O, class B, class T, class W>
Context(const P&, G&, const S&, O&, B&, T&, W&, Pass) -> Context<P, G, S, O, B, T, W>;

}  // namespace kiln::inline KILN_TARGET
