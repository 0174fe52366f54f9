// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/quote.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
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

// The number of values that a column makes.
inline std::size_t width_of(const std::string& name, const std::vector<Categories>& categories) {
    for (const Categories& some : categories)
        if (some.column == name) return some.texts.size();
    return 1;
}

// The lists of names of inputs or of targets must fit the counts of values, and name no column twice.
inline void require_lists(const std::vector<ColumnNames>& lists, const std::vector<int>& counts, const char* one,
                          const std::vector<Categories>& categories) {
    if (lists.size() != counts.size())
        throw std::invalid_argument(
            concat("kiln: a CSV file needs ", counts.size(), counts.size() == 1 ? " list" : " lists", " of names in .",
                   one, "s, one for each ", one, ", got ", lists.size(),
                   counts.size() == 1 && lists.size() > 1 ? "; try {{\"a\", \"b\"}} for one list of two names" : ""));
    for (std::size_t k = 0; k < lists.size(); ++k) {
        const std::vector<std::string>& names = lists[k].names;
        const std::string place = concat(".", one, "s[", k, "]");
        std::size_t width = 0;
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) !=
                names.begin() + static_cast<std::ptrdiff_t>(i))
                throw std::invalid_argument(concat("kiln: a CSV file needs different columns in ", place, ", got ",
                                                   in_quotes(names[i]), " twice"));
            width += width_of(names[i], categories);
        }
        if (counts[k] == 0 && names.size() != 1)
            throw std::invalid_argument(
                concat("kiln: a CSV file needs one column in ", place, ", that of a label, got ", names.size()));
        if (counts[k] != 0 && width != static_cast<std::size_t>(counts[k]))
            throw std::invalid_argument(
                concat("kiln: a CSV file needs columns of ", counts[k], " values in ", place, ", got columns of ",
                       width, width == names.size() ? "" : "; a column in .categories has a value for each text"));
    }
}

// Each list of texts must have texts and a column of its own.
inline void require_texts(const std::vector<Categories>& categories) {
    for (const Categories& some : categories) {
        if (some.texts.empty())
            throw std::invalid_argument(concat("kiln: a CSV file needs the texts of column ", in_quotes(some.column),
                                               " in .categories, got none"));
        if (std::count_if(categories.begin(), categories.end(),
                          [&](const Categories& other) { return other.column == some.column; }) > 1)
            throw std::invalid_argument(concat("kiln: a CSV file needs different columns in .categories, got ",
                                               in_quotes(some.column), " twice"));
    }
}

inline bool is_named(const std::string& name, const std::vector<ColumnNames>& lists) {
    return std::any_of(lists.begin(), lists.end(), [&](const ColumnNames& list) {
        return std::find(list.names.begin(), list.names.end(), name) != list.names.end();
    });
}

KILN_INLINE CsvColumns find_columns(const CsvFile& file, const std::vector<ColumnNames>& inputs,
                                    const std::vector<ColumnNames>& targets, const std::vector<Categories>& categories,
                                    const CsvCounts& counts) {
    require_texts(categories);
    require_lists(inputs, counts.inputs, "input", categories);
    require_lists(targets, counts.targets, "target", categories);
    for (const Categories& some : categories)
        if (!is_named(some.column, inputs) && !is_named(some.column, targets))
            throw std::invalid_argument(concat("kiln: a CSV file needs columns in .categories that .inputs or .targets "
                                               "name, got ",
                                               in_quotes(some.column)));
    CsvColumns found;
    const auto find = [&](const std::vector<ColumnNames>& lists, std::vector<std::size_t>& columns) {
        for (const ColumnNames& list : lists)
            for (const std::string& name : list.names) columns.push_back(file.column(name));
    };
    find(inputs, found.values);
    find(targets, found.targets);
    for (const Categories& some : categories) found.texts[file.column(some.column)] = some.texts;
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
      counts_(columns.values.size()) {
    for (const auto& [column, texts] : columns_.texts)
        categories_.try_emplace(column, file, column, texts, std::nullopt, category_words);
}

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
    float* next = values;
    for (std::size_t k = 0; k < columns_.values.size(); ++k) {
        const std::size_t column = columns_.values[k];
        if (const auto category = categories_.find(column); category != categories_.end()) {
            if (is_gap(column)) refuse_gap(column);
            next = read_category(category->second, next);
            continue;
        }
        if (file_.is_missing(column)) {
            if (missing_ == Missing::refuse) refuse_gap(column);
            gaps_.push_back({rows_ - 1, static_cast<std::size_t>(next - values), k, 0});
        } else {
            *next = file_.number(column);
            sums_[k] += static_cast<double>(*next);
            ++counts_[k];
        }
        ++next;
    }
}

