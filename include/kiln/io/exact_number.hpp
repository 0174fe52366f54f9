// SPDX-License-Identifier: BSL-1.0
#pragma once
// Numbers as text and back, without the loss of a bit and whatever the locale says of decimal points. Integers are
// decimal; a floating-point number is a hexadecimal integer times a power of two, which C's strtod and Python's
// float.fromhex read as well: 0.1f is "0xcccccdp-27", 1 is "0x1p0"; or "inf", "-inf", "nan".

#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace kiln::io {

/// A number as text, exactly.
template <class T>
    requires std::is_arithmetic_v<T> std::string exact_text(T number);

/// Sets a number to what a text says, if that is just such a number: in range and, of floating point, without rounding.
template <class T>
    requires std::is_arithmetic_v<T>
bool read_exactly(std::string_view text, T& number);

namespace detail {

// The digits at the front of a text, in base 10 or 16, of a number below 2^64; takes them away. False if there are none,
// or one too many, or a 0 before others.
inline bool take_digits(std::string_view& text, unsigned base, std::uint64_t& value) {
    const std::size_t length = text.size();
    const bool zero_first = text.size() > 1 && text[0] == '0';
    value = 0;
    for (; !text.empty(); text.remove_prefix(1)) {
        const char c = text.front();
        const unsigned digit = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                               : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10
                                                      : 16;
        if (digit >= base) break;
        if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / base) return false;
        value = value * base + digit;
    }
    const std::size_t taken = length - text.size();
    return taken > 0 && !(zero_first && taken > 1);
}
inline bool take(std::string_view& text, std::string_view front) {
    if (!text.starts_with(front)) return false;
    text.remove_prefix(front.size());
    return true;
}

inline std::string hexadecimal(std::uint64_t value) {
    std::string text;
    do text.insert(text.begin(), "0123456789abcdef"[value % 16]);
    while ((value /= 16) > 0);
    return text;
}

// value 2^exponent, exact as long as that is a double.
inline double scaled(double value, long long exponent) {
    for (; exponent > 0 && value != 0 && value - value == 0; --exponent) value *= 2;
    for (; exponent < 0 && value != 0; ++exponent) value /= 2;
    return value;
}

inline std::string exact_text_of(double number) {
    if (number != number) return "nan";
    const bool negative = std::bit_cast<std::uint64_t>(number) >> 63 != 0;
    const std::string sign = negative ? "-" : "";
    if (number - number != 0) return sign + "inf";
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(number);
    const int biased = static_cast<int>(bits >> 52 & 0x7ff);
    std::uint64_t fraction = bits & 0xfffffffffffff;
    int exponent = (biased > 0 ? biased : 1) - 1075;
    if (biased > 0) fraction |= std::uint64_t{1} << 52;
    if (fraction == 0) return sign + "0x0p0";
    const int zeros = std::countr_zero(fraction);
    return sign + "0x" + hexadecimal(fraction >> zeros) + "p" + std::to_string(exponent + zeros);
}

inline bool read_double_exactly(std::string_view text, double& number) {
    if (text == "nan") {
        number = std::numeric_limits<double>::quiet_NaN();
        return true;
    }
    const bool negative = take(text, "-");
    std::uint64_t digits = 0, power = 0;
    double value = std::numeric_limits<double>::infinity();
    if (text != "inf") {
        if (!take(text, "0x") || !take_digits(text, 16, digits) || !take(text, "p")) return false;
        const bool down = take(text, "-");
        if (!take_digits(text, 10, power) || !text.empty() || power > 1100 || digits >> 53 != 0) return false;
        const long long exponent = down ? -static_cast<long long>(power) : static_cast<long long>(power);
        value = scaled(static_cast<double>(digits), exponent);
        // Neither too large, nor rounded off for being too small.
        if (value - value != 0 || scaled(value, -exponent) != static_cast<double>(digits)) return false;
    }
    number = negative ? -value : value;
    return true;
}

}  // namespace detail

template <class T>
    requires std::is_arithmetic_v<T> std::string exact_text(T number) {
        if constexpr (std::is_floating_point_v<T>)
            return detail::exact_text_of(static_cast<double>(number));
        else
            return std::to_string(number);
    }

template <class T>
    requires std::is_arithmetic_v<T>
bool read_exactly(std::string_view text, T& number) {
    if constexpr (std::is_floating_point_v<T>) {
        double value = 0;
        if (!detail::read_double_exactly(text, value)) return false;
        const bool finite = value - value == 0;
        if (finite && (value > static_cast<double>(std::numeric_limits<T>::max()) ||
                       value < static_cast<double>(std::numeric_limits<T>::lowest()) ||
                       static_cast<double>(static_cast<T>(value)) != value))
            return false;
        number = static_cast<T>(value);
        return true;
    } else {
        const bool negative = std::is_signed_v<T> && detail::take(text, "-");
        std::uint64_t digits = 0;
        if (!detail::take_digits(text, 10, digits) || !text.empty()) return false;
        const auto most = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
        if (digits > most) return false;  // the most negative number has none to stand for it
        number = static_cast<T>(negative ? -static_cast<std::int64_t>(digits) : static_cast<std::int64_t>(digits));
        return true;
    }
}

}  // namespace kiln::io
