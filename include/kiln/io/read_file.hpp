// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads a whole file into memory, without exceptions.

#include <kiln/core/compiled.hpp>
#include <kiln/core/result.hpp>

#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

/// Judges a file of `length` bytes (-1: unknown) by its first 64 KiB, or by all of the file if it is shorter.
using FileJudge = Result (*)(std::string_view beginning, long long length, const std::string& path);

/// Makes `content` the content of file `path`, which may be a pipe. After a failure `content` is empty. A file that the
/// judge refuses is not read further, however long it is.
KILN_LAZY Result read_file(const std::string& path, std::string& content, FileJudge judge = nullptr);

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/read_file.ipp>
#endif
