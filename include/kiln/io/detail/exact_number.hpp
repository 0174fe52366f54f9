// SPDX-License-Identifier: BSL-1.0
#pragma once
// Numbers as text and back, exact to the last bit and independent of the locale. The texts are the shortest decimals
// that are read back as the same number (std::to_chars), and no other texts are accepted. (clang's own library before
// 20 has no std::from_chars for real numbers; there they are read only in locales with a decimal point.)

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/target.hpp>

#include <string>
#include <type_traits>

namespace kiln::inline KILN_TARGET::io {

namespace detail {

// Functions for the widest types; other types of numbers are converted to them.
KILN_LAZY std::string text_of_number(unsigned long long number);
KILN_LAZY std::string text_of_number(long long number);
KILN_LAZY std::string text_of_number(float number);
KILN_LAZY std::string text_of_number(double number);
KILN_LAZY std::string text_of_number(long double number);
KILN_LAZY bool read_number(const std::string& text, unsigned long long& number);
KILN_LAZY bool read_number(const std::string& text, long long& number);
KILN_LAZY bool read_number(const std::string& text, float& number);
KILN_LAZY bool read_number(const std::string& text, double& number);
KILN_LAZY bool read_number(const std::string& text, long double& number);

template <class T>
using widest = std::conditional_t<std::is_floating_point_v<T>, T,
                                  std::conditional_t<std::is_signed_v<T>, long long, unsigned long long>>;

}  // namespace detail

/// A number as text: 0.1f is "0.1", true "1", -0.0 "-0"; "inf", "-inf", "nan".
template <class T>
    requires std::is_arithmetic_v<T> std::string exact_text(T number) {
        return detail::text_of_number(static_cast<detail::widest<T>>(number));
    }

/// Sets `number` from a text, if the text is the one that exact_text makes for a number of this type.
template <class T>
    requires std::is_arithmetic_v<T>
bool read_exactly(const std::string& text, T& number) {
    detail::widest<T> value{};
    if (!detail::read_number(text, value)) return false;
    if constexpr (std::is_integral_v<T>)
        if (static_cast<detail::widest<T>>(static_cast<T>(value)) != value) return false;
    number = static_cast<T>(value);
    return true;
}

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/detail/exact_number.ipp>
#endif
