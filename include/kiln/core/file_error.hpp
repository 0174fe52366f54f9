// SPDX-License-Identifier: BSL-1.0
#pragma once
// What everything that reads or writes a file throws when that fails: a file that is not what it should be, or one that
// cannot be written. The message reads `kiln: <file>: <cause>`, and the cause says what was expected and what was
// found; a format with several parts in a file (tensors, say) names the part in the cause.

#include <kiln/core/concat.hpp>

#include <stdexcept>
#include <string>

namespace kiln::inline KILN_TARGET {

/// A file that is missing, not what its reader expects, or cannot be written; `what()` names the file and the cause.
struct FileError : std::runtime_error {
    FileError(const std::string& file, const std::string& cause)
        : std::runtime_error(concat("kiln: ", file, ": ", cause)) {}
};

}  // namespace kiln::inline KILN_TARGET
