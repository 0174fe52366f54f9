// SPDX-License-Identifier: BSL-1.0
// needs: csv.h
// Fuzzes the CSV reader: any bytes, as labelled samples and as a regression, in a format that depends on their sum,
// either load or throw FileError. Data that load have at most a sample for each line, finite values, and labels within
// the classes.
//
//     bash tests/run.sh --compiler clang++-19 fuzz
//
// The ordinary unit test tests/data/csv.cpp includes this file and runs the corpus and mutations of it without
// libFuzzer.

#include <kiln/core/file_error.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/data/csv.hpp>

#include "input_file.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace fuzz {

inline void require(bool condition) {
    if (!condition) std::abort();
}

/// Loads the file as `read` does; everything that it throws must be a FileError about this file.
void load(const std::string& path, auto read, auto check) {
    try {
        check(read());
    } catch (const kiln::FileError& error) {
        require(std::string(error.what()).find("kiln: " + path + ": ") == 0);
    }
}

void check_samples(const auto& data, const auto& missing, std::ptrdiff_t lines) {
    require(missing.rows_dropped >= 0 && missing.values_filled >= 0 && missing.values_filled <= 2 * data.size());
    require(0 < data.size() && data.size() + missing.rows_dropped <= lines);
    for (int i = 0; i < data.size(); ++i)
        for (const float value : data.sample(i)) require(value - value == 0);
}

void set_style(auto& format, unsigned sum) {
    using kiln::data::Missing;
    constexpr Missing policies[] = {Missing::refuse, Missing::drop_row, Missing::mean_of_column};
    format.delimiter = ",; \t"[sum % 4];
    format.header = sum / 4 % 2 == 0;
    format.missing = policies[sum / 8 % 3];
    format.comment = sum / 24 % 2 == 0 ? '#' : '\0';
    format.decimal = format.delimiter != ',' && sum / 48 % 2 == 0 ? ',' : '.';
}

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    using Pair = kiln::Shape<2>;
    static fuzz::InputFile file;
    const std::string& path = file.fill(input, size);
    std::ptrdiff_t lines = 1;
    unsigned sum = 0;
    for (std::size_t i = 0; i < size; ++i) {
        lines += input[i] == '\n' || input[i] == '\r';
        sum += input[i];
    }
    kiln::data::TableFormat labelled;
    fuzz::set_style(labelled, sum);
    if (sum / 96 % 3 != 0) labelled.first_label = static_cast<int>(sum / 96 % 3) - 1;
    if (sum / 288 % 2 != 0 && labelled.header) labelled.columns = {"a", "b"};
    fuzz::load(
        path, [&] { return kiln::data::read_table<Pair>(path, labelled); },
        [&](const auto& table) {
            fuzz::check_samples(table.data, table, lines);
            const auto named = static_cast<int>(table.classes.size());
            fuzz::require(named == 0 || named == table.data.classes());
            for (int i = 0; i < table.data.size(); ++i) fuzz::require(table.data.label(i) < table.data.classes());
        });
    kiln::data::RegressionFormat regression;
    fuzz::set_style(regression, sum / 7);
    fuzz::load(
        path, [&] { return kiln::data::read_regression<kiln::Shape<1>, Pair>(path, regression); },
        [&](const auto& data) {
            fuzz::check_samples(data, data, lines);
            for (int i = 0; i < data.size(); ++i)
                for (const float value : data.target(i)) fuzz::require(value - value == 0);
        });
    return 0;
}
