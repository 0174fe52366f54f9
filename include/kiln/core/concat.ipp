// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/compiled.hpp>

#include <cstdio>

namespace kiln::inline KILN_TARGET::detail {

KILN_INLINE void Word::append_to(std::string& all) const {
    char digits[352];  // the largest double has 309 before the point
    switch (kind_) {
    case Kind::text:
        all += text_;
        return;
    case Kind::natural:
        std::snprintf(digits, sizeof digits, "%llu", natural_);
        break;
    case Kind::integer:
        std::snprintf(digits, sizeof digits, "%lld", integer_);
        break;
    case Kind::real:
        std::snprintf(digits, sizeof digits, "%f", real_);
        break;
    }
    all += digits;
}

[[gnu::cold, gnu::noinline]] KILN_INLINE std::string text_of(std::initializer_list<Word> words) {
    std::string all;
    for (const Word& word : words) word.append_to(all);
    return all;
}

}  // namespace kiln::inline KILN_TARGET::detail
