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

#include <kiln/core/compiled.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/model/summary.hpp>
#include <kiln/report/bitmap.hpp>
#include <kiln/report/parts.hpp>
#include <kiln/train/evaluate.hpp>
#include <kiln/train/history.hpp>

#include <span>
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

    /// The page.
    KILN_LAZY std::string html() const;
    /// Writes the page to a file, whole or not at all; throws FileError.
    KILN_LAZY void write(const std::string& path) const;
};

namespace detail {

// The report's confusion matrix, row by row.
void set_confusion(Report& report, std::span<const int> counts, int classes);
// "8 × 13 × 13"
std::string spelled_shape(const Extents& extents);
// One more row of the report's table of layers.
void append_layer(Report& report, const SummaryRow& row);
// Enters a mistake, without its image, if it is one of the `most` worst; nullptr if it is not.
report::Mistake* enter(std::vector<report::Mistake>& worst, int truth, int predicted, std::span<const float> logits,
                       int most);

}  // namespace detail

/// Fills in the epochs of a training run.
void add_history(Report& report, const History& history);

/// Fills in the confusion matrix.
template <int Classes>
void add_confusion(Report& report, const Evaluation<Classes>& evaluation) {
    detail::set_confusion(report, evaluation.confusion.data, Classes);
}

/// Fills in the layers of model M.
template <class M>
void add_layers(Report& report) {
    constexpr auto table = summary<M>();
    report.input = detail::spelled_shape(table.input);
    report.layers.clear();
    for (const SummaryRow& row : table.rows) detail::append_layer(report, row);
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
            const int predicted = argmax(logits);
            if (truth < 0 || truth >= classes || truth == predicted) return;
            report::Mistake* const mistake = detail::enter(report.mistakes, truth, predicted, logits.data, most);
            if constexpr (report::is_image(Data::Input::extents))
                if (mistake != nullptr)
                    mistake->image = report::bitmap(data.sample(i), static_cast<double>(data.scale()));
        });
}

}  // namespace kiln::inline KILN_TARGET

#ifndef KILN_COMPILED
#include <kiln/report/report.ipp>
#endif
