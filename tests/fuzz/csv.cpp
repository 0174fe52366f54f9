// SPDX-License-Identifier: BSL-1.0
// needs: csv.h
// Fuzzes the CSV reader: any bytes, as labelled samples and as a regression, with a header and without, either load or
// throw FileError. What loads has a sample for every line at most, finite values, and labels within the classes.
//
//     bash tests/run.sh --compiler clang++-19 fuzz
//
// The ordinary unit test tests/data/csv.cpp includes this file and runs the corpus and mutations of it without
// libFuzzer.

#include <kiln/core/file_error.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/data/csv.hpp>

#include "input_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace fuzz {

inline void require(bool condition) {
    if (!condition) std::abort();
}

/// Loads the file as `read` does; whatever it throws must be a FileError about this file.
void load(const std::string& path, std::ptrdiff_t lines, auto read, auto check) {
    try {
        const auto loaded = read();
        const auto& data = [&]() -> const auto& {
            if constexpr (requires { loaded.data; })
                return loaded.data;
            else
                return loaded;
        }
        ();
        require(0 < data.size() && data.size() <= lines);
        for (int i = 0; i < data.size(); ++i)
            for (const float value : data.sample(i)) require(value - value == 0);
        check(loaded);
    } catch (const kiln::FileError& error) {
        require(std::string(error.what()).find("kiln: " + path + ": ") == 0);
    }
}

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    using Pair = kiln::Shape<2>;
    static fuzz::InputFile file;
    const std::string& path = file.fill(input, size);
    const std::ptrdiff_t lines = 1 + std::count(input, input + size, '\n');
    for (const bool header : {true, false}) {
        fuzz::load(
            path, lines, [&] { return kiln::data::read_table<Pair>(path, {.header = header}); },
            [](const auto& table) {
                const auto named = static_cast<int>(table.classes.size());
                fuzz::require(named == 0 || named == table.data.classes());
                fuzz::require(std::is_sorted(table.classes.begin(), table.classes.end()));
            });
        const auto regression = [&] {
            return kiln::data::read_regression<kiln::Shape<1>, Pair>(path, {.delimiter = ';', .header = header});
        };
        fuzz::load(path, lines, regression, [](const auto& data) {
            for (int i = 0; i < data.size(); ++i)
                for (const float value : data.target(i)) fuzz::require(value - value == 0);
        });
    }
    return 0;
}
