// SPDX-License-Identifier: BSL-1.0
#pragma once
// Writes a file as a whole or not at all: into a new file beside the target, which then takes the target's place in one
// step. Whoever reads the target sees the old content or the new; a full disk, or an end of the program in the middle,
// costs nobody the old one. A link is followed, permissions and, where that is allowed, owner and group are kept, a file
// that is write-protected stays as it is. What is no regular file (a pipe) cannot be replaced and is written to, and so
// are the program's open files (/dev/stdout, /dev/fd/3), wherever they lead.

#include <kiln/core/compiled.hpp>
#include <kiln/core/result.hpp>

#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET {

/// Makes `content` the content of file `path`. After a failure the file is as it was, and no other is left. The new one
/// is written beside it, with up to 14 characters more in its name, and takes its place: the folder must be writable,
/// and other hard links to the old one keep it.
Result replace_file(const std::string& path, std::string_view content);

}  // namespace kiln::inline KILN_TARGET

#ifndef KILN_COMPILED
#include <kiln/core/replace_file.ipp>
#endif
