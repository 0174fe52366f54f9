// SPDX-License-Identifier: BSL-1.0
#pragma once
// What is wrong with a file of tensors, in words: the tensor, what was expected, what was found, and the nearest name
// where one is missing.

#include <kiln/core/quote.hpp>
#include <kiln/io/exact_number.hpp>
#include <kiln/io/safetensors_header.hpp>
#include <kiln/io/tensor_match.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::inline KILN_TARGET::io::detail {

inline std::string decoded(const JsonString& name) {
    std::string text;
    JsonString::Bytes bytes = name.bytes();
    for (int c = bytes.next(); c >= 0; c = bytes.next()) text += static_cast<char>(c);
    return text;
}
inline std::string in_words(const JsonString& name) { return in_quotes(decoded(name)); }

// As PyTorch spells shapes: "(8, 1, 3, 3)", "(10,)", "()".
inline std::string in_words(int rank, auto size) {
    std::string text = "(";
    for (int i = 0; i < rank && i < StoredShape::kept; ++i) {
        if (i > 0) text += ", ";
        text += std::to_string(size(i));
    }
    text += rank > StoredShape::kept ? ", …)" : rank == 1 ? ",)" : ")";
    return text;
}
inline std::string in_words(const StoredShape& shape) {
    return in_words(shape.rank, [&](int i) { return shape.sizes[static_cast<std::size_t>(i)]; });
}
inline std::string in_words(const Extents& extents) {
    return in_words(extents.rank, [&](int i) { return extents[i]; });
}

inline std::string bytes_in_words(long long from, long long to) {
    return "bytes " + std::to_string(from) + " to " + std::to_string(to);
}

// The cause of a FileFault.
inline std::string in_words(const SafetensorsHeader& header) {
    const std::string expected = std::to_string(header.expected), found = std::to_string(header.found);
    const std::string tensor = "tensor " + in_words(header.tensor) + ": ";
    switch (header.fault) {
    case FileFault::none:
        break;
    case FileFault::shorter_than_8_bytes:
        return "expected a safetensors file, found " + found + " bytes; is it truncated?";
    case FileFault::header_longer_than_the_file:
        return "expected a header of at most the " + expected + " bytes that follow, found one of " + found +
               "; is it a safetensors file, or truncated?";
    case FileFault::header_longer_than_100_megabytes:
        return "expected a header of at most 100,000,000 bytes, found one of " + found;
    case FileFault::header_is_not_the_json_expected:
        return "header, byte " + found + ": expected " + header.json;
    case FileFault::type_unknown:
        return tensor + "expected a type of elements such as \"F32\", found " + in_words(header.other);
    case FileFault::name_twice:
        return in_words(header.tensor) + ": expected once, found twice";
    case FileFault::offsets_outside_of_the_data:
        return tensor + "expected offsets within " + expected + " bytes of data, in order, found " + found +
               "; is the file truncated?";
    case FileFault::size_unlike_type_and_shape:
        return tensor + "expected " + expected + " bytes of data for its type and shape, found " + found;
    case FileFault::bytes_of_two_tensors:
        return tensor + "expected bytes of its own, found " + bytes_in_words(header.expected, header.found) +
               " of the data to be also those of " + in_words(header.other);
    case FileFault::bytes_of_no_tensor:
        return "expected the data of tensors only, found " + bytes_in_words(header.expected, header.found) +
               " of the data to belong to none";
    }
    return {};
}

// The cause of a TensorMismatch, with names as they are in the file.
inline std::string in_words(const TensorMismatch& mismatch, std::span<const WantedTensor> wanted,
                            std::span<const StoredTensor> stored, const MatchOptions& options = {}) {
    const bool is_wanted = mismatch.wanted < wanted.size(), is_stored = mismatch.stored < stored.size();
    const auto name_of = [&](const WantedTensor& each) { return std::string(options.prefix).append(each.name); };
    const std::string name = is_wanted ? name_of(wanted[mismatch.wanted]) : std::string();
    const std::string tensor = "tensor " + in_quotes(name) + ": ";
    std::vector<std::string> names;
    switch (mismatch.fault) {
    case TensorFault::none:
        break;
    case TensorFault::missing:
        for (const StoredTensor& each : stored) names.push_back(decoded(each.name));
        if (names.empty()) return tensor + "expected, found no tensor at all";
        if (const std::size_t size = options.suggest_prefix ? common_prefix(wanted, stored, options.prefix) : 0) {
            const std::string prefix = in_quotes(names[0].substr(0, size));
            return tensor + "expected, found none of that name; all names in the file begin with " + prefix +
                   ": try the option .prefix = " + prefix;
        }
        return tensor + "expected, found none of that name; the nearest is " + in_quotes(names[nearest(names, name)]);
    case TensorFault::not_wanted: {
        if (!is_stored) break;
        const std::string found = decoded(stored[mismatch.stored].name);
        for (const WantedTensor& each : wanted) names.push_back(name_of(each));
        const std::string instead =
            names.empty() ? "" : "; the nearest it has is " + in_quotes(names[nearest(names, found)]);
        return "tensor " + in_quotes(found) + ": expected none of that name, for the model has none" + instead;
    }
    case TensorFault::shape:
        return tensor + "expected shape " + in_words(wanted[mismatch.wanted].extents) + ", found " +
               in_words(stored[mismatch.stored].shape);
    case TensorFault::type:
        return tensor + "expected floating-point numbers of 32 bits, or of 16 or 64, found " +
               std::string(stored[mismatch.stored].type.name);
    case TensorFault::not_finite:
        return tensor + "expected finite numbers, found " +
               exact_text(read_real(stored[mismatch.stored], mismatch.element)) + " at element " +
               std::to_string(mismatch.element);
    case TensorFault::beyond_float:
        return tensor + "expected numbers that a float can hold, found " +
               exact_text(read_double(stored[mismatch.stored], mismatch.element)) + " at element " +
               std::to_string(mismatch.element);
    }
    return {};
}

}  // namespace kiln::inline KILN_TARGET::io::detail
