// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/compiled.hpp>

#include <charconv>

namespace kiln::inline KILN_TARGET::detail {

KILN_INLINE void Word::append_to(std::string& all) const {
    char digits[32];
    char* const begin = digits;
    char* const end = digits + sizeof digits;
    char* written = begin;
    switch (kind_) {
    case Kind::text:
        all += text_;
        return;
    case Kind::natural:
        written = std::to_chars(begin, end, natural_).ptr;
        break;
    case Kind::integer:
        written = std::to_chars(begin, end, integer_).ptr;
        break;
    case Kind::real:
        written = std::to_chars(begin, end, real_, std::chars_format::general, 6).ptr;
        break;
    }
    all.append(begin, written);
}

[[gnu::cold, gnu::noinline]] KILN_INLINE std::string text_of(std::initializer_list<Word> words) {
    std::string all;
    for (const Word& word : words) word.append_to(all);
    return all;
}

}  // namespace kiln::inline KILN_TARGET::detail
