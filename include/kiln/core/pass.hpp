// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a pass over a network hands its layers besides x and y, as values.

#include <cstdint>

namespace kiln {

/// One pass over a network, as a value. `key` differs from step to step and from layer to layer: randomness is a
/// function of (key, sample number, index), so it is the same for any number of lanes and threads.
struct Pass {
    bool training = false;
    std::uint64_t key = 0;
    int first_sample = 0;  ///< the number, within the batch, of the sample in lane 0
    int live = 1;          ///< lanes from `live` on hold no sample of the batch
};

/// What a pass is for; working memory may depend on it.
enum class Wanted {
    outputs,              ///< inference: forward only
    parameter_gradients,  ///< forward and backward, but the input needs no gradient (dx is Nothing)
    all_gradients         ///< forward and backward
};

/// What a layer works with besides x and y. Parts it does not have are `Nothing`; inference has no gradients and no
/// tape.
template <class Parameters, class Gradients, class State, class Tape, class Scratch>
struct At {
    const Parameters& parameters;
    Gradients& gradients;
    State& state;
    Tape& tape;
    Scratch& scratch;
    Pass pass;
};
template <class P, class G, class S, class T, class W>
At(const P&, G&, S&, T&, W&, Pass) -> At<P, G, S, T, W>;

}  // namespace kiln
