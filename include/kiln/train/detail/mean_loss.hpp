// SPDX-License-Identifier: BSL-1.0
#pragma once
// The run of a model over a data set, which `evaluate` and the validation of `fit` share, and the mean loss of its samples.

#include <kiln/core/contract.hpp>
#include <kiln/kernels/gather.hpp>
#include <kiln/train/detail/targets.hpp>
#include <kiln/train/evaluation.hpp>
#include <kiln/train/score.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// Whether an output has a NaN, or (below) has one in the frames that count.
constexpr bool has_nan(const auto& tensors) {
    bool found = false;
    for_each_tensor(tensors, [&](const auto& tensor) {
        for (const float value : tensor) found = found || !(value == value);
    });
    return found;
}

template <class Out>
constexpr bool has_nan(const Tensor<float, Out>& y, const int* lengths) {
    for (int k = 0; k < elements_within<Out>(lengths); ++k)
        if (!(y.data[k] == y.data[k])) return true;
    return false;
}

// Calls judge(target, lengths) for a sample of `length` frames, with the lengths of the outputs of model M. Labels of
// frames behind them are -1.
template <class M>
constexpr void with_lengths(int length, auto target, auto judge) {
    const OutputLengths<M, 1> lengths(&length, 1);
    mask_targets<1>(target, lengths.data(), 1);
    judge(target, lengths.data());
}

// Calls judge(i, y, target) for sample i, with the target as a loss takes it.
template <class Data>
constexpr void judge_output(const Data& data, int i, const auto& y, auto& judge) {
    using Target = target_in<Data>;
    if constexpr (holds_integers<Target>) {
        const auto place = place_of(data.target(i));
        Target truth;
        for (int k = 0; k < Target::count; ++k) truth.data[k] = static_cast<int>(place->data[k]);
        judge(i, y, truth);
    } else if constexpr (requires { typename Target::Dimensions; }) {
        const auto& target = data.target(i);
        Target truth;
        for (int k = 0; k < Target::count; ++k) truth.data[k] = static_cast<float>(target.data[k]) * data.scale();
        judge(i, y, truth);
    } else {
        judge(i, y, data.target(i));
    }
}

// Runs the model on samples first … end - 1 of a data set and calls take(i, y) for each sample i.
template <class M, class Data>
constexpr void for_each_output(const M& model, const Data& data, int first, int end, auto take) {
    const auto sample = [&](int i) { return place_of(data.sample(i)); };
    const auto take_lane = [&](int i, int l, const auto& y) {
        Tensor<float, typename M::Output> output;
        kernels::extract(y, l, output);
        take(i, output);
    };
    if constexpr (GivesLengths<Data>)
        model.for_each_batch(first, end, sample, data.scale(), take_lane, [&](int i) { return data.length(i); });
    else
        model.for_each_batch(first, end, sample, data.scale(), take_lane);
}

// Runs the model over a data set and calls judge(i, y, target) for each sample i, with the target as a loss takes it.
template <class M, class Data>
constexpr void judge_outputs(const M& model, const Data& data, auto judge) {
    for_each_output(model, data, 0, data.size(),
                    [&](int i, const auto& output) { judge_output(data, i, output, judge); });
}
// The same on ranks: each runs a part of the samples, and judges all (train/detail/outputs_of_ranks.hpp).
template <class M, class Data, class R>
void judge_outputs(const M& model, const Data& data, auto judge, R& ranks);

// One target in the form that a loss takes.
template <class Gathered>
constexpr Gathered targets_for(const auto& target) {
    if constexpr (requires { Gathered::parts; }) {
        return [&]<int... I>(std::integer_sequence<int, I...>) {
            return Gathered{targets_for<std::remove_cvref_t<decltype(std::declval<Gathered&>().template get<I>())>>(
                target.template get<I>())...};
        }
        (std::make_integer_sequence<int, Gathered::parts>{});
    } else {
        return Gathered{target};
    }
}

template <class Loss, class Target>
concept Weighs = requires(const Loss& loss, const Target& target) {
    loss.share(target);
};

// The mean loss, weighted by the samples' shares.
class LossMean {
  public:
    // `lengths`, if it is given, has the length of the output.
    template <class Out, std::same_as<const int*>... Lengths>
    constexpr void add(const auto& loss, const Tensor<float, Out>& y, const auto& target, Lengths... lengths) {
        using Loss = std::remove_cvref_t<decltype(loss)>;
        Tensor<float, Out> unused;
        const auto targets = targets_for<Targets<Loss, Out, float>>(target);
        if constexpr (sizeof...(lengths) > 0) {
            const Pass pass{.lengths = (lengths, ...)};
            sum_ += static_cast<double>(loss_of_outputs(loss, y, targets, 1.0f, unused, pass));
            shares_ += static_cast<double>(share_of_length<Out>(loss, target, *pass.lengths));
        } else {
            sum_ += static_cast<double>(loss(y, targets, 1.0f, unused));
            if constexpr (Weighs<Loss, std::remove_cvref_t<decltype(target)>>)
                shares_ += static_cast<double>(loss.share(target));
            else
                shares_ += 1;
        }
    }
    constexpr float mean() const { return shares_ > 0 ? static_cast<float>(sum_ / shares_) : no_figure; }

  private:
    double sum_ = 0, shares_ = 0;
};

// The weighted sum of the mean losses of several outputs.
template <class Losses>
class LossMeans {
    using Indices = std::make_integer_sequence<int, Losses::count>;

  public:
    constexpr void add(const Losses& losses, const auto& y, const auto& targets,
                       std::same_as<const int*> auto... lengths) {
        losses_ = &losses;
        const auto add_one = [&]<int I>(std::integral_constant<int, I>) {
            means_[static_cast<std::size_t>(I)].add(losses.template get<I>().loss, y.template get<I>(),
                                                    targets.template get<I>(), (lengths + I)...);
        };
        [&]<int... I>(std::integer_sequence<int, I...>) { (add_one(std::integral_constant<int, I>{}), ...); }
        (Indices{});
    }
    constexpr float mean() const {
        if (losses_ == nullptr) return no_figure;
        return [&]<int... I>(std::integer_sequence<int, I...>) {
            return (... + (losses_->template get<I>().weight * means_[static_cast<std::size_t>(I)].mean()));
        }
        (Indices{});
    }

  private:
    const Losses* losses_ = nullptr;
    std::array<LossMean, static_cast<std::size_t>(Losses::count)> means_{};
};

}  // namespace kiln::inline KILN_TARGET::detail
