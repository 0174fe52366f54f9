// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/io/tensor_words.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

KILN_LAZY_DEFINITION void append_elements(std::string& text, const NamedTensor<const float>& tensor) {
    const long long count = tensor.extents.count();
    if constexpr (std::endian::native == std::endian::little)
        text.append(reinterpret_cast<const char*>(tensor.data), 4 * static_cast<std::size_t>(count));
    else
        for (long long i = 0; i < count; ++i) detail::append_bits(text, std::bit_cast<std::uint32_t>(tensor.data[i]));
}

KILN_LAZY_DEFINITION Result copy_tensors(std::span<const StoredTensor> stored, const std::string& path,
                                         std::span<const NamedTensor<float>> tensors, const MatchOptions& options) {
    std::vector<WantedTensor> all(tensors.size());
    std::vector<std::size_t> places(tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) all[i] = {tensors[i].name, tensors[i].extents};
    const std::span<const WantedTensor> wanted(all.data(), all.size());
    const TensorMismatch mismatch = match_tensors(wanted, stored, {places.data(), places.size()}, options);
    if (mismatch.fault != TensorFault::none)
        return Result::failure(path, detail::in_words(mismatch, wanted, stored, options));
    for (std::size_t i = 0; i < tensors.size(); ++i) copy_elements(stored[places[i]], tensors[i].data);
    return {};
}

}  // namespace kiln::inline KILN_TARGET::io
