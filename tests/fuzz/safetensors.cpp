// SPDX-License-Identifier: BSL-1.0
// Fuzzes the reader of safetensors files: from any bytes, two tensors are either read or stay unchanged. The values
// read must be where a plain search for the tensors' names in the header finds them. A file that is read tensor by
// tensor must give the same result as the file's bytes in memory, and the reader of embedded files must agree.
//
//     bash tests/run.sh --compiler clang++-19 fuzz
//
// The ordinary unit test tests/io/safetensors_corpus.cpp includes this file and runs the corpus and mutations of it
// without libFuzzer.

#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/io/detail/tensor_file.hpp>
#include <kiln/io/embedded.hpp>

#include <boost/hana/define_struct.hpp>

#include "tensor_input.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

/// Whether an entry of the header, without its blanks, says that these values are at their place.
inline bool describes(const std::string& entry, std::string_view data, const std::string& shape,
                      std::span<const float> values) {
    struct Type {
        const char* name;
        char letter;
        std::size_t size;
    };
    const std::string_view offsets_name = "\"data_offsets\":[";
    const std::size_t offsets = entry.find(offsets_name);
    if (offsets == std::string::npos || entry.find("\"shape\":" + shape) == std::string::npos) return false;
    const std::size_t begin = std::strtoull(entry.c_str() + offsets + offsets_name.size(), nullptr, 10);
    for (const Type& type : {Type{"F32", 'f', 4}, {"F16", 'h', 2}, {"BF16", 'b', 2}, {"F64", 'd', 8}}) {
        if (entry.find(std::string("\"dtype\":\"") + type.name + '"') == std::string::npos) continue;
        bool same = begin + values.size() * type.size <= data.size();
        for (std::size_t i = 0; same && i < values.size(); ++i)
            same = is_read_from(values[i], type.letter, data.substr(begin + i * type.size, type.size));
        if (same) return true;
    }
    return false;
}

/// Whether the header has an entry of this name that describes these values.
inline bool is_in(std::string_view file, const std::string& name, const std::string& shape,
                  std::span<const float> values) {
    const auto length = static_cast<std::size_t>(little_endian(file.substr(0, 8)));
    std::string header(file.substr(8, length));
    if (header.find('\\') != std::string::npos) return true;  // names may be written otherwise: too much for a search
    std::erase_if(header, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
    const std::string start = '"' + name + "\":{";
    for (std::size_t at = header.find(start); at != std::string::npos; at = header.find(start, at + 1))
        if (describes(header.substr(at, header.find('}', at) - at), file.substr(8 + length), shape, values))
            return true;
    return false;
}

/// A model with the two tensors, so that the reader of embedded files can be compared.
struct TwoTensors {
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (kiln::Tensor<float, kiln::Shape<2, 3>>, w));
    };
    struct State {
        BOOST_HANA_DEFINE_STRUCT(State, (kiln::Tensor<float, kiln::Shape<2>>, running_mean));
    };
};
inline bool fits_embedded(std::string_view file) {
    const auto take = [](const auto&, const auto&) {};
    const kiln::io::detail::Finding found = kiln::io::detail::examine<TwoTensors>(file, "", take);
    return found.file == kiln::io::FileFault::none && found.tensor == kiln::io::TensorFault::none;
}

/// Reads from a file at its tensors' places; in memory, where the system can do that.
inline kiln::Result read_file([[maybe_unused]] std::string_view bytes, const auto& tensors, const auto& options) {
#ifdef __unix__
    std::FILE* const stream = fmemopen(const_cast<char*>(bytes.data()), bytes.size(), "rb");
    if (stream == nullptr) std::abort();
    kiln::io::InputFile input("file", kiln::detail::OpenFile(stream));
    kiln::io::TensorFile file(input);
    if (kiln::Result opened = file.open(); !opened) return opened;
    return file.read(tensors, options);
#else
    return kiln::io::parse_safetensors(bytes, "file", tensors, options);
#endif
}

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    const std::string_view file(reinterpret_cast<const char*>(input), size);
    const auto read = [&](const auto& tensors, const auto& options) {
        return kiln::io::parse_safetensors(file, "file", tensors, options);
    };
    fuzz::Tensors tensors;
    const bool strictly = fuzz::load_both_ways(tensors, file, read);
    fuzz::require(fuzz::fits_embedded(file) == strictly);
    if (!file.empty()) {
        fuzz::Tensors same;
        const kiln::Result from_file = fuzz::read_file(file, same.named(), kiln::io::MatchOptions{});
        fuzz::require(static_cast<bool>(from_file) == strictly);
        fuzz::require(from_file.message() == read(same.named(), kiln::io::MatchOptions{}).message());
        for (std::size_t i = 0; strictly && i < 8; ++i)
            fuzz::require(fuzz::same_bits(same.values()[i], tensors.values()[i]));
    }
    if (strictly) {
        fuzz::require(fuzz::is_in(file, "w", "[2,3]", tensors.w));
        fuzz::require(fuzz::is_in(file, "running_mean", "[2]", tensors.mean));
    }
    return 0;
}
