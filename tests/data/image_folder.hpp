// SPDX-License-Identifier: BSL-1.0
#pragma once
// A new folder for the tests of readers of images, files packed by gzip, and the contents of what was read.

#include <kiln/data/dataset.hpp>

#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

/// A fresh folder that is gone after the test; other users may enter it.
struct ImageFolder {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("kiln-test-images-" + std::to_string(std::random_device{}()));
    ImageFolder() {
        std::filesystem::create_directory(folder);
        std::filesystem::permissions(folder, std::filesystem::perms{0755});
    }
    ImageFolder(const ImageFolder&) = delete;
    ~ImageFolder() { std::filesystem::remove_all(folder); }

    std::string file(const std::string& name) const { return (folder / name).string(); }
    std::string write(const std::string& name, const std::string& bytes) const {
        std::ofstream(file(name), std::ios::binary) << bytes;
        return file(name);
    }
};

inline std::string gzip(std::string bytes) {
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::string packed(deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

template <class S>
std::string pixels_of(const kiln::data::Dataset<S>& data) {
    std::string bytes;
    for (int i = 0; i < data.size(); ++i) bytes.append(data.sample(i).begin(), data.sample(i).end());
    return bytes;
}

template <class S>
std::vector<int> labels_of(const kiln::data::Dataset<S>& data) {
    std::vector<int> numbers;
    for (int i = 0; i < data.size(); ++i) numbers.push_back(data.label(i));
    return numbers;
}
