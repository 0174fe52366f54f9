// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/open_file.hpp>
#include <kiln/files/file_error.hpp>

#include <csv.h>  // kiln: data/csv.hpp needs libcsv (Debian: libcsv-dev); link -lcsv, or the target kiln::data
#ifndef CSV_MAJOR
#include <libcsv/csv.h>  // kiln: data/csv.hpp needs libcsv, but another library's csv.h is found first
#endif

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

namespace kiln::inline KILN_TARGET::data::detail {

/// Feeds libcsv line by line, so that libcsv never holds more than one row and lines can be counted.
class CsvRows::Parser {
  public:
    Parser(CsvRows& rows, const CsvSource& source, char delimiter, char comment)
        : rows_(rows),
          path_(source.path),
          memory_(source.bytes),
          delimiter_(delimiter),
          comment_(comment) {
        if (!source.in_memory) {
            file_ = kiln::detail::OpenFile(path_, "rb");
            if (!file_) refuse("cannot be opened: ", std::generic_category().message(errno));
            bytes_.resize(chunk);
        }
        csv_init(&parser_, strict);
        csv_set_delim(&parser_, static_cast<unsigned char>(delimiter));
    }
    Parser(const Parser&) = delete;
    ~Parser() { csv_free(&parser_); }

    bool next() {
        row_bytes_ = 0;
        row_ended_ = false;
        if (!begin_row()) return false;
        rows_.line_ = line_;
        while (!row_ended_) {
            if (at_ == end_ && !refill()) {
                feed("\n", 1);  // ends the last row, unless the break belongs to a field
                if (!row_ended_)
                    refuse("line ", rows_.line_, ", field ", rows_.size() + 1,
                           ": expected a quote that closes the field, found the end of the file");
                return true;
            }
            const char* const begin = at_;
            at_ = end_of_line();
            const auto n = static_cast<std::size_t>(at_ - begin);
            count_line(at_[-1], n == 1);
            row_bytes_ += n;
            if (row_bytes_ > longest)
                refuse("line ", rows_.line_,
                       ": expected a row below 16 MiB, found more; is a quote in it never closed?");
            // libcsv's memory grows by a block whenever it is full. Blocks as long as the row so far double it.
            csv_set_blk_size(&parser_, row_bytes_ < 1024 ? 1024 : row_bytes_);
            feed(begin, n);
        }
        return true;
    }

  private:
    static constexpr std::size_t chunk = 1 << 16, longest = 1 << 24;
    static constexpr unsigned char lenient = CSV_EMPTY_IS_NULL, strict = lenient | CSV_STRICT;

    template <class... Part>
    [[noreturn, gnu::cold]] void refuse(const Part&... parts) const {
        throw FileError(path_, concat(parts...));
    }

    // Skips blank lines and comments, to the first byte of a row; false at the end of the file.
    bool begin_row() {
        for (bool comment = false; at_ < end_ || refill(); ++at_) {
            const char c = *at_;
            if (c == '\n' || c == '\r')
                comment = false;
            else if (comment_ != 0 && c == comment_)
                comment = true;
            else if (!comment && (c == delimiter_ ? c != ' ' : c != ' ' && c != '\t'))
                return true;
            count_line(c, true);
        }
        return false;
    }

    // The end of the bytes that libcsv gets next: just past a line break, or the end of the chunk.
    const char* end_of_line() {
        const auto find = [](const char* begin, const char* end, char c) {
            const void* const found = std::memchr(begin, c, static_cast<std::size_t>(end - begin));
            return found != nullptr ? static_cast<const char*>(found) : end;
        };
        if (line_feed_ == nullptr || line_feed_ < at_) line_feed_ = find(at_, end_, '\n');
        const char* const last = find(at_, line_feed_, '\r');
        return last < end_ ? last + 1 : end_;
    }

    // Counts lines after bytes of which only the last may be a line break. CR LF is one break.
    void count_line(char last, bool alone) {
        if (last == '\r' || (last == '\n' && !(alone && after_return_))) ++line_;
        after_return_ = last == '\r';
    }

    // Reads the next bytes of the file, or all bytes that are in memory.
    std::string_view read() {
        if (!file_) return std::exchange(memory_, {});
        const std::size_t n = std::fread(bytes_.data(), 1, chunk, file_.get());
        if (n < chunk && std::ferror(file_.get()) != 0) {
            const int cause = errno;
            if (cause == EISDIR) refuse("expected a file, found a directory");
            refuse("cannot be read: ", std::generic_category().message(cause));
        }
        return {bytes_.data(), n};
    }

    bool refill() {
        const std::string_view bytes = read();
        if (const std::size_t zero = bytes.find('\0'); zero != bytes.npos) {
            std::size_t line = line_;
            for (const char c : bytes.substr(0, zero)) line += c == '\n';
            refuse("line ", line, ": expected text, found a zero byte; is the file compressed, or in UTF-16?");
        }
        const bool marked = first_ && bytes.starts_with("\xef\xbb\xbf");
        first_ = false;
        at_ = bytes.data() + (marked ? 3 : 0);
        end_ = bytes.data() + bytes.size();
        line_feed_ = nullptr;
        return at_ < end_;
    }

    void feed(const char* bytes, std::size_t n) {
        while (true) {
            const std::size_t done = csv_parse(&parser_, bytes, n, end_field, end_row, this);
            if (done == n) return;
            if (csv_error(&parser_) != CSV_EPARSE) throw std::bad_alloc();
            rows_.odd_.push_back(rows_.size());
            csv_set_opts(&parser_, lenient);  // until the field ends
            bytes += done;
            n -= done;
        }
    }

    static void end_field(void* text, std::size_t size, void* self) {
        Parser& parser = *static_cast<Parser*>(self);
        if (text == nullptr && parser.delimiter_ == ' ') return;
        if (size > 0) parser.rows_.text_.append(static_cast<const char*>(text), size);
        parser.rows_.ends_.push_back(parser.rows_.text_.size());
        if (!parser.rows_.odd_.empty()) csv_set_opts(&parser.parser_, strict);
    }

    static void end_row(int, void* self) { static_cast<Parser*>(self)->row_ended_ = true; }

    CsvRows& rows_;
    std::string path_;
    kiln::detail::OpenFile file_;
    std::vector<char> bytes_;  // a chunk of the file
    std::string_view memory_;  // the unread part of a file in memory
    csv_parser parser_{};
    const char *at_ = nullptr, *end_ = nullptr;  // the part of the last bytes read that is unread
    const char* line_feed_ = nullptr;            // the first from at_ on, or end_; unknown if null or before at_
    std::size_t line_ = 1, row_bytes_ = 0;
    char delimiter_, comment_;
    bool first_ = true, after_return_ = false, row_ended_ = false;
};

KILN_INLINE CsvRows::CsvRows(const CsvSource& source, char delimiter, char comment)
    : parser_(std::make_unique<Parser>(*this, source, delimiter, comment)) {}
KILN_INLINE CsvRows::~CsvRows() = default;

KILN_INLINE bool CsvRows::next() {
    text_.clear();
    ends_.clear();
    odd_.clear();
    return parser_->next();
}

}  // namespace kiln::inline KILN_TARGET::data::detail
