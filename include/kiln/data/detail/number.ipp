// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>

#include <charconv>
#include <cstddef>
#include <string>
#include <system_error>
#ifndef __cpp_lib_to_chars
#include <limits>
#include <locale>
#include <sstream>
#endif

namespace kiln::inline KILN_TARGET::data::detail {

// Whether a number that is out of range is too small: with the exponent applied, its first digit other than 0 stands
// after the point. Exponents may have any number of digits.
inline bool is_below_1(std::string_view number) {
    long long place = 0, exponent = 0;  // of the first digit other than 0: 1 just before the point, 0 just after it
    constexpr long long huge = 1'000'000'000'000;
    bool after_point = false, found = false;
    std::size_t i = 0;
    for (; i < number.size() && number[i] != 'e' && number[i] != 'E'; ++i) {
        const char c = number[i];
        if (c == '.') after_point = true;
        if (c < '0' || c > '9') continue;
        found = found || c != '0';
        if (found && !after_point) ++place;
        if (!found && after_point) --place;
    }
    const bool negative = i + 1 < number.size() && number[i + 1] == '-';
    for (; i < number.size(); ++i)
        if (number[i] >= '0' && number[i] <= '9' && exponent < huge) exponent = 10 * exponent + (number[i] - '0');
    return place + (negative ? -exponent : exponent) <= 0;
}

#ifndef __cpp_lib_to_chars
// clang's own library before 20 has std::from_chars for integers only. Its streams read numbers in the classic locale;
// anything but decimal numbers is refused before.
template <class T>
std::from_chars_result parse_decimal(const char* first, const char* last, T& value) {
    const char* at = first;
    const auto digits = [&] {
        const char* const begin = at;
        while (at != last && *at >= '0' && *at <= '9') ++at;
        return at - begin;
    };
    if (at != last && *at == '-') ++at;
    const std::string_view word(at, static_cast<std::size_t>(last - at));
    if (word == "inf" || word == "nan" || word == "NaN" || word == "Inf") {
        value = std::numeric_limits<T>::infinity();
        return {last, std::errc{}};
    }
    auto count = digits();
    if (at != last && *at == '.') {
        ++at;
        count += digits();
    }
    bool sound = count > 0;
    if (sound && at != last && (*at == 'e' || *at == 'E')) {
        ++at;
        if (at != last && (*at == '-' || *at == '+')) ++at;
        sound = digits() > 0;
    }
    if (!sound || at != last) return {first, std::errc::invalid_argument};
    std::istringstream stream{std::string(first, last)};
    stream.imbue(std::locale::classic());
    stream >> value;  // on failure the largest number, or the nearest to 0
    return {last, stream.fail() && !(value > -1 && value < 1) ? std::errc::result_out_of_range : std::errc{}};
}
#else
template <class T>
std::from_chars_result parse_decimal(const char* first, const char* last, T& value) {
    return std::from_chars(first, last, value);
}
#endif

template <class T>
NumberFault parse_number(std::string_view text, char decimal, T& value) {
    std::string with_point;
    if (decimal != '.') {
        if (text.find('.') != text.npos) return NumberFault::no_number;
        with_point = text;
        for (char& c : with_point)
            if (c == decimal) c = '.';
        text = with_point;
    }
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    const char* const last = text.data() + text.size();
    const auto [end, fault] = parse_decimal(text.data(), last, value);
    if (fault == std::errc::invalid_argument || end != last) return NumberFault::no_number;
    if (fault == std::errc::result_out_of_range) {
        if (!is_below_1(text)) return NumberFault::too_large;
        value = text[0] == '-' ? -T{} : T{};
    }
    const char first =
        text[text[0] == '-'];  // of inf and nan it is a letter, whatever -ffast-math makes of their values
    return first > '9' ? NumberFault::not_finite : NumberFault::none;
}

KILN_INLINE NumberFault read_number(std::string_view text, char decimal, float& value) {
    return parse_number(text, decimal, value);
}
KILN_INLINE NumberFault read_number(std::string_view text, char decimal, double& value) {
    return parse_number(text, decimal, value);
}

}  // namespace kiln::inline KILN_TARGET::data::detail
