// SPDX-License-Identifier: BSL-1.0
#pragma once
// The common part of the fuzzers of tensor files: the wanted tensors, so few and small that a file is mostly outside,
// and the conditions that hold whether the tensors are read or not.

#include <kiln/core/shape.hpp>
#include <kiln/files/result.hpp>
#include <kiln/io/detail/named_tensor.hpp>
#include <kiln/io/detail/tensor_match.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

inline void require(bool condition) {
    if (!condition) std::abort();
}

/// "w" of 2 x 3, and "running_mean" of 2, beside which PyTorch's "num_batches_tracked" is allowed.
struct Tensors {
    std::array<float, 6> w;
    std::array<float, 2> mean;

    std::vector<kiln::io::NamedTensor<float>> named() {
        return {{"w", kiln::Extents{2, 3}, w.data()}, {"running_mean", kiln::Extents{2}, mean.data()}};
    }
    std::vector<float> values() const {
        std::vector<float> all(w.begin(), w.end());
        all.insert(all.end(), mean.begin(), mean.end());
        return all;
    }
};

inline bool same_bits(float a, float b) { return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b); }

/// Options beyond those that are always tried. The input chooses among them.
inline kiln::io::MatchOptions options_for(std::string_view input) {
    static const std::vector<std::string> patterns[] = {{}, {"w"}, {"*"}, {"r*_*", "x"}, {"*n*n*"}, {""}};
    static kiln::io::NameChoice choice;
    const unsigned number = input.empty() ? 0 : static_cast<unsigned char>(input.back());
    const auto chosen = [&](unsigned i) -> std::span<const std::string> { return patterns[i % 6]; };
    choice = {chosen(number), chosen(number / 6)};
    constexpr std::string_view prefixes[] = {"", "m.", "\xc3\xa4"};
    return {.finite = number % 2 == 1,
            .others_allowed = number / 36 % 2 == 1,
            .prefix = prefixes[number / 72 % 3],
            .suggest_prefix = true,
            .choice = &choice};
}

/// Reads tensors as read(tensors, options) does. After a failure they are as they were, and the message names the file.
inline bool load(Tensors& tensors, const kiln::io::MatchOptions& options, auto read) {
    constexpr float before = -77.25f;
    tensors.w.fill(before);
    tensors.mean.fill(before);
    const kiln::Result result = read(tensors.named(), options);
    if (result) return true;
    require(result.message().starts_with("kiln: file: ") && result.message().size() > 12);
    for (const float value : tensors.values()) require(same_bits(value, before));
    return false;
}

/// Reads tensors strictly, generously and with the options that the input chooses. The strict and the generous reading
/// must agree. Returns whether the strict reading succeeded.
inline bool load_both_ways(Tensors& tensors, std::string_view input, auto read) {
    Tensors generous;
    const bool strictly = load(tensors, {.suggest_prefix = true}, read);
    const bool all = load(generous, {.others_allowed = true}, read);
    bool finite = true;
    for (const float value : generous.values()) finite = finite && std::isfinite(value);
    Tensors chosen;
    static_cast<void>(load(chosen, options_for(input), read));
    Tensors checked;
    require(load(checked, {.finite = true, .others_allowed = true}, read) == (all && finite));
    if (!strictly) return false;
    require(all);
    for (std::size_t i = 0; i < 8; ++i) require(same_bits(tensors.values()[i], generous.values()[i]));
    return true;
}

inline std::uint64_t little_endian(std::string_view bytes) {
    std::uint64_t number = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[i]);
    return number;
}

/// Whether a reader may read these bytes, in little-endian order, as this float. `type` is the number's type: 'h' half,
/// 'b' bfloat16, 'f' float, 'd' double.
inline bool is_read_from(float value, char type, std::string_view bytes) {
    const std::uint64_t bits = little_endian(bytes);
    if (type == 'b') return same_bits(value, std::bit_cast<float>(static_cast<std::uint32_t>(bits << 16)));
    if (type == 'f') return same_bits(value, std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    if (type == 'd') {
        const auto number = std::bit_cast<double>(bits);
        return std::isnan(number) ? std::isnan(value) : same_bits(value, static_cast<float>(number));
    }
    const auto exponent = static_cast<int>(bits >> 10 & 31), fraction = static_cast<int>(bits & 1023);
    if (exponent == 31 && fraction != 0) return std::isnan(value);
    const double size = exponent == 31  ? INFINITY
                        : exponent == 0 ? std::ldexp(fraction, -24)
                                        : std::ldexp(1024 + fraction, exponent - 25);
    return same_bits(value, static_cast<float>((bits & 0x8000) != 0 ? -size : size));
}

}  // namespace fuzz
