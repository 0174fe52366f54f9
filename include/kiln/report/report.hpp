// SPDX-License-Identifier: BSL-1.0
#pragma once
// The report of a training: one page of HTML that needs no other file, no network and no script. The page shows key
// figures, curves, plots, confusion matrix, labels, worst mistakes, reconstructions or pictures, and the network, as far as
// they are given:
//
//     kiln::Report report{.title = "Digits"};
//     kiln::add_history(report, history);
//     kiln::add_confusion(report, result);
//     kiln::add_mistakes(report, model, mnist.test, 12);
//     kiln::add_layers<Digits>(report);
//     report.write("report.html");

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/detail/one_of.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/model/summary.hpp>
#include <kiln/report/bitmap.hpp>
#include <kiln/report/parts.hpp>
#include <kiln/train/evaluation.hpp>
#include <kiln/train/history.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace kiln::inline KILN_TARGET {

/// The contents of a report, filled in by hand and by the functions below. Any text may hold any characters (UTF-8).
struct Report {
    std::string title{};
    std::vector<report::Figure> figures{};
    std::vector<report::Epoch> epochs{};
    std::string loss_axis = "loss";                  ///< the label of the axis, with the unit
    std::string error_axis = "mean absolute error";  ///< the label of the axis, with the unit
    std::vector<report::Figure> plots{};             ///< titles, and drawings that add_plot makes
    std::vector<std::string> class_names{};          ///< a class or label without a name is shown by its number
    report::Confusion confusion{};
    report::Labels labels{};
    std::vector<report::Mistake> mistakes{};
    std::vector<report::Pair> pairs{};
    std::vector<report::NetworkInput> inputs{};
    std::vector<report::Layer> layers{};

    /// The page as HTML.
    KILN_LAZY std::string html() const;
    /// Writes the page to a file, as a whole or not at all; throws FileError.
    KILN_LAZY void write(const std::string& path) const;
};

namespace detail {

// Sets the report's confusion matrix from counts, row by row.
void set_confusion(Report& report, std::span<const int> counts, int classes);
// A shape in words: "8 × 13 × 13".
std::string spelled_shape(const Extents& extents);
// Appends a row to the report's table of layers.
void append_layer(Report& report, const SummaryRow& row);
// The picture of the report's layers.
KILN_LAZY std::string picture_of(const Report& report);
// Inserts a mistake, without its image, if it is one of the `most` worst; otherwise returns nullptr.
report::Mistake* enter(std::vector<report::Mistake>& worst, int truth, int predicted, std::span<const float> logits,
                       int most);

}  // namespace detail

/// Sets the report's epochs from a history.
void add_history(Report& report, const History& history);

/// Adds a plot to the report.
KILN_LAZY void add_plot(Report& report, const report::Plot& plot);

/// Sets the report's confusion matrix from an evaluation.
template <int Classes>
void add_confusion(Report& report, const Evaluation<Classes>& evaluation) {
    detail::set_confusion(report, evaluation.confusion.data, Classes);
}

/// Sets the report's labels to those of an evaluation.
template <int Labels>
void add_labels(Report& report, const LabelEvaluation<Labels>& evaluation) {
    report.labels = {.count = Labels};
    for (const Answers& label : evaluation.labels)
        for (const long long count : {label.true_positives + label.false_negatives,
                                      label.true_positives + label.false_positives, label.true_positives})
            report.labels.counts.push_back(count);
}

/// Sets the report's layers to those of model M.
template <class M>
void add_layers(Report& report) {
    constexpr auto table = summary<M>();
    report.inputs.clear();
    for (std::size_t i = 0; i < table.inputs.size(); ++i)
        report.inputs.push_back({table.input_names[i].text, detail::spelled_shape(table.inputs[i])});
    report.layers.clear();
    for (const SummaryRow& row : table.rows) detail::append_layer(report, row);
}

/// The network of model M as an SVG picture, which needs no other file: a box for each input and layer with its shape and
/// parameters, an edge for each value that a layer reads.
template <class M>
std::string network_picture() {
    Report report;
    add_layers<M>(report);
    return detail::picture_of(report);
}

/// Sets the report's mistakes: the `most` mistakes, at most, in which the classifier gave the true class the least
/// probability. The model's outputs are logits. Samples are shown as images if they have the shape of an image and
/// values from 0 to 1 (or bytes).
template <class M, DataSet Data>
void add_mistakes(Report& report, const M& model, const Data& data, int most = 12) {
    constexpr int classes = M::Output::count;
    report.mistakes.clear();
    const auto sample = [&](int i) { return kiln::detail::place_of(data.sample(i)); };
    const auto take = [&](int i, int l, const auto& y) {
        Tensor<float, typename M::Output> logits;
        for (int k = 0; k < classes; ++k) logits.data[k] = lane(y.data[k], l);
        const int truth = data.target(i);
        const int predicted = argmax(logits);
        if (truth < 0 || truth >= classes || truth == predicted) return;
        report::Mistake* const mistake = detail::enter(report.mistakes, truth, predicted, logits.data, most);
        if constexpr (requires { requires report::is_image(Data::Input::extents); })
            if (mistake != nullptr) mistake->image = report::bitmap(data.sample(i), static_cast<double>(data.scale()));
    };
    if constexpr (GivesLengths<Data>)
        model.for_each_batch(0, data.size(), sample, data.scale(), take, [&](int i) { return data.length(i); });
    else
        model.for_each_batch(0, data.size(), sample, data.scale(), take);
}

template <class M, DataSet Data>
    requires detail::is_one_of<M>
void add_mistakes(Report&, const M&, const Data&, int = 12) {
    static_assert(!detail::is_one_of<M>, "kiln: add_mistakes needs a Model, got a OneOf; try the model in it: visit");
}

}  // namespace kiln::inline KILN_TARGET

#ifndef KILN_COMPILED
#include <kiln/report/report.ipp>
#endif
