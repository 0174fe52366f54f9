// SPDX-License-Identifier: BSL-1.0
#pragma once
// Numbers as text and back, without the loss of a bit and whatever the locale says of decimal points: the shortest
// decimals that are read back as the same number (std::to_chars), and nothing else. (With clang's own library before 20,
// which has no std::from_chars for them, they are read in locales with a decimal point only.)

#include <kiln/core/target.hpp>

#include <charconv>
#include <cstdlib>
#include <string>
#include <system_error>
#include <type_traits>

namespace kiln::inline KILN_TARGET::io {

/// A number as text: 0.1f is "0.1", true "1", -0.0 "-0"; "inf", "-inf", "nan".
template <class T>
    requires std::is_arithmetic_v<T> std::string exact_text(T number) {
        if (number != number) return "nan";
        char characters[32];
        char* end = characters;
        if constexpr (std::is_same_v<T, bool>)
            *end++ = number ? '1' : '0';
        else
            end = std::to_chars(characters, characters + sizeof characters, number).ptr;
        return {characters, end};
    }

namespace detail {

template <class T>
bool read_number(const char* first, const char* last, T& number) {
#ifndef __cpp_lib_to_chars  // clang's own library before 20 reads integers only
    if constexpr (std::is_floating_point_v<T>) {
        char* end = nullptr;
        number = static_cast<T>(std::is_same_v<T, float> ? std::strtof(first, &end) : std::strtod(first, &end));
        return end == last;
    } else
#endif
    {
        const auto [end, status] = std::from_chars(first, last, number);
        return status == std::errc{} && end == last;
    }
}

}  // namespace detail

/// Sets a number to what a text says, if the text is the one that exact_text makes of a number of this type.
template <class T>
    requires std::is_arithmetic_v<T>
bool read_exactly(const std::string& text, T& number) {
    std::conditional_t<std::is_same_v<T, bool>, unsigned, T> value{};
    if (!detail::read_number(text.data(), text.data() + text.size(), value)) return false;
    if (exact_text(static_cast<T>(value)) != text) return false;
    number = static_cast<T>(value);
    return true;
}

}  // namespace kiln::inline KILN_TARGET::io
