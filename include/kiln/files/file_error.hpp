// SPDX-License-Identifier: BSL-1.0
#pragma once
// The exception of everything that reads or writes a file. The message reads `kiln: <file>: <cause>`, and the cause
// says what was expected and what was found. A format with several parts in a file, such as tensors, names the part in
// the cause.

#include <kiln/files/detail/concat.hpp>

#include <stdexcept>
#include <string>

namespace kiln::inline KILN_TARGET {

/// A file that is missing, is not what its reader expects, or cannot be written; `what()` names the file and the cause.
struct FileError : std::runtime_error {
    FileError(const std::string& file, const std::string& cause)
        : std::runtime_error(concat("kiln: ", file, ": ", cause)) {}
};

}  // namespace kiln::inline KILN_TARGET
