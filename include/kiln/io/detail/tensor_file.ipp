// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/guarded.hpp>
#include <kiln/files/replace_file.hpp>
#include <kiln/io/detail/checksum.hpp>
#include <kiln/io/detail/safetensors_header.hpp>
#include <kiln/io/detail/tensor_words.hpp>

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

KILN_LAZY inline Result judged(const SafetensorsHeader& header, std::string_view beginning, const std::string& path) {
    return header.fault == FileFault::none ? Result() : Result::failure(path, in_words(header, beginning));
}

}  // namespace detail

KILN_LAZY_DEFINITION Result TensorFile::read_header(long long length) {
    constexpr long long beginning = 32;  // bytes, enough to name another format
    Result read = file_->read(0, text_, static_cast<std::size_t>(length < beginning ? length : beginning));
    if (!read) return read;
    std::size_t json = 0;
    if (Result judged = detail::judged(judge_safetensors(text_, length, json), text_, path_); !judged) return judged;
    read = file_->read(0, text_, 8 + json);
    bytes_ = text_;
    size_ = length;
    if (read) header_ = read_safetensors_json(bytes_.substr(8), length - 8 - static_cast<long long>(json));
    return read;
}

KILN_LAZY_DEFINITION Result TensorFile::open() {
    return kiln::detail::guarded(path_, [&]() -> Result {
        Result read = file_ != nullptr ? file_->status() : Result();
        if (!read) return read;
        const long long length = file_ != nullptr ? file_->length() : -1;
        if (length >= 0) {
            read = read_header(length);
        } else {
            const auto judge = [](std::string_view beginning, long long, const std::string& path) -> Result {
                std::size_t json = 0;
                return beginning.size() < 9 ? Result()
                                            : detail::judged(judge_safetensors(beginning, -1, json), beginning, path);
            };
            if (file_ != nullptr) {
                read = std::exchange(file_, nullptr)->read_all(text_, judge);
                bytes_ = text_;
            }
            if (read) header_ = read_safetensors_header(bytes_);
        }
        return read ? detail::judged(header_, bytes_, path_) : read;
    });
}

KILN_LAZY_DEFINITION std::vector<Note> TensorFile::notes() const {
    std::vector<Note> notes;
    for (const SafetensorsHeader::Entry& entry : header_.metadata)
        notes.push_back({detail::decoded(entry.name), detail::decoded(entry.value)});
    return notes;
}

KILN_LAZY_DEFINITION Result TensorFile::read(std::span<const NamedTensor<float>> tensors, const MatchOptions& options,
                                             std::vector<std::string>* unused) {
    return kiln::detail::guarded(path_, [&]() -> Result {
        std::vector<std::size_t> places;
        if (Result found = find_tensors(this->tensors(), path_, tensors, places, options); !found) return found;
        std::vector<std::string> bytes(file_ != nullptr ? tensors.size() : 0);
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            if (tensors[i].data == nullptr) continue;
            StoredTensor& tensor = header_.tensors[places[i]];
            const long long place = static_cast<long long>(bytes_.size()) + tensor.begin;
            if (Result read = file_->read(place, bytes[i], static_cast<std::size_t>(tensor.end - tensor.begin)); !read)
                return read;
            tensor.bytes = bytes[i];
        }
        std::vector<std::string> names;
        if (unused != nullptr) names = unused_names(this->tensors(), tensors, options);
        Result copied = copy_tensors(this->tensors(), path_, tensors, options);
        if (copied && unused != nullptr) *unused = std::move(names);
        return copied;
    });
}

KILN_LAZY_DEFINITION Result TensorFile::check_sum() {
    return kiln::detail::guarded(path_, [&]() -> Result {
        const long long size = file_ != nullptr ? size_ : static_cast<long long>(bytes_.size());
        Checksum sum(bytes_, static_cast<std::uint64_t>(size));
        if (file_ == nullptr) {
            sum.add(bytes_.substr(sum.begin()));
        } else {
            constexpr long long piece = 1 << 16;
            std::string bytes;
            for (auto at = static_cast<long long>(sum.begin()); at < size; at += piece) {
                const long long left = size - at;
                if (Result read = file_->read(at, bytes, static_cast<std::size_t>(left < piece ? left : piece)); !read)
                    return read;
                sum.add(bytes);
            }
        }
        const std::string fault = sum.fault();
        return fault.empty() ? Result() : Result::failure(path_, fault);
    });
}

KILN_LAZY_DEFINITION Result parse_safetensors(std::string_view text, const std::string& path,
                                              std::span<const NamedTensor<float>> tensors, const MatchOptions& options,
                                              std::vector<Note>* notes) {
    return kiln::detail::guarded(path, [&]() -> Result {
        TensorFile file(text, path);
        if (Result opened = file.open(); !opened) return opened;
        std::vector<Note> all;
        if (notes != nullptr) all = file.notes();
        Result read = file.read(tensors, options);
        if (read && notes != nullptr) notes->insert(notes->end(), all.begin(), all.end());
        return read;
    });
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
