// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads tables from CSV files: a header with the names of the columns, then a row of fields for each sample. The syntax
// of files is described in data/detail/csv_rows.hpp, which needs libcsv. Every fault of a file is a FileError that names the
// line and the column and suggests what to try; nothing is guessed in silence. Memory grows with the data.
//
//     const auto iris = read_table<Shape<4>>("iris.csv", {.label = "species"});    // iris.data, iris.classes
//     const auto homes = read_regression<Shape<8>, Shape<1>>("homes.csv", {.targets = {"price"}, .delimiter = ';'});
//
// Columns are given to several inputs and targets, and categories become values, by their names:
//
//     const auto cars = read_table<Shapes<Shape<2>, Shape<3>>, SeveralTargets<int, Tensor<float, Shape<1>>>>(
//         "cars.csv", {.inputs = {{"weight", "power"}, {"origin"}}, .targets = {"make", "price"},
//                      .categories = {{"origin", {"Europe", "Japan", "USA"}}}});      // cars.data, cars.classes

#include <kiln/core/several_targets.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/csv_columns.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/data/detail/csv_file.hpp>
#include <kiln/data/detail/label_column.hpp>
#include <kiln/data/detail/table_parts.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

/// The places of samples and labels in a file. In a file without a header the columns' names are "1", "2", ….
struct TableFormat {
    std::string label = {};                 ///< the column of labels; the last one if empty
    std::vector<std::string> columns = {};  ///< the columns of values, in a sample's order; all others if empty
    std::vector<std::string> classes = {};  ///< the labels' texts, in the order of the classes, if known
    char delimiter = ',';                   ///< , ; | tab, blank (several blanks are one) or another
    bool header = true;
    char decimal = '.';                 ///< the mark before the fraction of a number: . or ,
    char comment = 0;                   ///< the mark of lines to skip; 0 skips none
    Missing missing = Missing::refuse;  ///< the treatment of rows in which a value is missing
    /// The texts that stand for a missing value, label or target.
    std::vector<std::string> missing_marks = {"", "?", "NA", "N/A", "NaN", "nan", "null", "NULL"};
    /// The label of class 0, for labels that are numbers and do not count from 0. Without first_label, labels that seem
    /// to count from 1 are refused.
    std::optional<int> first_label = {};
};

/// The places of samples and targets in a file.
struct RegressionFormat {
    std::vector<std::string> targets = {};  ///< the columns of the targets; the last ones if empty
    std::vector<std::string> columns = {};  ///< the columns of values, in a sample's order; all others if empty
    char delimiter = ',';                   ///< , ; | tab, blank (several blanks are one) or another
    bool header = true;
    char decimal = '.';                 ///< the mark before the fraction of a number: . or ,
    char comment = 0;                   ///< the mark of lines to skip; 0 skips none
    Missing missing = Missing::refuse;  ///< the treatment of rows in which a value is missing
    /// The texts that stand for a missing value, label or target.
    std::vector<std::string> missing_marks = {"", "?", "NA", "N/A", "NaN", "nan", "null", "NULL"};
};

/// The places of inputs and targets in a file, by the names of their columns.
struct ColumnFormat {
    std::vector<ColumnNames> inputs = {};   ///< the columns of each input, in the order of its values
    std::vector<ColumnNames> targets = {};  ///< the column of each label, and the columns of each tensor
    std::vector<Categories> categories =
        {};                ///< the texts of columns that are no numbers; those of labels may be left out
    char delimiter = ',';  ///< , ; | tab, blank (several blanks are one) or another
    bool header = true;
    char decimal = '.';                 ///< the mark before the fraction of a number: . or ,
    char comment = 0;                   ///< the mark of lines to skip; 0 skips none
    Missing missing = Missing::refuse;  ///< the treatment of rows in which a value is missing
    /// The texts that stand for a missing value, category, label or target, unless they are among the categories.
    std::vector<std::string> missing_marks = {"", "?", "NA", "N/A", "NaN", "nan", "null", "NULL"};
    /// The label of class 0, for labels that are numbers, have no categories and do not count from 0.
    std::optional<int> first_label = {};
};

