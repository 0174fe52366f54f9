// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads IDX files, the format of MNIST, plain or packed by gzip (this needs zlib). All numbers are big-endian:
//
//     0  0  element type  rank | extents, 4 bytes each, the number of samples first | elements, row-major
//
// Elements are unsigned bytes (type 0x08); labels have rank 1, images more. The content shows whether a file is packed,
// but a name that ends in .gz must be. Every fault is a FileError. A file is read once, front to back, in chunks.
// Memory grows with the data that arrive (a gzip file unpacks to at most 1,032 times its size), never with the sizes
// that a header claims.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/dataset.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

/// The numbering of labels in a file.
struct IdxFormat {
    /// The label of class 0, by default 0. Without first_label, labels that seem to count from 1 (as in EMNIST's
    /// letters) are refused.
    std::optional<int> first_label = {};
};

/// Reads images of shape S and their labels from two IDX files. An image file has the extents of S after its count; a
/// first extent of 1 (one channel) may be left out.
template <class S>
Dataset<S> load_idx(const std::string& images_path, const std::string& labels_path, const IdxFormat& format = {});

/// The handwritten digits of Y. LeCun, C. Cortes and C. Burges, or another set in the same four files.
struct Mnist {
    Dataset<Shape<1, 28, 28>> train, test;
};

/// Reads `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and the two `t10k-…` files from a folder, each with or
/// without `.gz`.
Mnist load_mnist(const std::string& folder, const IdxFormat& format = {});

namespace detail {

/// One IDX file: its header, read and checked by the constructor, then its samples.
class IdxFile {
  public:
    /// Samples have the extents `sample`: rank 0 for labels.
    IdxFile(const std::string& path, const Extents& sample);
    IdxFile(const IdxFile&) = delete;
    ~IdxFile();

    int count() const;
    /// Refuses a label file with another number of samples.
    void match(const IdxFile& labels) const;

    /// All samples, one tensor each, which must be the rest of the file. Either read_samples or read_labels is called,
    /// once.
    template <class S>
    std::vector<Tensor<std::uint8_t, S>> read_samples() {
        constexpr std::size_t trusted = (1 << 26) / sizeof(Tensor<std::uint8_t, S>);  // 64 MiB: holds all of MNIST
        const auto wanted = static_cast<std::size_t>(count());
        std::vector<Tensor<std::uint8_t, S>> samples;
        samples.reserve(wanted < trusted ? wanted : trusted);
        while (samples.size() < wanted) read_next(samples.emplace_back().data, S::count);
        end();
        return samples;
    }
    /// The class of each sample: its label less `first_label`.
    std::vector<int> read_labels(std::optional<int> first_label);

  private:
    class Body;

    void read_next(std::uint8_t* sample, std::size_t size);
    void end();

    Body* body_;
};

}  // namespace detail

template <class S>
Dataset<S> load_idx(const std::string& images_path, const std::string& labels_path, const IdxFormat& format) {
    detail::IdxFile images(images_path, S::extents), labels(labels_path, Extents{});
    images.match(labels);
    std::vector<int> numbers = labels.read_labels(format.first_label);
    return {images.read_samples<S>(), std::move(numbers)};
}

}  // namespace kiln::inline KILN_TARGET::data

#ifndef KILN_COMPILED
#include <kiln/data/idx.ipp>
#endif
