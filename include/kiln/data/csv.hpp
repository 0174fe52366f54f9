// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads tables from CSV files: a header with the names of the columns, then a row of fields for each sample
// (data/csv_file.hpp says how files are understood; it needs a library). Every fault of a file is a FileError with the
// line and the column. Memory follows the data.
//
//     const auto iris = read_table<Shape<4>>("iris.csv", {.label = "species"});    // iris.data, iris.classes
//     const auto homes = read_regression<Shape<8>, Shape<1>>("homes.csv", {.targets = {"price"}, .delimiter = ';'});

#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/csv_file.hpp>
#include <kiln/data/dataset.hpp>

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstddef>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

/// Where in a file the samples and their labels are. In a file without a header the columns' names are "1", "2", ….
struct TableFormat {
    std::string label = {};                 ///< the column of labels; the last one if empty
    std::vector<std::string> columns = {};  ///< those of the values, in the order of a sample's; all others if empty
    std::vector<std::string> classes = {};  ///< the labels' texts, in the order of the classes, if it is known
    char delimiter = ',';                   ///< one of , ; | tab and blank
    bool header = true;
};

/// Where in a file the samples and their targets are.
struct RegressionFormat {
    std::vector<std::string> targets = {};  ///< the columns of the targets; the last ones if empty
    std::vector<std::string> columns = {};  ///< those of the values, in the order of a sample's; all others if empty
    char delimiter = ',';                   ///< one of , ; | tab and blank
    bool header = true;
};

/// A labelled data set, and what its labels mean.
template <class S>
struct Table {
    Dataset<S, float> data;
    std::vector<std::string> classes;  ///< a text for each label; empty if the labels are numbers in the file
};

/// Reads labelled samples. If all labels are whole numbers from 0 and no classes are given, they are the labels;
/// otherwise they are texts, numbered in the order of `format.classes` or, without it, in that of their bytes. Give the
/// classes of the training set for the test set, or the two may be numbered differently.
template <class S>
Table<S> read_table(const std::string& path, const TableFormat& format = {});

/// Reads samples of shape S with targets of shape T.
template <class S, class T>
Dataset<S, float, Tensor<float, T>> read_regression(const std::string& path, const RegressionFormat& format = {});

namespace detail {

/// The columns of these names, of which there must be `count`; or, without names, the last `count`.
inline std::vector<std::size_t> columns_of_targets(const CsvFile& file, const std::vector<std::string>& names,
                                                   std::size_t count) {
    std::vector<std::size_t> columns;
    for (const std::string& name : names) columns.push_back(file.column(name));
    const std::size_t all = file.names().size();
    if (names.empty())
        for (std::size_t i = count < all ? all - count : 0; i < all; ++i) columns.push_back(i);
    if (columns.size() != count)
        file.refuse("expected " + std::to_string(count) + " columns of targets, found " + std::to_string(all));
    return columns;
}

/// The columns of these names; or, without names, all that are no targets. There must be `count`.
inline std::vector<std::size_t> columns_of_values(const CsvFile& file, const std::vector<std::string>& names,
                                                  const std::vector<std::size_t>& targets, std::size_t count) {
    std::vector<std::size_t> columns;
    for (const std::string& name : names) columns.push_back(file.column(name));
    if (names.empty())
        for (std::size_t i = 0; i < file.names().size(); ++i)
            if (std::find(targets.begin(), targets.end(), i) == targets.end()) columns.push_back(i);
    if (columns.size() != count)
        file.refuse("expected " + std::to_string(count) + " columns of values beside those of the targets, found " +
                    std::to_string(columns.size()) + "; is the delimiter right? or choose some by .columns");
    return columns;
}

/// Names, if any are given, must be as many as there are values to fill.
inline void require_names(const std::vector<std::string>& names, int count, const char* what) {
    if (!names.empty() && names.size() != static_cast<std::size_t>(count))
        throw std::invalid_argument("kiln: a CSV file needs " + std::to_string(count) + " names in ." + what +
                                    ", one for each value, got " + std::to_string(names.size()));
}

template <class S>
Tensor<float, S> numbers(const CsvFile& file, const std::vector<std::size_t>& columns) {
    Tensor<float, S> values;
    for (int k = 0; k < S::count; ++k) values.data[k] = file.number(columns[static_cast<std::size_t>(k)]);
    return values;
}

/// The texts of labels, numbered as they come.
class LabelTexts {
  public:
    int number_of(std::string_view text) { return numbers_.try_emplace(std::string(text), size()).first->second; }

