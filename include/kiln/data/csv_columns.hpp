// SPDX-License-Identifier: BSL-1.0
#pragma once
// The columns of a table that are values and targets, and the rows without gaps in these columns, or with gaps filled
// in. A column of categories is several values, one for each of its texts.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/target.hpp>
#include <kiln/data/detail/csv_file.hpp>
#include <kiln/data/detail/label_column.hpp>

#include <cstddef>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

/// The treatment of a row in which a value is missing.
enum class Missing {
    refuse,         ///< the file is refused
    drop_row,       ///< the row is left out, also if its label or a target is missing
    mean_of_column  ///< the value becomes the mean of its column in the file; a label, target or category is refused
};

/// The columns of one input or of one target: a name, or several in braces.
struct ColumnNames {
    std::vector<std::string> names;

    ColumnNames(const char* name) : names{name} {}
    ColumnNames(std::string name) : names{std::move(name)} {}
    ColumnNames(std::initializer_list<std::string> list) : names(list) {}
    ColumnNames(std::vector<std::string> list) : names(std::move(list)) {}
};

/// The texts of a column, in their order. In an input or a tensor the column becomes a value for each text: 1 for the
/// text of the row, 0 for the others. A label becomes the place of its text.
struct Categories {
    std::string column;
    std::vector<std::string> texts;
};

namespace detail {

/// The numbers of the columns that a reader takes.
struct CsvColumns {
    std::vector<std::size_t> values, targets;
    std::map<std::size_t, std::vector<std::string>> texts = {};  ///< those of each column of categories
};

/// Finds columns by their names: `value_count` of values and `target_count` of targets. Without names the last columns
/// are the targets, and all others the values. Throws std::invalid_argument for another number of names, and FileError
/// for columns that the file does not have.
CsvColumns find_columns(const CsvFile& file, const std::vector<std::string>& values,
                        const std::vector<std::string>& targets, int value_count, int target_count);

/// The numbers of values in each input and in each target; 0 stands for a label.
struct CsvCounts {
    std::vector<int> inputs, targets;
};

/// Finds the columns of several inputs and targets, all one after the other. Throws std::invalid_argument for lists that do
/// not fit `counts`, and FileError for columns that the file does not have.
CsvColumns find_columns(const CsvFile& file, const std::vector<ColumnNames>& inputs,
                        const std::vector<ColumnNames>& targets, const std::vector<Categories>& categories,
                        const CsvCounts& counts);

/// The rows of a file, with their gaps refused, dropped or filled.
class CompleteRows {
  public:
    /// In the columns of targets, the texts of `classes` are no gaps.
    CompleteRows(CsvFile& file, const CsvColumns& columns, Missing missing, const char* target_noun,
                 std::vector<std::string> classes = {});

    /// Goes to the next row that is kept; false at the end of the file. Refuses a file without such a row.
    bool next();
    /// Reads the values of the row. Missing values are unset until the end, when `gaps` gives them.
    void read_values(float* values);
    void read_targets(float* targets) { read_targets(targets, 0, columns_.targets.size()); }
    /// The values of the columns [first, end) of the targets, or (read_labels) the labels of frames in them.
    void read_targets(float* targets, std::size_t first, std::size_t end);
    void read_labels(int* labels, std::size_t first, std::size_t end);

    /// The place of a missing value, and the value that it becomes.
    struct Gap {
        std::size_t row, place, column;  // the column counts among those of the values
        float value;
    };
    /// All gaps of the kept rows; to be called after the last row.
    std::vector<Gap> gaps() const;
    int dropped() const { return dropped_; }

  private:
    bool is_gap(std::size_t target) const;
    bool has_gap() const;
    [[noreturn]] void refuse_gap(std::size_t column) const;
    float* read_category(LabelColumn& category, float* values) const;

    CsvFile& file_;
    CsvColumns columns_;
    std::map<std::size_t, LabelColumn> categories_;
    Missing missing_;
    const char* target_noun_;
    std::vector<std::string> classes_;
    std::vector<Gap> gaps_;
    std::vector<double> sums_;         // of the values of each column
    std::vector<std::size_t> counts_;  // of the values of each column that are not missing
    std::size_t rows_ = 0;
    int dropped_ = 0;
};

}  // namespace detail

}  // namespace kiln::inline KILN_TARGET::data

#ifndef KILN_COMPILED
#include <kiln/data/csv_columns.ipp>
#endif
