// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/concat.hpp>
#include <kiln/core/open_file.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <system_error>

namespace kiln::inline KILN_TARGET::io {

KILN_LAZY_DEFINITION Result read_file(const std::string& path, std::string& content) {
    content.clear();
    const kiln::detail::OpenFile file(path, "rb");
    if (!file) return Result::failure(path, concat("cannot be opened: ", std::generic_category().message(errno)));
    // As long as it is said to be, and a byte to see the end; a pipe has no length, and is read in growing pieces.
    const long length = std::fseek(file.get(), 0, SEEK_END) == 0 ? std::ftell(file.get()) : -1;
    std::rewind(file.get());
    const bool is_readable = std::ungetc(std::fgetc(file.get()), file.get()) != EOF;  // a directory has a length too
    if (is_readable && length > 0 && static_cast<std::size_t>(length) >= content.max_size() / 2)
        return Result::failure(path, concat("expected a file that fits into memory, found ", length, " bytes"));
    std::size_t size = 0, read = 0, room = is_readable && length > 0 ? static_cast<std::size_t>(length) + 1 : 65536;
    do {
        content.resize(size + room);
        read = std::fread(content.data() + size, 1, room, file.get());
        size += read;
        room = size < 65536 ? 65536 : size;
    } while (read > 0 && (length < 0 || size > static_cast<std::size_t>(length)));
    const int error = std::ferror(file.get()) != 0 ? errno : 0;
    content.resize(error == 0 ? size : 0);
    if (length < 0) content.shrink_to_fit();
    if (error == EISDIR) return Result::failure(path, "expected a file, found a directory");
    if (error != 0) return Result::failure(path, concat("cannot be read: ", std::generic_category().message(error)));
    return {};
}

}  // namespace kiln::inline KILN_TARGET::io
