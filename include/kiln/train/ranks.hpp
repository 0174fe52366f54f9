// SPDX-License-Identifier: BSL-1.0
#pragma once
// The parts that make a trainer a rank (core/contract/ranks.hpp), and evaluation and prediction on ranks. The headers of
// groups, such as train/local_ranks.hpp, include this one.
//
//     using Training = kiln::Trainer<Digits, kiln::CrossEntropy, kiln::Adam, kiln::Batch<64>, kiln::LocalRanks::Rank>;
//     Training trainer{rank, model, {}};
//     trainer.fit(mnist.train, {.epochs = 5});
//     const auto result = kiln::evaluate(rank, model, mnist.test);  // the same on every rank, with the bits of one rank

#include <kiln/core/contract.hpp>
#include <kiln/core/contract/ranks.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/train/detail/outputs_of_ranks.hpp>
#include <kiln/train/detail/rank_decisions.hpp>
#include <kiln/train/detail/rank_link.hpp>
#include <kiln/train/evaluate.hpp>
#include <kiln/train/rank_error.hpp>

#include <cstddef>
#include <span>

namespace kiln::inline KILN_TARGET {

/// `evaluate` on ranks, all of which call it with the same model and data: each rank runs a part of the samples, and
/// gets the whole evaluation. `unit` may be given as for `evaluate` without ranks.
template <RankGroup R, class M, DataSet Data, class Loss = typename detail::loss_for<Data>::type, class... Unit>
auto evaluate(R& ranks, const M& model, const Data& data, const Loss& loss = {}, const Unit&... unit) {
    static_assert(
        !IsDivided<Data>,
        "kiln: evaluate on ranks needs a data set of which every rank has all samples, got Sharded; try a Dataset");
    using OnOneRank = decltype(evaluate(model, data, loss, unit...));  // refuses all that this call refuses
    constexpr bool has_units = sizeof...(unit) == 0 || judgement<Loss, typename M::Output> == JudgedBy::values;
    if constexpr (M::is_sound && detail::Agreement<M, Data, Loss>::has_loss && has_units) {
        [[maybe_unused]] const auto require = [](const auto& sizes) {
            for ([[maybe_unused]] const float size : sizes) KILN_EXPECTS(size > 0);
        };
        (require(unit), ...);
        return detail::judged<M, Data, Loss>(model, data, detail::judge_for<M, Data, Loss>(loss, &unit...), ranks);
    } else {
        return OnOneRank{};
    }
}

/// The outputs for many samples on ranks, all of which call this with the same model and samples, and get all outputs.
/// Both spans must have the same size. `lengths`, if they are given, are those of the samples.
template <RankGroup R, class M>
void predict(R& ranks, const M& model, std::span<const Tensor<float, typename M::Input>> in,
             std::span<Tensor<float, typename M::Output>> out, const SampleLengths auto&... lengths) {
    KILN_EXPECTS(in.size() == out.size() && (... && (std::span<const int>(lengths).size() == in.size())));
    detail::share_outputs<M>(ranks, 0, static_cast<int>(in.size()), out, [&](int first, int end) {
        const auto part = [&](auto all) {
            return all.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(end - first));
        };
        model.predict(part(in), part(out), part(std::span<const int>(lengths))...);
    });
}

}  // namespace kiln::inline KILN_TARGET
