// SPDX-License-Identifier: BSL-1.0
#pragma once
// Whole safetensors files of named tensors, whatever they are the tensors of: models (io/safetensors.hpp), trainings
// (io/checkpoint.hpp).

#include <kiln/core/replace_file.hpp>
#include <kiln/core/result.hpp>
#include <kiln/io/named_tensor.hpp>
#include <kiln/io/read_file.hpp>
#include <kiln/io/safetensors_header.hpp>
#include <kiln/io/tensor_match.hpp>
#include <kiln/io/tensor_words.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// A note in a file, not a tensor.
struct Note {
    std::string key, value;
};

namespace detail {

inline std::string json_string(std::string_view text) {
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

// "__metadata__", with a comma behind it.
std::string notes_json(const auto& notes) {
    std::string json = "\"__metadata__\":{";
    const char* comma = "";
    for (const Note& note : notes) {
        json += std::exchange(comma, ",");
        json += json_string(note.key) + ':' + json_string(note.value);
    }
    return json += "},";
}

// The header's JSON, filled up with spaces so that the data start at a multiple of eight.
std::string header_json(const auto& tensors, const auto& notes) {
    std::string json = "{";
    if (!notes.empty()) json += notes_json(notes);
    long long offset = 0;
    for (const auto& tensor : tensors) {
        json += json_string(tensor.name) + ":{\"dtype\":\"F32\",\"shape\":[";
        for (int i = 0; i < tensor.extents.rank; ++i) {
            if (i > 0) json += ',';
            json += std::to_string(tensor.extents[i]);
        }
        json += "],\"data_offsets\":[" + std::to_string(offset) + ',';
        offset += 4 * tensor.extents.count();
        json += std::to_string(offset) + "]},";
    }
    if (json.back() == ',') json.pop_back();
    json += '}';
    json.append((8 - json.size() % 8) % 8, ' ');
    return json;
}

// Why nobody could read a file; empty if it is sound.
template <class Header = SafetensorsHeader>
std::string header_fault(std::string_view text) {
    const Header header = read_safetensors_header<Header>(text);
    return header.fault != FileFault::none ? in_words(header) : "";
}

}  // namespace detail

/// The bytes of a safetensors file of tensors (a range of NamedTensor<const float>) and notes (a range of Note).
std::string safetensors_text(const auto& tensors, const auto& notes) {
    const std::string header = detail::header_json(tensors, notes);
    std::size_t bytes = 8 + header.size();
    for (const auto& tensor : tensors) bytes += 4 * static_cast<std::size_t>(tensor.extents.count());
    std::string text;
    text.reserve(bytes);
    detail::append_bits(text, static_cast<std::uint64_t>(header.size()));
    text += header;
    for (const auto& tensor : tensors) append_elements(text, tensor);
    return text;
}

/// Reads tensors (a range of NamedTensor<float>), all or none, out of the bytes of a safetensors file; `path` is for
/// messages only.
template <class Header = SafetensorsHeader>
Result parse_safetensors(std::string_view text, const std::string& path, const auto& tensors,
                         const MatchOptions& options = {}, std::vector<Note>* notes = nullptr) {
    const Header header = read_safetensors_header<Header>(text);
    if (header.fault != FileFault::none) return Result::failure(path, detail::in_words(header));
    if (Result copied = copy_tensors(header.tensors, path, tensors, options); !copied) return copied;
    if (notes != nullptr)
        for (const auto& entry : header.metadata)
            notes->push_back({detail::decoded(entry.name), detail::decoded(entry.value)});
    return {};
}

}  // namespace kiln::inline KILN_TARGET::io