KILN_INLINE void CompleteRows::read_targets(float* targets, std::size_t first, std::size_t end) {
    for (std::size_t k = first; k < end; ++k) {
        const std::size_t column = columns_.targets[k];
        if (const auto category = categories_.find(column); category != categories_.end())
            targets = read_category(category->second, targets);
        else
            *targets++ = file_.number(column);
    }
}

KILN_INLINE void CompleteRows::read_labels(int* labels, std::size_t first, std::size_t end) {
    constexpr float beyond = 1 << 24;  // floats are exact up to there
    for (std::size_t k = first; k < end; ++k) {
        const std::size_t column = columns_.targets[k];
        const float value = file_.number(column);
        const bool is_within = -1 <= value && value < beyond;
        const int label = is_within ? static_cast<int>(value) : 0;
        if (!is_within || static_cast<float>(label) != value)
            file_.refuse(column, "the label of a frame, a whole number from -1",
                         "-1 stands for a frame without a label");
        *labels++ = label;
    }
}

// Writes 1 for the row's text and 0 for the other texts; returns the end of these values.
KILN_INLINE float* CompleteRows::read_category(LabelColumn& category, float* values) const {
    const std::size_t count = category.classes().size();
    std::fill_n(values, count, 0.0f);
    values[category.place()] = 1;
    return values + count;
}

KILN_INLINE std::vector<CompleteRows::Gap> CompleteRows::gaps() const {
    std::vector<Gap> gaps = gaps_;
    for (Gap& gap : gaps) {
        if (counts_[gap.column] == 0)
            file_.refuse(concat("column ", in_quotes(file_.names()[columns_.values[gap.column]]),
                                ": expected a number for the mean of the column, found missing values only; try other "
                                ".columns"));
        gap.value = static_cast<float>(sums_[gap.column] / static_cast<double>(counts_[gap.column]));
    }
    return gaps;
}

KILN_INLINE bool CompleteRows::is_gap(std::size_t column) const {
    if (!file_.is_missing(column)) return false;
    const auto known = columns_.texts.find(column);
    const std::vector<std::string>& texts = known != columns_.texts.end() ? known->second : classes_;
    return std::find(texts.begin(), texts.end(), file_.text(column)) == texts.end();
}

KILN_INLINE bool CompleteRows::has_gap() const {
    for (const std::size_t column : columns_.values)
        if (columns_.texts.contains(column) ? is_gap(column) : file_.is_missing(column)) return true;
    for (const std::size_t column : columns_.targets)
        if (is_gap(column)) return true;
    return false;
}

KILN_INLINE void CompleteRows::refuse_gap(std::size_t column) const {
    if (const auto known = columns_.texts.find(column); known != columns_.texts.end())
        file_.refuse(column, concat("one of the ", known->second.size(), " categories"),
                     "is the value missing? try .missing = Missing::drop_row, or its text in .categories");
    const bool is_value = std::find(columns_.values.begin(), columns_.values.end(), column) != columns_.values.end();
    file_.refuse(column, is_value ? "a number" : target_noun_,
                 is_value ? "is the value missing? try .missing = Missing::drop_row or Missing::mean_of_column"
                          : "is it missing? try .missing = Missing::drop_row, or .missing_marks without this text");
}

}  // namespace kiln::inline KILN_TARGET::data::detail