/// The places of the values of a series in a file.
struct SeriesFormat {
    std::vector<std::string> columns = {};  ///< the columns of values, in a frame's order; all if empty
    char delimiter = ',';                   ///< , ; | tab, blank (several blanks are one) or another
    bool header = true;
    char decimal = '.';                 ///< the mark before the fraction of a number: . or ,
    char comment = 0;                   ///< the mark of lines to skip; 0 skips none
    Missing missing = Missing::refuse;  ///< the treatment of rows in which a value is missing
    /// The texts that stand for a missing value.
    std::vector<std::string> missing_marks = {"", "?", "NA", "N/A", "NaN", "nan", "null", "NULL"};
};

/// A labelled data set, and the meaning of its labels.
template <class S>
struct Table {
    Dataset<S, float> data;
    std::vector<std::string> classes;  ///< a text for each label; empty if the labels are numbers in the file
    int rows_dropped = 0;              ///< rows with a missing value, label or target
    int values_filled = 0;             ///< missing values that were filled in
};

/// A data set with targets, and counts of the gaps in its file.
template <class S, class T>
struct RegressionTable : Dataset<S, float, Tensor<float, T>> {
    using Dataset<S, float, Tensor<float, T>>::Dataset;
    int rows_dropped = 0;   ///< rows with a missing value or target
    int values_filled = 0;  ///< missing values that were filled in
};

/// A data set of several inputs and targets, the meaning of its labels, and counts of the gaps in its file.
template <class S, class Target>
struct ColumnTable {
    Dataset<S, float, Target> data;
    /// For each target a text for each label; none for tensors, and for labels that are numbers in the file.
    std::vector<std::vector<std::string>> classes;
    int rows_dropped = 0;   ///< rows with a missing value, category, label or target
    int values_filled = 0;  ///< missing values that were filled in
};

/// Reads labelled samples. Labels that are whole numbers from 0, in any spelling, are the numbers of the classes. Other
/// labels are texts, numbered in the order of `format.classes` or, without it, in the order of their bytes
/// (data/detail/label_column.hpp has all rules). For a test set give the classes of the training set; otherwise the two sets
/// may be numbered differently.
template <class S>
Table<S> read_table(const std::string& path, const TableFormat& format = {});

/// Reads labelled samples from the bytes of a CSV file in memory; `name` stands for the file in messages.
template <class S>
Table<S> read_table(std::span<const std::byte> bytes, const TableFormat& format = {},
                    const std::string& name = "memory");

/// Reads samples of shape S with targets of shape T.
template <class S, class T>
RegressionTable<S, T> read_regression(const std::string& path, const RegressionFormat& format = {});

/// Reads samples with targets from the bytes of a CSV file in memory; `name` stands for the file in messages.
template <class S, class T>
RegressionTable<S, T> read_regression(std::span<const std::byte> bytes, const RegressionFormat& format = {},
                                      const std::string& name = "memory");

/// Reads a series of F values in each row, a frame for each row, one after the other: for Windows (data/windows.hpp).
template <int F>
std::vector<float> read_series(const std::string& path, const SeriesFormat& format = {});

/// Reads a series from the bytes of a CSV file in memory; `name` stands for the file in messages.
template <int F>
std::vector<float> read_series(std::span<const std::byte> bytes, const SeriesFormat& format = {},
                               const std::string& name = "memory");

/// Reads samples of shape S, or of several shapes S = Shapes<…>, with targets that are a label (int), a
/// Tensor<float, Shape<…>>, a label for each frame (Tensor<int, Shape<T>>, whole numbers from -1 in T columns) or
/// SeveralTargets<…> of these. Labels are numbered as read_table<S> does, or as
/// `format.categories` says.
template <class S, class Target>
ColumnTable<S, Target> read_table(const std::string& path, const ColumnFormat& format);

/// Reads such samples from the bytes of a CSV file in memory; `name` stands for the file in messages.
template <class S, class Target>
ColumnTable<S, Target> read_table(std::span<const std::byte> bytes, const ColumnFormat& format,
                                  const std::string& name = "memory");

namespace detail {

template <class Format>
CsvStyle style_of(const Format& format) {
    return {format.delimiter, format.decimal, format.comment, format.header, format.missing_marks};
}

// Puts values into the places where they were missing; returns the number of such places.
template <class S>
int fill(std::vector<Tensor<float, S>>& samples, const std::vector<CompleteRows::Gap>& gaps) {
    for (const CompleteRows::Gap& gap : gaps) samples[gap.row][static_cast<int>(gap.place)] = gap.value;
    return static_cast<int>(gaps.size());
}

inline CsvSource source_of(std::span<const std::byte> bytes, const std::string& name) {
    return {std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()), name};
}

