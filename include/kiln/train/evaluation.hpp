// SPDX-License-Identifier: BSL-1.0
#pragma once
// The results of `evaluate`, one type for each way of judging (JudgedBy):
//
//     classes        Evaluation<Classes>           labels, of one output    Evaluation<2>
//     frames         FrameEvaluation<Classes>
//     distributions  DistributionEvaluation        labels, of several       LabelEvaluation<Labels>
//     values         Regression<Values>            loss                     MeanLoss
//     of several outputs                           SeveralEvaluations<…>
//
// Each result has the loss, which is the one that training minimises, and the number of samples, and prints as a short
// report. A figure that does not exist is NaN; without samples no figure exists.

#include <kiln/core/math.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>

#include <array>
#include <cstddef>
#include <iosfwd>
#include <utility>

namespace kiln::inline KILN_TARGET {

namespace detail {

inline constexpr float no_figure = __builtin_nanf("");

constexpr float ratio(long long part, long long whole) {
    return whole > 0 ? static_cast<float>(part) / static_cast<float>(whole) : 0.0f;
}
constexpr float harmonic_mean(float a, float b) { return a + b > 0 ? 2 * a * b / (a + b) : 0.0f; }

// The beginning and the end of a result's first line.
void print_loss(auto& out, const auto& result) {
    if constexpr (requires { result.weighted; })
        if (result.weighted) out << "weighted ";
    out << "loss " << result.loss;
}
void print_samples(auto& out, const auto& result) {
    out << " of " << result.samples << " samples";
    if (result.not_numbers > 0) out << ", " << result.not_numbers << " of them with outputs that are not numbers";
}
void print_figure(auto& out, float figure) {
    if (figure == figure)
        out << figure;
    else
        out << '-';
}
void print_cell(auto& out, int width, auto value) {
    const auto before = out.width(width);
    out << value;
    out.width(before);
}
void print_figure_cell(auto& out, int width, float figure) {
    if (figure == figure)
        print_cell(out, width, figure);
    else
        print_cell(out, width, '-');
}

inline constexpr int most_printed_rows = 20;

}  // namespace detail

/// The result of `evaluate` for classes. A ratio of 0 to 0 (for a class that never occurs) is 0.
template <int Classes>
struct Evaluation {
    float loss = detail::no_figure;
    float accuracy = detail::no_figure;  ///< the fraction of correct predictions, 0 to 1
    int samples = 0;
    Tensor<int, Shape<Classes, Classes>> confusion{};  ///< (label, predicted class) -> count
    Tensor<int, Shape<Classes>> ranks{};  ///< k -> samples with k classes of a larger output than the label's
    int not_numbers = 0;    ///< samples with an output that is NaN: they count as wrong, and in no matrix and rank
    bool weighted = false;  ///< whether classes count differently in the loss

    /// The fraction of samples whose label is among the k largest outputs.
    constexpr float top(int k) const {
        int hits = 0;
        for (int rank = 0; rank < k && rank < Classes; ++rank) hits += ranks[rank];
        return detail::ratio(hits, samples);
    }
    /// The fraction of correct predictions among the samples predicted as class k.
    constexpr float precision(int k) const {
        int taken = 0;
        for (int label = 0; label < Classes; ++label) taken += confusion(label, k);
        return detail::ratio(confusion(k, k), taken);
    }
    /// The fraction of correct predictions among the samples of class k.
    constexpr float recall(int k) const {
        int present = 0;
        for (int predicted = 0; predicted < Classes; ++predicted) present += confusion(k, predicted);
        return detail::ratio(confusion(k, k), present);
    }
    /// The harmonic mean of precision and recall of class k.
    constexpr float f1(int k) const { return detail::harmonic_mean(precision(k), recall(k)); }
    /// The mean of f1 over the classes, each counted alike.
    constexpr float macro_f1() const {
        float sum = 0;
        for (int k = 0; k < Classes; ++k) sum += f1(k);
        return sum / Classes;
    }

    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const Evaluation& e) {
        if (e.samples == 0) return out << "no samples";
        detail::print_loss(out, e);
        out << ", accuracy " << 100 * e.accuracy << " %";
        detail::print_samples(out, e);
        if constexpr (Classes == 2) out << ", F1 of class 1 " << e.f1(1);
        out << "\nlabel \\ predicted";
        for (int k = 0; k < Classes; ++k) detail::print_cell(out, 6, k);
        for (int label = 0; label < Classes; ++label) {
            out << '\n';
            detail::print_cell(out, 17, label);
            for (int k = 0; k < Classes; ++k) detail::print_cell(out, 6, e.confusion(label, k));
        }
        return out;
    }
};

