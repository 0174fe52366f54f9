// SPDX-License-Identifier: BSL-1.0
#pragma once
// The report of a training, filled in; a translation unit of its own writes the page.

#include <kiln/report/report.hpp>
#include <kiln/train/evaluate.hpp>
#include <kiln/train/history.hpp>

#include <string>
#include <vector>

/// A number with so many digits behind the point.
std::string fixed(float value, int digits);

/// "98.40 %"
std::string percent(float fraction);

/// Writes the page, and says where. Without a file nothing happens.
void write(const kiln::Report& report, const std::string& file);

/// Everything that Kiln can say of a classifier.
template <class M, int Classes>
kiln::Report report_of(const char* title, const M& model, const auto& test, const kiln::Evaluation<Classes>& result,
                       const kiln::History& history, const std::vector<std::string>& classes = {}) {
    kiln::Report report{.title = title, .class_names = classes};
    report.figures = {{"test accuracy", percent(result.accuracy)},
                      {"macro F1", percent(result.macro_f1())},
                      {"epochs", std::to_string(history.epochs.size())}};
    kiln::add_history(report, history);
    kiln::add_confusion(report, result);
    kiln::add_mistakes(report, model, test, 12);
    kiln::add_layers<M>(report);
    return report;
}

/// Everything that Kiln can say of a regression; `unit` stands behind its errors.
template <class M>
kiln::Report report_of(const char* title, const M&, const auto& result, const kiln::History& history,
                       const std::string& loss, const std::string& unit) {
    kiln::Report report{.title = title, .loss_axis = loss};
    report.figures = {{"mean absolute error", fixed(result.mean_absolute_error, 3) + " " + unit},
                      {"R²", fixed(result.r_squared, 3)},
                      {"epochs", std::to_string(history.epochs.size())}};
    kiln::add_history(report, history);
    kiln::add_layers<M>(report);
    return report;
}
