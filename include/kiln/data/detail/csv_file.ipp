// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>
#include <kiln/data/detail/number.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/quote.hpp>
#include <kiln/files/file_error.hpp>

#include <stdexcept>
#include <utility>

namespace kiln::inline KILN_TARGET::data::detail {

// The style, provided that its marks can be told apart from each other and from numbers.
inline const CsvStyle& checked(const CsvStyle& style) {
    const auto require = [](bool met, const char* need, char got, const char* hint) {
        if (!met)
            throw std::invalid_argument(
                concat("kiln: a CSV file needs ", need, ", got ", in_quotes({&got, 1}), "; try ", hint));
    };
    const auto is_in_numbers = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' || c == '-';
    };
    const auto is_in_lines = [](char c) { return c == '\n' || c == '\r' || c == '"' || c == '\0'; };
    require(style.decimal == '.' || style.decimal == ',', "a decimal mark that is . or ,", style.decimal, "'.'");
    require(style.delimiter != style.decimal, "a delimiter other than the decimal mark", style.delimiter, "';'");
    require(!is_in_numbers(style.delimiter) && !is_in_lines(style.delimiter) && style.delimiter != '.',
            "a delimiter that is no letter, digit, sign, point, quote or line break", style.delimiter,
            "one of , ; | tab and blank");
    if (style.comment != 0)
        require(!is_in_numbers(style.comment) && !is_in_lines(style.comment) && style.comment != style.decimal &&
                    style.comment != style.delimiter && style.comment != ' ' && style.comment != '\t',
                "a comment mark that begins no number, and is no delimiter, quote, blank or line break", style.comment,
                "'#'");
    return style;
}

KILN_INLINE CsvFile::CsvFile(const CsvSource& source, const CsvStyle& style)
    : path_(source.path),
      style_(checked(style)),
      rows_(source, style.delimiter, style.comment) {
    if (!rows_.next()) refuse(concat("expected ", style.header ? "a header" : "rows", ", found an empty file"));
    for (std::size_t i = 0; i < rows_.size(); ++i)
        names_.push_back(style.header ? std::string(rows_.field(i)) : concat(i + 1));
    if (style.header)
        for (std::size_t i = 0; i < rows_.size(); ++i)
            if (!rows_.well_quoted(i)) refuse_quotes(i);
    for (const std::string& mark : style_.missing_marks)
        begins_mark_[mark.empty() ? 0 : static_cast<unsigned char>(mark[0])] = true;
    first_line_ = line();
    first_is_row_ = !style.header;
}

KILN_INLINE std::size_t CsvFile::column(const std::string& name) const {
    std::size_t found = names_.size();
    for (std::size_t i = 0; i < names_.size(); ++i) {
        if (names_[i] == name && found < names_.size())
            refuse(concat("expected one column ", in_quotes(name), ", found two"));
        if (names_[i] == name) found = i;
    }
    if (found == names_.size())
        refuse(concat("expected a column ", in_quotes(name), ", found none; the nearest is ",
                      in_quotes(names_[nearest(names_, name)])));
    return found;
}

KILN_INLINE void CsvFile::require_names(std::vector<std::size_t> columns, const std::vector<std::size_t>& more) const {
    if (!style_.header) return;
    columns.insert(columns.end(), more.begin(), more.end());
    const std::string* example = nullptr;
    for (const std::size_t column : columns) {
        double value = 0;
        if (is_number(names_[column], value))
            example = &names_[column];
        else if (!is_mark(names_[column]))
            return;
    }
    if (example != nullptr)
        refuse(concat("line ", line(), ": expected the names of the columns, found numbers such as ",
                      in_quotes(*example),
                      "; is the first line data? try .header = false; or, if these are names, name some "
                      "in .label, .targets or .columns"));
}

KILN_INLINE bool CsvFile::next() {
    if (!std::exchange(first_is_row_, false) && !rows_.next()) return false;
    if (rows_.size() != names_.size()) refuse_size();
    return true;
}

KILN_INLINE float CsvFile::number(std::size_t column) const {
    const std::string_view field = text(column);
    float value = 0;
    const NumberFault fault = read_number(field, style_.decimal, value);
    if (fault == NumberFault::none) return value;
    if (fault == NumberFault::too_large) refuse(column, "a number in the range of float");
    if (fault == NumberFault::not_finite) refuse(column, "a finite number");
    const char other = style_.decimal == '.' ? ',' : '.';
    if (field.find(other) != field.npos && read_number(field, other, value) == NumberFault::none)
        refuse(column, "a number",
               other == ',' ? "is the comma the decimal mark? try .decimal = ','"
                            : "is the point the decimal mark? try .decimal = '.'");
    if (!style_.header && line() == first_line_)
        refuse(column, "a number", "is this line a header? try .header = true");
    if (field.empty()) refuse(column, "a number");
    refuse(column, "a number",
           "does the text stand for a missing value? try it in .missing_marks, or try other .columns");
}

KILN_INLINE bool CsvFile::is_number(std::string_view text, double& value) const {
    return read_number(text, style_.decimal, value) == NumberFault::none;
}

KILN_INLINE bool CsvFile::is_mark(std::string_view field) const {
    for (const std::string& mark : style_.missing_marks)
        if (mark == field) return true;
    return false;
}

KILN_INLINE void CsvFile::refuse(std::size_t line, std::size_t column, std::string_view expected,
                                 std::string_view found, std::string_view hint) const {
    refuse(concat("line ", line, ", column ", in_quotes(names_[column]), ": expected ", expected, ", found ",
                  found.empty() ? "an empty field" : in_quotes(found), hint.empty() ? "" : "; ", hint));
}
KILN_INLINE void CsvFile::refuse(std::size_t column, std::string_view expected, std::string_view hint) const {
    refuse(line(), column, expected, rows_.field(column), hint);
}
KILN_INLINE void CsvFile::refuse(const std::string& cause) const { throw FileError(path_, cause); }

KILN_INLINE void CsvFile::refuse_quotes(std::size_t column) const {
    refuse(column, "quotes around the whole field or none",
           "is the quote part of the field? try \"\" for it, and quotes around the field");
}

KILN_INLINE void CsvFile::refuse_size() const {
    const char first = rows_.size() == 0 || rows_.field(0).empty() ? '\0' : rows_.field(0)[0];
    const char* hint = rows_.size() < names_.size() ? "are values missing at the end?"
                                                    : "does a value hold the delimiter? try quotes around the value";
    if ((first == '#' || first == '%' || first == '!') && style_.comment == 0)
        hint = "is this line a comment? try its first character as .comment";
    refuse(concat("line ", line(), ": expected ", names_.size(), " fields, found ", rows_.size(), "; ", hint));
}

}  // namespace kiln::inline KILN_TARGET::data::detail
