// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE data.detail.number
#include <kiln/data/detail/number.hpp>

#include <boost/test/unit_test.hpp>

#include <clocale>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

using kiln::data::detail::NumberFault;
using kiln::data::detail::read_number;

namespace {

/// The value of a text; not a number if it is refused.
float value(const std::string& text, char decimal = '.') {
    float found = -1;
    const NumberFault fault = read_number(text, decimal, found);
    return fault == NumberFault::none ? found : std::numeric_limits<float>::quiet_NaN();
}

NumberFault fault(const std::string& text, char decimal = '.') {
    float found = 0;
    return read_number(text, decimal, found);
}

bool is_refused(const std::string& text, char decimal = '.') { return fault(text, decimal) == NumberFault::no_number; }

}  // namespace

BOOST_AUTO_TEST_CASE(number_is_rounded_as_the_compiler_does) {
    BOOST_TEST(value("0.1") == 0.1f);
    BOOST_TEST(value("16777217") == 16777217.0f);
    BOOST_TEST(value("3.4028235e38") == 3.4028235e38f);
    BOOST_TEST(value("1e-45") == 1e-45f);
    BOOST_TEST(value(".5") == 0.5f);
    BOOST_TEST(value("5.") == 5.0f);
    BOOST_TEST(value("-1E+2") == -100.0f);
    BOOST_TEST(value("007") == 7.0f);
    BOOST_TEST(value("+3") == 3.0f);
    double wide = 0;
    BOOST_TEST((read_number("9007199254740993", '.', wide) == NumberFault::none));
    BOOST_TEST(wide == 9007199254740992.0);
}

BOOST_AUTO_TEST_CASE(number_too_small_for_its_type_is_0) {
    for (const std::string& text :
         std::vector<std::string>{"1e-50", "1e-400", "-1e-400", "123456789e-500", "1e-99999999999999999999",
                                  "0." + std::string(500, '0') + "7", "1" + std::string(100, '0') + "e-500", "+1e-400",
                                  "0." + std::string(100, '0') + "1e50", "0e99999", "0.0e-99999"}) {
        BOOST_TEST(value(text) == 0.0f, text);
        BOOST_TEST(std::signbit(value(text)) == (text[0] == '-'), text);
    }
    double wide = 1;
    BOOST_TEST((read_number("1e-400", '.', wide) == NumberFault::none));
    BOOST_TEST(wide == 0.0);
}

BOOST_AUTO_TEST_CASE(number_too_large_for_its_type_is_refused) {
    for (const std::string& text : std::vector<std::string>{
             "1e39", "-1e400", "1e99999999999999999999", "1e9223372036854775809", std::string(400, '9'),
             "0." + std::string(500, '0') + "7e1000", "0.00000000000001e999"})
        BOOST_TEST((fault(text) == NumberFault::too_large), text);
}

BOOST_AUTO_TEST_CASE(number_is_the_whole_text) {
    for (const std::string text : {"",  " ", "one", "2x", "1 2", "0x10",  "+-1", "++1",    "--1",     "+",
                                   "-", ".", "e5",  "1e", "1e+", "1.5.2", "1,5", "1e999x", "1e-999x", "-"})
        BOOST_TEST(is_refused(text), text);
    for (const std::string text : {"inf", "-inf", "nan", "NaN", "+inf"})
        BOOST_TEST((fault(text) == NumberFault::not_finite), text);
}

BOOST_AUTO_TEST_CASE(number_has_the_decimal_mark_it_is_said_to_have) {
    BOOST_TEST(value("1,5", ',') == 1.5f);
    BOOST_TEST(value("-,25e1", ',') == -2.5f);
    BOOST_TEST(value("12", ',') == 12.0f);
    BOOST_TEST(value("1e-400", ',') == 0.0f);
    BOOST_TEST(value("0," + std::string(500, '0') + "7", ',') == 0.0f);
    BOOST_TEST(is_refused("1.5", ','));
    BOOST_TEST(is_refused("1.234,5", ','));
    BOOST_TEST(is_refused("1,2,3", ','));
}

BOOST_AUTO_TEST_CASE(number_does_not_depend_on_the_locale) {
    for (const char* const locale : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "C"}) {
        if (std::setlocale(LC_ALL, locale) == nullptr) continue;  // it is not installed
        BOOST_TEST(value("1.5") == 1.5f);
        BOOST_TEST(value("1e-400") == 0.0f);
        BOOST_TEST(is_refused("1,5"));
        BOOST_TEST(value("1,5", ',') == 1.5f);
    }
}
