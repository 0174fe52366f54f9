// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace kiln::inline KILN_TARGET::io {

namespace detail {

KILN_LAZY_DEFINITION std::string text_of_number(unsigned long long number) {
    char characters[24];
    std::snprintf(characters, sizeof characters, "%llu", number);
    return characters;
}
KILN_LAZY_DEFINITION std::string text_of_number(long long number) {
    char characters[24];
    std::snprintf(characters, sizeof characters, "%lld", number);
    return characters;
}
inline std::string text_of_real(auto number) {
    if (number != number) return "nan";
    char characters[64];
    return {characters, std::to_chars(characters, characters + sizeof characters, number).ptr};
}
KILN_LAZY_DEFINITION std::string text_of_number(float number) { return text_of_real(number); }
KILN_LAZY_DEFINITION std::string text_of_number(double number) { return text_of_real(number); }
KILN_LAZY_DEFINITION std::string text_of_number(long double number) { return text_of_real(number); }

// The number is written again and compared, so that any other text is refused.
KILN_LAZY_DEFINITION bool read_number(const std::string& text, unsigned long long& number) {
    number = std::strtoull(text.c_str(), nullptr, 10);
    return text_of_number(number) == text;
}
KILN_LAZY_DEFINITION bool read_number(const std::string& text, long long& number) {
    number = std::strtoll(text.c_str(), nullptr, 10);
    return text_of_number(number) == text;
}
bool read_real(const std::string& text, auto& number) {
    const char* const first = text.data();
    const char* const last = first + text.size();
#ifdef __cpp_lib_to_chars
    const auto [end, status] = std::from_chars(first, last, number);
    if (status != std::errc{}) return false;
#else  // clang's own library before 20 reads integers only
    char* end = nullptr;
    if constexpr (sizeof number == sizeof(float))
        number = std::strtof(first, &end);
    else if constexpr (sizeof number == sizeof(double))
        number = std::strtod(first, &end);
    else
        number = std::strtold(first, &end);
#endif
    return end == last && text_of_real(number) == text;
}
KILN_LAZY_DEFINITION bool read_number(const std::string& text, float& number) { return read_real(text, number); }
KILN_LAZY_DEFINITION bool read_number(const std::string& text, double& number) { return read_real(text, number); }
KILN_LAZY_DEFINITION bool read_number(const std::string& text, long double& number) { return read_real(text, number); }

}  // namespace detail

}  // namespace kiln::inline KILN_TARGET::io
