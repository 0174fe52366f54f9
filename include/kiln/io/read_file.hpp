// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads a whole file into memory, without exceptions.

#include <kiln/core/result.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>

namespace kiln::io {

/// Makes `content` the content of file `path`, which may be a pipe; after a failure it is empty.
inline Result read_file(const std::string& path, std::string& content) {
    content.clear();
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (file == nullptr) return Result::failure(path, "cannot be opened: " + std::generic_category().message(errno));
    // In growing pieces: what a file system says of a size need not be so, and a pipe has none.
    std::size_t size = 0, read = 0;
    do {
        content.resize(size + (size < 65536 ? 65536 : size));
        read = std::fread(content.data() + size, 1, content.size() - size, file.get());
        size += read;
    } while (read > 0);
    const int error = std::ferror(file.get()) != 0 ? errno : 0;
    content.resize(error == 0 ? size : 0);
    content.shrink_to_fit();
    if (error == EISDIR) return Result::failure(path, "expected a file, found a directory");
    if (error != 0) return Result::failure(path, "cannot be read: " + std::generic_category().message(error));
    return {};
}

}  // namespace kiln::io
