// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>

#include <cstdio>

namespace kiln::inline KILN_TARGET::detail {

KILN_INLINE void Word::append_to(std::string& all) const {
    char digits[32];
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
    case Kind::real:  // "-1.5e+07", "inf", "nan"; the locale may have another decimal mark, of any number of bytes
        std::snprintf(digits, sizeof digits, "%.6g", real_);
        bool in_mark = false;
        for (const char* c = digits; *c != '\0'; ++c) {
            const bool known = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || *c == '-' || *c == '+';
            if (known)
                all += *c;
            else if (!in_mark)
                all += '.';
            in_mark = !known;
        }
        return;
    }
    all += digits;
}

[[gnu::cold, gnu::noinline]] KILN_INLINE std::string text_of(std::initializer_list<Word> words) {
    std::string all;
    for (const Word& word : words) word.append_to(all);
    return all;
}

}  // namespace kiln::inline KILN_TARGET::detail