    int size() const { return static_cast<int>(numbers_.size()); }

    /// For each text the whole number it stands for; none if one is something else, or no label.
    std::vector<int> as_numbers() const {
        std::vector<int> values(numbers_.size());
        for (const auto& [text, number] : numbers_) {
            int& value = at(values, number);
            const char* const last = text.data() + text.size();
            const auto [end, status] = std::from_chars(text.data(), last, value);
            if (status != std::errc{} || end != last || value < 0 || value == INT_MAX) return {};
        }
        return values;
    }

    /// For each text its place in the order of the bytes.
    std::vector<int> as_places() const {
        std::vector<int> places(numbers_.size());
        int place = 0;
        for (const auto& [text, number] : numbers_) at(places, number) = place++;
        return places;
    }

    std::vector<std::string> sorted() const {
        std::vector<std::string> texts;
        for (const auto& [text, number] : numbers_) texts.push_back(text);
        return texts;
    }

  private:
    static int& at(std::vector<int>& list, int i) { return list[static_cast<std::size_t>(i)]; }

    std::map<std::string, int, std::less<>> numbers_;
};

}  // namespace detail

template <class S>
Table<S> read_table(const std::string& path, const TableFormat& format) {
    detail::require_names(format.columns, S::count, "columns");
    detail::CsvFile file(path, format.delimiter, format.header);
    const std::vector<std::size_t> label_column = detail::columns_of_targets(
        file, format.label.empty() ? std::vector<std::string>{} : std::vector{format.label}, 1);
    const auto columns =
        detail::columns_of_values(file, format.columns, label_column, static_cast<std::size_t>(S::count));
    const std::size_t label = label_column.front();
    detail::LabelTexts texts;
    for (const std::string& name : format.classes) texts.number_of(name);
    const int known = texts.size();
    if (known != static_cast<int>(format.classes.size()))
        throw std::invalid_argument("kiln: a CSV file needs different names in .classes, got " +
                                    std::to_string(format.classes.size()) + ", of which " + std::to_string(known) +
                                    " differ");
    std::vector<Tensor<float, S>> samples;
    std::vector<int> labels;
    while (file.next()) {
        samples.push_back(detail::numbers<S>(file, columns));
        if (file.text(label).empty()) file.refuse(label, "a label");
        labels.push_back(texts.number_of(file.text(label)));
        if (known > 0 && labels.back() >= known) file.refuse(label, "one of the " + std::to_string(known) + " classes");
    }
    if (labels.empty()) file.refuse("expected rows of data, found none");

    std::vector<std::string> classes = format.classes;
    if (classes.empty()) {
        std::vector<int> values = texts.as_numbers();
        if (values.empty()) {
            values = texts.as_places();
            classes = texts.sorted();
        }
        for (int& number : labels) number = values[static_cast<std::size_t>(number)];
    }
    Dataset<S, float> data(std::move(samples), std::move(labels));
    if (!classes.empty()) data.declare_classes(static_cast<int>(classes.size()));
    return {std::move(data), std::move(classes)};
}

template <class S, class T>
Dataset<S, float, Tensor<float, T>> read_regression(const std::string& path, const RegressionFormat& format) {
    detail::require_names(format.columns, S::count, "columns");
    detail::require_names(format.targets, T::count, "targets");
    detail::CsvFile file(path, format.delimiter, format.header);
    const auto target_columns = detail::columns_of_targets(file, format.targets, static_cast<std::size_t>(T::count));
    const auto columns =
        detail::columns_of_values(file, format.columns, target_columns, static_cast<std::size_t>(S::count));
    std::vector<Tensor<float, S>> samples;
    std::vector<Tensor<float, T>> targets;
    while (file.next()) {
        samples.push_back(detail::numbers<S>(file, columns));
        targets.push_back(detail::numbers<T>(file, target_columns));
    }
    if (samples.empty()) file.refuse("expected rows of data, found none");
    return {std::move(samples), std::move(targets)};
}

}  // namespace kiln::inline KILN_TARGET::data
