// SPDX-License-Identifier: BSL-1.0
#pragma once
// Writes a file as a whole or not at all: into a new file beside the target, which then takes the target's place in one
// step. Whoever reads the target sees the old content or the new; a full disk, or an end of the program in the middle,
// costs nobody the old one. A link is followed, permissions are kept, a file that is write-protected stays as it is. What
// is no regular file (a pipe), or named below /dev (/dev/stdout, wherever that leads), cannot be replaced: the content is
// written to its end.

#include <kiln/core/result.hpp>

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
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#endif

namespace kiln {

namespace detail {

// Where the content of `path` goes, and what is there already.
struct WriteTarget {
    std::string path;
    bool replaceable = true;  // a regular file, or nothing yet
    unsigned mode = 0;        // permissions of the file there; 0: none is
    int refusal = 0;          // the error for which it must not be replaced
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
    target.replaceable = S_ISREG(found.st_mode) && !path.starts_with("/dev/");
    target.mode = found.st_mode & 07777;
    if (target.replaceable && access(target.path.c_str(), W_OK) != 0) target.refusal = errno;
#endif
    return target;
}

#ifdef _POSIX_VERSION
// Opens a file that nobody else writes to, or gives nullptr, with errno EEXIST if somebody does. Whoever writes holds a
// lock on it, so a file that a program left behind when it was killed is told from one that another is at, and taken.
inline std::FILE* open_alone(const std::string& path) {
    int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    const bool is_new = file >= 0;
    if (!is_new && errno != EEXIST) return nullptr;
    if (!is_new) file = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat opened {
    }, named{};
    const bool locked = file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0;
    const bool taken = file >= 0 && !locked && (!is_new || errno == EWOULDBLOCK);
    // It may have become the target, or vanished, before the lock was ours.
    if (file >= 0 && !taken && fstat(file, &opened) == 0 && lstat(path.c_str(), &named) == 0 &&
        S_ISREG(opened.st_mode) && opened.st_nlink == 1 && opened.st_ino == named.st_ino &&
        opened.st_dev == named.st_dev && ftruncate(file, 0) == 0)
        if (std::FILE* const stream = fdopen(file, "wb")) return stream;
    if (file >= 0) close(file);
    errno = EEXIST;
    return nullptr;
}
#else
inline std::FILE* open_alone(const std::string& path) { return std::fopen(path.c_str(), "wbx"); }
#endif

// Writes and makes the content safe on the disk; false, with errno, if any of it fails.
inline bool write_out(std::FILE* file, std::string_view content, [[maybe_unused]] const WriteTarget& target) {
    bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size() && std::fflush(file) == 0;
#ifdef _POSIX_VERSION
    // On the disk before the name is: a crash in between must not leave a file without content.
    if (written && target.replaceable) written = fsync(fileno(file)) == 0;
    if (written && target.replaceable && target.mode != 0) written = fchmod(fileno(file), target.mode) == 0;
#endif
    return written;
}

}  // namespace detail

/// Makes `content` the content of file `path`. After a failure the file is as it was, and no other is left.
inline Result replace_file(const std::string& path, std::string_view content) {
    const auto cannot = [&](const char* what, int error) {
        return Result::failure(path, std::string("cannot be ") + what + ": " + std::generic_category().message(error) +
                                         (error == ENOENT ? "; is its folder there?" : ""));
    };
    const detail::WriteTarget target = detail::write_target(path);
    if (target.refusal != 0) return cannot("replaced", target.refusal);
    std::string beside = target.path;
    std::FILE* file = nullptr;
    if (!target.replaceable) {
        file = std::fopen(path.c_str(), "ab");
    } else {
        for (int number = 0; file == nullptr && number < 1000; ++number) {
            beside = target.path + ".kiln-part" + std::to_string(number);
            file = detail::open_alone(beside);
            if (file == nullptr && errno != EEXIST) break;
        }
    }
    if (file == nullptr) return cannot("written", errno);
    // Named before it is closed: the lock is held as long as it has the other name.
    bool done = detail::write_out(file, content, target);
    if (target.replaceable) done = done && std::rename(beside.c_str(), target.path.c_str()) == 0;
    int cause = errno;
    if (!done && target.replaceable) std::remove(beside.c_str());
    if (std::fclose(file) != 0 && done) {
        cause = errno;
        done = false;
    }
    return done ? Result() : cannot("written", cause);
}

}  // namespace kiln
