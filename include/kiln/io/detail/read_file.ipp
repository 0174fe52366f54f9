// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/guarded.hpp>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace kiln::inline KILN_TARGET::io {

KILN_LAZY_DEFINITION Result InputFile::status() const {
    if (file_) return {};
    return Result::failure(path_, concat("cannot be opened: ", std::generic_category().message(error_)));
}

KILN_LAZY_DEFINITION long long InputFile::length() {
    if (!file_) return -1;
    const long long length = file_.length();
    const bool is_readable = std::ungetc(std::fgetc(file_.get()), file_.get()) != EOF;  // a directory has a length too
    return is_readable && length > 0 ? length : -1;
}

KILN_LAZY_DEFINITION Result InputFile::read(long long place, char* to, std::size_t bytes) {
    if (!file_.seek(place) || std::fread(to, 1, bytes, file_.get()) != bytes)
        return Result::failure(path_, std::feof(file_.get()) != 0
                                          ? "became shorter while it was read"
                                          : concat("cannot be read: ", std::generic_category().message(errno)));
    return {};
}

KILN_LAZY_DEFINITION Result InputFile::read(long long place, std::string& to, std::size_t bytes) {
    return kiln::detail::guarded(path_, [&] {
        to.resize(bytes);
        return read(place, to.data(), bytes);
    });
}

KILN_LAZY_DEFINITION Result InputFile::read_all(std::string& content, FileJudge judge) {
    constexpr std::size_t piece = 65536;
    content.clear();
    if (!file_) return status();
    // Reads as many bytes as the file's length, and one more to see the end. A pipe has no length, and is read in
    // growing pieces.
    const long long length = this->length();
    const auto most = static_cast<unsigned long long>(content.max_size()) - 1;
    const bool fits = length < 0 || static_cast<unsigned long long>(length) < most;
    const std::size_t whole = fits && length > 0 ? static_cast<std::size_t>(length) + 1 : 0;
    Result result = kiln::detail::guarded(path_, [&]() -> Result {
        std::size_t size = 0, read = 0, room = whole != 0 && whole < piece ? whole : piece;
        do {
            content.resize(size + room);
            read = std::fread(content.data() + size, 1, room, file_.get());
            const bool first = size == 0;
            size += read;
            if (std::ferror(file_.get()) != 0) {
                if (errno == EISDIR) return Result::failure(path_, "expected a file, found a directory");
                return Result::failure(path_, concat("cannot be read: ", std::generic_category().message(errno)));
            }
            if (first && judge != nullptr)
                if (Result judged = judge(std::string_view(content).substr(0, size), length, path_); !judged)
                    return judged;
            if (!fits)
                return Result::failure(path_,
                                       concat("expected a file that fits into memory, found ", length, " bytes"));
            room = size < whole ? whole - size : size < piece ? piece : size;
        } while (read > 0 && (whole == 0 || size + 1 != whole));
        content.resize(size);
        if (whole == 0) content.shrink_to_fit();
        return {};
    });
    if (!result) content = {};
    return result;
}

KILN_LAZY_DEFINITION Result read_file(const std::string& path, std::string& content, FileJudge judge) {
    return InputFile(path).read_all(content, judge);
}

}  // namespace kiln::inline KILN_TARGET::io
