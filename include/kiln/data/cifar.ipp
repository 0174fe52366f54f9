// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/setting_error.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/detail/byte_stream.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/files/file_error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace kiln::inline KILN_TARGET::data {

namespace detail {

using CifarImages = Dataset<Shape<3, 32, 32>>;

inline constexpr const char* cifar_classes[] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                                "dog",      "frog",       "horse", "ship", "truck"};
inline constexpr const char* not_the_python_version =
    "of the Python version; Kiln reads the binary version, cifar-10-binary.tar.gz";

/// The bytes of an image and its label as a file has them.
struct CifarRecord {
    std::uint8_t label = 0;
    Tensor<std::uint8_t, Shape<3, 32, 32>> image{};
    static constexpr std::size_t size = 1 + 3 * 32 * 32;

    /// Returns how many bytes there were.
    std::size_t read_from(ByteStream& bytes) {
        const std::size_t first = bytes.read(&label, 1);
        return first + (first == 0 ? 0 : bytes.read(image.data, size - 1));
    }
    /// Whether the record starts a pickle of Python, from protocol 2 on.
    bool is_pickle() const { return label == 0x80 && image[0] >= 2 && image[0] <= 5; }
    /// Whether the record starts a tar archive.
    bool is_tar() const { return std::memcmp(image.data + 256, "ustar", 5) == 0; }
};

/// The images of some files of one size, in their order.
class CifarReader {
  public:
    CifarReader(int images_per_file, std::size_t files) : per_file_(images_per_file) {
        constexpr std::size_t trusted = (1 << 28) / CifarRecord::size;  // 256 MiB: holds all of CIFAR-10
        const std::size_t wanted = files * static_cast<std::size_t>(images_per_file);
        images_.reserve(wanted < trusted ? wanted : trusted);
    }

    void read(const std::string& path) {
        ByteStream bytes(path);
        CifarRecord record;
        for (int i = 0; i < per_file_; ++i) {
            const std::size_t n = record.read_from(bytes);
            if (i == 0 && record.is_pickle())
                bytes.refuse("expected a label from 0 to 9, found a pickle, ", not_the_python_version);
            if (i == 0 && record.is_tar()) bytes.refuse("expected images, found a tar archive; unpack it first");
            if (n < CifarRecord::size)
                bytes.refuse("truncated: expected ", per_file_, " images of ", CifarRecord::size, " bytes, found ", i,
                             " and ", n, " bytes");
            if (record.label > 9)
                bytes.refuse("expected a label from 0 to 9, found ", int{record.label}, " in image ", i,
                             " (counted from 0)");
            images_.push_back(record.image);
            labels_.push_back(record.label);
        }
        if (std::uint8_t extra = 0; bytes.read(&extra, 1) != 0)
            bytes.refuse("expected the end of the data after ", per_file_, " images, found trailing bytes");
    }

    CifarImages take() {
        CifarImages all{std::move(images_), std::move(labels_)};
        all.declare_classes(10);
        return all;
    }

  private:
    int per_file_;
    std::vector<Tensor<std::uint8_t, Shape<3, 32, 32>>> images_;
    std::vector<int> labels_;
};

/// The path of one of the files. If it is missing, the error says what is there instead.
inline std::string cifar_file(const std::string& folder, const std::string& name) {
    const std::string path = concat(folder, "/", name);
    if (std::string there = plain_or_packed(path); !there.empty()) return there;
    const auto refuse = [&](const auto&... found) {
        throw FileError(path, concat("expected this file, or the same with .gz, found ", found...));
    };
    for (const char* python : {"data_batch_1", "cifar-10-batches-py", "cifar-10-python.tar.gz"})
        if (is_there(concat(folder, "/", python))) refuse(python, ", ", not_the_python_version);
    if (is_there(concat(folder, "/cifar-10-batches-bin")))
        refuse("the folder cifar-10-batches-bin; are the files in there?");
    if (is_there(concat(folder, "/cifar-10-binary.tar.gz"))) refuse("cifar-10-binary.tar.gz; unpack it first");
    refuse("neither; is the folder right?");
    return {};
}

}  // namespace detail

KILN_INLINE Cifar10 load_cifar10(const std::string& folder, const CifarFormat& format) {
    kiln::detail::require_in_range(format);
    if (folder.ends_with(".tar.gz") || folder.ends_with(".tgz") || folder.ends_with(".tar"))
        throw FileError(folder, "expected the folder of the unpacked files, found an archive; unpack it first");
    std::vector<std::string> paths;
    for (const char* number : {"1", "2", "3", "4", "5"})
        paths.push_back(detail::cifar_file(folder, concat("data_batch_", number, ".bin")));
    const std::string test_path = detail::cifar_file(folder, "test_batch.bin");

    detail::CifarReader train(format.images_per_file, paths.size()), test(format.images_per_file, 1);
    for (const std::string& path : paths) train.read(path);
    test.read(test_path);
    return {train.take(), test.take(), {std::begin(detail::cifar_classes), std::end(detail::cifar_classes)}};
}

}  // namespace kiln::inline KILN_TARGET::data
