// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE concat
#include <kiln/files/detail/concat.hpp>

#include <boost/test/unit_test.hpp>

#include <climits>
#include <clocale>
#include <limits>
#include <string>
#include <string_view>

using kiln::concat;

BOOST_AUTO_TEST_CASE(texts_stand_one_after_another) {
    BOOST_TEST(concat("a", std::string("b"), std::string_view("cd", 1), "") == "abc");
    BOOST_TEST(concat() == "");
    BOOST_TEST(concat(std::string("a\0b", 3)) == std::string("a\0b", 3));
}

BOOST_AUTO_TEST_CASE(whole_numbers_are_written_with_all_digits) {
    BOOST_TEST(concat(0, " ", -1, " ", 7u) == "0 -1 7");
    for (const long long number : {LLONG_MIN, LLONG_MAX, 0LL}) BOOST_TEST(concat(number) == std::to_string(number));
    BOOST_TEST(concat(ULLONG_MAX) == std::to_string(ULLONG_MAX));
}

BOOST_AUTO_TEST_CASE(real_numbers_are_written_with_six_digits_whatever_their_size) {
    BOOST_TEST(concat(0.25f) == "0.25");
    BOOST_TEST(concat(0.1f, " ", -0.0, " ", 1.0 / 3) == "0.1 -0 0.333333");
    BOOST_TEST(concat(7e21f, " ", -1.7e308, " ", 1e-7) == "7e+21 -1.7e+308 1e-07");
    const double infinity = std::numeric_limits<double>::infinity();
    BOOST_TEST(concat(infinity, " ", -infinity, " ", std::numeric_limits<float>::quiet_NaN()) == "inf -inf nan");
}

BOOST_AUTO_TEST_CASE(a_decimal_comma_of_the_locale_is_a_point_in_messages) {
    const std::string before = std::setlocale(LC_ALL, nullptr);
    if (std::setlocale(LC_ALL, "de_DE.UTF-8") == nullptr) return;  // not installed here
    const std::string text = concat(1234.5, " ", -2.5e-9f);
    std::setlocale(LC_ALL, before.c_str());
    BOOST_TEST(text == "1234.5 -2.5e-09");
}
