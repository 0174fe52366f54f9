// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads the PNG files of the tests: ours, and screenshots of a browser. 8 bits a channel, not interlaced. Everything
// that a decoder may check is checked, by zlib and not by our own sums.

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::tests {

struct Picture {
    int width = 0, height = 0, channels = 0;
    std::vector<std::uint8_t> pixels;
};

namespace detail {

inline std::uint32_t big_endian(std::string_view bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes.at(i));
    return value;
}

inline void require(bool holds, const char* what) {
    if (!holds) throw std::runtime_error(std::string("no valid PNG: ") + what);
}

// The filters of PNG: the prediction of a byte from those left of, above, and above left of it.
inline int predicted(int filter, int left, int above, int corner) {
    const int p = left + above - corner;
    const int a = std::abs(p - left), b = std::abs(p - above), c = std::abs(p - corner);
    const int paeth = a <= b && a <= c ? left : b <= c ? above : corner;
    const int by_filter[] = {0, left, above, (left + above) / 2, paeth};
    return by_filter[filter];
}

}  // namespace detail

inline Picture read_png(std::string_view file) {
    using detail::big_endian, detail::require;
    require(file.starts_with(std::string_view("\x89PNG\r\n\x1a\n", 8)), "signature");
    file.remove_prefix(8);
    Picture picture;
    std::string packed;
    for (std::string_view name; name != "IEND"; file.remove_prefix(12 + big_endian(file))) {
        const std::size_t size = big_endian(file);
        require(file.size() >= size + 12, "length of a chunk");
        name = file.substr(4, 4);
        const std::string_view data = file.substr(8, size);
        const auto crc = ::crc32(0, reinterpret_cast<const Bytef*>(name.data()), static_cast<uInt>(size + 4));
        require(crc == big_endian(file.substr(8 + size)), "CRC of a chunk");
        if (name == "IHDR") {
            picture.width = static_cast<int>(big_endian(data));
            picture.height = static_cast<int>(big_endian(data.substr(4)));
            require(data.size() == 13 && data[8] == 8 && data[10] == 0 && data[11] == 0 && data[12] == 0, "header");
            picture.channels = data[9] == 0 ? 1 : data[9] == 2 ? 3 : data[9] == 6 ? 4 : 0;
            require(picture.channels > 0, "colours");
        } else if (name == "IDAT") {
            packed += data;
        }
    }
    require(file.empty(), "data behind the end");
    const auto step = static_cast<std::size_t>(picture.channels);
    const std::size_t row = static_cast<std::size_t>(picture.width) * step,
                      height = static_cast<std::size_t>(picture.height);
    std::vector<std::uint8_t> rows(height * (row + 1));
    uLongf unpacked = rows.size();
    uLong read = packed.size();
    require(::uncompress2(rows.data(), &unpacked, reinterpret_cast<const Bytef*>(packed.data()), &read) == Z_OK &&
                unpacked == rows.size() && read == packed.size(),
            "zlib stream");
    picture.pixels.resize(height * row);
    for (std::size_t y = 0; y < height; ++y) {
        const int filter = rows[y * (row + 1)];
        require(filter <= 4, "filter");
        for (std::size_t x = 0; x < row; ++x) {
            const auto at = [&](bool inside, std::size_t back) {
                return inside ? picture.pixels[y * row + x - back] : 0;
            };
            picture.pixels[y * row + x] = static_cast<std::uint8_t>(
                rows[y * (row + 1) + 1 + x] +
                detail::predicted(filter, at(x >= step, step), at(y > 0, row), at(x >= step && y > 0, row + step)));
        }
    }
    return picture;
}

}  // namespace kiln::tests
