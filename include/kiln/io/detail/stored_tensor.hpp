// SPDX-License-Identifier: BSL-1.0
#pragma once
// Tensors as they stand in files: a name, a type of elements, a shape, and bytes in little-endian order, which are not
// owned. Everything here also works in constant expressions.

#include <kiln/core/detail/finite.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/io/detail/json.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

/// The encoding of a real number in an element; `other` for elements that are no real numbers, such as integers.
enum class Encoding : unsigned char { other, float16, bfloat16, float32, float64 };

/// The type of a stored tensor's elements: its name in the file, its size in bits (0: not known), its encoding.
struct ElementType {
    std::string_view name;
    int bits = 0;
    Encoding encoding = Encoding::other;
};

/// The type of that name in safetensors. A type that is not known is no fault of a file, as the format grows.
constexpr ElementType element_type(const JsonString& name) {
    constexpr ElementType types[] = {{"F32", 32, Encoding::float32},
                                     {"F16", 16, Encoding::float16},
                                     {"BF16", 16, Encoding::bfloat16},
                                     {"F64", 64, Encoding::float64},
                                     {"I64", 64},
                                     {"I32", 32},
                                     {"I16", 16},
                                     {"I8", 8},
                                     {"U64", 64},
                                     {"U32", 32},
                                     {"U16", 16},
                                     {"U8", 8},
                                     {"BOOL", 8},
                                     {"C64", 64},
                                     {"F8_E8M0", 8},
                                     {"F8_E4M3", 8},
                                     {"F8_E4M3FNUZ", 8},
                                     {"F8_E5M2", 8},
                                     {"F8_E5M2FNUZ", 8},
                                     {"F6_E2M3", 6},
                                     {"F6_E3M2", 6},
                                     {"F4", 4}};
    for (const ElementType& type : types)
        if (name == type.name) return type;
    return {name.raw()};
}

/// The sizes of a stored tensor, which may have any number of them; the first eight are kept.
struct StoredShape {
    static constexpr int kept = 8;
    int rank = 0;
    std::array<long long, kept> sizes{};
    long long count = 1;  ///< number of elements; saturates

    constexpr void append(long long size) {
        constexpr long long most = std::numeric_limits<long long>::max();
        if (rank < kept) sizes[static_cast<std::size_t>(rank)] = size;
        ++rank;
        count = size == 0 ? 0 : count > most / size ? most : count * size;
    }
    constexpr bool operator==(const Extents& extents) const {
        if (rank != extents.rank) return false;
        for (int i = 0; i < rank; ++i)
            if (sizes[static_cast<std::size_t>(i)] != extents[i]) return false;
        return true;
    }
};

/// One tensor of a file: its entry in the header, and its bytes once they are read.
struct StoredTensor {
    JsonString name;
    ElementType type;
    StoredShape shape;
    long long begin = 0, end = 0;  ///< its place in the data of the file
    std::string_view bytes;
};

namespace detail {

template <class Bits>
constexpr Bits read_bits(const char* bytes) {
    Bits bits = 0;
    for (std::size_t i = 0; i < sizeof(Bits); ++i)
        bits = static_cast<Bits>(bits | static_cast<Bits>(static_cast<unsigned char>(bytes[i])) << (8 * i));
    return bits;
}

// IEEE 754's binary16 has 5 bits of exponent (bias 15) and 10 of fraction; every value is a float.
constexpr float from_half(std::uint16_t half) {
    const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
    const std::uint32_t exponent = (half >> 10) & 0x1f, fraction = half & 0x3ff;
    if (exponent == 0) {  // denormal: a multiple of 2^-24
        const float value = static_cast<float>(fraction) * 0x1p-24f;
        return sign != 0 ? -value : value;
    }
    const std::uint32_t widened = exponent == 31 ? 255 : exponent + 112;
    return std::bit_cast<float>(sign | widened << 23 | fraction << 13);
}

// The nearest float. Half a step beyond the largest float rounds to infinity; below that the conversion is defined.
constexpr float rounded(double value) {
    constexpr double beyond = 0x1.ffffffp127;
    constexpr float infinity = std::numeric_limits<float>::infinity();
    return value >= beyond ? infinity : value <= -beyond ? -infinity : static_cast<float>(value);
}

}  // namespace detail

/// Element i of a tensor of float64.
constexpr double read_double(const StoredTensor& tensor, std::size_t i) {
    return std::bit_cast<double>(detail::read_bits<std::uint64_t>(tensor.bytes.data() + 8 * i));
}

/// Element i of a tensor of real numbers. float64 is rounded to the nearest float, or to infinity beyond the largest.
constexpr float read_real(const StoredTensor& tensor, std::size_t i) {
    const char* const at = tensor.bytes.data() + i * (static_cast<std::size_t>(tensor.type.bits) / 8);
    switch (tensor.type.encoding) {
    case Encoding::float16:
        return detail::from_half(detail::read_bits<std::uint16_t>(at));
    case Encoding::bfloat16:
        return std::bit_cast<float>(static_cast<std::uint32_t>(detail::read_bits<std::uint16_t>(at)) << 16);
    case Encoding::float32:
        return std::bit_cast<float>(detail::read_bits<std::uint32_t>(at));
    case Encoding::float64:
        return detail::rounded(read_double(tensor, i));
    case Encoding::other:
        break;
    }
    return 0;
}

}  // namespace kiln::inline KILN_TARGET::io
