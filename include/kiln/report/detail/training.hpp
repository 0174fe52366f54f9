// SPDX-License-Identifier: BSL-1.0
#pragma once
// The sections of a report with curves: of the training over the epochs, and the same values in a table; and plots.
//
// Each section, here and in the other headers of this room, is a function of the report, which returns an empty text if
// the report has nothing to show. The functions are templates, so that only a program that writes a report compiles
// them.

#include <kiln/report/detail/chart.hpp>
#include <kiln/report/detail/markup.hpp>
#include <kiln/report/parts.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::inline KILN_TARGET::report::detail {

Curve curve(const auto& report, std::string_view name, double Epoch::*value) {
    Curve curve{.name = std::string(name)};
    for (const auto& epoch : report.epochs) curve.values.push_back(epoch.*value);
    return curve;
}

std::string chart_figure(const auto& chart) {
    const std::string drawing = svg(chart);
    if (drawing.empty()) return {};
    std::string caption = element("strong", "", escaped(chart.title));
    for (std::size_t i = 0; i < chart.curves.size(); ++i) {
        const Curve& shown = chart.curves[i];
        const Ends ends = ends_of(chart, shown);
        if (ends.any)
            caption += ' ' + element("span", "class=\"key key-" + std::to_string(i + 1) + '"',
                                     escaped(shown.name + ' ' + chart.spell(shown.values[ends.last])));
    }
    return element("figure", "", element("figcaption", "", caption) + '\n' + drawing) + '\n';
}

// A measure of every epoch: a curve of a chart and a column of the table.
struct Measure {
    std::string_view name;
    double Epoch::*value;
    std::string (*spell)(double);
};
inline std::string spell_number(double value) { return number(value); }
inline std::string spell_percent(double value) { return percent(value); }
inline std::string spell_seconds(double value) { return fixed(value, 2); }

// A table of all epochs, or for very many epochs of some at equal distances and the last.
std::string epoch_table(const auto& report) {
    const auto& epochs = report.epochs;
    constexpr Measure measures[] = {{"training loss", &Epoch::loss, spell_number},
                                    {"validation loss", &Epoch::validation_loss, spell_number},
                                    {"training accuracy", &Epoch::accuracy, spell_percent},
                                    {"validation accuracy", &Epoch::validation_accuracy, spell_percent},
                                    {"training error", &Epoch::error, spell_number},
                                    {"validation error", &Epoch::validation_error, spell_number},
                                    {"training perplexity", &Epoch::perplexity, spell_number},
                                    {"validation perplexity", &Epoch::validation_perplexity, spell_number},
                                    {"seconds", &Epoch::seconds, spell_seconds}};
    constexpr std::size_t many = 200;
    const std::size_t stride = (epochs.size() + many - 1) / many;
    const auto exists = [&](const Measure& measure) {
        for (const auto& epoch : epochs)
            if (epoch.*measure.value == epoch.*measure.value) return true;
        return false;
    };
    std::string head = column_head("epoch"), body;
    for (const Measure& measure : measures)
        if (exists(measure)) head += column_head(measure.name);
    for (std::size_t i = 0; i < epochs.size(); ++i) {
        if (i % stride != 0 && i + 1 != epochs.size()) continue;
        std::string cells = row_head(std::to_string(epochs[i].number));
        for (const Measure& measure : measures)
            if (exists(measure)) cells += cell(measure.spell(epochs[i].*measure.value));
        body += row(cells);
    }
    return element("details", "",
                   element("summary", "", "The same in numbers") +
                       table("Epochs in numbers", "epochs", row(head), body)) +
           '\n';
}

std::string training(const auto& report) {
    if (report.epochs.empty()) return {};
    std::vector<double> numbers;
    for (const auto& epoch : report.epochs) numbers.push_back(epoch.number);
    const auto chart = [&](std::string_view title, const std::string& axis, double Epoch::*on_training,
                           double Epoch::*on_validation, bool fraction) {
        const Chart both{
            .title = std::string(title),
            .axis = axis,
            .fraction = fraction,
            .positions = numbers,
            .curves = {curve(report, "training", on_training), curve(report, "validation", on_validation)}};
        return chart_figure(both);
    };
    const std::string charts =
        chart("Loss", report.loss_axis, &Epoch::loss, &Epoch::validation_loss, false) +
        chart("Accuracy", "accuracy", &Epoch::accuracy, &Epoch::validation_accuracy, true) +
        chart("Error", report.error_axis, &Epoch::error, &Epoch::validation_error, false) +
        chart("Perplexity", "perplexity", &Epoch::perplexity, &Epoch::validation_perplexity, false);
    return section("Training", element("div", "class=\"charts\"", '\n' + charts) + '\n' + epoch_table(report));
}

// Adds the title and the drawing of a plot to the report.
void draw_plot(auto& report, const auto& plot) {
    const Chart chart{.title = plot.title,
                      .axis = plot.axis,
                      .positions = plot.positions,
                      .curves = plot.curves,
                      .x_axis = plot.x_axis};
    report.plots.push_back({plot.title, chart_figure(chart)});
}
std::string plots(const auto& report) {
    std::string drawings;
    for (const auto& plot : report.plots) drawings += plot.value;
    return drawings.empty() ? "" : section("Plots", element("div", "class=\"charts\"", '\n' + drawings));
}

}  // namespace kiln::inline KILN_TARGET::report::detail
