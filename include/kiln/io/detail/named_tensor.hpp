// SPDX-License-Identifier: BSL-1.0
#pragma once
// Tensors in memory that are written to a file or read from one, in any format and from any source.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/files/result.hpp>
#include <kiln/io/detail/tensor_match.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// A tensor to write, or to read into. A tensor without `data` must be in the file, but is not read.
template <class S>
struct NamedTensor {
    std::string name;
    Extents extents;
    S* data = nullptr;
};

namespace detail {

inline void append_bits(std::string& text, auto bits) {
    for (unsigned i = 0; i < sizeof bits; ++i) text += static_cast<char>(bits >> (8 * i) & 0xff);
}

}  // namespace detail

/// Appends a tensor's elements in the form of files: row by row, float32, little-endian.
KILN_LAZY void append_elements(std::string& text, const NamedTensor<const float>& tensor);

/// Finds tensors among those of a file by their names, shapes and types; `places` gets the index of each. `path` is for
/// messages only.
KILN_LAZY Result find_tensors(std::span<const StoredTensor> stored, const std::string& path,
                              std::span<const NamedTensor<float>> tensors, std::vector<std::size_t>& places,
                              const MatchOptions& options = {});

/// Copies all tensors from those of a file, or none of them. Each tensor that has `data` needs its bytes in `stored`.
KILN_LAZY Result copy_tensors(std::span<const StoredTensor> stored, const std::string& path,
                              std::span<const NamedTensor<float>> tensors, const MatchOptions& options = {});

/// The names of a file's tensors that are not wanted, without PyTorch's num_batches_tracked.
KILN_LAZY std::vector<std::string> unused_names(std::span<const StoredTensor> stored,
                                                std::span<const NamedTensor<float>> tensors,
                                                const MatchOptions& options);

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/detail/named_tensor.ipp>
#endif
