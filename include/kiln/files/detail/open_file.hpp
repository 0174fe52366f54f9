// SPDX-License-Identifier: BSL-1.0
#pragma once
// A file of the C library that closes when its owner ends.

#include <kiln/core/target.hpp>

#include <cstdio>
#if __has_include(<sys/types.h>)
#include <sys/types.h>  // off_t
#endif
#include <string>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

/// An open file, or none if the file could not be opened; errno then gives the cause.
class OpenFile {
  public:
    /// No file.
    OpenFile() = default;
    /// Takes over a file that is open already.
    explicit OpenFile(std::FILE* stream) : stream_(stream) {}
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

    /// Goes to a byte of the file, counted from its beginning or its end; false if that is not possible, as in a pipe.
    /// (std::fseek takes a long, which ends at 2 GiB on Windows and on machines of 32 bits.)
    bool seek(long long place, int from = SEEK_SET) const {
#ifdef _WIN32
        return _fseeki64(stream_, place, from) == 0;
#elif defined _POSIX_C_SOURCE && _POSIX_C_SOURCE >= 200112L
        if (static_cast<off_t>(place) != place) return false;
        return fseeko(stream_, static_cast<off_t>(place), from) == 0;
#else
        if (static_cast<long>(place) != place) return false;
        return std::fseek(stream_, static_cast<long>(place), from) == 0;
#endif
    }

    /// The number of bytes of the file, or -1 if it is not known. The file is then at its beginning.
    long long length() const {
        long long length = -1;
        if (seek(0, SEEK_END)) {
#ifdef _WIN32
            length = _ftelli64(stream_);
#elif defined _POSIX_C_SOURCE && _POSIX_C_SOURCE >= 200112L
            length = ftello(stream_);
#else
            length = std::ftell(stream_);
#endif
        }
        std::rewind(stream_);
        return length;
    }

  private:
    std::FILE* stream_ = nullptr;
};

}  // namespace kiln::inline KILN_TARGET::detail