template <class S>
Table<S> read_table(const CsvSource& source, const TableFormat& format) {
    CsvFile file(source, style_of(format));
    std::vector<std::string> label;
    if (!format.label.empty()) label.push_back(format.label);
    const CsvColumns columns = find_columns(file, format.columns, label, S::count, 1);
    if (format.columns.empty() && label.empty()) file.require_names(columns.values);

    LabelColumn labels(file, columns.targets[0], format.classes, format.first_label);
    CompleteRows rows(file, columns, format.missing, "a label", format.classes);
    std::vector<Tensor<float, S>> samples;
    while (rows.next()) {
        rows.read_values(samples.emplace_back().data);
        labels.add();
    }
    const int filled = fill(samples, rows.gaps());
    labels.number_classes();
    Dataset<S, float> data(std::move(samples), std::move(labels.labels()));
    if (!labels.classes().empty()) data.declare_classes(static_cast<int>(labels.classes().size()));
    return {std::move(data), std::move(labels.classes()), rows.dropped(), filled};
}

template <class S, class T>
RegressionTable<S, T> read_regression(const CsvSource& source, const RegressionFormat& format) {
    CsvFile file(source, style_of(format));
    const CsvColumns columns = find_columns(file, format.columns, format.targets, S::count, T::count);
    if (format.columns.empty() && format.targets.empty()) file.require_names(columns.values, columns.targets);

    CompleteRows rows(file, columns, format.missing, "a number");
    std::vector<Tensor<float, S>> samples;
    std::vector<Tensor<float, T>> targets;
    while (rows.next()) {
        rows.read_values(samples.emplace_back().data);
        rows.read_targets(targets.emplace_back().data);
    }
    const int filled = fill(samples, rows.gaps());
    RegressionTable<S, T> table(std::move(samples), std::move(targets));
    table.rows_dropped = rows.dropped();
    table.values_filled = filled;
    return table;
}

template <int F>
std::vector<float> read_series(const CsvSource& source, const SeriesFormat& format) {
    CsvFile file(source, style_of(format));
    const CsvColumns columns = find_columns(file, format.columns, {}, F, 0);
    if (format.columns.empty()) file.require_names(columns.values);
    CompleteRows rows(file, columns, format.missing, "a number");
    std::vector<float> series;
    while (rows.next()) {
        series.resize(series.size() + F);
        rows.read_values(series.data() + series.size() - F);
    }
    for (const CompleteRows::Gap& gap : rows.gaps()) series[gap.row * F + gap.place] = gap.value;
    return series;
}

template <class S, class Target>
ColumnTable<S, Target> read_table(const CsvSource& source, const ColumnFormat& format) {
    using Inputs = table_parts<Tensor<float, S>>;
    using Targets = table_parts<Target>;
    CsvFile file(source, style_of(format));
    const CsvCounts counts{Inputs::counts(), Targets::counts()};
    const CsvColumns columns = find_columns(file, format.inputs, format.targets, format.categories, counts);

    // The first column of each target, and the labels of each; targets that are tensors have none.
    std::vector<std::size_t> first{0};
    std::vector<LabelColumn> labels;
    for (std::size_t k = 0; k < counts.targets.size(); ++k) {
        const std::size_t column = columns.targets[first[k]];
        const auto texts = columns.texts.find(column);
        const bool are_given = counts.targets[k] == 0 && texts != columns.texts.end();
        labels.emplace_back(file, column, are_given ? texts->second : std::vector<std::string>{},
                            are_given ? std::nullopt : format.first_label, label_words);
        first.push_back(first[k] + format.targets[k].names.size());
    }

    CompleteRows rows(file, columns, format.missing, "a target");
    std::vector<Tensor<float, S>> samples;
    std::vector<Target> targets;
    std::vector<float> values(static_cast<std::size_t>(S::count));
    while (rows.next()) {
        rows.read_values(values.data());
        Tensor<float, S>& sample = samples.emplace_back();
        for (int k = 0; k < S::count; ++k) sample[k] = values[static_cast<std::size_t>(k)];
        Targets::for_each(targets.emplace_back(), [&](auto& target, std::size_t k) {
            if constexpr (kiln::detail::is_frame_labels<std::remove_cvref_t<decltype(target)>>)
                rows.read_labels(target.data, first[k], first[k + 1]);
            else if constexpr (requires { target.data; })
                rows.read_targets(target.data, first[k], first[k + 1]);
            else
                labels[k].add();
        });
    }
    const int filled = fill(samples, rows.gaps());

    std::vector<std::vector<std::string>> classes;
    for (std::size_t k = 0; k < labels.size(); ++k) {
        if (counts.targets[k] == 0) labels[k].number_classes();
        classes.push_back(labels[k].classes());
    }
    for (std::size_t i = 0; i < targets.size(); ++i)
        Targets::for_each(targets[i], [&](auto& target, std::size_t k) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(target)>, int>) target = labels[k].labels()[i];
        });
    Dataset<S, float, Target> data(std::move(samples), std::move(targets));
    if constexpr (std::is_same_v<Target, int>)
        if (!classes[0].empty()) data.declare_classes(static_cast<int>(classes[0].size()));
    return {std::move(data), std::move(classes), rows.dropped(), filled};
}

