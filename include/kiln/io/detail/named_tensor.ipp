// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/io/detail/tensor_words.hpp>

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

namespace detail {

KILN_LAZY inline std::vector<WantedTensor> wanted_of(std::span<const NamedTensor<float>> tensors) {
    std::vector<WantedTensor> all(tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) all[i] = {tensors[i].name, tensors[i].extents};
    return all;
}

}  // namespace detail

KILN_LAZY_DEFINITION Result find_tensors(std::span<const StoredTensor> stored, const std::string& path,
                                         std::span<const NamedTensor<float>> tensors, std::vector<std::size_t>& places,
                                         const MatchOptions& options) {
    const std::vector<WantedTensor> all = detail::wanted_of(tensors);
    const std::span<const WantedTensor> wanted(all.data(), all.size());
    places.resize(all.size());
    const TensorMismatch mismatch = find_tensors(wanted, stored, {places.data(), places.size()}, options);
    if (mismatch.fault == TensorFault::none) return {};
    return Result::failure(path, detail::in_words(mismatch, wanted, stored, options));
}

KILN_LAZY_DEFINITION Result copy_tensors(std::span<const StoredTensor> stored, const std::string& path,
                                         std::span<const NamedTensor<float>> tensors, const MatchOptions& options) {
    std::vector<std::size_t> places;
    if (Result found = find_tensors(stored, path, tensors, places, options); !found) return found;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        if (tensors[i].data == nullptr) continue;
        TensorMismatch mismatch = detail::check_elements(stored[places[i]], options.finite);
        if (mismatch.fault == TensorFault::none) continue;
        mismatch.wanted = i;
        mismatch.stored = places[i];
        const std::vector<WantedTensor> all = detail::wanted_of(tensors);
        return Result::failure(path, detail::in_words(mismatch, {all.data(), all.size()}, stored, options));
    }
    for (std::size_t i = 0; i < tensors.size(); ++i)
        if (tensors[i].data != nullptr) copy_elements(stored[places[i]], tensors[i].data);
    return {};
}

KILN_LAZY_DEFINITION std::vector<std::string> unused_names(std::span<const StoredTensor> stored,
                                                           std::span<const NamedTensor<float>> tensors,
                                                           const MatchOptions& options) {
    const std::vector<WantedTensor> all = detail::wanted_of(tensors);
    const std::span<const WantedTensor> wanted(all.data(), all.size());
    std::vector<std::string> names;
    for (std::size_t i = 0; i < stored.size(); ++i)
        if (!detail::is_wanted(stored[i].name, wanted, options.prefix) &&
            !detail::is_batch_count(stored[i].name, wanted, options.prefix))
            names.push_back(detail::decoded(stored[i].name));
    return names;
}

}  // namespace kiln::inline KILN_TARGET::io
