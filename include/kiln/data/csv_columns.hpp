// SPDX-License-Identifier: BSL-1.0
#pragma once
// Which columns of a table are values and which are targets, and the rows in which nothing is missing there, or is made
// up for.

#include <kiln/core/compiled.hpp>
#include <kiln/core/target.hpp>
#include <kiln/data/csv_file.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

/// The fate of a row in which a value is missing.
enum class Missing {
    refuse,         ///< the file is refused
    drop_row,       ///< the row is left out, also if its label or a target is missing
    mean_of_column  ///< the value becomes the mean of the others in its column and file; a label or target is refused
};

namespace detail {

/// The columns that a reader takes, by number.
struct CsvColumns {
    std::vector<std::size_t> values, targets;
};

/// Finds columns by their names: `value_count` of values and `target_count` of targets. Without names the last columns
/// are the targets, and all others the values. Throws std::invalid_argument for another number of names, and FileError
/// for columns that are not there.
CsvColumns find_columns(const CsvFile& file, const std::vector<std::string>& values,
                        const std::vector<std::string>& targets, int value_count, int target_count);

/// The rows of a file whose gaps are dealt with.
class CompleteRows {
  public:
    /// In the columns of targets, texts of `classes` are no gaps.
    CompleteRows(CsvFile& file, const CsvColumns& columns, Missing missing, const char* target_noun,
                 std::vector<std::string> classes = {});

    /// Goes to the next row that is kept; false at the end of the file, which must not come before the first.
    bool next();
    /// Reads the values of the row; those that are missing are filled at the end.
    void read_values(float* values);
    void read_targets(float* targets);

    /// A place where a value is missing, and what it becomes.
    struct Gap {
        std::size_t row, place;
        float value;
    };
    /// All gaps of the rows that were kept, after the last.
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
    std::vector<double> sums_;         // of each column of values
    std::vector<std::size_t> counts_;  // of their values that are there
    std::size_t rows_ = 0;
    int dropped_ = 0;
};

}  // namespace detail

}  // namespace kiln::inline KILN_TARGET::data

#ifndef KILN_COMPILED
#include <kiln/data/csv_columns.ipp>
#endif
