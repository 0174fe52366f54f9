// SPDX-License-Identifier: BSL-1.0
#pragma once
// Writes a file as a whole or not at all: into a new file beside the target, which then takes the target's place in one
// step. Whoever reads the target sees the old content or the new, and a full disk costs nobody the old one. A link is
// followed, permissions are kept, a file that is write-protected stays as it is; what is no regular file (a pipe,
// /dev/stdout) cannot be replaced and is written to.

#include <kiln/core/file_error.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif
#ifdef _POSIX_VERSION
#include <sys/stat.h>
#endif

namespace kiln {

namespace detail {

// Where the content of `path` goes, and what is there already.
struct WriteTarget {
    std::string path;
    bool replaceable = true;  // a regular file, or nothing yet
    unsigned mode = 0;        // permissions of the file there; 0: none is
};

inline WriteTarget write_target(const std::string& path) {
    WriteTarget target{.path = path};
#ifdef _POSIX_VERSION
    struct stat found {};
    if (lstat(path.c_str(), &found) != 0) return target;
    if (S_ISLNK(found.st_mode)) {
        char* end_of_link = realpath(path.c_str(), nullptr);
        if (end_of_link != nullptr) target.path = end_of_link;
        std::free(end_of_link);
        if (stat(path.c_str(), &found) != 0) found = {};  // a link to nothing: written through
    }
    target.replaceable = S_ISREG(found.st_mode);
    target.mode = found.st_mode & 07777;
    if (target.replaceable && access(target.path.c_str(), W_OK) != 0)
        throw FileError(path, "cannot be replaced: " + std::generic_category().message(errno));
#endif
    return target;
}

// Writes and closes; false, with errno, if any of it fails.
inline bool write_and_close(std::FILE* file, std::string_view content, [[maybe_unused]] const WriteTarget& target) {
    bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size() && std::fflush(file) == 0;
#ifdef _POSIX_VERSION
    // On the disk before the name is: a crash in between must not leave a file without content.
    if (written && target.replaceable) written = fsync(fileno(file)) == 0;
    if (written && target.replaceable && target.mode != 0) written = fchmod(fileno(file), target.mode) == 0;
#endif
    const int cause = errno;
    const bool closed = std::fclose(file) == 0;
    if (!written) errno = cause;
    return written && closed;
}

}  // namespace detail

/// Makes `content` the content of file `path`. Throws FileError; the file is then as it was, and no other is left.
inline void replace_file(const std::string& path, std::string_view content) {
    const auto refuse = [&](int error) {
        throw FileError(path, "cannot be written: " + std::generic_category().message(error) +
                                  (error == ENOENT ? "; is its folder there?" : ""));
    };
    const detail::WriteTarget target = detail::write_target(path);
    std::string beside = target.path;
    std::FILE* file = nullptr;
    if (!target.replaceable) {
        file = std::fopen(beside.c_str(), "wb");
    } else {
        // A name that nobody uses: one may be left from a crash, another be somebody else's at this moment.
        for (int number = 0; file == nullptr && number < 1000; ++number) {
            beside = target.path + ".part" + std::to_string(number);
            file = std::fopen(beside.c_str(), "wbx");
            if (file == nullptr && errno != EEXIST) break;
        }
    }
    if (file == nullptr) refuse(errno);
    bool done = detail::write_and_close(file, content, target);
    if (target.replaceable) {
        done = done && std::rename(beside.c_str(), target.path.c_str()) == 0;
        const int cause = errno;
        if (!done) std::remove(beside.c_str());
        errno = cause;
    }
    if (!done) refuse(errno);
}

}  // namespace kiln
