// SPDX-License-Identifier: BSL-1.0
#pragma once
// A note in a file that says what all its other bytes amount to, for files that nobody but Kiln writes: damage that
// leaves them well-formed (a flipped bit in a tensor, a digit in a count) is found as well. The note is 16 hexadecimal
// digits, written as zeros first: the hash of all bytes before and behind them, taken in words of eight.

#include <kiln/core/random.hpp>
#include <kiln/io/stored_tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

inline constexpr std::string_view checksum_note = "kiln.checksum", checksum_to_come = "0000000000000000";

namespace detail {

// The checksum's digits within the text of a file; empty if there are none.
inline std::string_view checksum_digits(std::string_view text) {
    std::string before = "\"";
    (before += checksum_note) += "\":\"";
    const std::size_t at = text.find(before);
    if (at == text.npos || text.size() - at < before.size() + checksum_to_come.size()) return {};
    return text.substr(at + before.size(), checksum_to_come.size());
}

// Of words of eight bytes, in their order.
inline std::uint64_t checksum(std::string_view text, std::uint64_t sum) {
    for (; text.size() >= 8; text.remove_prefix(8)) sum = hash(sum, read_bits<std::uint64_t>(text.data()));
    for (const char c : text) sum = hash(sum, static_cast<unsigned char>(c));
    return sum;
}

inline std::string expected_digits(std::string_view text, std::string_view digits) {
    std::uint64_t sum = checksum(text.substr(0, static_cast<std::size_t>(digits.data() - text.data())), text.size());
    sum = checksum(text.substr(static_cast<std::size_t>(digits.data() - text.data()) + digits.size()), sum);
    std::string expected(checksum_to_come);
    for (std::size_t i = expected.size(); i-- > 0; sum /= 16) expected[i] = "0123456789abcdef"[sum % 16];
    return expected;
}

}  // namespace detail

/// Puts the checksum in its place in the text of a file, which has the note.
inline void seal(std::string& text) {
    const std::string_view digits = detail::checksum_digits(text);
    const std::string sum = detail::expected_digits(text, digits);
    text.replace(static_cast<std::size_t>(digits.data() - text.data()), sum.size(), sum);
}

/// Empty if the checksum of a file is right, else what is wrong.
inline std::string checksum_fault(std::string_view text) {
    const std::string_view digits = detail::checksum_digits(text);
    if (digits.empty()) return "expected a note \"" + std::string(checksum_note) + "\", found none";
    const std::string sum = detail::expected_digits(text, digits);
    if (digits == sum) return {};
    return "expected the checksum " + sum + ", found " + std::string(digits) + "; is the file damaged?";
}

}  // namespace kiln::inline KILN_TARGET::io