/// The result of `evaluate` for a class of each frame. Frames whose label is -1, and those behind a sample's length,
/// are left out of all figures. Prints as one line.
template <int Classes>
struct FrameEvaluation {
    float loss = detail::no_figure;      ///< the mean over the frames that count
    float accuracy = detail::no_figure;  ///< the fraction of correct predictions, 0 to 1
    int samples = 0;
    long long frames = 0;  ///< the frames that count
    std::array<long long, static_cast<std::size_t>(Classes)>
        ranks{};                ///< k -> frames with k classes of a larger output
    long long not_numbers = 0;  ///< frames with an output that is NaN: they count as wrong, and in no rank
    bool weighted = false;      ///< whether classes count differently in the loss

    /// e to the loss: the number of equally likely classes between which a model of this loss is undecided.
    constexpr float perplexity() const { return exp(loss); }
    /// The fraction of frames whose label is among the k largest outputs.
    constexpr float top(int k) const {
        long long hits = 0;
        for (int rank = 0; rank < k && rank < Classes; ++rank) hits += ranks[static_cast<std::size_t>(rank)];
        return detail::ratio(hits, frames);
    }

    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                                        const FrameEvaluation& e) {
        if (e.samples == 0) return out << "no samples";
        if (e.frames == 0) return out << "no frame with a label in " << e.samples << " samples";
        detail::print_loss(out, e);
        out << ", perplexity ";
        detail::print_figure(out, e.perplexity());
        out << ", accuracy " << 100 * e.accuracy << " % of " << e.frames << " frames of " << e.samples << " samples";
        if (e.not_numbers > 0) out << ", " << e.not_numbers << " frames with outputs that are not numbers";
        return out;
    }
};

/// The answers to one yes-or-no question. A ratio of 0 to 0 is 0.
struct Answers {
    long long true_positives = 0, false_positives = 0, false_negatives = 0, true_negatives = 0;

    constexpr void add(bool truth, bool right) {
        ++(truth ? (right ? true_positives : false_negatives) : (right ? true_negatives : false_positives));
    }
    constexpr long long right() const { return true_positives + true_negatives; }
    constexpr long long count() const { return right() + false_positives + false_negatives; }
    /// The fraction of right answers.
    constexpr float accuracy() const { return detail::ratio(right(), count()); }
    /// The fraction of right answers among the answers yes.
    constexpr float precision() const { return detail::ratio(true_positives, true_positives + false_positives); }
    /// The fraction of right answers among the samples whose target is a yes.
    constexpr float recall() const { return detail::ratio(true_positives, true_positives + false_negatives); }
    /// The harmonic mean of the two.
    constexpr float f1() const { return detail::harmonic_mean(precision(), recall()); }
};

/// The result of `evaluate` for labels: answers to several yes-or-no questions for each sample. A vector has a label
/// for each output, a map has one for each channel and a question for each of its pixels. An output above 0 is a yes,
/// and a target above 1/2.
template <int Labels>
struct LabelEvaluation {
    float loss = detail::no_figure;
    float accuracy = detail::no_figure;     ///< the fraction of right answers, 0 to 1
    float exact_match = detail::no_figure;  ///< the fraction of samples without a wrong answer
    int samples = 0;
    std::array<Answers, static_cast<std::size_t>(Labels)> labels{};
    int not_numbers = 0;  ///< samples with an output that is NaN, which is a wrong answer

    /// The sums over all labels.
    constexpr Answers all() const {
        Answers sum;
        for (const Answers& label : labels) {
            sum.true_positives += label.true_positives;
            sum.false_positives += label.false_positives;
            sum.false_negatives += label.false_negatives;
            sum.true_negatives += label.true_negatives;
        }
        return sum;
    }
    /// Micro means are those of the sums, so that frequent labels count more.
    constexpr float micro_precision() const { return all().precision(); }
    constexpr float micro_recall() const { return all().recall(); }
    constexpr float micro_f1() const { return all().f1(); }
    /// Macro means are over the labels, each counted alike.
    constexpr float macro_precision() const {
        return mean([](const Answers& label) { return label.precision(); });
    }
    constexpr float macro_recall() const {
        return mean([](const Answers& label) { return label.recall(); });
    }
    constexpr float macro_f1() const {
        return mean([](const Answers& label) { return label.f1(); });
    }

    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                                        const LabelEvaluation& e) {
        if (e.samples == 0) return out << "no samples";
        detail::print_loss(out, e);
        out << ", label accuracy " << 100 * e.accuracy << " %, exact match " << 100 * e.exact_match << " %";
        detail::print_samples(out, e);
        out << ", F1 " << e.micro_f1() << " (micro), " << e.macro_f1() << " (macro)";
        if constexpr (Labels <= detail::most_printed_rows) {
            out << "\nlabel        yes  precision     recall         F1";
            for (int k = 0; k < Labels; ++k) {
                const Answers& label = e.labels[static_cast<std::size_t>(k)];
                out << '\n';
                detail::print_cell(out, 5, k);
                detail::print_cell(out, 11, label.true_positives + label.false_negatives);
                for (const float figure : {label.precision(), label.recall(), label.f1()})
                    detail::print_cell(out, 11, figure);
            }
        }
        return out;
    }

  private:
    constexpr float mean(auto figure) const {
        float sum = 0;
        for (const Answers& label : labels) sum += figure(label);
        return sum / Labels;
    }
};

