// SPDX-License-Identifier: BSL-1.0
#pragma once
// Writes a file as a whole or not at all: into a new file beside the target, which then takes the target's place in one
// step. A reader of the target sees the old content or the new. A full disk, or an end of the program in the middle,
// leaves the old content. A link is followed. Permissions are kept, and owner and group where that is allowed. A
// write-protected file stays as it is. A target that is no regular file (a pipe) cannot be replaced and is written to
// directly, and so are the program's open files (/dev/stdout, /dev/fd/3), wherever they lead.
//
// On Windows a path is in the program's code page, as std::fopen has it; a link is replaced itself, the new file has the
// rights that files in its folder have, and a file that somebody has open stays as it is, with an error.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/files/result.hpp>

#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET {

/// Makes `content` the content of file `path`. After a failure the file is as before, and no other file is left. The
/// new file is written beside the old one, with up to 14 characters more in its name, so the folder must be writable.
/// Other hard links to the old file keep the old content.
Result replace_file(const std::string& path, std::string_view content);

}  // namespace kiln::inline KILN_TARGET

#ifndef KILN_COMPILED
#include <kiln/files/replace_file.ipp>
#endif
