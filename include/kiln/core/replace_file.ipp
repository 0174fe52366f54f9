// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/compiled.hpp>
#include <kiln/core/concat.hpp>
#include <kiln/core/guarded.hpp>

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

namespace kiln::inline KILN_TARGET {

namespace detail {

// The place where the content of `path` is written, and the file that is there already.
struct WriteTarget {
    std::string path;
    bool replaceable = true;  // a regular file, or nothing yet
    bool is_new = true;       // nothing yet
    int refusal = 0;          // the error for which it must not be replaced
#ifdef _POSIX_VERSION
    struct stat found {};
#endif
};

#ifdef _POSIX_VERSION
// The number of the open file that a path names, or -1.
inline int open_file_number(const std::string& path) {
    if (path == "/dev/stdout") return STDOUT_FILENO;
    if (path == "/dev/stderr") return STDERR_FILENO;
    for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"})
        if (path.starts_with(folder)) return std::atoi(path.c_str() + folder.size());
    return -1;
}

// The end of a chain of links, which need not exist yet.
inline std::string end_of_link(std::string path) {
    for (int links = 0; links < 40; ++links) {
        char text[4096];
        const ssize_t size = readlink(path.c_str(), text, sizeof text);
        if (size <= 0 || size == sizeof text) break;
        const std::string_view next(text, static_cast<std::size_t>(size));
        path = next[0] == '/' ? next : path.substr(0, path.rfind('/') + 1).append(next);
    }
    return path;
}

inline WriteTarget write_target(const std::string& path) {
    WriteTarget target{.path = end_of_link(path)};
    if (stat(target.path.c_str(), &target.found) != 0) return target;
    target.is_new = false;
    target.replaceable = S_ISREG(target.found.st_mode);
    if (target.replaceable && access(target.path.c_str(), W_OK) != 0) target.refusal = errno;
    return target;
}

// Opens a file that nobody else writes to, or gives nullptr, with errno EEXIST if somebody does. A writer holds a lock
// on its file. So a file without a lock was left behind by a program that was killed, and is taken.
inline std::FILE* open_alone(const std::string& path) {
    int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    const bool is_new = file >= 0;
    if (!is_new && errno != EEXIST) return nullptr;
    if (!is_new) file = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat opened {
    }, named{};
    const bool locked = file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0;
    const bool taken = file >= 0 && !locked && (!is_new || errno == EWOULDBLOCK);
    // Before the lock was ours, the file may have become the target or vanished, even a new file if another program
    // locked it first.
    const bool ours = file >= 0 && !taken && fstat(file, &opened) == 0 && lstat(path.c_str(), &named) == 0 &&
                      S_ISREG(opened.st_mode) && opened.st_nlink == 1 && opened.st_ino == named.st_ino &&
                      opened.st_dev == named.st_dev;
    if (ours && ftruncate(file, 0) == 0)
        if (std::FILE* const stream = fdopen(file, "wb")) return stream;
    const int cause = is_new && ours ? errno : EEXIST;
    if (is_new && ours) unlink(path.c_str());
    if (file >= 0) close(file);
    errno = cause;
    return nullptr;
}

// Gives a file that is still empty the owner, the group and the permissions of the old file. If this program may not
// give files away, the permissions are limited to those that let nobody in as another user.
inline bool take_after(int file, const struct stat& old) {
    struct stat ours {};
    if (fstat(file, &ours) != 0) return false;
    const bool same = ours.st_uid == old.st_uid && ours.st_gid == old.st_gid;
    const bool given = same || fchown(file, old.st_uid, old.st_gid) == 0;
    return fchmod(file, old.st_mode & (given ? 07777 : 0777)) == 0;
}

inline std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == path.npos ? "." : path.substr(0, slash + 1);
}

// Makes the new name in its folder survive a loss of power. A failure is ignored: the file is whole in any case.
inline void sync_folder(const std::string& folder) {
    const int opened = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) return;
    fsync(opened);
    close(opened);
}

// The open file that a path names, to write to at its present position; nullptr if the path names none.
inline std::FILE* open_again(const std::string& path) {
    const int number = open_file_number(path);
    if (number < 0) return nullptr;
    std::fflush(nullptr);  // text printed so far comes first
    return fdopen(dup(number), "wb");
}
#else
inline WriteTarget write_target(const std::string& path) { return {.path = path}; }
inline std::FILE* open_alone(const std::string& path) { return std::fopen(path.c_str(), "wbx"); }
inline std::string folder_of(const std::string&) { return {}; }
inline void sync_folder(const std::string&) {}
inline std::FILE* open_again(const std::string&) { return nullptr; }
#endif

// Writes the content and makes it safe on the disk; false, with errno, if any step fails.
inline bool write_out(std::FILE* file, std::string_view content, [[maybe_unused]] const WriteTarget& target) {
#ifdef _POSIX_VERSION
    // Before the first byte: content that only some may read is never readable by all.
    if (target.replaceable && !target.is_new && !take_after(fileno(file), target.found)) return false;
#endif
    bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size() && std::fflush(file) == 0;
#ifdef _POSIX_VERSION
    // Before the rename: a crash in between must not leave a name without content.
    if (written && target.replaceable) written = fsync(fileno(file)) == 0;
#endif
    return written;
}

// Opens the file to write to and puts its name into `beside`.
inline std::FILE* open_target(const WriteTarget& target, std::string& beside) {
    beside = target.path;
    if (!target.replaceable) return std::fopen(beside.c_str(), "wb");
    for (int number = 0; number < 1000; ++number) {
        beside = target.path + ".kiln-part" + std::to_string(number);
        std::FILE* const file = open_alone(beside);
        if (file != nullptr || errno != EEXIST) return file;
    }
    return nullptr;
}

inline Result write_and_replace(const std::string& path, std::string_view content) {
    const auto cannot = [&](const char* what, int error) {
        return Result::failure(path, concat("cannot be ", what, ": ", std::generic_category().message(error),
                                            error == ENOENT ? "; is its folder there?" : ""));
    };
    std::FILE* file = open_again(path);
    WriteTarget target{.path = path, .replaceable = false};
    if (file == nullptr) target = write_target(path);
    if (target.refusal != 0) return cannot("replaced", target.refusal);
    // All memory is allocated before the file is open: a lack of memory leaves no file behind.
    const std::string folder = folder_of(target.path);
    std::string beside;
    if (file == nullptr) file = open_target(target, beside);
    if (file == nullptr) return cannot("written", errno);
    // Renamed before it is closed: the lock is held as long as the file has its temporary name.
    bool done = write_out(file, content, target);
    if (target.replaceable) done = done && std::rename(beside.c_str(), target.path.c_str()) == 0;
    int cause = errno;
    if (!done && target.replaceable) std::remove(beside.c_str());
    if (std::fclose(file) != 0 && done) {
        cause = errno;
        done = false;
    }
    if (!done) return cannot("written", cause);
    if (target.replaceable) sync_folder(folder);
    return {};
}

}  // namespace detail

KILN_INLINE Result replace_file(const std::string& path, std::string_view content) {
    return detail::guarded(path, [&] { return detail::write_and_replace(path, content); });
}

}  // namespace kiln::inline KILN_TARGET
