// SPDX-License-Identifier: BSL-1.0
#pragma once
// The characters of a text as tokens, numbered in the order of their bytes. A character is a byte, so a letter of UTF-8
// beyond ASCII is two tokens or more.
//
//     const data::Vocabulary letters = data::Vocabulary::of(text);       // letters.size() characters occur in it
//     const auto tokens = letters.encode(text);                          // 8-bit tokens, for Windows<Tokens<65, 64>>
//     std::cout << letters.decode(tokens);

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/target.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

/// A table of up to 256 characters.
class Vocabulary {
  public:
    /// The table of these characters, in this order. Throws std::invalid_argument if there is none or if one
    /// occurs twice.
    explicit Vocabulary(std::string characters);
    /// The table of all characters that occur in a text.
    static Vocabulary of(std::string_view text);

    /// The number of characters; tokens are below it.
    int size() const { return static_cast<int>(characters_.size()); }
    /// The characters in the order of their tokens: a model and its vocabulary belong together, so keep them.
    const std::string& characters() const { return characters_; }
    /// The character of a token. Throws std::invalid_argument for a token that is none.
    char character(int token) const;
    /// The token of a character; -1 if the table does not have it.
    int token(char character) const { return tokens_[static_cast<unsigned char>(character)]; }

    /// The tokens of a text. Throws std::invalid_argument for a character that the table does not have, with its place.
    std::vector<std::uint8_t> encode(std::string_view text) const;
    /// The text of tokens. Throws std::invalid_argument for a token that is none.
    std::string decode(std::span<const std::uint8_t> tokens) const;

  private:
    std::string characters_;
    short tokens_[256];
};

}  // namespace kiln::inline KILN_TARGET::data

#ifndef KILN_COMPILED
#include <kiln/data/vocabulary.ipp>
#endif
