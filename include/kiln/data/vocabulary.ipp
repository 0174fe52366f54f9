// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/detail/raise.hpp>
#include <kiln/files/detail/concat.hpp>

#include <cstddef>
#include <stdexcept>
#include <utility>

namespace kiln::inline KILN_TARGET::data {

namespace detail {
// A character in words: itself if it can be printed, and the number of its byte.
inline std::string spelled_character(char character) {
    const auto byte = static_cast<unsigned>(static_cast<unsigned char>(character));
    if (byte < 32 || byte > 126) return concat("the byte ", byte);
    return concat("'", std::string(1, character), "'");
}
}  // namespace detail

KILN_INLINE Vocabulary::Vocabulary(std::string characters) : characters_(std::move(characters)) {
    for (short& token : tokens_) token = -1;
    if (characters_.empty())
        raise<std::invalid_argument>(concat("kiln: a Vocabulary needs at least one character, got none"));
    for (std::size_t k = 0; k < characters_.size(); ++k) {
        short& token = tokens_[static_cast<unsigned char>(characters_[k])];
        if (token >= 0)
            raise<std::invalid_argument>(concat("kiln: a Vocabulary needs different characters, got ",
                                                detail::spelled_character(characters_[k]), " twice"));
        token = static_cast<short>(k);
    }
}

KILN_INLINE Vocabulary Vocabulary::of(std::string_view text) {
    bool occurs[256] = {};
    for (const char character : text) occurs[static_cast<unsigned char>(character)] = true;
    std::string characters;
    for (int byte = 0; byte < 256; ++byte)
        if (occurs[byte]) characters += static_cast<char>(byte);
    return Vocabulary(std::move(characters));
}

KILN_INLINE char Vocabulary::character(int token) const {
    if (token < 0 || token >= size())
        raise<std::invalid_argument>(concat("kiln: a Vocabulary of ", size(), " characters needs tokens from 0 to ",
                                            size() - 1, ", got ", token));
    return characters_[static_cast<std::size_t>(token)];
}

KILN_INLINE std::vector<std::uint8_t> Vocabulary::encode(std::string_view text) const {
    std::vector<std::uint8_t> tokens;
    tokens.reserve(text.size());
    for (std::size_t place = 0; place < text.size(); ++place) {
        const int known = token(text[place]);
        if (known < 0)
            raise<std::invalid_argument>(concat("kiln: a Vocabulary of ", size(), " characters has none for ",
                                                detail::spelled_character(text[place]), " at place ", place,
                                                " of the text; try Vocabulary::of a text that has it"));
        tokens.push_back(static_cast<std::uint8_t>(known));
    }
    return tokens;
}

KILN_INLINE std::string Vocabulary::decode(std::span<const std::uint8_t> tokens) const {
    std::string text;
    text.reserve(tokens.size());
    for (const std::uint8_t token : tokens) text += character(token);
    return text;
}

}  // namespace kiln::inline KILN_TARGET::data
