// SPDX-License-Identifier: BSL-1.0
#pragma once
// The sections of a report about a classifier's mistakes: the confusion matrix, and the measures of each class or of each
// label. Precision: the fraction of correct predictions among the predictions of a class. Recall: the fraction of correct
// predictions among the samples of a class. F1: their harmonic mean, 2 right / (samples + predictions).

#include <kiln/core/math.hpp>
#include <kiln/report/detail/markup.hpp>
#include <kiln/report/parts.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::inline KILN_TARGET::report::detail {

// The name of class k, or its number if it has no name.
std::string class_name(const auto& report, int k) {
    const auto& names = report.class_names;
    return k >= 0 && static_cast<std::size_t>(k) < names.size() ? names[static_cast<std::size_t>(k)]
                                                                : std::to_string(k);
}

// The sums of a row (samples of a class) and of a column (predictions of the class), and the cell that they share.
struct ClassCounts {
    long long samples = 0, predictions = 0, right = 0;

    double recall() const { return ratio(right, samples); }
    double precision() const { return ratio(right, predictions); }
    double f1() const { return ratio(2 * right, samples + predictions); }
    static double ratio(long long part, long long whole) {
        return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : Epoch::none;
    }
};
long long count(const auto& confusion, int truth, int predicted) {
    return confusion.counts[static_cast<std::size_t>(truth) * static_cast<std::size_t>(confusion.classes) +
                            static_cast<std::size_t>(predicted)];
}
ClassCounts counts_of(const auto& confusion, int k) {
    ClassCounts sums{.right = count(confusion, k, k)};
    for (int other = 0; other < confusion.classes; ++other) {
        sums.samples += count(confusion, k, other);
        sums.predictions += count(confusion, other, k);
    }
    return sums;
}

// The shade of a cell grows with the cell's fraction of its row, and for mistakes, whose fractions are small, with the
// root of the fraction.
std::string confusion_cell(const auto& confusion, int truth, int predicted, long long samples) {
    const long long n = count(confusion, truth, predicted);
    if (n == 0) return element("td", "class=\"zero\"", "0");
    const double share = ClassCounts::ratio(n, samples);
    const bool right = truth == predicted;
    const double shade = right ? 10 + 45 * share : 8 + 62 * static_cast<double>(kiln::sqrt(share));
    return element("td",
                   "class=\"" + std::string(right ? "right" : "wrong") + "\" style=\"--share:" + fixed(shade, 0) + '"',
                   grouped(n));
}

std::string confusion_matrix(const auto& report) {
    const auto& confusion = report.confusion;
    constexpr int most = 64;  // the largest number of classes in a readable table
    if (confusion.classes < 1 || confusion.classes > most) return {};
    const std::string above = "scope=\"colgroup\" colspan=\"" + std::to_string(confusion.classes) + '"';
    std::string head = text_column_head("true class"), body;
    for (int k = 0; k < confusion.classes; ++k) head += column_head(class_name(report, k));
    for (int truth = 0; truth < confusion.classes; ++truth) {
        const long long samples = counts_of(confusion, truth).samples;
        std::string cells = row_head(class_name(report, truth));
        for (int k = 0; k < confusion.classes; ++k) cells += confusion_cell(confusion, truth, k, samples);
        body += row(cells);
    }
    return section("Confusion matrix",
                   table("Confusion matrix", "confusion",
                         row(cell("") + element("th", above, "predicted class")) + row(head), body));
}

// `count` classes or labels, each with its measures, and the means of those. counts_at(k) are the counts of class k.
std::string counts_table(const auto& report, std::string_view title, std::string_view noun, int count, auto counts_at,
                         std::string_view explanation) {
    if (count < 1) return {};
    const std::string head = text_column_head(noun) + column_head("samples") + column_head("precision") +
                             column_head("recall") + column_head("F1");
    std::string body;
    const auto spell = [](double fraction) { return percent(fraction, 1); };
    const auto part = [&](double fraction) { return is_finite(fraction) ? fraction / count : 0; };
    long long samples = 0;
    double precision = 0, recall = 0, f1 = 0;
    for (int k = 0; k < count; ++k) {
        const ClassCounts sums = counts_at(k);
        samples += sums.samples;
        precision += part(sums.precision());
        recall += part(sums.recall());
        f1 += part(sums.f1());
        body += row(row_head(class_name(report, k)) + cell(grouped(sums.samples)) + cell(spell(sums.precision())) +
                    cell(spell(sums.recall())) + cell(spell(sums.f1())));
    }
    const std::string foot = row(row_head("all, mean") + cell(grouped(samples)) + cell(spell(precision)) +
                                 cell(spell(recall)) + cell(spell(f1)));
    return section(title, element("p", "", explanation) + '\n' + table(title, "classes", row(head), body, foot));
}

std::string class_table(const auto& report) {
    const auto counts_at = [&](int k) { return counts_of(report.confusion, k); };
    return counts_table(report, "Classes", "class", report.confusion.classes, counts_at,
                        "Precision: predictions of the class that are right. Recall: samples of the class that are "
                        "found. F1: their harmonic mean.");
}

std::string label_table(const auto& report) {
    const auto counts_at = [&](int k) {
        const long long* const counts = report.labels.counts.data() + 3 * static_cast<std::ptrdiff_t>(k);
        return ClassCounts{counts[0], counts[1], counts[2]};
    };
    return counts_table(report, "Labels", "label", report.labels.count, counts_at,
                        "Precision: predictions of the label that are right. Recall: samples with the label that are "
                        "found. F1: their harmonic mean.");
}

}  // namespace kiln::inline KILN_TARGET::report::detail
