// SPDX-License-Identifier: BSL-1.0
#pragma once
// The rows of a CSV file and their fields, as texts (RFC 4180), parsed by libcsv. A quoted field may hold delimiters
// and line breaks, and "" in it is a quote. Blanks around a field are dropped; blank lines and comments are skipped.
// Lines end in LF, CR LF or CR. UTF-8's byte order mark is understood. If the delimiter is a blank, several blanks are
// one. A field that breaks the rules of quotes is kept as it stands and marked, because its reader may not need it.
// Memory holds one row, of at most 16 MiB, and a chunk of the file.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/target.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Without KILN_COMPILED csv_rows.ipp includes csv.h. (g++ 12 does not report a missing #include after a __has_include
// of the same name.)
#if defined KILN_COMPILED && !__has_include(<csv.h>)
#error "kiln: data/csv.hpp needs libcsv, found no csv.h; try libcsv-dev (Debian), with -lcsv or the target kiln::data"
#endif

namespace kiln::inline KILN_TARGET::data::detail {

/// The source of a CSV file: a file, or bytes in memory, which must outlive it. For bytes, `path` is for messages only.
struct CsvSource {
    CsvSource(std::string file) : path(std::move(file)) {}
    CsvSource(std::string_view text, std::string name) : path(std::move(name)), bytes(text), in_memory(true) {}

    std::string path;
    std::string_view bytes;
    bool in_memory = false;
};

/// The rows of a file, one at a time. Throws FileError for a file that cannot be read, a zero byte, a row that is too
/// long, and a quote that is still open at the end.
class CsvRows {
  public:
    /// Lines that begin with `comment` are skipped, unless `comment` is 0.
    CsvRows(const CsvSource& source, char delimiter, char comment);
    CsvRows(const CsvRows&) = delete;
    ~CsvRows();

    /// Goes to the next row; false at the end of the file.
    bool next();

    /// The fields of the row.
    std::size_t size() const { return ends_.size(); }
    std::string_view field(std::size_t i) const {
        const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
        return {text_.data() + begin, ends_[i] - begin};
    }
    /// Whether a field keeps the rules of quotes.
    bool well_quoted(std::size_t i) const {
        for (const std::size_t odd : odd_)
            if (odd == i) return false;
        return true;
    }
    /// The line in which the row begins, counted from 1.
    std::size_t line() const { return line_; }

  private:
    class Parser;

    std::string text_;               // all fields of the row in their order
    std::vector<std::size_t> ends_;  // the ends of the fields in text_
    std::vector<std::size_t> odd_;   // the fields that break the rules of quotes
    std::size_t line_ = 0;
    std::unique_ptr<Parser> parser_;
};

}  // namespace kiln::inline KILN_TARGET::data::detail

#ifndef KILN_COMPILED
#include <kiln/data/detail/csv_rows.ipp>
#endif
