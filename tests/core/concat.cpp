// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE concat
#include <boost/test/unit_test.hpp>

#include <kiln/core/concat.hpp>

#include <climits>
#include <string>
#include <string_view>

using kiln::concat;

BOOST_AUTO_TEST_CASE(texts_stand_one_after_another) {
    BOOST_TEST(concat("a", std::string("b"), std::string_view("cd", 1), "") == "abc");
    BOOST_TEST(concat() == "");
    BOOST_TEST(concat(std::string("a\0b", 3)) == std::string("a\0b", 3));
}

BOOST_AUTO_TEST_CASE(numbers_are_written_as_std_to_string_does) {
    BOOST_TEST(concat(0, " ", -1, " ", 7u) == "0 -1 7");
    for (const long long number : {LLONG_MIN, LLONG_MAX, 0LL}) BOOST_TEST(concat(number) == std::to_string(number));
    BOOST_TEST(concat(ULLONG_MAX) == std::to_string(ULLONG_MAX));
    for (const double number : {0.1, -0.0, 1e300, -1.7e308}) BOOST_TEST(concat(number) == std::to_string(number));
    BOOST_TEST(concat(0.25f) == std::to_string(0.25f));
}
