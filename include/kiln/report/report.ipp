// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/math.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/files/replace_file.hpp>
#include <kiln/report/detail/network.hpp>
#include <kiln/report/detail/page.hpp>
#include <kiln/report/detail/style.hpp>
#include <kiln/report/detail/training.hpp>

#include <cstddef>
#include <iterator>

namespace kiln::inline KILN_TARGET {

KILN_LAZY_DEFINITION std::string Report::html() const {
    KILN_EXPECTS(confusion.counts.size() ==
                 static_cast<std::size_t>(confusion.classes) * static_cast<std::size_t>(confusion.classes));
    KILN_EXPECTS(labels.counts.size() == 3 * static_cast<std::size_t>(labels.count));
    return report::detail::page(*this);
}

KILN_LAZY_DEFINITION void Report::write(const std::string& path) const { replace_file(path, html()).or_throw(); }

KILN_INLINE void add_history(Report& report, const History& history) {
    report.epochs.clear();
    for (const Epoch& epoch : history.epochs)
        report.epochs.push_back({.number = epoch.number,
                                 .loss = static_cast<double>(epoch.loss),
                                 .validation_loss = static_cast<double>(epoch.validation_loss),
                                 .accuracy = static_cast<double>(epoch.accuracy),
                                 .validation_accuracy = static_cast<double>(epoch.validation_accuracy),
                                 .error = static_cast<double>(epoch.error),
                                 .validation_error = static_cast<double>(epoch.validation_error),
                                 .perplexity = static_cast<double>(epoch.perplexity),
                                 .validation_perplexity = static_cast<double>(epoch.validation_perplexity),
                                 .seconds = epoch.seconds});
}

KILN_LAZY_DEFINITION void add_plot(Report& report, const report::Plot& plot) {
    report::detail::draw_plot(report, plot);
}

namespace detail {

KILN_INLINE void set_confusion(Report& report, std::span<const int> counts, int classes) {
    report.confusion = {.classes = classes, .counts = {counts.begin(), counts.end()}};
}

KILN_INLINE std::string spelled_shape(const Extents& extents) {
    std::string text;
    for (int i = 0; i < extents.rank; ++i) text += concat(i > 0 ? " × " : "", extents[i]);
    return text;
}

KILN_INLINE void append_layer(Report& report, const SummaryRow& row) {
    report.layers.push_back({.position = row.position.text,
                             .layer = std::string(row.layer),
                             .output = spelled_shape(row.output),
                             .parameters = row.parameters,
                             .multiply_adds = row.multiply_adds,
                             .reads = {}});
    for (int p = 0; p < row.read && p < static_cast<int>(row.reads.size()); ++p)
        report.layers.back().reads.emplace_back(row.reads[static_cast<std::size_t>(p)].text);
}

KILN_LAZY_DEFINITION std::string picture_of(const Report& report) {
    return report::network_svg(report::network_boxes(report.inputs, report.layers), report::detail::picture_style);
}

KILN_INLINE report::Mistake* enter(std::vector<report::Mistake>& worst, int truth, int predicted,
                                   std::span<const float> logits, int most) {
    report::Mistake mistake{.truth = truth, .predicted = predicted};
    float sum = 0;
    for (const float logit : logits) {
        mistake.probabilities.push_back(kiln::exp(logit - logits[static_cast<std::size_t>(predicted)]));
        sum += mistake.probabilities.back();
    }
    for (float& p : mistake.probabilities) p /= sum;
    const auto doubt = [](const report::Mistake& m) { return m.probabilities[static_cast<std::size_t>(m.truth)]; };
    std::ptrdiff_t place = std::ssize(worst);
    while (place > 0 && doubt(mistake) < doubt(worst[static_cast<std::size_t>(place - 1)])) --place;
    if (place >= most) return nullptr;
    worst.insert(worst.begin() + place, mistake);
    if (std::ssize(worst) > most) worst.pop_back();
    return &worst[static_cast<std::size_t>(place)];
}

}  // namespace detail
}  // namespace kiln::inline KILN_TARGET
