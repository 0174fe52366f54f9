// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE report.detail.markup
#include <kiln/report/detail/markup.hpp>

#include <boost/test/unit_test.hpp>

#include <climits>
#include <limits>
#include <string>

using namespace kiln::report;

namespace {
constexpr double none = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
}

BOOST_AUTO_TEST_CASE(escaped_text_cannot_leave_its_place) {
    BOOST_TEST(escaped("</script><b a=\"x\" b='y'>&amp;") ==
               "&lt;/script&gt;&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;");
    BOOST_TEST(escaped("größer · 数\n\t") == "größer · 数\n\t");
    BOOST_TEST(escaped(std::string("a\0b\x1b", 4)) == "a\ufffdb\ufffd");
    BOOST_TEST(escaped("") == "");
}

BOOST_AUTO_TEST_CASE(integers_stand_in_groups_of_three_digits) {
    BOOST_TEST(grouped(0) == "0");
    BOOST_TEST(grouped(999) == "999");
    BOOST_TEST(grouped(-999) == "-999");
    BOOST_TEST(grouped(1000) == "1,000");
    BOOST_TEST(grouped(-123456) == "-123,456");
    BOOST_TEST(grouped(62192000) == "62,192,000");
    BOOST_TEST(grouped(LLONG_MIN) == "-9,223,372,036,854,775,808");
}

BOOST_AUTO_TEST_CASE(fixed_rounds_and_keeps_its_decimals) {
    BOOST_TEST(fixed(0.125, 2) == "0.13");
    BOOST_TEST(fixed(-0.004, 2) == "0.00");
    BOOST_TEST(fixed(-1.25, 1) == "-1.3");
    BOOST_TEST(fixed(9.999, 2) == "10.00");
    BOOST_TEST(fixed(3, 0) == "3");
    BOOST_TEST(fixed(0.05, 4) == "0.0500");
    BOOST_TEST(fixed(1.5e12, 3) == "1500000000000");
    BOOST_TEST(fixed(1e300, 3) == "> 10^18");
    BOOST_TEST(fixed(none, 3) == "–");
    BOOST_TEST(fixed(infinity, 3) == "∞");
    BOOST_TEST(fixed(-infinity, 3) == "-∞");
}

BOOST_AUTO_TEST_CASE(number_keeps_its_significant_digits) {
    BOOST_TEST(number(0) == "0");
    BOOST_TEST(number(0.0312449) == "0.03124");
    BOOST_TEST(number(12.3456) == "12.35");
    BOOST_TEST(number(-12.3456) == "-12.35");
    BOOST_TEST(number(123456) == "123456");
    BOOST_TEST(number(0.99999) == "1.000");
    BOOST_TEST(number(0.00012345) == "0.0001235");
    BOOST_TEST(number(3.1244e-6) == "3.124e-6");
    BOOST_TEST(number(9.9999e-6) == "1.000e-5");
    BOOST_TEST(number(-4.2e30, 2) == "-4.2e30");
    BOOST_TEST(number(2.2250738585072014e-308, 3).ends_with("e-308"));
    BOOST_TEST(number(none) == "–");
    BOOST_TEST(number(infinity) == "∞");
}

BOOST_AUTO_TEST_CASE(percent_is_of_a_fraction) {
    BOOST_TEST(percent(0.98402) == "98.40\u00a0%");
    BOOST_TEST(percent(1, 0) == "100\u00a0%");
    BOOST_TEST(percent(none) == "–");
}
