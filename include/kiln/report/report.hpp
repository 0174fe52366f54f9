// SPDX-License-Identifier: BSL-1.0
#pragma once
// The report of a training: one page of HTML that needs nothing beside it, neither a file nor a network nor a script.
// It shows what it is given, key figures, curves, confusion matrix, worst mistakes, reconstructions, layers, and leaves
// out what it is not:
//
//     kiln::Report report{.title = "Digits"};
//     kiln::add_history(report, history);
//     kiln::add_confusion(report, result);
//     kiln::add_mistakes(report, model, mnist.test, 12);
//     kiln::add_layers<Digits>(report);
//     report.write("report.html");

#include <kiln/core/concat.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/replace_file.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/model/summary.hpp>
#include <kiln/report/bitmap.hpp>
#include <kiln/report/page.hpp>
#include <kiln/report/parts.hpp>
#include <kiln/train/evaluate.hpp>
#include <kiln/train/history.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace kiln::inline KILN_TARGET {

/// What is reported, to be filled in by hand and by the functions below. Any text may hold any characters (UTF-8).
struct Report {
    std::string title{};
    std::vector<report::Figure> figures{};
    std::vector<report::Epoch> epochs{};
    std::string loss_axis = "loss";                  ///< with the unit, if it has one
    std::string error_axis = "mean absolute error";  ///< the same
    std::vector<std::string> class_names{};          ///< classes without a name are shown by their number
    report::Confusion confusion{};
    std::vector<report::Mistake> mistakes{};
    std::vector<report::Pair> pairs{};
    std::string input{};  ///< the shape that enters the first layer
    std::vector<report::Layer> layers{};

    // Templates, so that only a program that calls them takes the time to compile them.

    /// The page.
    template <class Self = Report>
    std::string html() const {
        KILN_EXPECTS(confusion.counts.size() ==
                     static_cast<std::size_t>(confusion.classes) * static_cast<std::size_t>(confusion.classes));
        return report::detail::page(static_cast<const Self&>(*this));
    }
    /// Writes the page to a file, whole or not at all; throws FileError.
    template <class Self = Report>
    void write(const std::string& path) const {
        replace_file(path, html<Self>()).or_throw();
    }
};

// Below, what is called once is cold: compiled for size, and sooner.

/// Fills in the epochs of a training run.
[[gnu::cold]] inline void add_history(Report& report, const History& history) {
    report.epochs.clear();
    for (const Epoch& epoch : history.epochs)
        report.epochs.push_back({.number = epoch.number,
                                 .loss = static_cast<double>(epoch.loss),
                                 .validation_loss = static_cast<double>(epoch.validation_loss),
                                 .accuracy = static_cast<double>(epoch.accuracy),
                                 .validation_accuracy = static_cast<double>(epoch.validation_accuracy),
                                 .seconds = epoch.seconds});
}

/// Fills in the confusion matrix.
template <int Classes>
[[gnu::cold]] void add_confusion(Report& report, const Evaluation<Classes>& evaluation) {
    report.confusion = {.classes = Classes, .counts = {evaluation.confusion.begin(), evaluation.confusion.end()}};
}

namespace detail {
// "8 × 13 × 13"
[[gnu::cold]] inline std::string spelled_shape(const Extents& extents) {
    std::string text;
    for (int i = 0; i < extents.rank; ++i) text += concat(i > 0 ? " × " : "", extents[i]);
    return text;
}

// Where a sample that is taken for another class stands among the `most` worst; -1: not among them.
[[gnu::cold]] inline std::ptrdiff_t place_among(const std::vector<report::Mistake>& worst,
                                                const report::Mistake& mistake, int most) {
    const auto doubt = [](const report::Mistake& m) { return m.probabilities[static_cast<std::size_t>(m.truth)]; };
    std::ptrdiff_t place = std::ssize(worst);
    while (place > 0 && doubt(mistake) < doubt(worst[static_cast<std::size_t>(place - 1)])) --place;
    return place < most ? place : -1;
}

// Enters sample i, whose logits these are, if it is one of the worst mistakes.
template <class Data, class S>
[[gnu::cold, gnu::noinline]] void enter(std::vector<report::Mistake>& worst, const Data& data, int i,
                                        const Tensor<float, S>& logits, int most) {
    report::Mistake mistake{.truth = data.target(i), .predicted = argmax(logits)};
    float sum = 0;
    for (const float logit : logits) {
        mistake.probabilities.push_back(kiln::exp(logit - logits[mistake.predicted]));
        sum += mistake.probabilities.back();
    }
    for (float& p : mistake.probabilities) p /= sum;
    const std::ptrdiff_t place = place_among(worst, mistake, most);
    if (place < 0) return;
    if constexpr (report::is_image(Data::Input::extents))
        mistake.image = report::bitmap(data.sample(i), static_cast<double>(data.scale()));
    worst.insert(worst.begin() + place, mistake);
    if (std::ssize(worst) > most) worst.pop_back();
}
}  // namespace detail

/// Fills in the layers of model M.
template <class M>
[[gnu::cold]] void add_layers(Report& report) {
    constexpr auto table = summary<M>();
    report.input = detail::spelled_shape(table.input);
    report.layers.clear();
    for (const SummaryRow& row : table.rows)
        report.layers.push_back({.position = row.position.text,
                                 .layer = std::string(row.layer),
                                 .output = detail::spelled_shape(row.output),
                                 .parameters = row.parameters,
                                 .multiply_adds = row.multiply_adds});
}

/// Fills in the (at most) `most` mistakes of a classifier in which it thought the true class least likely. The model's
/// outputs are logits; samples are shown as images if they have the shape of one and values from 0 to 1 (or bytes).
template <class M, DataSet Data>
void add_mistakes(Report& report, const M& model, const Data& data, int most = 12) {
    constexpr int classes = M::Output::count;
    report.mistakes.clear();
    model.for_each_batch(
        0, data.size(), [&](int i) { return &data.sample(i); }, data.scale(),
        [&](int i, int l, const auto& y) {
            Tensor<float, typename M::Output> logits;
            for (int k = 0; k < classes; ++k) logits.data[k] = lane(y.data[k], l);
            const int truth = data.target(i);
            if (0 <= truth && truth < classes && truth != argmax(logits))
                detail::enter(report.mistakes, data, i, logits, most);
        });
}

}  // namespace kiln::inline KILN_TARGET
