// SPDX-License-Identifier: BSL-1.0
#pragma once
// A string as a template argument: Node<"stem", …>. It has exactly the size of its text, so that compilers print the text
// in messages (clang prints strings with room to spare as numbers).

#include <cstddef>

namespace kiln {

/// N - 1 characters and a zero.
template <std::size_t N>
struct fixed_string {
    char text[N] = {};

    constexpr fixed_string(const char (&characters)[N]) {
        for (std::size_t i = 0; i < N; ++i) text[i] = characters[i];
    }
    template <std::size_t M>
    constexpr bool operator==(const fixed_string<M>& other) const {
        if constexpr (N != M) return false;
        for (std::size_t i = 0; i < N && i < M; ++i)
            if (text[i] != other.text[i]) return false;
        return true;
    }
};

}  // namespace kiln
