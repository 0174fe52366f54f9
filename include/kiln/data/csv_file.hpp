// SPDX-License-Identifier: BSL-1.0
#pragma once
// A CSV file, row by row. Lines, fields and quotes are found by Ben Strasser's fast-cpp-csv-parser (Debian: libfccp-dev),
// numbers by std::from_chars, exactly and in every locale with a decimal point. Fields may be quoted ("" is a quote
// within), but not contain line breaks; blanks around a field are dropped, blank lines skipped, Windows' line ends and
// UTF-8's byte order mark understood. Every fault of a file is a FileError with the line and the column.

#include <kiln/core/concat.hpp>
#include <kiln/core/file_error.hpp>
#include <kiln/core/open_file.hpp>
#include <kiln/core/quote.hpp>

// The library's header has a name that others have as well; some packages put it into a folder of its own. g++ 12 warns
// of a strncpy there that fills its array but for the last byte, although the header is the system's.
#if defined __GNUC__ && !defined __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstringop-truncation"
#endif
#if __has_include(<libfccp/csv.h>)
#include <libfccp/csv.h>
#elif __has_include(<fast-cpp-csv-parser/csv.h>)
#include <fast-cpp-csv-parser/csv.h>
#else
#include <csv.h>
#endif
#if defined __GNUC__ && !defined __clang__
#pragma GCC diagnostic pop
#endif

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::data::detail {

/// The bytes of a text file, as the parser asks for them: read errors and zero bytes are reported, and the last line
/// has an end, without which the parser (of 2016) looks at memory that it has not written.
class TextFile : public ::io::ByteSourceBase {
  public:
    explicit TextFile(const std::string& path) : path_(path), file_(path, "rb") {
        if (!file_) throw FileError(path, concat("cannot be opened: ", std::generic_category().message(errno)));
    }

    int read(char* buffer, int size) override {
        const auto wanted = static_cast<std::size_t>(size);
        std::size_t n = std::fread(buffer, 1, wanted, file_.get());
        if (n < wanted && std::ferror(file_.get()) != 0) {
            if (errno == EISDIR) throw FileError(path_, "expected a file, found a directory");
            throw FileError(path_, "cannot be read: " + std::generic_category().message(errno));
        }
        if (n > 0 && std::memchr(buffer, 0, n) != nullptr)
            throw FileError(path_, "expected text, found a zero byte; is the file UTF-16, or packed?");
        if (n > 0) last_ = buffer[n - 1];
        if (n < wanted && last_ != '\n') last_ = buffer[n++] = '\n';
        return static_cast<int>(n);
    }

  private:
    std::string path_;
    kiln::detail::OpenFile file_;
    char last_ = '\n';
};

/// A CSV file, row by row.
class CsvFile {
  public:
    /// Reads the header, or looks how many columns there are.
    CsvFile(const std::string& path, char delimiter, bool header)
        : path_(path),
          field_end_(field_end(delimiter)),
          lines_(path, std::make_unique<TextFile>(path)) {
        if (!read_fields())
            throw FileError(path, std::string("expected ") + (header ? "a header" : "rows") + ", found an empty file");
        for (std::size_t i = 0; i < fields_.size(); ++i)
            names_.push_back(header ? std::string(fields_[i]) : std::to_string(i + 1));
        first_is_row_ = !header;
    }

    const std::vector<std::string>& names() const { return names_; }

    /// The number of the column of this name.
    std::size_t column(const std::string& name) const {
        std::size_t found = names_.size();
        for (std::size_t i = 0; i < names_.size(); ++i) {
            if (names_[i] == name && found < names_.size())
                throw FileError(path_, "expected one column " + in_quotes(name) + ", found two");
            if (names_[i] == name) found = i;
        }
        if (found == names_.size())
            throw FileError(path_, "expected a column " + in_quotes(name) + ", found none; the nearest is " +
                                       in_quotes(names_[nearest(names_, name)]));
        return found;
    }

    /// Goes to the next row; false at the end of the file.
    bool next() {
        if (!std::exchange(first_is_row_, false) && !read_fields()) return false;
        if (fields_.size() != names_.size())
            throw FileError(path_, line() + ": expected " + std::to_string(names_.size()) + " fields, found " +
                                       std::to_string(fields_.size()));
        return true;
    }

    std::string_view text(std::size_t column) const { return fields_[column]; }

    /// The value of a field.
    float number(std::size_t column) const {
        const std::string_view field = fields_[column];
        if (field.empty()) refuse(column, "a number");
        const bool plus = field[0] == '+' && field.size() > 1 && field[1] != '-';
        const char *const first = field.data() + plus, *const last = field.data() + field.size();
        float value = 0;
        auto [end, status] = parse(first, last, value);
        if (status == std::errc::result_out_of_range) {  // what is too small for a float is 0
            double wide = 0;
            status = parse(first, last, wide).ec;
            value = static_cast<float>(wide);
            if (wide < -1 || wide > 1) status = std::errc::result_out_of_range;
        }
        if (status == std::errc::invalid_argument || end != last) refuse(column, "a number");
        if (status != std::errc{}) refuse(column, "a number in the range of float");
        if (!(value - value == 0)) refuse(column, "a finite number");
        return value;
    }

    /// Throws: at this row and column something else was expected.
    [[noreturn]] void refuse(std::size_t column, const std::string& expected) const {
        const std::string_view field = fields_[column];
        throw FileError(path_, line() + ", column " + in_quotes(names_[column]) + ": expected " + expected +
                                   (field.empty() ? ", found an empty field" : ", found " + in_quotes(field)));
    }

    /// Throws: about the file as a whole.
    [[noreturn]] void refuse(const std::string& cause) const { throw FileError(path_, cause); }

  private:
    using FieldEnd = const char* (*)(const char*);
    template <char Delimiter>
    using Quotes = ::io::double_quote_escape<Delimiter, '"'>;
    using Blanks = ::io::trim_chars<' ', '\t'>;

    // The parser has its delimiter as a template argument.
    static FieldEnd field_end(char delimiter) {
        switch (delimiter) {
        case ',':
            return &Quotes<','>::find_next_column_end;
        case ';':
            return &Quotes<';'>::find_next_column_end;
        case '|':
            return &Quotes<'|'>::find_next_column_end;
        case '\t':
            return &Quotes<'\t'>::find_next_column_end;
        case ' ':
            return &Quotes<' '>::find_next_column_end;
        default:
            throw std::invalid_argument("kiln: a CSV file needs a delimiter that is one of , ; | tab and blank, got " +
                                        in_quotes({&delimiter, 1}));
        }
    }

    template <class T>
    static std::from_chars_result parse(const char* first, const char* last, T& value) {
#ifdef __cpp_lib_to_chars
        return std::from_chars(first, last, value);
#else  // clang's own library before 20 reads integers only; fields end in a zero
        char* end = nullptr;
        value = static_cast<T>(std::strtod(first, &end));
        static_cast<void>(last);
        return {end, end == first ? std::errc::invalid_argument : std::errc{}};
#endif
    }

    std::string line() const { return "line " + std::to_string(lines_.get_file_line()); }

    // Reads the next line that is not blank into fields_.
    bool read_fields() {
        char* line = nullptr;
        do {
            try {
                line = lines_.next_line();
            } catch (const ::io::error::line_length_limit_exceeded&) {
                refuse(this->line() + ": expected a line below 16 MiB, found more");
            }
            if (line == nullptr) return false;
        } while (::io::empty_line_comment::is_comment(line));
        fields_.clear();
        for (bool more = true; more;) {
            char *begin = line, *end = nullptr;
            try {
                end = line + (field_end_(line) - line);
            } catch (const ::io::error::escaped_string_not_closed&) {
                refuse(this->line() + ": expected a quote to be closed, found the end of the line");
            }
            more = *end != '\0';
            line = end + 1;
            Blanks::trim(begin, end);
            Quotes<','>::unescape(begin, end);
            fields_.emplace_back(begin, static_cast<std::size_t>(end - begin));
        }
        return true;
    }

    std::string path_;
    FieldEnd field_end_;
    ::io::LineReader lines_;
    std::vector<std::string> names_;
    std::vector<std::string_view> fields_;  // of the current line
    bool first_is_row_ = false;
};

}  // namespace kiln::inline KILN_TARGET::data::detail
