// SPDX-License-Identifier: BSL-1.0
// Fuzzes the IDX reader: any bytes, raw or gzip, as an image file and as a label file, either load or throw FileError.
// Data that load from a raw file are the file: its length and every byte.
//
//     bash tests/run.sh --compiler clang++-19 fuzz
//
// The ordinary unit test tests/data/idx.cpp includes this file and runs the corpus and mutations of it without
// libFuzzer.

#include <kiln/core/shape.hpp>
#include <kiln/data/idx.hpp>
#include <kiln/files/file_error.hpp>

#include "input_file.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace fuzz {

template <class S>
void load(const std::string& path, const kiln::Extents& extents, const std::uint8_t* input, std::size_t size) {
    try {
        const auto samples = kiln::data::detail::IdxFile(path, extents).read_samples<S>();
        if (size >= 2 && input[0] == 0x1f) return;
        const std::size_t body = samples.size() * static_cast<std::size_t>(S::count), header = 4 + 4u * input[3];
        if (header + body != size) std::abort();
        for (std::size_t i = 0; i < samples.size(); ++i)
            if (std::memcmp(samples[i].data, input + header + i * S::count, S::count) != 0) std::abort();
    } catch (const kiln::FileError& error) {
        if (std::string(error.what()).find("kiln: " + path + ": ") != 0) std::abort();
    }
}

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    using Image = kiln::Shape<1, 2, 3>;
    static fuzz::InputFile file;
    const std::string& path = file.fill(input, size);
    fuzz::load<Image>(path, Image::extents, input, size);
    fuzz::load<kiln::Shape<1>>(path, kiln::Extents{}, input, size);
    return 0;
}
