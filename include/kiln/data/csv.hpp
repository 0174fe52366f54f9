// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads tables from CSV files: a header with the names of the columns, then a row of fields for each sample. Lines,
// fields and quotes are found by Ben Strasser's fast-cpp-csv-parser (Debian: libfccp-dev), numbers by
// std::from_chars, exactly and in every locale with a decimal point. Fields may be quoted ("" is a quote within), but
// not contain line breaks; blanks around a field are dropped, blank lines skipped, Windows' line ends and UTF-8's byte
// order mark understood. Every fault of a file is a FileError with the line and the column. Memory follows the data.
//
//     const auto iris = read_table<Shape<4>>("iris.csv", {.label = "species"});    // iris.data, iris.classes
//     const auto homes = read_regression<Shape<8>, Shape<1>>("homes.csv", {.targets = {"price"}, .delimiter = ';'});

#include <kiln/core/file_error.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/dataset.hpp>

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
#include <climits>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace kiln::data {

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

/// A text for a message: in quotes, without what would upset a terminal, and not too long.
inline std::string in_quotes(std::string_view text) {
    constexpr std::size_t most = 40;
    std::string quoted = "\"";
    for (const char c : text.substr(0, most)) quoted += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
    return quoted + (text.size() > most ? "…\"" : "\"");
}

/// How many letters must be changed, added or removed to make one word of another (V. Levenshtein, 1966).
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t change = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = std::min({change, diagonal + 1, row[j] + 1});
        }
    }
    return row.back();
}

/// The bytes of a text file, as the parser asks for them: read errors and zero bytes are reported, and the last line
/// has an end, without which the parser (of 2016) looks at memory that it has not written.
class TextFile : public io::ByteSourceBase {
  public:
    explicit TextFile(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "rb"), &std::fclose) {
        if (file_ == nullptr) throw FileError(path, "cannot be opened: " + std::generic_category().message(errno));
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
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
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
        std::size_t found = names_.size(), nearest = 0;
        for (std::size_t i = 0; i < names_.size(); ++i) {
            if (names_[i] == name && found < names_.size())
                throw FileError(path_, "expected one column " + in_quotes(name) + ", found two");
            if (names_[i] == name) found = i;
            if (edit_distance(names_[i], name) < edit_distance(names_[nearest], name)) nearest = i;
        }
        if (found == names_.size())
            throw FileError(path_, "expected a column " + in_quotes(name) + ", found none; the nearest is " +
                                       in_quotes(names_[nearest]));
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
    using Quotes = io::double_quote_escape<Delimiter, '"'>;
    using Blanks = io::trim_chars<' ', '\t'>;

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
            } catch (const io::error::line_length_limit_exceeded&) {
                refuse(this->line() + ": expected a line below 16 MiB, found more");
            }
            if (line == nullptr) return false;
        } while (io::empty_line_comment::is_comment(line));
        fields_.clear();
        for (bool more = true; more;) {
            char *begin = line, *end = nullptr;
            try {
                end = line + (field_end_(line) - line);
            } catch (const io::error::escaped_string_not_closed&) {
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
    io::LineReader lines_;
    std::vector<std::string> names_;
    std::vector<std::string_view> fields_;  // of the current line
    bool first_is_row_ = false;
};

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

}  // namespace kiln::data
