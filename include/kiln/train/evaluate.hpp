// SPDX-License-Identifier: BSL-1.0
#pragma once
// The quality of a model on a data set. For a classifier: mean loss, accuracy, top-k accuracy, confusion matrix, and
// precision, recall and F1 of each class. For a network whose targets are tensors: mean loss, mean absolute error, and
// R².

#include <kiln/core/contract.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/core/verdict.hpp>

#include <array>
#include <cstddef>
#include <iosfwd>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

/// The result of `evaluate` for labels; prints as a short report. A ratio of 0 to 0 (for a class that never occurs) is
/// 0.
template <int Classes>
struct Evaluation {
    float loss = 0;
    float accuracy = 0;  ///< 0 to 1
    int samples = 0;
    Tensor<int, Shape<Classes, Classes>> confusion{};  ///< (label, predicted class) -> count
    Tensor<int, Shape<Classes>> ranks{};  ///< k -> samples with k classes of a larger output than the label's

    /// The fraction of samples whose label is among the k largest outputs.
    constexpr float top(int k) const {
        int hits = 0;
        for (int rank = 0; rank < k && rank < Classes; ++rank) hits += ranks[rank];
        return ratio(hits, samples);
    }
    /// The fraction of correct predictions among the samples predicted as class k.
    constexpr float precision(int k) const {
        int taken = 0;
        for (int label = 0; label < Classes; ++label) taken += confusion(label, k);
        return ratio(confusion(k, k), taken);
    }
    /// The fraction of correct predictions among the samples of class k.
    constexpr float recall(int k) const {
        int present = 0;
        for (int predicted = 0; predicted < Classes; ++predicted) present += confusion(k, predicted);
        return ratio(confusion(k, k), present);
    }
    /// The harmonic mean of precision and recall of class k.
    constexpr float f1(int k) const {
        const float p = precision(k), r = recall(k);
        return p + r > 0 ? 2 * p * r / (p + r) : 0.0f;
    }
    /// The mean of f1 over the classes, each counted alike.
    constexpr float macro_f1() const {
        float sum = 0;
        for (int k = 0; k < Classes; ++k) sum += f1(k);
        return sum / Classes;
    }

    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const Evaluation& e) {
        const auto cell = [&](auto value) {
            const auto width = out.width(6);
            out << value;
            out.width(width);
        };
        out << "loss " << e.loss << ", accuracy " << 100 * e.accuracy << " % of " << e.samples << " samples\n";
        out << "label \\ predicted";
        for (int k = 0; k < Classes; ++k) cell(k);
        for (int label = 0; label < Classes; ++label) {
            out << '\n';
            const auto width = out.width(17);
            out << label;
            out.width(width);
            for (int k = 0; k < Classes; ++k) cell(e.confusion(label, k));
        }
        return out;
    }

  private:
    static constexpr float ratio(int part, int whole) {
        return whole > 0 ? static_cast<float>(part) / static_cast<float>(whole) : 0.0f;
    }
};

/// The result of `evaluate` for targets that are tensors of the output's shape; prints as one line.
struct Regression {
    float loss = 0;
    float mean_absolute_error = 0;  ///< over all outputs of all samples
    float r_squared = 0;  ///< 1 - residual / total sum of squares, both summed over the outputs, each about its mean
    int samples = 0;

    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const Regression& r) {
        return out << "loss " << r.loss << ", mean absolute error " << r.mean_absolute_error << ", R2 " << r.r_squared
                   << " of " << r.samples << " samples";
    }
};

/// The result of `evaluate` for targets that are tensors of another shape than the output's, which only the loss can
/// compare with outputs. Prints as one line.
struct MeanLoss {
    float loss = 0;
    int samples = 0;

    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const MeanLoss& m) {
        return out << "loss " << m.loss << " of " << m.samples << " samples";
    }
};

namespace detail {

// The type of a data set's targets as a loss gets them: tensors of pixels become tensors of floats.
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

// The mean loss over samples, each with its share.
struct JudgedLoss {
    double sum = 0, shares = 0;

    template <class Out>
    constexpr void add(const auto& loss, const Tensor<float, Out>& y, const auto& target) {
        Tensor<float, Out> unused;
        if constexpr (requires { loss(y, target, 1.0f, unused); })
            sum += static_cast<double>(loss(y, target, 1.0f, unused));
        else
            sum += static_cast<double>(loss(y, {target}, 1.0f, unused));
        if constexpr (requires { loss.share(target); })
            shares += static_cast<double>(loss.share(target));
        else
            shares += 1;
    }
    constexpr float mean() const { return shares > 0 ? static_cast<float>(sum / shares) : 0.0f; }
};

// Compares outputs with labels, one sample at a time.
template <class Out>
struct LabelJudge {
    Evaluation<Out::count> result{};
    JudgedLoss loss{};
    int right = 0;

