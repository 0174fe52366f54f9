// SPDX-License-Identifier: BSL-1.0
#pragma once
// The loss of one pass of a step, and its slope: the samples of the pass, one a lane, are judged by the trainer's loss.

#include <kiln/core/contract.hpp>
#include <kiln/train/detail/targets.hpp>
#include <kiln/train/score.hpp>

#include <cstdint>

namespace kiln::inline KILN_TARGET {

/// The mean loss of a batch, and what else its loss is judged by (JudgedBy).
struct Step {
    float loss = 0;
    int hits = 0;     ///< right answers: one for each sample, for each frame or, of BinaryCrossEntropy, for each output
    float error = 0;  ///< of losses judged by values: the sum of the absolute errors of all samples' outputs
    int answers = 0;  ///< the answers of which hits are right, or the errors in the sum; frames left out do not count
};

namespace detail {

// The settings that all passes of a step share.
template <class Batch, class Loss>
struct StepSetting {
    const Batch& batch;
    const Loss& loss;
    float weight;       // of a sample's loss
    std::uint64_t key;  // of the step's randomness
    int first;          // the number of the batch's first sample within the step
    bool scores;
};
template <class Batch, class Loss>
StepSetting(const Batch&, const Loss&, float, std::uint64_t, int, bool) -> StepSetting<Batch, Loss>;

// The samples of a pass, and the sample for each lane. A lane without a sample of its own repeats the first one, with
// weight 0.
template <int Lanes>
constexpr int live_in(const auto& batch, int pass) {
    const int left = batch.count - pass * Lanes;
    return left < Lanes ? left : Lanes;
}
template <int Lanes>
constexpr auto source_of(int pass, int live) {
    return [=](int l) { return l < live ? pass * Lanes + l : pass * Lanes; };
}

constexpr void set_score(Step& result, const Score& counted) {
    result.hits = counted.hits;
    result.error = counted.error;
    result.answers = counted.answers;
}
// The losses and scores of all passes of a batch, in their order.
constexpr Step sum_of(const auto& passes) {
    Step all;
    for (const Step& pass : passes) {
        all.loss += pass.loss;
        all.hits += pass.hits;
        all.error += pass.error;
        all.answers += pass.answers;
    }
    return all;
}
// The loss of a pass of model M from its output y, and dy.
template <class M, class Batch, class Loss, class E, class Output>
constexpr Step judge(const StepSetting<Batch, Loss>& step, int pass, const Tensor<E, Output>& y,
                     Tensor<E, Output>& dy) {
    constexpr int lanes = width<E>;
    const int live = live_in<lanes>(step.batch, pass);
    auto targets = gather_targets<Targets<Loss, Output, E>, E>(source_of<lanes>(pass, live), step.batch);
    E weight(0.0f);
    for (int l = 0; l < live; ++l) set_lane(weight, l, step.weight);
    constexpr JudgedBy by = judgement<Loss, Output>;
    Step result;
    if constexpr (has_lengths<Batch>) {
        const OutputLengths<M, lanes> lengths(step.batch.lengths + pass * lanes, live);
        mask_targets<lanes>(targets, lengths.data(), live);
        if constexpr (fits_output<Loss, Output>)
            result.loss = reduce(
                loss_of_outputs(step.loss, y, targets, weight, dy, Pass{.live = live, .lengths = lengths.data()}));
        if constexpr (by != JudgedBy::loss)
            if (step.scores) set_score(result, score<by>(y, targets, live, lengths.data()));
    } else {
        if constexpr (fits_output<Loss, Output>) result.loss = reduce(step.loss(y, targets, weight, dy));
        if constexpr (by != JudgedBy::loss)
            if (step.scores) set_score(result, score<by>(y, targets, live));
    }
    return result;
}

}  // namespace detail
}  // namespace kiln::inline KILN_TARGET
