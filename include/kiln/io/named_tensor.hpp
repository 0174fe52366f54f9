// SPDX-License-Identifier: BSL-1.0
#pragma once
// Tensors in memory that go to a file or come from one, whatever the format and whatever they are the tensors of.

#include <kiln/core/result.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/io/stored_tensor.hpp>
#include <kiln/io/tensor_match.hpp>
#include <kiln/io/tensor_words.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// A tensor to write, or to read into.
template <class S>
struct NamedTensor {
    std::string name;
    Extents extents;
    S* data = nullptr;
};

namespace detail {

inline void append_bits(std::string& text, auto bits) {
    for (std::size_t i = 0; i < sizeof bits; ++i) text += static_cast<char>(bits >> (8 * i) & 0xff);
}

std::vector<WantedTensor> wanted(const auto& tensors) {
    std::vector<WantedTensor> all;
    for (const auto& tensor : tensors) all.push_back({tensor.name, tensor.extents});
    return all;
}

}  // namespace detail

// Ranges of tensors below are `auto`, so that only programs that read or write files wait for what this compiles to.

/// Appends a tensor's elements as files have them: row by row, float32, little-endian.
inline void append_elements(std::string& text, const NamedTensor<const float>& tensor) {
    const long long count = tensor.extents.count();
    if constexpr (std::endian::native == std::endian::little)
        text.append(reinterpret_cast<const char*>(tensor.data), 4 * static_cast<std::size_t>(count));
    else
        for (long long i = 0; i < count; ++i) detail::append_bits(text, std::bit_cast<std::uint32_t>(tensor.data[i]));
}

/// Copies tensors (a range of NamedTensor<float>), all or none, out of those of a file; `path` is for messages only.
Result copy_tensors(std::span<const StoredTensor> stored, const std::string& path, const auto& tensors,
                    const MatchOptions& options = {}) {
    const std::vector<WantedTensor> wanted = detail::wanted(tensors);
    std::vector<std::size_t> places(wanted.size());
    const TensorMismatch mismatch = match_tensors(wanted, stored, places, options);
    if (mismatch.fault != TensorFault::none)
        return Result::failure(path, detail::in_words(mismatch, wanted, stored, options));
    std::size_t i = 0;
    for (const NamedTensor<float>& tensor : tensors) copy_elements(stored[places[i++]], tensor.data);
    return {};
}

}  // namespace kiln::inline KILN_TARGET::io
