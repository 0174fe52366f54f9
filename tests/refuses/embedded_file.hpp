// SPDX-License-Identifier: BSL-1.0
#pragma once
// A safetensors file of this header and so many bytes of data, as a constant.

#include <array>
#include <cstddef>

template <std::size_t Bytes, std::size_t N>
constexpr std::array<char, 8 + N - 1 + Bytes> safetensors(const char (&header)[N], char fill = 0) {
    std::array<char, 8 + N - 1 + Bytes> file{};
    file[0] = static_cast<char>(N - 1);
    for (std::size_t i = 0; i + 1 < N; ++i) file[8 + i] = header[i];
    for (std::size_t i = 8 + N - 1; i < file.size(); ++i) file[i] = fill;
    return file;
}
