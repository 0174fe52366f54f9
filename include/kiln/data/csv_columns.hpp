// SPDX-License-Identifier: BSL-1.0
#pragma once
// The columns of a table that are values and targets, and the rows without gaps in these columns, or with gaps filled
// in.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/target.hpp>
#include <kiln/data/detail/csv_file.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

/// The treatment of a row in which a value is missing.
enum class Missing {
    refuse,         ///< the file is refused
    drop_row,       ///< the row is left out, also if its label or a target is missing
    mean_of_column  ///< the value becomes the mean of its column in the file; a label or target is refused
};

namespace detail {

/// The numbers of the columns that a reader takes.
struct CsvColumns {
    std::vector<std::size_t> values, targets;
};

/// Finds columns by their names: `value_count` of values and `target_count` of targets. Without names the last columns
/// are the targets, and all others the values. Throws std::invalid_argument for another number of names, and FileError
/// for columns that the file does not have.
CsvColumns find_columns(const CsvFile& file, const std::vector<std::string>& values,
                        const std::vector<std::string>& targets, int value_count, int target_count);

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
    void read_targets(float* targets);

    /// The place of a missing value, and the value that it becomes.
    struct Gap {
        std::size_t row, place;
        float value;
    };
    /// All gaps of the kept rows; to be called after the last row.
    std::vector<Gap> gaps() const;
    int dropped() const { return dropped_; }

  private:
    bool is_gap(std::size_t target) const;
    bool has_gap() const;
    [[noreturn]] void refuse_gap(std::size_t column) const;

    CsvFile& file_;
    CsvColumns columns_;
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
