// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/guarded.hpp>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#if defined _WIN32
#include <boost/winapi/access_rights.hpp>
#include <boost/winapi/character_code_conversion.hpp>
#include <boost/winapi/dll.hpp>
#include <boost/winapi/file_management.hpp>
#include <boost/winapi/get_last_error.hpp>
#include <boost/winapi/handles.hpp>

#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>
#elif __has_include(<unistd.h>)
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

// Called before the rename: a crash in between must not leave a name without content.
inline bool sync_content(std::FILE* file) { return fsync(fileno(file)) == 0; }

// Renamed before it is closed: the lock is held as long as the file has its temporary name.
inline bool take_place(std::FILE*, const std::string& beside, const std::string& path) {
    return std::rename(beside.c_str(), path.c_str()) == 0;
}
inline void give_up(std::FILE* file, const std::string& beside) {
    if (!beside.empty()) std::remove(beside.c_str());
    std::fclose(file);
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
#elif defined _WIN32
inline WriteTarget write_target(const std::string& path) {
    WriteTarget target{.path = path};
    struct _stat64 found {};
    if (_stat64(path.c_str(), &found) != 0) return target;
    target.is_new = false;
    target.replaceable = (found.st_mode & _S_IFMT) == _S_IFREG;
    if (target.replaceable && _access(path.c_str(), 2) != 0) target.refusal = errno;
    return target;
}

// The error that Windows has told, as errno.
inline int last_error() {
    const auto error = boost::winapi::GetLastError();
    if (error == 2 || error == 3) return ENOENT;     // no such file, no such folder
    if (error == 5 || error == 19) return EACCES;    // denied, write-protected
    if (error == 32 || error == 33) return EBUSY;    // somebody has it open, or a part of it locked
    if (error == 39 || error == 112) return ENOSPC;  // full
    return EIO;
}

// As above; nobody else can open a file while it is open here, which is the lock.
inline std::FILE* open_alone(const std::string& path) {
    namespace windows = boost::winapi;
    void* const handle =
        windows::CreateFileA(path.c_str(), windows::GENERIC_WRITE_ | windows::DELETE_, 0, nullptr,  // to be renamed
                             windows::CREATE_ALWAYS_, windows::FILE_ATTRIBUTE_NORMAL_, nullptr);
    if (handle == windows::invalid_handle_value) {
        errno = last_error() == EBUSY ? EEXIST : last_error();
        return nullptr;
    }
    const int file = _open_osfhandle(reinterpret_cast<std::intptr_t>(handle), _O_WRONLY | _O_BINARY);
    if (file < 0) windows::CloseHandle(handle);
    return file < 0 ? nullptr : _fdopen(file, "wb");
}
inline bool sync_content(std::FILE* file) { return _commit(_fileno(file)) == 0; }

// Renames while the file is open, as above. std::rename neither renames an open file nor replaces one. The function is
// found by its name because a program's own <windows.h> declares it with types that are not ours.
inline bool take_place(std::FILE* file, const std::string&, const std::string& path) {
    struct Renaming {
        int replaces;
        void* folder;
        boost::winapi::DWORD_ bytes;
        wchar_t path[4096];
    };
    constexpr int most = 4096, renaming = 3;
    char full[most];
    Renaming name{1, nullptr, 0, {}};
    const bool known = _fullpath(full, path.c_str(), most) != nullptr &&
                       boost::winapi::MultiByteToWideChar(boost::winapi::CP_ACP_, 0, full, -1, name.path, most) > 0;
    using SetInformation = int(__stdcall*)(void*, int, void*, boost::winapi::DWORD_);
    const auto set_information =
        reinterpret_cast<SetInformation>(reinterpret_cast<void (*)()>(boost::winapi::get_proc_address(
            boost::winapi::get_module_handle("kernel32.dll"), "SetFileInformationByHandle")));
    if (!known || set_information == nullptr) {
        errno = known ? ENOSYS : ENAMETOOLONG;
        return false;
    }
    while (name.path[name.bytes / sizeof(wchar_t)] != 0) name.bytes += sizeof(wchar_t);
    const auto handle = reinterpret_cast<void*>(_get_osfhandle(_fileno(file)));
    const bool done = set_information(handle, renaming, &name, sizeof name) != 0;
    if (!done) errno = last_error();
    return done;
}
// Closed first, since an open file cannot be removed; if somebody else has opened it in between, it is left to them.
inline void give_up(std::FILE* file, const std::string& beside) {
    std::fclose(file);
    if (!beside.empty()) std::remove(beside.c_str());
}
inline std::string folder_of(const std::string&) { return {}; }
inline void sync_folder(const std::string&) {}
inline std::FILE* open_again(const std::string&) { return nullptr; }
#else
inline WriteTarget write_target(const std::string& path) { return {.path = path}; }
inline std::FILE* open_alone(const std::string& path) { return std::fopen(path.c_str(), "wbx"); }
inline bool sync_content(std::FILE*) { return true; }
inline bool take_place(std::FILE*, const std::string& beside, const std::string& path) {
    return std::rename(beside.c_str(), path.c_str()) == 0;
}
inline void give_up(std::FILE* file, const std::string& beside) {
    std::fclose(file);
    if (!beside.empty()) std::remove(beside.c_str());
}
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
    const bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size();
    return written && std::fflush(file) == 0 && (!target.replaceable || sync_content(file));
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
    const bool done = write_out(file, content, target) &&
                      (!target.replaceable || take_place(file, beside, target.path));
    if (!done) {
        const int cause = errno;
        if (!target.replaceable) beside.clear();
        give_up(file, beside);
        return cannot("written", cause);
    }
    if (std::fclose(file) != 0) return cannot("written", errno);
    if (target.replaceable) sync_folder(folder);
    return {};
}

}  // namespace detail

KILN_INLINE Result replace_file(const std::string& path, std::string_view content) {
    return detail::guarded(path, [&] { return detail::write_and_replace(path, content); });
}

}  // namespace kiln::inline KILN_TARGET
