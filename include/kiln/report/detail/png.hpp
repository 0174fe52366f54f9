// SPDX-License-Identifier: BSL-1.0
#pragma once
// Small images inside a page: bitmaps as uncompressed PNG, and the PNG as a data: URI, so that a page needs no file
// beside it. PNG (ISO/IEC 15948) consists of chunks of length, name, data and CRC-32. The pixels are rows, each after a
// byte for its filter (0: none), in a zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4).

#include <kiln/core/expects.hpp>
#include <kiln/report/bitmap.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::report {

namespace detail {

inline void append_big_endian(std::string& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

// The CRC-32 of PNG and zlib, reflected polynomial 0xedb88320.
constexpr std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t crc = 0xffffffff;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

constexpr std::uint32_t adler32(std::string_view bytes) {
    std::uint32_t a = 1, b = 0;
    for (const char c : bytes) {
        a = (a + static_cast<unsigned char>(c)) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

inline void append_chunk(std::string& out, std::string_view name, std::string_view data) {
    append_big_endian(out, static_cast<std::uint32_t>(data.size()));
    const std::string body = std::string(name).append(data);
    out += body;
    append_big_endian(out, crc32(body));
}

// A zlib stream that holds the bytes unchanged.
inline std::string stored(std::string_view bytes) {
    constexpr std::size_t most = 0xffff;
    std::string out("\x78\x01", 2);
    std::size_t first = 0;
    do {
        const std::size_t size = bytes.size() - first < most ? bytes.size() - first : most;
        out += static_cast<char>(first + size == bytes.size());  // the last block?
        for (const std::size_t word : {size, ~size})
            for (const int shift : {0, 8}) out += static_cast<char>(word >> shift & 0xff);
        out += bytes.substr(first, size);
        first += size;
    } while (first < bytes.size());
    append_big_endian(out, adler32(bytes));
    return out;
}

inline std::string base64(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = i; k < i + 3; ++k)
            group = group << 8 | (k < bytes.size() ? static_cast<unsigned char>(bytes[k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k) out += i + k <= bytes.size() ? alphabet[group >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

}  // namespace detail

/// The bytes of a PNG file.
inline std::string png(const Bitmap& image) {
    const auto row = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
    KILN_EXPECTS(image.channels == 1 || image.channels == 3);
    KILN_EXPECTS(!image.empty() && image.pixels.size() == row * static_cast<std::size_t>(image.height));
    std::string header;
    detail::append_big_endian(header, static_cast<std::uint32_t>(image.width));
    detail::append_big_endian(header, static_cast<std::uint32_t>(image.height));
    const char colour = image.channels == 3 ? 2 : 0;
    header += {8, colour, 0, 0, 0};  // bits, colour, deflate, filter by row, not interlaced
    std::string rows;
    for (std::size_t i = 0; i < image.pixels.size(); ++i) {
        if (i % row == 0) rows += '\0';
        rows += static_cast<char>(image.pixels[i]);
    }
    std::string out("\x89PNG\r\n\x1a\n", 8);
    detail::append_chunk(out, "IHDR", header);
    detail::append_chunk(out, "IDAT", detail::stored(rows));
    detail::append_chunk(out, "IEND", "");
    return out;
}

/// The image as the value of `src="…"`.
inline std::string data_uri(const Bitmap& image) { return "data:image/png;base64," + detail::base64(png(image)); }

}  // namespace kiln::inline KILN_TARGET::report
