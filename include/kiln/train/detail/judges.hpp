// SPDX-License-Identifier: BSL-1.0
#pragma once
// The judges behind `evaluate`, one for each way of judging (JudgedBy): judge(y, target) for every sample, then finish(). And
// the run over a data set, which the validation of `fit` takes as well, with fewer figures.

#include <kiln/core/contract.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/math.hpp>
#include <kiln/kernels/gather.hpp>
#include <kiln/train/evaluation.hpp>
#include <kiln/train/score.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// The type of a data set's targets as a loss takes them: tensors of pixels are tensors of floats.
template <class Target>
struct target_of_loss {
    using type = Target;
};
template <class Pixel, class S>
struct target_of_loss<Tensor<Pixel, S>> {
    using type = Tensor<float, S>;
};
template <class Data>
using target_in = typename target_of_loss<std::remove_cvref_t<decltype(std::declval<const Data&>().target(0))>>::type;

constexpr bool has_nan(const auto& tensors) {
    bool found = false;
    for_each_tensor(tensors, [&](const auto& tensor) {
        for (const float value : tensor) found = found || !(value == value);
    });
    return found;
}

// Runs the model over a data set and calls judge(y, target) for each sample, with the target as a loss takes it.
template <class M, class Data>
constexpr void for_each_output(const M& model, const Data& data, auto judge) {
    using Out = typename M::Output;
    using Target = target_in<Data>;
    model.for_each_batch(
        0, data.size(), [&](int i) { return &data.sample(i); }, data.scale(),
        [&](int i, int l, const auto& y) {
            Tensor<float, Out> output;
            kernels::extract(y, l, output);
            if constexpr (requires { typename Target::Dimensions; }) {
                const auto& target = data.target(i);
                Target truth;
                for (int k = 0; k < Target::count; ++k)
                    truth.data[k] = static_cast<float>(target.data[k]) * data.scale();
                judge(output, truth);
            } else {
                judge(output, data.target(i));
            }
        });
}

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
    template <class Out>
    constexpr void add(const auto& loss, const Tensor<float, Out>& y, const auto& target) {
        using Loss = std::remove_cvref_t<decltype(loss)>;
        Tensor<float, Out> unused;
        const auto targets = targets_for<Targets<Loss, Out, float>>(target);
        sum_ += static_cast<double>(loss(y, targets, 1.0f, unused));
        if constexpr (Weighs<Loss, std::remove_cvref_t<decltype(target)>>)
            shares_ += static_cast<double>(loss.share(target));
        else
            shares_ += 1;
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
    constexpr void add(const Losses& losses, const auto& y, const auto& targets) {
        losses_ = &losses;
        [&]<int... I>(std::integer_sequence<int, I...>) {
            (means_[static_cast<std::size_t>(I)].add(losses.template get<I>().loss, y.template get<I>(),
                                                     targets.template get<I>()),
             ...);
        }
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

template <JudgedBy By, class Loss, class Out>
class Judge;

template <class Loss, class Out>
class Judge<JudgedBy::classes, Loss, Out> {
  public:
    constexpr explicit Judge(const Loss& loss) : loss_(loss) { result_.weighted = Weighs<Loss, int>; }

    constexpr void operator()(const Tensor<float, Out>& y, int label) {
        ++result_.samples;
        if (!valid_target_of<Loss, Out>(label)) return;
        mean_.add(loss_, y, label);
        if (has_nan(y)) {
            ++result_.not_numbers;
            return;
        }
        const int predicted = argmax(y);
        right_ += predicted == label;
        ++result_.confusion(label, predicted);
        int larger = 0;
        for (int k = 0; k < Out::count; ++k)
            larger += y.data[k] > y.data[label] || (y.data[k] == y.data[label] && k < label);
        ++result_.ranks[larger];
    }
    constexpr Evaluation<Out::count> finish() {
        result_.loss = mean_.mean();
        if (result_.samples > 0) result_.accuracy = ratio(right_, result_.samples);
        return result_;
    }

  private:
    const Loss& loss_;
    Evaluation<Out::count> result_{};
    LossMean mean_{};
    int right_ = 0;
};

// The only answer of a sample is one of two classes.
template <class Loss, class Out>
    requires(Out::count == 1)
class Judge<JudgedBy::labels, Loss, Out> {
    static constexpr int classes = Out::count + 1;

  public:
    constexpr explicit Judge(const Loss& loss) : loss_(loss) {}

    constexpr void operator()(const Tensor<float, Out>& y, const Tensor<float, Out>& target) {
        ++result_.samples;
        mean_.add(loss_, y, target);
        if (has_nan(y)) {
            ++result_.not_numbers;
            return;
        }
        const int label = target.data[0] > 0.5f ? 1 : 0, predicted = y.data[0] > 0 ? 1 : 0;
        right_ += predicted == label;
        ++result_.confusion(label, predicted);
        ++result_.ranks[predicted == label ? 0 : 1];
    }
    constexpr Evaluation<classes> finish() {
        result_.loss = mean_.mean();
        if (result_.samples > 0) result_.accuracy = ratio(right_, result_.samples);
        return result_;
    }

  private:
    const Loss& loss_;
    Evaluation<classes> result_{};
    LossMean mean_{};
    int right_ = 0;
};

template <class Loss, class Out>
    requires(Out::count > 1)
class Judge<JudgedBy::labels, Loss, Out> {
    static constexpr int labels = Out::extents[0], each = Out::count / labels;

  public:
    constexpr explicit Judge(const Loss& loss) : loss_(loss) {}

    constexpr void operator()(const Tensor<float, Out>& y, const Tensor<float, Out>& target) {
        ++result_.samples;
        mean_.add(loss_, y, target);
        if (has_nan(y)) ++result_.not_numbers;
        bool all_right = true;
        for (int k = 0; k < Out::count; ++k) {
            const bool truth = target.data[k] > 0.5f;
            const bool right = truth ? y.data[k] > 0 : y.data[k] <= 0;  // not of NaN
            result_.labels[static_cast<std::size_t>(k / each)].add(truth, right);
            all_right = all_right && right;
        }
        exact_ += all_right;
    }
    constexpr LabelEvaluation<labels> finish() {
        result_.loss = mean_.mean();
        if (result_.samples > 0) {
            result_.accuracy = result_.all().accuracy();
            result_.exact_match = ratio(exact_, result_.samples);
        }
        return result_;
    }

  private:
    const Loss& loss_;
    LabelEvaluation<labels> result_{};
    LossMean mean_{};
    int exact_ = 0;
};

template <class Loss, class Out>
class Judge<JudgedBy::distributions, Loss, Out> {
    static constexpr int positions = answers<JudgedBy::distributions, Out>;

  public:
    constexpr explicit Judge(const Loss& loss) : loss_(loss) {}

    constexpr void operator()(const Tensor<float, Out>& y, const Tensor<float, Out>& target) {
        ++result_.samples;
        mean_.add(loss_, y, target);
        if (has_nan(y))
            ++result_.not_numbers;
        else
            right_ += score<JudgedBy::distributions>(y, target, 1).hits;
    }
    constexpr DistributionEvaluation finish() {
        result_.loss = mean_.mean();
        if (result_.samples > 0) result_.accuracy = ratio(right_, static_cast<long long>(result_.samples) * positions);
        return result_;
    }

  private:
    const Loss& loss_;
    DistributionEvaluation result_{};
    LossMean mean_{};
    long long right_ = 0;
};

template <class Loss, class Out>
class Judge<JudgedBy::values, Loss, Out> {
    static constexpr int values = Out::extents[0], each = Out::count / values;

  public:
    // Errors are given in units of which 1 of an output is unit[k]; without units in those of the outputs.
    constexpr explicit Judge(const Loss& loss, const Tensor<float, Out>* unit = nullptr) : loss_(loss), unit_(unit) {}

    constexpr void operator()(const Tensor<float, Out>& y, const Tensor<float, Out>& target) {
        ++result_.samples;
        mean_.add(loss_, y, target);
        if (has_nan(y)) ++result_.not_numbers;
        for (int k = 0; k < Out::count; ++k) {
            const auto at = static_cast<std::size_t>(k);
            const double value = static_cast<double>(target.data[k]);
            const double error = static_cast<double>(y.data[k]) - value;
            const double unit = unit_ != nullptr ? static_cast<double>(unit_->data[k]) : 1;
            Sums& sums = sums_[at / static_cast<std::size_t>(each)];
            sums.residual += error * error;
            sums.absolute += (error < 0 ? -error : error) * unit;
            sums.square += error * error * unit * unit;
            // Welford's sums of squares about the mean.
            const double before = value - target_mean_[at];
            target_mean_[at] += before / result_.samples;
            sums.spread += before * (value - target_mean_[at]);
        }
    }
    constexpr Regression<values> finish() {
        result_.loss = mean_.mean();
        double absolute = 0, square = 0, r_squared = 0;
        int with_r_squared = 0;
        for (std::size_t v = 0; v < sums_.size(); ++v) {
            const Sums& sums = sums_[v];
            const Errors errors = result_.values[v] = errors_of(sums);
            absolute += sums.absolute;
            square += sums.square;
            if (!(sums.spread > 0)) continue;
            r_squared += static_cast<double>(errors.r_squared);
            ++with_r_squared;
        }
        const double count = static_cast<double>(result_.samples) * Out::count;
        if (count > 0) {
            result_.mean_absolute_error = static_cast<float>(absolute / count);
            result_.root_mean_square_error = static_cast<float>(kiln::sqrt(square / count));
        }
        if (with_r_squared > 0) result_.r_squared = static_cast<float>(r_squared / with_r_squared);
        return result_;
    }

  private:
    struct Sums {
        double residual = 0, spread = 0;  // squared, in units of the targets
        double absolute = 0, square = 0;  // in the units that are asked for
    };
    constexpr Errors errors_of(const Sums& sums) const {
        Errors errors;
        const double count = static_cast<double>(result_.samples) * each;
        if (count > 0) {
            errors.mean_absolute_error = static_cast<float>(sums.absolute / count);
            errors.root_mean_square_error = static_cast<float>(kiln::sqrt(sums.square / count));
        }
        if (sums.spread > 0) errors.r_squared = static_cast<float>(1 - sums.residual / sums.spread);
        return errors;
    }

    const Loss& loss_;
    const Tensor<float, Out>* unit_;
    Regression<values> result_{};
    LossMean mean_{};
    std::array<double, static_cast<std::size_t>(Out::count)> target_mean_{};
    std::array<Sums, static_cast<std::size_t>(values)> sums_{};
};

template <class Loss, class Out>
class Judge<JudgedBy::loss, Loss, Out> {
  public:
    constexpr explicit Judge(const Loss& loss) : loss_(loss) {}

    template <class Target>
    constexpr void operator()(const Tensor<float, Out>& y, const Target& target) {
        ++result_.samples;
        result_.weighted = Weighs<Loss, Target>;
        if (!valid_target_of<Loss, Out>(target)) return;
        mean_.add(loss_, y, target);
        if (has_nan(y)) ++result_.not_numbers;
    }
    constexpr MeanLoss finish() {
        result_.loss = mean_.mean();
        return result_;
    }

  private:
    const Loss& loss_;
    MeanLoss result_{};
    LossMean mean_{};
};

// Loss I of several, without its weight.
template <class Losses, int I>
using loss_at = std::remove_cvref_t<decltype(std::declval<const Losses&>().template get<I>().loss)>;

// Several outputs: a judge for each.
template <class Losses, class Out, class Indices>
struct judges_of;
template <class Losses, class... Out, int... I>
struct judges_of<Losses, Shapes<Out...>, std::integer_sequence<int, I...>> {
    using Judges = hana::basic_tuple<Judge<judgement<loss_at<Losses, I>, Out>, loss_at<Losses, I>, Out>...>;
    using Result = SeveralEvaluations<
        decltype(std::declval<Judge<judgement<loss_at<Losses, I>, Out>, loss_at<Losses, I>, Out>&>().finish())...>;
    static constexpr Judges make(const Losses& losses) { return Judges(losses.template get<I>().loss...); }
};
template <class Losses, class... Out>
    requires requires { Losses::count; }
class Judge<JudgedBy::loss, Losses, Shapes<Out...>> {
    using Indices = std::make_integer_sequence<int, static_cast<int>(sizeof...(Out))>;
    using All = judges_of<Losses, Shapes<Out...>, Indices>;

  public:
    constexpr explicit Judge(const Losses& losses) : losses_(losses), judges_(All::make(losses)) {}

    constexpr void operator()(const Tensor<float, Shapes<Out...>>& y, const auto& targets) {
        ++result_.samples;
        [&]<int... I>(std::integer_sequence<int, I...>) {
            (hana::at_c<static_cast<std::size_t>(I)>(judges_)(y.template get<I>(), targets.template get<I>()), ...);
        }
        (Indices{});
    }
    constexpr auto finish() {
        [&]<int... I>(std::integer_sequence<int, I...>) {
            ((hana::at_c<static_cast<std::size_t>(I)>(result_.each) =
                  hana::at_c<static_cast<std::size_t>(I)>(judges_).finish()),
             ...);
            result_.loss = (... + (losses_.template get<I>().weight * result_.template get<I>().loss));
        }
        (Indices{});
        return result_;
    }

  private:
    const Losses& losses_;
    typename All::Judges judges_;
    typename All::Result result_{};
};

}  // namespace kiln::inline KILN_TARGET::detail
