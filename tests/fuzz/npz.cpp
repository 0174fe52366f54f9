// SPDX-License-Identifier: BSL-1.0
// needs: zip.h
// Fuzzes the reader of .npz files: from any bytes, two tensors are either read or stay unchanged. The values read must
// be those of an array somewhere in the file. Bytes that begin like an array are first put into an archive, so that
// they reach the reader of arrays with a valid check sum.
//
//     bash tests/run.sh --compiler clang++-19 fuzz
//
// The ordinary unit test tests/io/npz.cpp includes this file and runs the corpus and mutations of it without libFuzzer.

#include <kiln/io/npz.hpp>

#include "tensor_input.hpp"
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

/// Whether an array, as numpy writes it, holds these values of a matrix; a vector has one row.
inline bool holds(std::string_view array, std::span<const float> values, std::size_t rows) {
    if (array.size() < 12) return false;
    const std::size_t start = array[6] == 1 ? 10 : 12;
    const auto length = static_cast<std::size_t>(little_endian(array.substr(8, start - 8)));
    if (length > array.size() - start) return false;
    const std::string_view header = array.substr(start, length), elements = array.substr(start + length);
    const bool columns_first = header.find("True") != std::string_view::npos;
    for (const std::string_view type : {"<f2", "<f4", "<f8", ">f2", ">f4", ">f8"}) {
        const auto size = static_cast<std::size_t>(type[2] - '0'), columns = values.size() / rows;
        bool same = header.find(type) != std::string_view::npos && values.size() * size <= elements.size();
        for (std::size_t i = 0; same && i < values.size(); ++i) {
            std::string bytes(elements.substr((columns_first ? i % columns * rows + i / columns : i) * size, size));
            if (type[0] == '>') std::reverse(bytes.begin(), bytes.end());
            same = is_read_from(values[i], size == 2 ? 'h' : size == 4 ? 'f' : 'd', bytes);
        }
        if (same) return true;
    }
    return false;
}

/// The unpacked data from the start of these bytes, up to 4,096 bytes.
inline std::string unpacked(std::string_view bytes) {
    std::string text(4096, '\0');
    z_stream stream{};
    inflateInit2(&stream, -MAX_WBITS);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    inflate(&stream, Z_FINISH);
    text.resize(text.size() - stream.avail_out);
    inflateEnd(&stream);
    return text;
}

/// Whether an array with these values is somewhere in a file, unpacked or at a place where the archive's directory
/// names a packed member.
inline bool is_in(std::string_view file, std::span<const float> values, std::size_t rows) {
    constexpr std::string_view array = "\x93NUMPY", entry = "PK\1\2";
    for (std::size_t at = file.find(array); at != std::string_view::npos; at = file.find(array, at + 1))
        if (holds(file.substr(at), values, rows)) return true;
    for (std::size_t at = file.find(entry); at != std::string_view::npos; at = file.find(entry, at + 1)) {
        if (file.size() - at < 46) continue;
        const auto member = static_cast<std::size_t>(little_endian(file.substr(at + 42, 4)));
        if (member + 30 > file.size()) continue;
        const auto names = little_endian(file.substr(member + 26, 2)) + little_endian(file.substr(member + 28, 2));
        const std::size_t packed = member + 30 + static_cast<std::size_t>(names);
        if (packed < file.size() && holds(unpacked(file.substr(packed)), values, rows)) return true;
    }
    return false;
}

/// An archive of two arrays, the second one good.
inline std::string archive(std::string_view w) {
    const float mean[] = {0.5f, -2};
    std::string good = kiln::io::npy_header_text(kiln::Extents{2}), fault;
    kiln::io::append_elements(good, {"running_mean", kiln::Extents{2}, mean});
    const std::array<kiln::io::ZipContent, 2> contents{{{"w.npy", std::string(w)}, {"running_mean.npy", good}}};
    return kiln::io::zip_text(contents, false, fault);
}

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(input), size);
    const std::string wrapped = bytes.starts_with("\x93N") ? fuzz::archive(bytes) : std::string();
    const std::string_view file = wrapped.empty() ? bytes : std::string_view(wrapped);
    const auto read = [&](const auto& tensors, const auto& options) {
        return kiln::io::parse_npz(file, "file", tensors, options);
    };
    fuzz::Tensors tensors;
    if (fuzz::load_both_ways(tensors, file, read)) {
        fuzz::require(fuzz::is_in(file, tensors.w, 2));
        fuzz::require(fuzz::is_in(file, tensors.mean, 1));
    }
    return 0;
}