/// The result of `evaluate` for distributions. Prints as one line.
struct DistributionEvaluation {
    float loss = detail::no_figure;
    float accuracy = detail::no_figure;  ///< the fraction whose likeliest class is the target's likeliest, 0 to 1
    int samples = 0;
    int not_numbers = 0;  ///< samples with an output that is NaN: they count as wrong

    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                                        const DistributionEvaluation& e) {
        if (e.samples == 0) return out << "no samples";
        detail::print_loss(out, e);
        out << ", likeliest class " << 100 * e.accuracy << " % right";
        detail::print_samples(out, e);
        return out;
    }
};

/// The errors of some outputs.
struct Errors {
    float mean_absolute_error = detail::no_figure;
    float root_mean_square_error = detail::no_figure;
    /// 1 - sum of squared errors / sum of squared differences between targets and their mean; none if that is 0.
    float r_squared = detail::no_figure;
};

/// The result of `evaluate` for values: errors over all outputs, and `values` of each output of a vector or each
/// channel of a map. R² over all is the mean of R² over those with different targets.
template <int Values>
struct Regression : Errors {
    float loss = detail::no_figure;
    int samples = 0;
    std::array<Errors, static_cast<std::size_t>(Values)> values{};
    int not_numbers = 0;  ///< samples with an output that is NaN; errors are then NaN as well

    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const Regression& r) {
        if (r.samples == 0) return out << "no samples";
        detail::print_loss(out, r);
        out << ", mean absolute error ";
        detail::print_figure(out, r.mean_absolute_error);
        out << ", root mean square error ";
        detail::print_figure(out, r.root_mean_square_error);
        out << ", R2 ";
        detail::print_figure(out, r.r_squared);
        detail::print_samples(out, r);
        if constexpr (Values > 1 && Values <= detail::most_printed_rows) {
            out << "\noutput  mean absolute error  root mean square error         R2";
            for (int k = 0; k < Values; ++k) {
                const Errors& value = r.values[static_cast<std::size_t>(k)];
                out << '\n';
                detail::print_cell(out, 6, k);
                detail::print_figure_cell(out, 21, value.mean_absolute_error);
                detail::print_figure_cell(out, 24, value.root_mean_square_error);
                detail::print_figure_cell(out, 11, value.r_squared);
            }
        }
        return out;
    }
};

/// The result of `evaluate` for a loss that does not say how outputs are judged. Prints as one line.
struct MeanLoss {
    float loss = detail::no_figure;
    int samples = 0;
    int not_numbers = 0;    ///< samples with an output that is NaN
    bool weighted = false;  ///< whether samples count differently in the loss

    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const MeanLoss& m) {
        if (m.samples == 0) return out << "no samples";
        detail::print_loss(out, m);
        detail::print_samples(out, m);
        return out;
    }
};

/// The result of `evaluate` for several outputs: the result of each, in their order. `loss` is the weighted sum that
/// training minimises.
template <class... Result>
struct SeveralEvaluations {
    float loss = detail::no_figure;
    int samples = 0;
    hana::basic_tuple<Result...> each;

    /// The result of output I.
    template <int I>
    constexpr const auto& get() const {
        return hana::at_c<static_cast<std::size_t>(I)>(each);
    }

    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                                        const SeveralEvaluations& e) {
        if (e.samples == 0) return out << "no samples";
        out << "loss " << e.loss;
        [&]<int... I>(std::integer_sequence<int, I...>) {
            ((out << "\noutput " << I << ": " << e.template get<I>()), ...);
        }
        (std::make_integer_sequence<int, static_cast<int>(sizeof...(Result))>{});
        return out;
    }
};

}  // namespace kiln::inline KILN_TARGET
