// SPDX-License-Identifier: BSL-1.0
#pragma once
// The input of a fuzzer as a file, for functions that read files.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

namespace fuzz {

/// A file that is written anew for every input; in memory where the system has /dev/shm.
class InputFile {
  public:
    InputFile() {
        const std::filesystem::path memory = "/dev/shm";
        const auto folder = std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
        path_ = (folder / ("kiln-fuzz-" + std::to_string(std::random_device{}()))).string();
        file_ = std::fopen(path_.c_str(), "wb");
        if (file_ == nullptr) std::abort();
    }
    InputFile(const InputFile&) = delete;
    ~InputFile() {
        std::fclose(file_);
        std::filesystem::remove(path_);
    }

    const std::string& fill(const std::uint8_t* bytes, std::size_t size) {
        std::filesystem::resize_file(path_, 0);
        std::rewind(file_);
        // An empty input may be a null pointer, which fwrite must not get.
        if (size != 0 && std::fwrite(bytes, 1, size, file_) != size) std::abort();
        if (std::fflush(file_) != 0) std::abort();
        return path_;
    }

  private:
    std::string path_;
    std::FILE* file_;
};

}  // namespace fuzz
