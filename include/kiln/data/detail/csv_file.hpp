// SPDX-License-Identifier: BSL-1.0
#pragma once
// A table in a CSV file: the names of its columns, then row by row its numbers, texts and gaps. Every fault of a file
// is a FileError that names the line and the column and suggests what to try. Columns that nobody reads are not
// checked.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/target.hpp>
#include <kiln/data/detail/csv_rows.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::inline KILN_TARGET::data::detail {

/// The way a file is written.
struct CsvStyle {
    char delimiter = ',', decimal = '.', comment = 0;
    bool header = true;
    std::vector<std::string> missing_marks = {};
};

/// A CSV file, row by row.
class CsvFile {
  public:
    /// Reads the header. Without a header the number of columns is that of the first row, and their names are "1", "2",
    /// …. Throws std::invalid_argument for marks that cannot be told apart.
    CsvFile(const CsvSource& source, const CsvStyle& style);

    const std::vector<std::string>& names() const { return names_; }

    /// The number of the column of this name.
    std::size_t column(const std::string& name) const;

    /// Refuses a header in which the names of all these columns are numbers: the header is most likely a row.
    void require_names(std::vector<std::size_t> columns, const std::vector<std::size_t>& more = {}) const;

    /// Goes to the next row; false at the end of the file.
    bool next();

    /// The line in which the row begins.
    std::size_t line() const { return rows_.line(); }

    /// The text of a field.
    std::string_view text(std::size_t column) const {
        if (!rows_.well_quoted(column)) refuse_quotes(column);
        return rows_.field(column);
    }
    /// Whether a field is one of the marks for a missing value.
    bool is_missing(std::size_t column) const {
        const std::string_view field = rows_.field(column);
        return begins_mark_[field.empty() ? 0 : static_cast<unsigned char>(field[0])] && is_mark(field);
    }
    /// The value of a field.
    float number(std::size_t column) const;
    /// Whether a text is a finite number; `value` becomes the number.
    bool is_number(std::string_view text, double& value) const;

    /// Throws: at this line and column `expected` was expected and `found` was found; `hint` says what to try.
    [[noreturn]] void refuse(std::size_t line, std::size_t column, std::string_view expected, std::string_view found,
                             std::string_view hint = {}) const;
    /// Throws: `expected` was expected in the current row and found is the row's field.
    [[noreturn]] void refuse(std::size_t column, std::string_view expected, std::string_view hint = {}) const;
    /// Throws an error about the file as a whole.
    [[noreturn]] void refuse(const std::string& cause) const;

  private:
    bool is_mark(std::string_view field) const;
    [[noreturn]] void refuse_quotes(std::size_t column) const;
    [[noreturn]] void refuse_size() const;

    std::string path_;
    CsvStyle style_;
    CsvRows rows_;
    std::vector<std::string> names_;
    bool begins_mark_[256] = {};  // by the first byte of a field; 0 stands for an empty field
    std::size_t first_line_ = 0;  // the line of the header, or of the first row
    bool first_is_row_ = false;
};

}  // namespace kiln::inline KILN_TARGET::data::detail

#ifndef KILN_COMPILED
#include <kiln/data/detail/csv_file.ipp>
#endif
