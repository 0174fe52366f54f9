// SPDX-License-Identifier: BSL-1.0
#pragma once
// A file of the C library that closes when its owner ends.

#include <kiln/core/target.hpp>

#include <cstdio>
#include <string>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

/// An open file, or none if the file could not be opened; errno then gives the cause.
class OpenFile {
  public:
    OpenFile(const std::string& path, const char* mode) : stream_(std::fopen(path.c_str(), mode)) {}
    OpenFile(OpenFile&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}
    OpenFile& operator=(OpenFile&& other) noexcept {
        std::swap(stream_, other.stream_);
        return *this;
    }
    ~OpenFile() {
        if (stream_ != nullptr) std::fclose(stream_);
    }

    explicit operator bool() const { return stream_ != nullptr; }
    std::FILE* get() const { return stream_; }

  private:
    std::FILE* stream_;
};

}  // namespace kiln::inline KILN_TARGET::detail
