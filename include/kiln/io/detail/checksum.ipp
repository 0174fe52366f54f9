// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/random.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/io/detail/stored_tensor.hpp>

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

KILN_LAZY inline std::string digits_of(std::uint64_t sum) {
    std::string digits(checksum_to_come);
    for (std::size_t i = digits.size(); i-- > 0; sum /= 16) digits[i] = "0123456789abcdef"[sum % 16];
    return digits;
}

}  // namespace detail

KILN_LAZY_DEFINITION Checksum::Checksum(std::string_view beginning, std::uint64_t size)
    : digits_(detail::checksum_digits(beginning)) {
    if (digits_.empty()) return;
    const auto before = static_cast<std::size_t>(digits_.data() - beginning.data());
    begin_ = before + digits_.size();
    sum_ = detail::checksum(beginning.substr(0, before), size);
}

KILN_LAZY_DEFINITION void Checksum::add(std::string_view bytes) { sum_ = detail::checksum(bytes, sum_); }

KILN_LAZY_DEFINITION std::string Checksum::digits() const { return detail::digits_of(sum_); }

KILN_LAZY_DEFINITION std::string Checksum::fault() const {
    if (digits_.empty()) return concat("expected a note \"", checksum_note, "\", found none");
    const std::string sum = digits();
    if (digits_ == sum) return {};
    return concat("expected the checksum ", sum, ", found ", digits_, "; is the file damaged?");
}

KILN_LAZY_DEFINITION void seal(std::string& text) {
    Checksum sum(text, text.size());
    sum.add(std::string_view(text).substr(sum.begin()));
    const std::string digits = sum.digits();
    text.replace(sum.begin() - digits.size(), digits.size(), digits);
}

KILN_LAZY_DEFINITION std::string checksum_fault(std::string_view text) {
    Checksum sum(text, text.size());
    sum.add(text.substr(sum.begin()));
    return sum.fault();
}

}  // namespace kiln::inline KILN_TARGET::io
