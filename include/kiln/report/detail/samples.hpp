// SPDX-License-Identifier: BSL-1.0
#pragma once
// The sections of a report about single samples: the worst mistakes of a classifier, the reconstructions of an
// autoencoder, and pictures.

#include <kiln/report/detail/classes.hpp>
#include <kiln/report/detail/markup.hpp>
#include <kiln/report/detail/png.hpp>
#include <kiln/report/parts.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::inline KILN_TARGET::report::detail {

std::string image(const auto& bitmap, std::string_view what) {
    if (bitmap.empty()) return {};
    return "<img src=\"" + data_uri(bitmap) + "\" width=\"" + std::to_string(bitmap.width) + "\" height=\"" +
           std::to_string(bitmap.height) + "\" alt=\"" + escaped(what) + "\">";
}

// The most probable classes, and in any case the true one, with their probabilities as bars.
std::string probability_bars(const auto& report, const auto& mistake) {
    constexpr std::size_t most = 5;
    const auto at = [&](int k) { return mistake.probabilities[static_cast<std::size_t>(k)]; };
    const auto classes = static_cast<int>(mistake.probabilities.size());
    std::vector<int> shown;
    for (int k = 0; k < classes; ++k) {
        std::size_t place = shown.size();
        while (place > 0 && at(k) > at(shown[place - 1])) --place;
        shown.insert(shown.begin() + static_cast<std::ptrdiff_t>(place), k);
        if (shown.size() > most) shown.pop_back();
    }
    bool has_truth = mistake.truth < 0 || mistake.truth >= classes;
    for (const int k : shown) has_truth = has_truth || k == mistake.truth;
    if (!has_truth) shown.back() = mistake.truth;
    std::string rows;
    for (const int k : shown) {
        const bool is_true = k == mistake.truth;
        const double p = static_cast<double>(at(k)), width = p > 0 ? p < 1 ? p : 1 : 0;
        rows += row(row_head(class_name(report, k)) +
                    cell(element("span",
                                 std::string("class=\"bar") + (is_true ? " true" : "") +
                                     "\" style=\"width:" + fixed(100 * width, 1) + "%\"",
                                 "")) +
                    cell(percent(p, 1)));
    }
    return rows.empty() ? "" : element("table", "class=\"bars\"", element("tbody", "", rows));
}

std::string mistakes(const auto& report) {
    if (report.mistakes.empty()) return {};
    std::string items;
    for (const auto& mistake : report.mistakes) {
        const std::string truth = class_name(report, mistake.truth), predicted = class_name(report, mistake.predicted);
        const std::string caption = "true " + element("strong", "", escaped(truth)) + ", predicted " +
                                    element("strong", "", escaped(predicted));
        items +=
            element("figure", "",
                    image(mistake.image, "sample of class " + truth) +
                        element("div", "", element("figcaption", "", caption) + probability_bars(report, mistake))) +
            '\n';
    }
    const std::string explanation =
        "Bars are the probabilities of the likeliest classes and, in blue, of the true one.";
    return section("Worst mistakes",
                   element("p", "", explanation) + '\n' + element("div", "class=\"mistakes\"", '\n' + items) + '\n');
}

std::string pairs(const auto& report) {
    if (report.pairs.empty()) return {};
    std::string items;
    bool has_originals = false, has_targets = false;
    for (const auto& pair : report.pairs) {
        has_originals = has_originals || !pair.original.empty();
        has_targets = has_targets || !pair.target.empty();
        const std::string caption = pair.caption.empty() ? "" : element("figcaption", "", escaped(pair.caption));
        items += element("figure", "",
                         element("div", "",
                                 image(pair.original, "original") +
                                     image(pair.reconstruction, has_originals ? "reconstruction" : "picture") +
                                     image(pair.target, "target")) +
                             caption) +
                 '\n';
    }
    if (!has_originals) return section("Pictures", element("div", "class=\"pictures\"", '\n' + items) + '\n');
    const char* const explanation = has_targets ? "From left to right the original, the reconstruction and the target."
                                                : "Left the original, right the reconstruction.";
    return section("Reconstructions",
                   element("p", "", explanation) + '\n' +
                       element("div", has_targets ? "class=\"pairs three\"" : "class=\"pairs\"", '\n' + items) + '\n');
}

}  // namespace kiln::inline KILN_TARGET::report::detail
