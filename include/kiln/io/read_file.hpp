// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads a whole file into memory, without exceptions.

#include <kiln/core/compiled.hpp>
#include <kiln/core/result.hpp>

#include <string>

namespace kiln::inline KILN_TARGET::io {

/// Makes `content` the content of file `path`, which may be a pipe; after a failure it is empty.
KILN_LAZY Result read_file(const std::string& path, std::string& content);

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/read_file.ipp>
#endif
