// SPDX-License-Identifier: BSL-1.0
#pragma once
// The judges behind `evaluate`, one for each way of judging (JudgedBy): judge(y, target) for every sample, then finish().

#include <kiln/core/contract.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/math.hpp>
#include <kiln/train/detail/mean_loss.hpp>
#include <kiln/train/evaluation.hpp>
#include <kiln/train/score.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

template <JudgedBy By, class Loss, class Out>
class Judge;

template <class Loss, class Out>
class Judge<JudgedBy::classes, Loss, Out> {
  public:
    constexpr explicit Judge(const Loss& loss) : loss_(loss) { result_.weighted = Weighs<Loss, int>; }

    constexpr void operator()(const Tensor<float, Out>& y, int label, std::same_as<const int*> auto... lengths) {
        ++result_.samples;
        if (!valid_target_of<Loss, Out>(label)) return;
        mean_.add(loss_, y, label, lengths...);
        if (has_nan(y, lengths...)) {
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

template <class Loss, class Out>
class Judge<JudgedBy::frames, Loss, Out> {
    static constexpr int frames = Out::extents[0], classes = Out::extents[1];

  public:
    constexpr explicit Judge(const Loss& loss) : loss_(loss) {
        result_.weighted = requires { loss.class_weights; };
    }

    constexpr void operator()(const Tensor<float, Out>& y, const Tensor<int, Shape<frames>>& labels,
                              std::same_as<const int*> auto... lengths) {
        ++result_.samples;
        if (!valid_target_of<Loss, Out>(labels)) return;
        mean_.add(loss_, y, labels, lengths...);
        for (int t = 0; t < frames; ++t)
            if (const int label = labels.data[t]; label >= 0) {
                ++result_.frames;
                judge_frame(y.data + t * classes, label);
            }
    }
    constexpr FrameEvaluation<classes> finish() {
        result_.loss = mean_.mean();
        if (result_.frames > 0) result_.accuracy = ratio(result_.ranks[0], result_.frames);
        return result_;
    }

  private:
    constexpr void judge_frame(const float* y, int label) {
        int larger = 0;
        bool is_number = true;
        for (int k = 0; k < classes; ++k) {
            is_number = is_number && y[k] == y[k];
            larger += y[k] > y[label] || (y[k] == y[label] && k < label);
        }
        if (is_number)
            ++result_.ranks[static_cast<std::size_t>(larger)];
        else
            ++result_.not_numbers;
    }

    const Loss& loss_;
    FrameEvaluation<classes> result_{};
    LossMean mean_{};
};

// The only answer of a sample is one of two classes.
template <class Loss, class Out>
    requires(Out::count == 1)
class Judge<JudgedBy::labels, Loss, Out> {
    static constexpr int classes = Out::count + 1;

  public:
    constexpr explicit Judge(const Loss& loss) : loss_(loss) {}

    constexpr void operator()(const Tensor<float, Out>& y, const Tensor<float, Out>& target,
                              std::same_as<const int*> auto... lengths) {
        ++result_.samples;
        mean_.add(loss_, y, target, lengths...);
        if (has_nan(y, lengths...)) {
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

    constexpr void operator()(const Tensor<float, Out>& y, const Tensor<float, Out>& target,
                              std::same_as<const int*> auto... lengths) {
        ++result_.samples;
        mean_.add(loss_, y, target, lengths...);
        if (has_nan(y, lengths...)) ++result_.not_numbers;
        bool all_right = true;
        for (int k = 0; k < elements_within<Out>(lengths...); ++k) {
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

    constexpr void operator()(const Tensor<float, Out>& y, const Tensor<float, Out>& target,
                              std::same_as<const int*> auto... lengths) {
        ++result_.samples;
        mean_.add(loss_, y, target, lengths...);
        if (has_nan(y, lengths...))
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

    constexpr void operator()(const Tensor<float, Out>& y, const Tensor<float, Out>& target,
                              std::same_as<const int*> auto... lengths) {
        ++result_.samples;
        mean_.add(loss_, y, target, lengths...);
        if (has_nan(y, lengths...)) ++result_.not_numbers;
        for (int k = 0; k < elements_within<Out>(lengths...); ++k) {
            const auto at = static_cast<std::size_t>(k);
            const double value = static_cast<double>(target.data[k]);
            const double error = static_cast<double>(y.data[k]) - value;
            const double unit = unit_ != nullptr ? static_cast<double>(unit_->data[k]) : 1;
            Sums& sums = sums_[at / static_cast<std::size_t>(each)];
            if (k % each == 0) ++sums.samples;
            sums.residual += error * error;
            sums.absolute += (error < 0 ? -error : error) * unit;
            sums.square += error * error * unit * unit;
            // Welford's sums of squares about the mean.
            const double before = value - target_mean_[at];
            target_mean_[at] += before / sums.samples;
            sums.spread += before * (value - target_mean_[at]);
        }
    }
    constexpr Regression<values> finish() {
        result_.loss = mean_.mean();
        double absolute = 0, square = 0, r_squared = 0, count = 0;
        int with_r_squared = 0;
        for (std::size_t v = 0; v < sums_.size(); ++v) {
            const Sums& sums = sums_[v];
            const Errors errors = result_.values[v] = errors_of(sums);
            absolute += sums.absolute;
            square += sums.square;
            count += static_cast<double>(sums.samples) * each;
            if (!(sums.spread > 0)) continue;
            r_squared += static_cast<double>(errors.r_squared);
            ++with_r_squared;
        }
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
        int samples = 0;                  // in which these values count
    };
    constexpr Errors errors_of(const Sums& sums) const {
        Errors errors;
        const double count = static_cast<double>(sums.samples) * each;
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
    constexpr void operator()(const Tensor<float, Out>& y, const Target& target,
                              std::same_as<const int*> auto... lengths) {
        ++result_.samples;
        result_.weighted = Weighs<Loss, Target>;
        if (!valid_target_of<Loss, Out>(target)) return;
        mean_.add(loss_, y, target, lengths...);
        if (has_nan(y, lengths...)) ++result_.not_numbers;
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

    constexpr void operator()(const Tensor<float, Shapes<Out...>>& y, const auto& targets,
                              std::same_as<const int*> auto... lengths) {
        ++result_.samples;
        const auto judge = [&]<int I>(std::integral_constant<int, I>) {
            hana::at_c<static_cast<std::size_t>(I)>(judges_)(y.template get<I>(), targets.template get<I>(),
                                                             (lengths + I)...);
        };
        [&]<int... I>(std::integer_sequence<int, I...>) { (judge(std::integral_constant<int, I>{}), ...); }
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
