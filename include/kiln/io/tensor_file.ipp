// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/concat.hpp>
#include <kiln/core/replace_file.hpp>
#include <kiln/io/read_file.hpp>
#include <kiln/io/safetensors_header.hpp>
#include <kiln/io/tensor_words.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace kiln::inline KILN_TARGET::io {

namespace detail {

KILN_LAZY inline std::string json_string(std::string_view text) {
    constexpr char hexadecimal[] = "0123456789abcdef";
    std::string json = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') json += '\\';
        if (static_cast<unsigned char>(c) < 0x20) {
            json += "\\u00";
            json += hexadecimal[c >> 4];
            json += hexadecimal[c & 15];
        } else {
            json += c;
        }
    }
    json += '"';
    return json;
}

// The member "__metadata__", with a comma behind it.
KILN_LAZY inline std::string notes_json(std::span<const Note> notes) {
    std::string json = "\"__metadata__\":{";
    const char* comma = "";
    for (const Note& note : notes)
        json += concat(std::exchange(comma, ","), json_string(note.key), ":", json_string(note.value));
    return json += "},";
}

// The header's JSON, filled up with spaces so that the data start at a multiple of eight.
KILN_LAZY inline std::string header_json(std::span<const NamedTensor<const float>> tensors,
                                         std::span<const Note> notes) {
    std::string json = "{";
    if (!notes.empty()) json += notes_json(notes);
    long long offset = 0;
    for (const NamedTensor<const float>& tensor : tensors) {
        json += concat(json_string(tensor.name), ":{\"dtype\":\"F32\",\"shape\":[");
        for (int i = 0; i < tensor.extents.rank; ++i) json += concat(i > 0 ? "," : "", tensor.extents[i]);
        const long long end = offset + 4 * tensor.extents.count();
        json += concat("],\"data_offsets\":[", std::exchange(offset, end), ",", end, "]},");
    }
    if (json.back() == ',') json.pop_back();
    json += '}';
    json.append((8 - json.size() % 8) % 8, ' ');
    return json;
}

}  // namespace detail

KILN_LAZY_DEFINITION std::string safetensors_text(std::span<const NamedTensor<const float>> tensors,
                                                  std::span<const Note> notes) {
    const std::string header = detail::header_json(tensors, notes);
    std::size_t bytes = 8 + header.size();
    for (const NamedTensor<const float>& tensor : tensors)
        bytes += 4 * static_cast<std::size_t>(tensor.extents.count());
    std::string text;
    text.reserve(bytes);
    detail::append_bits(text, static_cast<std::uint64_t>(header.size()));
    text += header;
    for (const NamedTensor<const float>& tensor : tensors) append_elements(text, tensor);
    return text;
}

namespace detail {

// Judges a safetensors file by its beginning: without a header of a possible length, reading ends here.
KILN_LAZY inline Result judge_beginning(std::string_view beginning, long long length, const std::string& path) {
    if (beginning.size() < 9 || length == static_cast<long long>(beginning.size())) return {};  // it is read whole
    constexpr unsigned long long most = 100'000'000, largest = 999'999'999'999'999'999;
    const unsigned long long size = read_bits<std::uint64_t>(beginning.data());
    SafetensorsHeader header;
    header.found = static_cast<long long>(size < largest ? size : largest);
    if (length >= 0 && size > static_cast<unsigned long long>(length) - 8) {
        header.fault = FileFault::header_longer_than_the_file;
        header.expected = length - 8;
    } else if (size > most) {
        header.fault = FileFault::header_longer_than_100_megabytes;
    } else if (size == 0 || std::string_view("{ \t\r\n").find(beginning[8]) == std::string_view::npos) {
        header = read_safetensors_header(
            std::string_view(size == 0 ? "\0\0\0\0\0\0\0\0" : "\1\0\0\0\0\0\0\0?", size == 0 ? 8 : 9));
    }
    return header.fault == FileFault::none ? Result() : Result::failure(path, in_words(header, beginning));
}

}  // namespace detail

KILN_LAZY_DEFINITION Result read_safetensors_file(const std::string& path, std::string& text) {
    return read_file(path, text, [](std::string_view beginning, long long length, const std::string& name) {
        return detail::judge_beginning(beginning, length, name);
    });
}

KILN_LAZY_DEFINITION Result parse_safetensors(std::string_view text, const std::string& path,
                                              std::span<const NamedTensor<float>> tensors, const MatchOptions& options,
                                              std::vector<Note>* notes) {
    const SafetensorsHeader header = read_safetensors_header(text);
    if (header.fault != FileFault::none) return Result::failure(path, detail::in_words(header, text));
    if (Result copied = copy_tensors({header.tensors.data(), header.tensors.size()}, path, tensors, options); !copied)
        return copied;
    if (notes != nullptr)
        for (const SafetensorsHeader::Entry& entry : header.metadata)
            notes->push_back({detail::decoded(entry.name), detail::decoded(entry.value)});
    return {};
}

KILN_LAZY_DEFINITION Result detail::save_tensors(const std::string& path,
                                                 std::span<const NamedTensor<const float>> tensors,
                                                 std::span<const Note> notes) {
    std::vector<Note> all(1 + notes.size());
    all[0] = {"format", "pt"};
    for (std::size_t i = 0; i < notes.size(); ++i) all[1 + i] = notes[i];
    const std::string text = safetensors_text(tensors, {all.data(), all.size()});
    // Names and notes that cannot be read again (not in UTF-8, or twice the same) must not replace a good file.
    const SafetensorsHeader header = read_safetensors_header(text);
    if (header.fault != FileFault::none)
        return Result::failure(path, concat("cannot be written: ", detail::in_words(header, text)));
    return replace_file(path, text);
}

}  // namespace kiln::inline KILN_TARGET::io
