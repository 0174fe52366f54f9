// SPDX-License-Identifier: BSL-1.0
#pragma once
// A folder for the files of one test case, the contents of files, and a full disk.

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace files {

/// A new folder, removed with everything in it.
struct Folder {
    std::filesystem::path path;

    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "kiln-io-XXXXXX").string();
        path = mkdtemp(name.data());
    }
    Folder(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path); }

    std::string file(const std::string& name) const { return (path / name).string(); }
    std::ptrdiff_t entries() const {
        return std::distance(std::filesystem::directory_iterator(path), std::filesystem::directory_iterator());
    }
};

/// The bytes of a file.
inline std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
/// A file of these bytes.
inline void write(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
}

/// While a SmallDisk lives, no file may grow beyond so many bytes: as on a full disk, but with another message.
struct SmallDisk {
    rlimit before{};
    explicit SmallDisk(rlim_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before);
        const rlimit limit{bytes, before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~SmallDisk() {
        setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, SIG_DFL);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
};

}  // namespace files
