// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads files, without exceptions: whole, or only the bytes that are wanted.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/files/detail/open_file.hpp>
#include <kiln/files/result.hpp>

#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace kiln::inline KILN_TARGET::io {

/// Judges a file of `length` bytes (-1: unknown) by its first 64 KiB, or by all of the file if it is shorter.
using FileJudge = Result (*)(std::string_view beginning, long long length, const std::string& path);

/// A file that is being read.
class InputFile {
  public:
    explicit InputFile(std::string path) : path_(std::move(path)), file_(path_, "rb"), error_(errno) {}

    /// A file that is open already; `path` is for messages only.
    InputFile(std::string path, kiln::detail::OpenFile file)
        : path_(std::move(path)),
          file_(std::move(file)),
          error_(0) {}

    const std::string& path() const { return path_; }

    /// Success if the file is open.
    KILN_LAZY
    Result status() const;

    /// The number of bytes of a file that can be read at any place; -1 for a pipe, a device or an empty file.
    KILN_LAZY
    long long length();

    /// Reads bytes from a place on. The file must have a length; its end before the last byte is a failure.
    KILN_LAZY
    Result read(long long place, char* to, std::size_t bytes);
    /// The same, into a text that gets this size.
    KILN_LAZY
    Result read(long long place, std::string& to, std::size_t bytes);

    /// Makes `content` the content of the file, which may be a pipe. After a failure `content` is empty. A file that the
    /// judge refuses is not read further, however long it is.
    KILN_LAZY
    Result read_all(std::string& content, FileJudge judge = nullptr);

  private:
    std::string path_;
    kiln::detail::OpenFile file_;
    int error_;  // errno, if the file is not open
};

/// Makes `content` the content of file `path`, as InputFile::read_all does.
KILN_LAZY Result read_file(const std::string& path, std::string& content, FileJudge judge = nullptr);

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/detail/read_file.ipp>
#endif
