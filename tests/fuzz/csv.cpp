// SPDX-License-Identifier: BSL-1.0
// needs: csv.h
// Fuzzes the CSV reader: any bytes, in any format, as labelled samples or as a regression, either load or throw
// FileError. Data that load have at most a sample for each line, finite values, and labels within the classes.
//
// The first line of an input gives the format, with a letter for each option (`format_letters` below). The other lines are
// the file.
//
//     bash tests/run.sh --compiler clang++-19 fuzz
//
// The ordinary unit test tests/data/csv.cpp includes this file and runs the corpus and mutations of it without
// libFuzzer.

#include <kiln/core/shape.hpp>
#include <kiln/data/csv.hpp>
#include <kiln/files/file_error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

inline void require(bool condition) {
    if (!condition) std::abort();
}

/// The letters of each option, in the order of a format line. Any other letter stands for one of them.
inline constexpr std::string_view format_letters[] = {
    "tr",        // table, regression
    ",;\t |:x",  // delimiter
    "hn",        // header, none
    ".,",        // decimal mark
    "-#%,",      // comment mark, - for none
    "rdm",       // missing values: refuse, drop the row, mean of the column
    "-ez?",      // marks for them: the usual ones, the empty text alone, none, ?
    "-lc1",      // label or target: the last, "label", "c", "1"
    "-ab",       // columns: the others, "a" and "b", "2" and "1"
    "-01",       // first label, - if none is given
    "-xy",       // classes, - if none are given
};
inline constexpr std::size_t format_size = std::size(format_letters);

/// The index of an option's letter in a line.
inline std::size_t chosen(std::string_view line, std::size_t option) {
    const std::string_view letters = format_letters[option];
    const std::size_t place = letters.find(line[option]);
    return place != letters.npos ? place : static_cast<unsigned char>(line[option]) % letters.size();
}

/// Loads a file with `read`. It must either be refused by name or pass the check; a format may be refused as well.
void load(auto read, auto check) {
    try {
        check(read());
    } catch (const kiln::FileError& error) {
        require(std::string_view(error.what()).starts_with("kiln: file: "));
    } catch (const std::invalid_argument& error) {
        require(std::string_view(error.what()).starts_with("kiln: "));
    }
}

void check_samples(const auto& data, const auto& missing, std::ptrdiff_t lines) {
    require(missing.rows_dropped >= 0 && missing.values_filled >= 0 && missing.values_filled <= 2 * data.size());
    require(0 < data.size() && data.size() + missing.rows_dropped <= lines);
    for (int i = 0; i < data.size(); ++i)
        for (const float value : data.sample(i)) require(value - value == 0);
}

void set_style(auto& format, std::string_view line) {
    using kiln::data::Missing;
    constexpr Missing policies[] = {Missing::refuse, Missing::drop_row, Missing::mean_of_column};
    const auto letter = [&](std::size_t option) { return format_letters[option][chosen(line, option)]; };
    format.delimiter = letter(1);
    format.header = letter(2) == 'h';
    format.decimal = letter(3);
    format.comment = letter(4) == '-' ? '\0' : letter(4);
    format.missing = policies[chosen(line, 5)];
    if (letter(6) != '-') format.missing_marks.clear();
    if (letter(6) == 'e') format.missing_marks = {""};
    if (letter(6) == '?') format.missing_marks = {"?"};
    if (letter(8) == 'a') format.columns = {"a", "b"};
    if (letter(8) == 'b') format.columns = {"2", "1"};
}

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    using Pair = kiln::Shape<2>;
    using One = kiln::Shape<1>;
    if (size <= fuzz::format_size) return 0;
    const std::string_view line(reinterpret_cast<const char*>(input), fuzz::format_size);
    const auto file = std::as_bytes(std::span(input, size)).subspan(fuzz::format_size + 1);
    std::ptrdiff_t lines = 1;
    for (const std::byte byte : file) lines += byte == std::byte{'\n'} || byte == std::byte{'\r'};
    const std::string targets[] = {"", "label", "c", "1"};
    const std::string& target = targets[fuzz::chosen(line, 7)];

    if (fuzz::chosen(line, 0) == 0) {
        kiln::data::TableFormat format;
        fuzz::set_style(format, line);
        format.label = target;
        if (const auto first = fuzz::chosen(line, 9); first > 0) format.first_label = static_cast<int>(first) - 1;
        if (fuzz::chosen(line, 10) > 0) format.classes = {"x", "y", "setosa"};
        fuzz::load([&] { return kiln::data::read_table<Pair>(file, format, "file"); },
                   [&](const auto& table) {
                       fuzz::check_samples(table.data, table, lines);
                       const auto named = static_cast<int>(table.classes.size());
                       fuzz::require(named == 0 || named == table.data.classes());
                       for (int i = 0; i < table.data.size(); ++i)
                           fuzz::require(table.data.label(i) < table.data.classes());
                   });
    } else {
        kiln::data::RegressionFormat format;
        fuzz::set_style(format, line);
        if (!target.empty()) format.targets = {target};
        fuzz::load([&] { return kiln::data::read_regression<Pair, One>(file, format, "file"); },
                   [&](const auto& data) {
                       fuzz::check_samples(data, data, lines);
                       for (int i = 0; i < data.size(); ++i)
                           for (const float value : data.target(i)) fuzz::require(value - value == 0);
                   });
    }
    return 0;
}
