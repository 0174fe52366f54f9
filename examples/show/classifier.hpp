// SPDX-License-Identifier: BSL-1.0
#pragma once
// The report of a classifier's training, filled in; a translation unit of its own writes the page.

#include <kiln/train/evaluate.hpp>
#include <kiln/train/history.hpp>
#include <kiln/report/report.hpp>

#include <string>
#include <vector>

/// "98.40 %"
std::string percent(double fraction);

/// Writes the page, and says where. Without a file nothing happens.
void write(const kiln::Report& report, const std::string& file);

/// Everything that Kiln can say of a classifier.
template <class M, int Classes>
kiln::Report report_of(const char* title, const M& model, const auto& test, const kiln::Evaluation<Classes>& result,
                       const kiln::History& history, const std::vector<std::string>& classes = {}) {
    kiln::Report report{.title = title, .class_names = classes};
    report.figures = {{"test accuracy", percent(static_cast<double>(result.accuracy))},
                      {"macro F1", percent(static_cast<double>(result.macro_f1()))},
                      {"epochs", std::to_string(history.epochs.size())}};
    kiln::add_history(report, history);
    kiln::add_confusion(report, result);
    kiln::add_mistakes(report, model, test, 12);
    kiln::add_layers<M>(report);
    return report;
}
