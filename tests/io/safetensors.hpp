// SPDX-License-Identifier: BSL-1.0
#pragma once
// Safetensors files as tests write them, right and wrong.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace files {

/// A file of this header and so many bytes of data, which count up from 0.
inline std::string safetensors(std::string_view header, std::size_t bytes) {
    std::string text;
    for (int i = 0; i < 8; ++i) text += static_cast<char>(std::uint64_t{header.size()} >> (8 * i));
    text += header;
    for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(i);
    return text;
}
/// A file of this header and these data.
inline std::string safetensors(std::string_view header, std::string_view data) {
    return safetensors(header, std::size_t{0}).append(data);
}

}  // namespace files
