// SPDX-License-Identifier: BSL-1.0
#pragma once
// The validation of `fit` after every epoch: the loss and one more figure. `evaluate` gives all figures, but takes more
// memory and more of the compiler.

#include <kiln/core/contract.hpp>
#include <kiln/train/detail/mean_loss.hpp>
#include <kiln/train/score.hpp>

#include <limits>
#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

// A figure that does not exist is NaN. A loss or error of outputs that are NaN is infinite.
struct Figures {
    float loss = no_figure, accuracy = no_figure, error = no_figure;
};

// From the sums over `count` answers.
template <JudgedBy By>
constexpr Figures figures_of(float loss, long long hits, double error, long long count) {
    Figures figures{.loss = loss};
    if constexpr (By == JudgedBy::values)
        figures.error = count > 0 ? static_cast<float>(error / static_cast<double>(count)) : no_figure;
    else if constexpr (By != JudgedBy::loss)
        figures.accuracy = count > 0 ? ratio(hits, count) : no_figure;
    return figures;
}

// On `ranks`, if they are given.
template <class M, class Data, class Loss>
constexpr Figures validate(const M& model, const Data& data, const Loss& loss, auto&... ranks) {
    using Out = typename M::Output;
    constexpr JudgedBy by = judgement<Loss, Out>;
    std::conditional_t<are_shapes<Out>, LossMeans<Loss>, LossMean> mean;
    long long hits = 0, count = 0;
    double error = 0;
    const auto judge = [&](const auto& y, const auto& target, auto... lengths) {
        mean.add(loss, y, target, lengths...);
        if constexpr (by != JudgedBy::loss) {
            const Score scored = score<by>(y, targets_for<Targets<Loss, Out, float>>(target), 1, lengths...);
            count += scored.answers;
            if (by == JudgedBy::values || !has_nan(y, lengths...)) {
                hits += scored.hits;
                error += static_cast<double>(scored.error);
            }
        }
    };
    const auto judge_one = [&](int i, const auto& y, const auto& target) {
        if constexpr (GivesLengths<Data>)
            with_lengths<M>(data.length(i), target,
                            [&](const auto& masked, const int* of_outputs) { judge(y, masked, of_outputs); });
        else
            judge(y, target);
    };
    judge_outputs(model, data, judge_one, ranks...);
    Figures figures = figures_of<by>(mean.mean(), hits, error, count);
    constexpr float infinity = std::numeric_limits<float>::infinity();
    if (!(figures.loss == figures.loss)) figures.loss = infinity;
    if (by == JudgedBy::values && !(figures.error == figures.error)) figures.error = infinity;
    return figures;
}

}  // namespace kiln::inline KILN_TARGET::detail
