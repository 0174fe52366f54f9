// SPDX-License-Identifier: BSL-1.0
#pragma once
// Finds for each wanted tensor the tensor of that name in a file, and reports the first fault. Nothing is copied before
// everything has been checked. Works in constant expressions as well. So everything is defined here, as templates
// without arguments, which are compiled where they are called.

#include <kiln/core/shape.hpp>
#include <kiln/io/detail/stored_tensor.hpp>

#include <bit>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace kiln::inline KILN_TARGET::io {

/// A tensor that a file should have.
struct WantedTensor {
    std::string_view name;
    Extents extents;
};

/// The faults of a file's tensors, compared with the wanted ones.
enum class TensorFault { none, missing, not_wanted, shape, type, not_finite, beyond_float };

/// The first fault and its place: the wanted tensor, the stored tensor, the element.
struct TensorMismatch {
    TensorFault fault = TensorFault::none;
    std::size_t wanted = 0, stored = 0, element = 0;
};

/// Whether a name matches a pattern, in which * stands for any letters or none.
template <int = 0>
constexpr bool matches(JsonString::Bytes name, std::string_view pattern) {
    constexpr std::size_t none = std::string_view::npos;
    JsonString::Bytes again = name;  // the earliest end of the last *
    for (std::size_t at = 0, star = none;;) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            again = name;
            continue;
        }
        const int c = name.next();
        if (at < pattern.size() ? c == static_cast<unsigned char>(pattern[at]) : c < 0) {
            if (c < 0) return true;
            ++at;
            continue;
        }
        if (c < 0 || star == none) return false;
        again.next();
        name = again;
        at = star + 1;
    }
}

/// The names that match a pattern of `only` (all names, if there is no pattern) and match none of `skip`.
struct NameChoice {
    std::span<const std::string> only, skip;

    constexpr bool chooses_all() const { return only.empty() && skip.empty(); }
    template <int = 0>
    constexpr bool has(const JsonString::Bytes& name) const {
        bool chosen = only.empty();
        for (std::size_t i = 0; i < only.size(); ++i) chosen = chosen || matches(name, only[i]);
        for (std::size_t i = 0; i < skip.size(); ++i) chosen = chosen && !matches(name, skip[i]);
        return chosen;
    }
};

/// The options of a match.
struct MatchOptions {
    bool finite = false;                 ///< refuse NaN and infinities
    bool others_allowed = false;         ///< skip tensors that are not wanted
    std::string_view prefix{};           ///< the beginning of a tensor's name in the file, before the wanted name
    bool suggest_prefix = false;         ///< messages about a missing tensor may advise another prefix
    const NameChoice* choice = nullptr;  ///< skip tensors whose names, without the prefix, are not chosen
};

namespace detail {

// Whether a name consists of these parts, one behind the other.
template <int = 0>
constexpr bool is_joined(const JsonString& name, std::initializer_list<std::string_view> parts) {
    JsonString::Bytes bytes = name.bytes();
    for (const std::string_view part : parts)
        for (const char c : part)
            if (bytes.next() != static_cast<unsigned char>(c)) return false;
    return bytes.next() < 0;
}

template <int = 0>
constexpr std::size_t find_tensor(std::span<const StoredTensor> stored, std::string_view prefix,
                                  std::string_view name) {
    std::size_t i = 0;
    while (i < stored.size() && !is_joined(stored[i].name, {prefix, name})) ++i;
    return i;
}

// PyTorch's BatchNorm also counts its batches. Only a momentum of None needs the count, which Kiln does not have.
template <int = 0>
constexpr bool is_batch_count(const JsonString& name, std::span<const WantedTensor> wanted, std::string_view prefix) {
    constexpr std::string_view count = "num_batches_tracked", mean = "running_mean";
    for (const WantedTensor& tensor : wanted)
        if (tensor.name.ends_with(mean) &&
            is_joined(name, {prefix, tensor.name.substr(0, tensor.name.size() - mean.size()), count}))
            return true;
    return false;
}

template <int = 0>
constexpr bool is_wanted(const JsonString& name, std::span<const WantedTensor> wanted, std::string_view prefix) {
    for (const WantedTensor& tensor : wanted)
        if (is_joined(name, {prefix, tensor.name})) return true;
    return false;
}

// Whether a file may have a tensor of that name although nobody wants the tensor.
template <int = 0>
constexpr bool is_passed_over(const JsonString& name, std::span<const WantedTensor> wanted,
                              const MatchOptions& options) {
    if (is_batch_count(name, wanted, options.prefix)) return true;
    if (options.choice == nullptr || options.choice->chooses_all()) return false;
    JsonString::Bytes rest = name.bytes();
    for (const char c : options.prefix)
        if (rest.next() != static_cast<unsigned char>(c)) rest = JsonString::Bytes({});
    return !options.choice->has(rest);
}

// The number of letters in a name.
template <int = 0>
constexpr std::size_t length_of(const JsonString& name) {
    std::size_t length = 0;
    JsonString::Bytes bytes = name.bytes();
    while (bytes.next() >= 0) ++length;
    return length;
}

// Whether a name is `count` letters, the last of which is no letter or digit, followed by `end`.
template <int = 0>
constexpr bool is_prefixed(const JsonString& name, std::size_t count, std::string_view end) {
    JsonString::Bytes bytes = name.bytes();
    int last = -1;
    for (std::size_t i = 0; i < count; ++i) last = bytes.next();
    const bool within_a_word =
        (last >= '0' && last <= '9') || (last >= 'a' && last <= 'z') || (last >= 'A' && last <= 'Z');
    for (const char c : end)
        if (bytes.next() != static_cast<unsigned char>(c)) return false;
    return !within_a_word && bytes.next() < 0;
}

// Whether two names begin with the same `count` letters.
template <int = 0>
constexpr bool begin_alike(const JsonString& a, const JsonString& b, std::size_t count) {
    JsonString::Bytes of_a = a.bytes(), of_b = b.bytes();
    for (std::size_t i = 0; i < count; ++i)
        if (of_a.next() != of_b.next()) return false;
    return true;
}

// The first element that cannot be copied.
template <int = 0>
constexpr TensorMismatch check_elements(const StoredTensor& tensor, bool finite) {
    const auto count = static_cast<std::size_t>(tensor.shape.count);
    if (!finite && tensor.type.encoding != Encoding::float64) return {};
    for (std::size_t i = 0; i < count; ++i) {
        const float value = read_real(tensor, i);
        if (kiln::detail::is_finite(value)) continue;
        if (tensor.type.encoding == Encoding::float64 && kiln::detail::is_finite(read_double(tensor, i)))
            return {TensorFault::beyond_float, 0, 0, i};
        if (finite) return {TensorFault::not_finite, 0, 0, i};
    }
    return {};
}

}  // namespace detail

