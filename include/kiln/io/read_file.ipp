// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/concat.hpp>
#include <kiln/core/open_file.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <new>
#include <system_error>
#include <utility>

namespace kiln::inline KILN_TARGET::io {

namespace detail {

// Makes a text longer; false if there is not enough memory.
KILN_LAZY inline bool resize(std::string& text, std::size_t size) {
    if (size > text.max_size()) return false;
#ifdef __cpp_exceptions
    try {
        text.resize(size);
    } catch (const std::bad_alloc&) {
        return false;
    }
#else
    text.resize(size);
#endif
    return true;
}

}  // namespace detail

KILN_LAZY_DEFINITION Result read_file(const std::string& path, std::string& content, FileJudge judge) {
    constexpr std::size_t piece = 65536;
    content.clear();
    const kiln::detail::OpenFile file(path, "rb");
    if (!file) return Result::failure(path, concat("cannot be opened: ", std::generic_category().message(errno)));
    const auto refuse = [&](Result result) {
        content = {};
        return result;
    };
    // Reads as many bytes as the file's length, and one more to see the end. A pipe has no length, and is read in
    // growing pieces.
    const long length = std::fseek(file.get(), 0, SEEK_END) == 0 ? std::ftell(file.get()) : -1;
    std::rewind(file.get());
    const bool is_readable = std::ungetc(std::fgetc(file.get()), file.get()) != EOF;  // a directory has a length too
    const std::size_t whole = is_readable && length > 0 ? static_cast<std::size_t>(length) + 1 : 0;
    std::size_t size = 0, read = 0, room = whole != 0 && whole < piece ? whole : piece;
    do {
        if (!detail::resize(content, size + room))
            return refuse(
                Result::failure(path, concat("expected a file that fits into memory, found ", size + room, " bytes")));
        read = std::fread(content.data() + size, 1, room, file.get());
        const bool first = size == 0;
        size += read;
        if (first && judge != nullptr && std::ferror(file.get()) == 0)
            if (Result judged = judge(std::string_view(content).substr(0, size), whole != 0 ? length : -1, path);
                !judged)
                return refuse(std::move(judged));
        room = size < whole ? whole - size : size < piece ? piece : size;
    } while (read > 0 && (whole == 0 || size + 1 != whole));
    const int error = std::ferror(file.get()) != 0 ? errno : 0;
    content.resize(error == 0 ? size : 0);
    if (whole == 0) content.shrink_to_fit();
    if (error == EISDIR) return Result::failure(path, "expected a file, found a directory");
    if (error != 0) return Result::failure(path, concat("cannot be read: ", std::generic_category().message(error)));
    return {};
}

}  // namespace kiln::inline KILN_TARGET::io