// Refuses samples of several shapes, where a user asks for them.
template <class S>
constexpr bool require_one_shape() {
    constexpr bool is_one = table_parts<Tensor<float, S>>::are_read && !kiln::detail::are_shapes<S>;
    static_assert(is_one, "kiln: read_table<S> and read_regression<S, T> need samples of one Shape<…>, got others; try "
                          "read_table<Shapes<…>, int>(path, {.inputs = …, .targets = …})");
    return is_one;
}

// Refuses samples and targets that a table cannot fill, where a user asks for them.
template <class S, class Target>
constexpr bool require_table_of() {
    constexpr bool inputs_are_numbers = table_parts<Tensor<float, S>>::are_read;
    constexpr bool targets_are_read = table_parts<Target>::are_read;
    static_assert(
        inputs_are_numbers,
        "kiln: read_table needs samples of Shape<…> or of Shapes<Shape<…>, …>, got others; try a Dataset that "
        "you fill");
    static_assert(targets_are_read,
                  "kiln: read_table needs targets that are int, Tensor<float, Shape<…>>, Tensor<int, Shape<T>> or "
                  "SeveralTargets<…> of these, got "
                  "others; try SeveralTargets<int, Tensor<float, Shape<1>>>");
    return inputs_are_numbers && targets_are_read;
}

}  // namespace detail

template <class S>
Table<S> read_table(const std::string& path, const TableFormat& format) {
    if constexpr (detail::require_one_shape<S>())
        return detail::read_table<S>(path, format);
    else
        return {{{}, {}}, {}};
}
template <class S>
Table<S> read_table(std::span<const std::byte> bytes, const TableFormat& format, const std::string& name) {
    if constexpr (detail::require_one_shape<S>())
        return detail::read_table<S>(detail::source_of(bytes, name), format);
    else
        return {{{}, {}}, {}};
}

template <class S, class T>
RegressionTable<S, T> read_regression(const std::string& path, const RegressionFormat& format) {
    if constexpr (detail::require_one_shape<S>())
        return detail::read_regression<S, T>(path, format);
    else
        return {{}, {}};
}
template <class S, class T>
RegressionTable<S, T> read_regression(std::span<const std::byte> bytes, const RegressionFormat& format,
                                      const std::string& name) {
    if constexpr (detail::require_one_shape<S>())
        return detail::read_regression<S, T>(detail::source_of(bytes, name), format);
    else
        return {{}, {}};
}

template <int F>
std::vector<float> read_series(const std::string& path, const SeriesFormat& format) {
    return detail::read_series<F>(path, format);
}
template <int F>
std::vector<float> read_series(std::span<const std::byte> bytes, const SeriesFormat& format, const std::string& name) {
    return detail::read_series<F>(detail::source_of(bytes, name), format);
}

template <class S, class Target>
ColumnTable<S, Target> read_table(const std::string& path, const ColumnFormat& format) {
    if constexpr (detail::require_table_of<S, Target>())
        return detail::read_table<S, Target>(path, format);
    else
        return {{{}, {}}, {}};
}
template <class S, class Target>
ColumnTable<S, Target> read_table(std::span<const std::byte> bytes, const ColumnFormat& format,
                                  const std::string& name) {
    if constexpr (detail::require_table_of<S, Target>())
        return detail::read_table<S, Target>(detail::source_of(bytes, name), format);
    else
        return {{{}, {}}, {}};
}

}  // namespace kiln::inline KILN_TARGET::data
