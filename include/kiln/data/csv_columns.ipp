// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/quote.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace kiln::inline KILN_TARGET::data::detail {

// If names are given, their number must be `count`.
inline void require_count(const std::vector<std::string>& names, std::size_t count, const char* what) {
    if (!names.empty() && names.size() != count)
        throw std::invalid_argument(
            concat("kiln: a CSV file needs ", count, " names in .", what, ", one for each value, got ", names.size()));
}

// The advice for a header with other columns than expected.
inline std::string header_hint(const std::vector<std::string>& names) {
    const std::string& first = names[0];
    if (first.starts_with('#')) return "is line 1 a comment? try .comment = '#'";
    if (names.size() == 1)
        for (const char delimiter : {';', ',', '|', '\t', ' '})
            if (first.find(delimiter) != first.npos)
                return concat(
                    "is the delimiter right? line 1 has ", delimiter == '\t' ? "a tab" : in_quotes({&delimiter, 1}),
                    "; try .delimiter = ", delimiter == '\t' ? "'\\t'" : concat("'", std::string(1, delimiter), "'"));
    return "is the delimiter right? try .delimiter, or choose columns by .columns";
}

KILN_INLINE CsvColumns find_columns(const CsvFile& file, const std::vector<std::string>& values,
                                    const std::vector<std::string>& targets, int value_count, int target_count) {
    const auto wanted_values = static_cast<std::size_t>(value_count);
    const auto wanted_targets = static_cast<std::size_t>(target_count);
    require_count(values, wanted_values, "columns");
    require_count(targets, wanted_targets, "targets");
    CsvColumns found;
    for (const std::string& name : targets) found.targets.push_back(file.column(name));
    const std::size_t all = file.names().size();
    if (targets.empty())
        for (std::size_t i = wanted_targets < all ? all - wanted_targets : 0; i < all; ++i) found.targets.push_back(i);
    if (found.targets.size() != wanted_targets)
        file.refuse(
            concat("expected ", wanted_targets, " columns of targets, found ", all, "; ", header_hint(file.names())));

    for (const std::string& name : values) found.values.push_back(file.column(name));
    if (values.empty())
        for (std::size_t i = 0; i < all; ++i)
            if (std::find(found.targets.begin(), found.targets.end(), i) == found.targets.end())
                found.values.push_back(i);
    if (found.values.size() != wanted_values)
        file.refuse(concat("expected ", wanted_values, " columns of values beside those of the targets, found ",
                           found.values.size(), "; ", header_hint(file.names())));
    return found;
}

KILN_INLINE CompleteRows::CompleteRows(CsvFile& file, const CsvColumns& columns, Missing missing,
                                       const char* target_noun, std::vector<std::string> classes)
    : file_(file),
      columns_(columns),
      missing_(missing),
      target_noun_(target_noun),
      classes_(std::move(classes)),
      sums_(columns.values.size()),
      counts_(columns.values.size()) {}

KILN_INLINE bool CompleteRows::next() {
    while (file_.next()) {
        if (missing_ != Missing::drop_row || !has_gap()) {
            ++rows_;
            for (const std::size_t column : columns_.targets)
                if (is_gap(column)) refuse_gap(column);
            return true;
        }
        ++dropped_;
    }
    if (rows_ == 0)
        file_.refuse(
            concat("expected rows of data, found none",
                   dropped_ > 0 ? concat("; ", dropped_, " were dropped because values are missing in them") : ""));
    return false;
}

KILN_INLINE void CompleteRows::read_values(float* values) {
    for (std::size_t k = 0; k < columns_.values.size(); ++k) {
        const std::size_t column = columns_.values[k];
        if (file_.is_missing(column)) {
            if (missing_ == Missing::refuse) refuse_gap(column);
            gaps_.push_back({rows_ - 1, k, 0});
        } else {
            values[k] = file_.number(column);
            sums_[k] += static_cast<double>(values[k]);
            ++counts_[k];
        }
    }
}

KILN_INLINE void CompleteRows::read_targets(float* targets) {
    for (std::size_t k = 0; k < columns_.targets.size(); ++k) targets[k] = file_.number(columns_.targets[k]);
}

KILN_INLINE std::vector<CompleteRows::Gap> CompleteRows::gaps() const {
    std::vector<Gap> gaps = gaps_;
    for (Gap& gap : gaps) {
        if (counts_[gap.place] == 0)
            file_.refuse(concat("column ", in_quotes(file_.names()[columns_.values[gap.place]]),
                                ": expected a number for the mean of the column, found missing values only; try other "
                                ".columns"));
        gap.value = static_cast<float>(sums_[gap.place] / static_cast<double>(counts_[gap.place]));
    }
    return gaps;
}

KILN_INLINE bool CompleteRows::is_gap(std::size_t target) const {
    return file_.is_missing(target) &&
           std::find(classes_.begin(), classes_.end(), file_.text(target)) == classes_.end();
}

KILN_INLINE bool CompleteRows::has_gap() const {
    for (const std::size_t column : columns_.values)
        if (file_.is_missing(column)) return true;
    for (const std::size_t column : columns_.targets)
        if (is_gap(column)) return true;
    return false;
}

KILN_INLINE void CompleteRows::refuse_gap(std::size_t column) const {
    const bool is_value = std::find(columns_.values.begin(), columns_.values.end(), column) != columns_.values.end();
    file_.refuse(column, is_value ? "a number" : target_noun_,
                 is_value ? "is the value missing? try .missing = Missing::drop_row or Missing::mean_of_column"
                          : "is it missing? try .missing = Missing::drop_row, or .missing_marks without this text");
}

}  // namespace kiln::inline KILN_TARGET::data::detail