/// The fault of a tensor by its type and shape in the file; no element is read.
template <int = 0>
constexpr TensorFault declared_fault(const StoredTensor& tensor, const Extents& wanted) {
    if (tensor.type.encoding == Encoding::other) return TensorFault::type;
    return tensor.shape == wanted ? TensorFault::none : TensorFault::shape;
}

/// The length of the common prefix of all names in a file, behind which the first name is that of a wanted tensor:
/// "module." in "module.0.weight". 0 if there is no such prefix except `known`.
template <int = 0>
constexpr std::size_t common_prefix(std::span<const WantedTensor> wanted, std::span<const StoredTensor> stored,
                                    std::string_view known) {
    if (stored.empty()) return 0;
    const JsonString& first = stored[0].name;
    const std::size_t length = detail::length_of(first);
    for (const WantedTensor& tensor : wanted) {
        if (length <= tensor.name.size()) continue;
        const std::size_t count = length - tensor.name.size();
        if (!detail::is_prefixed(first, count, tensor.name) || detail::is_joined(first, {known, tensor.name})) continue;
        bool common = true;
        for (std::size_t i = 1; common && i < stored.size(); ++i)
            common = detail::begin_alike(first, stored[i].name, count);
        if (common) return count;
    }
    return 0;
}

/// Whether a file's tensors are the wanted ones, in any order, by their names, shapes and types. `places`, as long as
/// `wanted`, gets the index of each in `stored`.
template <int = 0>
constexpr TensorMismatch find_tensors(std::span<const WantedTensor> wanted, std::span<const StoredTensor> stored,
                                      std::span<std::size_t> places, const MatchOptions& options = {}) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const std::size_t place = places[i] = detail::find_tensor(stored, options.prefix, wanted[i].name);
        if (place == stored.size()) return {TensorFault::missing, i};
        const TensorFault fault = declared_fault(stored[place], wanted[i].extents);
        if (fault != TensorFault::none) return {fault, i, place};
    }
    for (std::size_t i = 0; !options.others_allowed && i < stored.size(); ++i)
        if (!detail::is_wanted(stored[i].name, wanted, options.prefix) &&
            !detail::is_passed_over(stored[i].name, wanted, options))
            return {TensorFault::not_wanted, 0, i};
    return {};
}

/// Matches as find_tensors does, and checks the elements as well. The elements are read last, and only if there is no
/// other fault.
template <int = 0>
constexpr TensorMismatch match_tensors(std::span<const WantedTensor> wanted, std::span<const StoredTensor> stored,
                                       std::span<std::size_t> places, const MatchOptions& options = {}) {
    const TensorMismatch declared = find_tensors(wanted, stored, places, options);
    if (declared.fault != TensorFault::none) return declared;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        TensorMismatch found = detail::check_elements(stored[places[i]], options.finite);
        found.wanted = i;
        found.stored = places[i];
        if (found.fault != TensorFault::none) return found;
    }
    return {};
}

/// Copies a tensor's elements, converted to float.
constexpr void copy_elements(const StoredTensor& from, float* to) {
    const auto count = static_cast<std::size_t>(from.shape.count);
    if (!std::is_constant_evaluated() && std::endian::native == std::endian::little &&
        from.type.encoding == Encoding::float32) {
        if (count > 0) std::memcpy(to, from.bytes.data(), count * sizeof(float));
        return;
    }
    for (std::size_t i = 0; i < count; ++i) to[i] = read_real(from, i);
}

}  // namespace kiln::inline KILN_TARGET::io
