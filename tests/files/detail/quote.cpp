// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE files.detail.quote
#include <kiln/files/detail/quote.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_CASE(quotes_hold_nothing_that_upsets_a_terminal) {
    BOOST_TEST(kiln::in_quotes("0.weight") == "\"0.weight\"");
    BOOST_TEST(kiln::in_quotes("a\nb\x1b[31m\x7f") == "\"a?b?[31m?\"");
    BOOST_TEST(kiln::in_quotes(std::string(60, 'x')) == "\"" + std::string(60, 'x') + "\"");
    BOOST_TEST(kiln::in_quotes(std::string(59, 'x') + "\xc3\xa9 and more") == "\"" + std::string(59, 'x') + "…\"");
    BOOST_TEST(kiln::in_quotes(std::string(61, 'x')) == "\"" + std::string(60, 'x') + "…\"");
}

BOOST_AUTO_TEST_CASE(distance_counts_changed_added_and_missing_letters) {
    BOOST_TEST(kiln::edit_distance("", "") == 0u);
    BOOST_TEST(kiln::edit_distance("kitten", "sitting") == 3u);
    BOOST_TEST(kiln::edit_distance("weight", "wieght") == 2u);
    BOOST_TEST(kiln::edit_distance("", "abc") == 3u);
}

BOOST_AUTO_TEST_CASE(nearest_is_the_first_of_equals) {
    BOOST_TEST(kiln::nearest({"0.weight", "0.bias", "3.weight"}, "3.wieght") == 2u);
    BOOST_TEST(kiln::nearest({"0.weight", "3.weight"}, "4.weight") == 0u);
    const std::string beginning(64, 'x');  // no more of a name counts
    BOOST_TEST(kiln::nearest({beginning + "a", beginning + "b"}, beginning + "b") == 0u);
    BOOST_TEST(kiln::nearest({}, "x") == 0u);
    BOOST_TEST(kiln::nearest({"y", "x"}, std::string(100'000'000, 'x')) == 1u);  // at once
}
