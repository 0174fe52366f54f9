// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE data.vocabulary
#include <kiln/data/vocabulary.hpp>

#include <boost/test/unit_test.hpp>

#include "refusal.hpp"

#include <cstdint>
#include <string>
#include <vector>

using kiln::data::Vocabulary;

BOOST_AUTO_TEST_CASE(a_text_comes_back_from_its_tokens) {
    const std::string text = "to be or not to be\n";
    const Vocabulary letters = Vocabulary::of(text);
    BOOST_TEST(letters.characters() == "\n benort");
    BOOST_TEST(letters.size() == 8);
    const std::vector<std::uint8_t> tokens = letters.encode(text);
    BOOST_TEST(tokens.size() == text.size());
    BOOST_TEST(int(tokens[0]) == letters.token('t'));
    BOOST_TEST(letters.character(tokens[1]) == 'o');
    BOOST_TEST(letters.decode(tokens) == text);
    BOOST_TEST(letters.token('z') == -1);
}

BOOST_AUTO_TEST_CASE(all_bytes_are_characters) {
    std::string bytes;
    for (int byte = 255; byte >= 0; --byte) bytes += static_cast<char>(byte);
    const Vocabulary all = Vocabulary::of(bytes);
    BOOST_TEST(all.size() == 256);
    BOOST_TEST(all.decode(all.encode(bytes)) == bytes);
    BOOST_TEST(int(all.encode("A")[0]) == 65);
    // In another order.
    const Vocabulary reversed(bytes);
    BOOST_TEST(int(reversed.encode("A")[0]) == 255 - 65);
}

BOOST_AUTO_TEST_CASE(unknown_characters_and_tokens_are_refused_with_their_place) {
    const Vocabulary letters("abc");
    BOOST_TEST(refusal([&] { letters.encode("cabbage"); }) ==
               "kiln: a Vocabulary of 3 characters has none for 'g' at place 5 of the text; try Vocabulary::of a text "
               "that has it");
    BOOST_TEST(refusal([&] { letters.encode("a\xc3\xa9"); }).find("none for the byte 195 at place 1") !=
               std::string::npos);
    const std::uint8_t tokens[] = {0, 3};
    BOOST_TEST(refusal([&] { letters.decode(tokens); }) ==
               "kiln: a Vocabulary of 3 characters needs tokens from 0 to 2, got 3");
    BOOST_TEST(refusal([&] { letters.character(-1); }).find("got -1") != std::string::npos);
    BOOST_TEST(refusal([] { Vocabulary("aba"); }) == "kiln: a Vocabulary needs different characters, got 'a' twice");
    BOOST_TEST(refusal([] { Vocabulary::of(""); }) == "kiln: a Vocabulary needs at least one character, got none");
}
