// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/concat.hpp>
#include <kiln/core/random.hpp>
#include <kiln/io/stored_tensor.hpp>

#include <cstddef>
#include <cstdint>

namespace kiln::inline KILN_TARGET::io {

namespace detail {

// The checksum's digits within the text of a file; empty if the note is missing.
KILN_LAZY inline std::string_view checksum_digits(std::string_view text) {
    std::string before = "\"";
    (before += checksum_note) += "\":\"";
    const std::size_t at = text.find(before);
    if (at == text.npos || text.size() - at < before.size() + checksum_to_come.size()) return {};
    return text.substr(at + before.size(), checksum_to_come.size());
}

// The hash of the text in words of eight bytes, in their order, started from `sum`.
KILN_LAZY inline std::uint64_t checksum(std::string_view text, std::uint64_t sum) {
    for (; text.size() >= 8; text.remove_prefix(8)) sum = hash(sum, read_bits<std::uint64_t>(text.data()));
    for (const char c : text) sum = hash(sum, static_cast<unsigned char>(c));
    return sum;
}

KILN_LAZY inline std::string expected_digits(std::string_view text, std::string_view digits) {
    std::uint64_t sum = checksum(text.substr(0, static_cast<std::size_t>(digits.data() - text.data())), text.size());
    sum = checksum(text.substr(static_cast<std::size_t>(digits.data() - text.data()) + digits.size()), sum);
    std::string expected(checksum_to_come);
    for (std::size_t i = expected.size(); i-- > 0; sum /= 16) expected[i] = "0123456789abcdef"[sum % 16];
    return expected;
}

}  // namespace detail

KILN_LAZY_DEFINITION void seal(std::string& text) {
    const std::string_view digits = detail::checksum_digits(text);
    const std::string sum = detail::expected_digits(text, digits);
    text.replace(static_cast<std::size_t>(digits.data() - text.data()), sum.size(), sum);
}

KILN_LAZY_DEFINITION std::string checksum_fault(std::string_view text) {
    const std::string_view digits = detail::checksum_digits(text);
    if (digits.empty()) return concat("expected a note \"", checksum_note, "\", found none");
    const std::string sum = detail::expected_digits(text, digits);
    if (digits == sum) return {};
    return concat("expected the checksum ", sum, ", found ", digits, "; is the file damaged?");
}

}  // namespace kiln::inline KILN_TARGET::io
