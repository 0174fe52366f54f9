// SPDX-License-Identifier: BSL-1.0
#pragma once
// What every reader of files throws when a file is not what it should be. The message reads `kiln: <file>: <cause>`,
// and the cause says what was expected and what was found; a format with several parts in a file (tensors, say) names
// the part in the cause.

#include <stdexcept>
#include <string>

namespace kiln::data {

/// A file that is missing, unreadable or not what its reader expects; `what()` names the file and the cause.
struct FileError : std::runtime_error {
    FileError(const std::string& file, const std::string& cause) : std::runtime_error("kiln: " + file + ": " + cause) {}
};

}  // namespace kiln::data
