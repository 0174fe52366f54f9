// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/quote.hpp>
#include <kiln/io/detail/exact_number.hpp>

#include <cstddef>
#include <vector>

namespace kiln::inline KILN_TARGET::io::detail {

KILN_LAZY_DEFINITION std::string decoded(const JsonString& name) {
    std::string text;
    JsonString::Bytes bytes = name.bytes();
    for (int c = bytes.next(); c >= 0; c = bytes.next()) text += static_cast<char>(c);
    return text;
}
KILN_LAZY inline std::string in_words(const JsonString& name) { return in_quotes(decoded(name)); }

// As PyTorch spells shapes: "(8, 1, 3, 3)", "(10,)", "()".
KILN_LAZY inline std::string in_words(const StoredShape& shape) {
    std::string text = "(";
    for (int i = 0; i < shape.rank && i < StoredShape::kept; ++i)
        text += concat(i > 0 ? ", " : "", shape.sizes[static_cast<std::size_t>(i)]);
    text += shape.rank > StoredShape::kept ? ", …)" : shape.rank == 1 ? ",)" : ")";
    return text;
}
KILN_LAZY inline std::string in_words(const Extents& extents) {
    StoredShape shape;
    for (int i = 0; i < extents.rank; ++i) shape.append(extents[i]);
    return in_words(shape);
}

// The name of a type, in quotes if the type is not known.
KILN_LAZY inline std::string type_in_words(const ElementType& type) {
    return type.bits > 0 ? std::string(type.name) : in_quotes(type.name);
}

// The format of a file by its first bytes; empty if they are not known.
KILN_LAZY inline std::string known_format(std::string_view file) {
    struct Format {
        std::string_view begins, name;
    };
    constexpr Format formats[] = {
        {"PK\3\4", "a zip archive; is it PyTorch's .pt? try to save it by safetensors.torch.save_file; is it NumPy's "
                   ".npz? try io/npz.hpp"},
        {"PK\5\6", "an empty zip archive"},
        {"\x93NUMPY", "a single array of NumPy (.npy)"},
        {"\x80\2", "a Python pickle; is it an old .pt? try to save it by safetensors.torch.save_file"},
        {"\x89HDF", "HDF5; is it a model of Keras?"},
        {"GGUF", "GGUF"},
        {"\x1f\x8b", "gzip data; try to unpack it first"},
        {"version https://git-lfs", "a pointer of Git LFS; try to fetch the file itself, by git lfs pull"},
        {"<!DOCTYPE", "a page of HTML; was it loaded from the right address?"},
        {"<html", "a page of HTML; was it loaded from the right address?"},
    };
    for (const Format& format : formats)
        if (file.starts_with(format.begins)) return std::string(format.name);
    return {};
}

KILN_LAZY_DEFINITION std::string in_words(const SafetensorsHeader& header, std::string_view file) {
    if (header.fault <= FileFault::header_is_not_the_json_expected)
        if (const std::string format = known_format(file); !format.empty())
            return concat("expected a safetensors file, found ", format);
    const long long expected = header.expected, found = header.found;
    const std::string tensor = concat("tensor ", in_words(header.tensor), ": "), other = in_words(header.other);
    switch (header.fault) {
    case FileFault::none:
        break;
    case FileFault::shorter_than_8_bytes:
        return concat("expected a safetensors file, found ", found, " bytes; is it truncated?");
    case FileFault::header_longer_than_the_file:
        return concat("expected a header of at most the ", expected, " bytes that follow, found one of ", found,
                      "; is the file truncated, or no safetensors file?");
    case FileFault::header_longer_than_100_megabytes:
        return concat("expected a header of at most 100,000,000 bytes, found one of ", found);
    case FileFault::header_is_not_the_json_expected:
        return concat("header, byte ", found, ": expected ", header.json);
    case FileFault::name_twice:
        return concat(in_words(header.tensor), ": expected once, found twice");
    case FileFault::offsets_outside_of_the_data:
        return concat(tensor, "expected offsets within ", expected, " bytes of data, in order, found ", found,
                      "; is the file truncated?");
    case FileFault::size_unlike_type_and_shape:
        return concat(tensor, "expected ", expected, " bytes of data for its type and shape, found ", found);
    case FileFault::elements_that_fill_no_whole_bytes:
        return concat(tensor, "expected elements that fill whole bytes, found ", expected, " of ", found, " bits");
    case FileFault::bytes_of_two_tensors:
        return concat(tensor, "expected bytes of its own, found bytes ", expected, " to ", found,
                      ", which also belong to ", other);
    case FileFault::bytes_of_no_tensor:
        return concat("expected data of tensors only, found bytes ", expected, " to ", found,
                      ", which belong to no tensor");
    }
    return {};
}

KILN_LAZY_DEFINITION std::string in_words(const TensorMismatch& mismatch, std::span<const WantedTensor> wanted,
                                          std::span<const StoredTensor> stored, const MatchOptions& options) {
    const bool is_wanted = mismatch.wanted < wanted.size(), is_stored = mismatch.stored < stored.size();
    const auto name_of = [&](const WantedTensor& each) { return concat(options.prefix, each.name); };
    const std::string name = is_wanted ? name_of(wanted[mismatch.wanted]) : std::string();
    const std::string tensor = concat("tensor ", in_quotes(name), ": ");
    std::vector<std::string> names;
    switch (mismatch.fault) {
    case TensorFault::none:
        break;
    case TensorFault::missing:
        for (const StoredTensor& each : stored) names.push_back(decoded(each.name));
        if (names.empty()) return concat(tensor, "expected this tensor, found no tensor at all");
        if (const std::size_t size = options.suggest_prefix ? common_prefix(wanted, stored, options.prefix) : 0) {
            const std::string prefix = in_quotes(names[0].substr(0, size));
            return concat(tensor, "expected this tensor, found none of that name; all names in the file begin with ",
                          prefix, "; try the option .prefix = ", prefix);
        }
        return concat(tensor, "expected this tensor, found none of that name; the nearest is ",
                      in_quotes(names[nearest(names, name)]));
    case TensorFault::not_wanted: {
        if (!is_stored) break;
        const std::string found = decoded(stored[mismatch.stored].name);
        for (const WantedTensor& each : wanted) names.push_back(name_of(each));
        const bool has_any = !names.empty();
        return concat("tensor ", in_quotes(found), ": expected no tensor of that name, found one",
                      has_any ? "; the nearest in the model is " : "",
                      has_any ? in_quotes(names[nearest(names, found)]) : "");
    }
    case TensorFault::shape:
        return concat(tensor, "expected shape ", in_words(wanted[mismatch.wanted].extents), ", found ",
                      in_words(stored[mismatch.stored].shape));
    case TensorFault::type:
        return concat(tensor, "expected floating-point numbers of 16, 32 or 64 bits, found ",
                      type_in_words(stored[mismatch.stored].type));
    case TensorFault::not_finite:
        return concat(tensor, "expected finite numbers, found ",
                      exact_text(read_real(stored[mismatch.stored], mismatch.element)), " at element ",
                      mismatch.element);
    case TensorFault::beyond_float:
        return concat(tensor, "expected numbers that a float can hold, found ",
                      exact_text(read_double(stored[mismatch.stored], mismatch.element)), " at element ",
                      mismatch.element);
    }
    return {};
}

KILN_LAZY_DEFINITION std::string in_words(std::span<const StoredTensor> tensors) {
    constexpr std::size_t most = 8;
    if (tensors.empty()) return "no tensors";
    std::string text;
    for (std::size_t i = 0; i < tensors.size() && i < most; ++i)
        text += concat(i > 0 ? ", " : "", in_words(tensors[i].name), " ", in_words(tensors[i].shape));
    if (tensors.size() > most) text += concat(" and ", tensors.size() - most, " more");
    return text;
}

}  // namespace kiln::inline KILN_TARGET::io::detail
