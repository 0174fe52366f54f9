// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.detail.cpp_spelling
#include <kiln/core/random.hpp>
#include <kiln/io/detail/cpp_spelling.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/nets/graph.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

using namespace kiln;
using namespace kiln::io;

namespace mine {
struct unreal {
    int numerator, denominator;
};
template <unreal>
struct Fraction {};
struct Plain {};
}  // namespace mine

namespace {
struct Hidden {};

std::string literal(auto value) {
    std::string text = "x = ";
    append_literal(text, value);
    return text.substr(4);
}
}  // namespace

#ifndef __clang__  // which calls it by its own name alone
std::string of_a_local_type(int);
std::string of_a_local_type(int) {
    struct Local {};
    return io::spell_type<Local>();
}

BOOST_AUTO_TEST_CASE(a_type_within_a_function_has_no_spelling) { BOOST_TEST(of_a_local_type(0) == ""); }
#endif

BOOST_AUTO_TEST_CASE(names_are_told_from_other_words) {
    for (const char* name : {"card", "_", "a9", "Card_2", "classes", "CLASS"}) BOOST_TEST(is_identifier(name), name);
    for (const char* word : {"", "9", "9 digits", "a b", "a-b", "a.b", "a::b", "class", "xor", "co_await", "true", "ä"})
        BOOST_TEST(!is_identifier(word), word);
}

BOOST_AUTO_TEST_CASE(any_text_gives_a_name) {
    const std::pair<const char*, const char*> cases[] = {
        {"card", "card"},        {"card-net", "card_net"}, {"card.v2", "card_v2"}, {"9 digits", "network_9_digits"},
        {"class", "class_"},     {"", "network_"},         {"a__b", "a_b"},        {"(a)", "a_"},
        {"Zahlen ä", "Zahlen_"}, {"--", "network_"},       {"_9", "network_9"},    {"_a", "a"},
    };
    for (const auto& [text, name] : cases) {
        BOOST_TEST(as_identifier(text) == name);
        BOOST_TEST(is_identifier(as_identifier(text)));
    }
}

BOOST_AUTO_TEST_CASE(numbers_are_short) {
    const std::pair<float, const char*> cases[] = {
        {0.0f, "0"},
        {1.0f, "1"},
        {-3.0f, "-3"},
        {0.1f, "0.1f"},
        {-0.25f, "-0.25f"},
        {-0.0f, "-0.0f"},
        {16777216.0f, "16777216"},
        {1e10f, "1e+10f"},
        {1e-45f, "1e-45f"},
        {0x1p-126f, "1.1754944e-38f"},
    };
    for (const auto& [value, text] : cases) BOOST_TEST(literal(value) == text);
    BOOST_TEST(literal(0.1) == "0.1");
    BOOST_TEST(literal(1e-5) == "1e-05");
}

BOOST_AUTO_TEST_CASE(numbers_are_read_back_bit_for_bit) {
    int compared = 0;
    for (int i = 0; i < 100'000; ++i) {
        const auto bits = static_cast<std::uint32_t>(hash(1, static_cast<std::uint64_t>(i)));
        const auto value = std::bit_cast<float>(bits);
        if (!std::isfinite(value)) continue;
        BOOST_REQUIRE(std::bit_cast<std::uint32_t>(std::strtof(literal(value).c_str(), nullptr)) == bits);
        ++compared;
    }
    BOOST_TEST(compared > 90'000);
}

BOOST_AUTO_TEST_CASE(types_are_spelled_in_full) {
    BOOST_TEST((spell_type<Linear<2, 3>>() == "kiln::Linear<2, 3>"));
    BOOST_TEST((spell_type<Linear<2, 3, Bias::none>>() == "kiln::Linear<2, 3, kiln::Bias::none>"));
    BOOST_TEST((spell_type<Sequential<Linear<2, 3>, Sequential<ReLU>>>() ==
                "kiln::Sequential<kiln::Linear<2, 3>, kiln::Sequential<kiln::ReLU>>"));
    BOOST_TEST(spell_type<mine::Plain>() == "mine::Plain");
}

BOOST_AUTO_TEST_CASE(real_arguments_are_spelled_as_numbers) {
    BOOST_TEST(spell_type<Dropout<0.5>>() == "kiln::Dropout<0.5>");
    BOOST_TEST(spell_type<LeakyReLU<2>>() == "kiln::LeakyReLU<2>");
    BOOST_TEST((spell_type<BatchNorm<4, 0.25, 1e-3>>() == "kiln::BatchNorm<4, 0.25, 0.001>"));
    BOOST_TEST(
        (spell_type<Sequential<Dropout<0>, ELU<1e30>>>() == "kiln::Sequential<kiln::Dropout<0>, kiln::ELU<1e+30>>"));
}

BOOST_AUTO_TEST_CASE(names_of_nodes_are_spelled_as_strings) {
    BOOST_TEST(spell_type<Input<"x">>() == "kiln::Input<\"x\">");
    BOOST_TEST((spell_type<Node<"a > b {}", Linear<2, 3>, "lambda()">>() ==
                "kiln::Node<\"a > b {}\", kiln::Linear<2, 3>, \"lambda()\">"));
    // Compilers differ in how they write other characters.
    BOOST_TEST(spell_type<Input<"say \"x\"">>() == "");
    BOOST_TEST((spell_type<Node<"back\\slash", ReLU, "x">>() == ""));
}

BOOST_AUTO_TEST_CASE(types_without_a_name_have_no_spelling) {
    const auto function = [] {};
    BOOST_TEST(spell_type<Hidden>() == "");
    BOOST_TEST((spell_type<Sequential<ReLU, Hidden>>() == ""));
    BOOST_TEST(spell_type<decltype(function)>() == "");
    BOOST_TEST((spell_type<mine::Fraction<mine::unreal{1, 2}>>() == ""));  // clang writes unreal{1, 2}
}
