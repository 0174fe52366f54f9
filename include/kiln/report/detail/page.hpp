// SPDX-License-Identifier: BSL-1.0
#pragma once
// The page of a report: its sections in their order, with the style sheet inside.

#include <kiln/report/detail/classes.hpp>
#include <kiln/report/detail/markup.hpp>
#include <kiln/report/detail/samples.hpp>
#include <kiln/report/detail/style.hpp>
#include <kiln/report/detail/training.hpp>
#include <kiln/report/parts.hpp>

#include <string>

namespace kiln::inline KILN_TARGET::report::detail {

std::string figures(const auto& report) {
    std::string items;
    for (const auto& figure : report.figures)
        items +=
            element("div", "", element("dt", "", escaped(figure.name)) + element("dd", "", escaped(figure.value))) +
            '\n';
    return report.figures.empty() ? "" : element("dl", "class=\"figures\"", '\n' + items) + '\n';
}

std::string layers(const auto& report) {
    if (report.layers.empty()) return {};
    const std::string head = text_column_head("position") + text_column_head("layer") +
                             text_column_head("output shape") + column_head("parameters") +
                             column_head("multiply-adds");
    std::string body;
    if (!report.input.empty())
        body += row(text_cell("") + text_cell("input") + text_cell(escaped(report.input)) + cell("") + cell(""));
    Layer total;
    for (const auto& layer : report.layers) {
        total.parameters += layer.parameters;
        total.multiply_adds += layer.multiply_adds;
        body += row(text_cell(escaped(layer.position)) +
                    element("th", "scope=\"row\"", element("code", "", escaped(layer.layer))) +
                    text_cell(escaped(layer.output)) + cell(grouped(layer.parameters)) +
                    cell(grouped(layer.multiply_adds)));
    }
    const std::string foot = row(text_cell("") + row_head("total") + text_cell("") + cell(grouped(total.parameters)) +
                                 cell(grouped(total.multiply_adds)));
    return section("Layers", element("p", "", "Multiply-adds are those of one forward pass of one sample.") + '\n' +
                                 table("Layers", "layers", row(head), body, foot));
}

std::string page(const auto& report) {
    const std::string title = escaped(report.title);
    // The policy forbids the page to run scripts and to load anything, whatever text the page contains.
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta http-equiv=\"Content-Security-Policy\" "
           "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
           "<meta name=\"generator\" content=\"Kiln\">\n<title>" +
           title + "</title>\n<style>" + style_sheet + "</style>\n</head>\n<body>\n<main>\n<h1>" + title + "</h1>\n" +
           figures(report) + training(report) + confusion_matrix(report) + class_table(report) + label_table(report) +
           mistakes(report) + pairs(report) + layers(report) + "</main>\n</body>\n</html>\n";
}

}  // namespace kiln::inline KILN_TARGET::report::detail
