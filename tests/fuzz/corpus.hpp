// SPDX-License-Identifier: BSL-1.0
#pragma once
// Runs a fuzzer's corpus and simple mutations of it without libFuzzer, for unit tests.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size);

namespace fuzz {

inline void run(const std::string& bytes) {
    const std::vector<std::uint8_t> exactly(bytes.begin(), bytes.end());  // nothing beyond it is read unnoticed
    LLVMFuzzerTestOneInput(exactly.data(), exactly.size());
}

/// Runs on every file of a folder, on every beginning of the file, and with every byte of the file changed in three
/// ways. Returns the number of files.
inline int run_corpus(const std::filesystem::path& folder) {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string seed{std::istreambuf_iterator<char>(file), {}};
        ++files;
        run(seed);
        for (std::size_t position = 0; position < seed.size(); ++position) {
            run(seed.substr(0, position));
            for (const int change : {0x01, 0x80, 0xff}) {
                std::string bytes = seed;
                bytes[position] = static_cast<char>(bytes[position] ^ change);
                run(bytes);
            }
        }
    }
    return files;
}

}  // namespace fuzz
