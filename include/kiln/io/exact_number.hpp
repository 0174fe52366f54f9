// SPDX-License-Identifier: BSL-1.0
#pragma once
// Numbers as text and back, without the loss of a bit and whatever the locale says of decimal points: the shortest
// decimals that are read back as the same number (std::to_chars), and nothing else. (With clang's own library before 20,
// which has no std::from_chars for them, they are read in locales with a decimal point only.)

#include <kiln/core/compiled.hpp>
#include <kiln/core/target.hpp>

#include <string>
#include <type_traits>

namespace kiln::inline KILN_TARGET::io {

namespace detail {

// The types that stand for all numbers.
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

/// Sets a number to what a text says, if the text is the one that exact_text makes of a number of this type.
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
#include <kiln/io/exact_number.ipp>
#endif
