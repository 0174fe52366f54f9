// SPDX-License-Identifier: BSL-1.0
#pragma once
// The page of a report: its sections in their order, with the style sheet inside.

#include <kiln/report/detail/classes.hpp>
#include <kiln/report/detail/markup.hpp>
#include <kiln/report/detail/network.hpp>
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
    for (const auto& input : report.inputs)
        body += row(text_cell(escaped(input.name)) + text_cell("input") + text_cell(escaped(input.shape)) + cell("") +
                    cell(""));
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
    bool branches = false;
    for (const auto& layer : report.layers) branches = branches || !layer.reads.empty();
    const std::string picture = element("div", "class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Network\"",
                                        '\n' + network_svg(network_boxes(report.inputs, report.layers), ""));
    return section("Layers", element("p", "", "Multiply-adds are those of one forward pass of one sample.") + '\n' +
                                 table("Layers", "layers", row(head), body, foot) +
                                 element("details", branches ? "open" : "",
                                         element("summary", "", "Picture of the network") + '\n' + picture));
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
           figures(report) + training(report) + plots(report) + confusion_matrix(report) + class_table(report) +
           label_table(report) + mistakes(report) + pairs(report) + layers(report) + "</main>\n</body>\n</html>\n";
}

}  // namespace kiln::inline KILN_TARGET::report::detail