    constexpr void operator()(const auto& loss_of, const Tensor<float, Out>& y, int label, float) {
        using Loss = std::remove_cvref_t<decltype(loss_of)>;
        if (!valid_target<Loss>(label, Out::extents)) return;
        const int predicted = argmax(y);
        right += predicted == label;
        ++result.confusion(label, predicted);
        int larger = 0;
        for (int k = 0; k < Out::count; ++k) {
            const bool smaller = y.data[k] < y.data[label] || (y.data[k] == y.data[label] && k > label);
            larger += k != label && !smaller;  // NaN counts as larger
        }
        ++result.ranks[larger];
        if constexpr (loss_fit<Loss>(Out::extents).fits) loss.add(loss_of, y, label);
    }
    constexpr auto finish(int samples) {
        result.samples = samples;
        result.loss = loss.mean();
        if (samples > 0) result.accuracy = static_cast<float>(right) / static_cast<float>(samples);
        return result;
    }
};

// Compares outputs with tensors of their shape.
template <class Out>
struct TensorJudge {
    JudgedLoss loss{};
    double errors = 0, residual = 0;
    std::array<double, static_cast<std::size_t>(Out::count)> mean{}, spread{};  // by Welford's method, for each output
    long long count = 0;

    constexpr void operator()(const auto& loss_of, const Tensor<float, Out>& y, const auto& target, float scale) {
        Tensor<float, Out> truth;
        ++count;
        for (std::size_t k = 0; k < mean.size(); ++k) {
            const float value = static_cast<float>(target.data[k]) * scale;
            truth.data[k] = value;
            const double error = static_cast<double>(y.data[k]) - static_cast<double>(value);
            errors += error < 0 ? -error : error;
            residual += error * error;
            const double before = static_cast<double>(value) - mean[k];
            mean[k] += before / static_cast<double>(count);
            spread[k] += before * (static_cast<double>(value) - mean[k]);
        }
        loss.add(loss_of, y, truth);
    }
    constexpr auto finish(int samples) const {
        Regression result{.loss = loss.mean(), .samples = samples};
        double total = 0;
        for (const double part : spread) total += part;
        if (count > 0)
            result.mean_absolute_error = static_cast<float>(errors / static_cast<double>(count * Out::count));
        if (total > 0) result.r_squared = static_cast<float>(1 - residual / total);
        return result;
    }
};

// Compares outputs with tensors of another shape, by the loss alone.
template <class Out>
struct LossJudge {
    JudgedLoss loss{};

    template <class T, class Dims>
    constexpr void operator()(const auto& loss_of, const Tensor<float, Out>& y, const Tensor<T, Dims>& target,
                              float scale) {
        Tensor<float, Dims> truth;
        for (int k = 0; k < Dims::count; ++k) truth.data[k] = static_cast<float>(target.data[k]) * scale;
        loss.add(loss_of, y, truth);
    }
    constexpr MeanLoss finish(int samples) const { return {.loss = loss.mean(), .samples = samples}; }
};

}  // namespace detail

/// Runs the model over a whole data set and compares outputs with targets by a loss; the default loss depends on the
/// type of the targets. Labels outside the classes count as wrong and are left out of loss, ranks and confusion.
/// Returns an Evaluation for labels, a Regression for tensors of the output's shape, and a MeanLoss for other targets
/// that the loss declares.
template <class M, DataSet Data, class Loss = typename default_loss<detail::target_in<Data>>::type>
constexpr auto evaluate(const M& model, const Data& data, const Loss& loss = {}) {
    using Out = typename M::Output;
    constexpr bool same_shape = std::is_same_v<typename Data::Input, typename M::Input>;
    constexpr bool fits = !M::is_sound || same_shape;
    static_assert(fits, "kiln: evaluate needs samples of the model's input shape");
    if constexpr (M::is_sound) static_assert(decltype(loss_verdict<Loss, Out>())::shapes_agree);
    constexpr bool labelled = std::is_convertible_v<detail::target_in<Data>, int>;
    constexpr bool of_output = std::is_same_v<detail::target_in<Data>, Tensor<float, Out>>;
    constexpr bool judged =
        labelled || of_output || !M::is_sound ||
        std::is_same_v<detail::target_in<Data>, typename Loss::template Target<Out>>;
    static_assert(judged, "kiln: evaluate needs targets of the output's shape, or those that its loss declares");
    std::conditional_t<labelled, detail::LabelJudge<Out>,
                       std::conditional_t<of_output || !judged, detail::TensorJudge<Out>, detail::LossJudge<Out>>>
        judge{};
    if constexpr (same_shape && judged && M::is_sound) {
        model.for_each_batch(
            0, data.size(), [&](int i) { return &data.sample(i); }, data.scale(),
            [&](int i, int l, const auto& y) {
                Tensor<float, Out> output;
                for (int k = 0; k < Out::count; ++k) output.data[k] = lane(y.data[k], l);
                judge(loss, output, data.target(i), data.scale());
            });
    }
    return judge.finish(data.size());
}

}  // namespace kiln::inline KILN_TARGET
