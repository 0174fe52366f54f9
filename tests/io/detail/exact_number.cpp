// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.detail.exact_number
#include <kiln/core/random.hpp>
#include <kiln/io/detail/exact_number.hpp>

#include <boost/test/unit_test.hpp>

#include "fuzz/corpus.hpp"
#include "fuzz/number.cpp"

#include <bit>
#include <clocale>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

using namespace kiln;
using io::exact_text;
using io::read_exactly;

namespace {

template <class T>
bool returns(T number) {
    T again{};
    return read_exactly(exact_text(number), again) && again == number &&
           std::signbit(static_cast<double>(again)) == std::signbit(static_cast<double>(number));
}

template <class T>
bool is_read(const char* text) {
    T number{};
    return read_exactly(text, number);
}

}  // namespace

BOOST_AUTO_TEST_CASE(numbers_have_the_shortest_text_that_is_exact) {
    BOOST_TEST(exact_text(0.1f) == "0.1");
    BOOST_TEST(exact_text(1.0) == "1");
    BOOST_TEST(exact_text(-0.75) == "-0.75");
    BOOST_TEST(exact_text(0.0f) == "0");
    BOOST_TEST(exact_text(-0.0f) == "-0");
    BOOST_TEST(exact_text(1e-45f) == "1e-45");
    BOOST_TEST(exact_text(-std::numeric_limits<float>::infinity()) == "-inf");
    BOOST_TEST(exact_text(std::numeric_limits<double>::quiet_NaN()) == "nan");
    BOOST_TEST(exact_text(-std::numeric_limits<double>::quiet_NaN()) == "nan");
    BOOST_TEST(exact_text(-12) == "-12");
    BOOST_TEST(exact_text(true) == "1");
    BOOST_TEST(exact_text(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
}

BOOST_AUTO_TEST_CASE(every_number_returns_bit_for_bit) {
    Random random{Seed{1}};
    int failures = 0;
    for (int i = 0; i < 200'000; ++i) {
        const std::uint64_t bits = random.bits();
        const auto wide = std::bit_cast<double>(bits);
        const auto narrow = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        failures += wide == wide && !returns(wide);
        failures += narrow == narrow && !returns(narrow);
        failures += !returns(bits) + !returns(static_cast<std::int64_t>(bits >> 1));
        if (wide == wide) failures += std::strtod(exact_text(wide).c_str(), nullptr) != wide;
    }
    BOOST_TEST(failures == 0);
    for (const double value : {5e-324, 1e-310, 2.2250738585072014e-308, 1.7976931348623157e308, 1e22, -0.0})
        BOOST_TEST(returns(value));
    for (const float value : {1e-45f, 1.17549435e-38f, 3.40282347e38f}) BOOST_TEST(returns(value));
    BOOST_TEST(returns(std::numeric_limits<float>::infinity()));
    float none = 0;
    BOOST_TEST((read_exactly("nan", none) && none != none));
}

BOOST_AUTO_TEST_CASE(what_is_no_such_number_is_refused) {
    for (const char* text : {"", "-", "+1", " 1", "1 ", "01", "1.0", "0x1", "1e3", "--1", "a", "2147483648"})
        BOOST_TEST(!is_read<int>(text), text);
    BOOST_TEST(is_read<int>("2147483647"));
    BOOST_TEST(is_read<int>("-2147483647"));
    BOOST_TEST(!is_read<std::uint64_t>("-1"));
    BOOST_TEST(!is_read<std::uint64_t>("18446744073709551616"));
    BOOST_TEST(!is_read<long long>("9223372036854775808"));
    BOOST_TEST(!is_read<bool>("2"));
    for (const char* text :
         {"",   "-",  "0x1p0", "1.",   ".5",       "1.0", "0.50", "5e-1",   "01",    "1 ",     " 1",
          "+1", "1e", "1E5",   "+inf", "infinity", "INF", "-nan", "nan(1)", "1e999", "1e-999", "0.1000000000000000055"})
        BOOST_TEST(!is_read<double>(text), text);
    BOOST_TEST(is_read<double>("1e+308"));
    BOOST_TEST(is_read<double>("5e-324"));
    for (const char* text : {"1e+39", "1e-46", "16777217", "0.10000000149011612"})
        BOOST_TEST(!is_read<float>(text), text);
}

BOOST_AUTO_TEST_CASE(a_refused_text_leaves_the_number_alone) {
    int count = 7;
    double real = 7;
    BOOST_TEST(!read_exactly("8x", count));
    BOOST_TEST(!read_exactly("8.5x", real));
    BOOST_TEST(count == 7);
    BOOST_TEST(real == 7);
}

BOOST_AUTO_TEST_CASE(no_locale_changes_it) {
    for (const char* name : {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8"})
        if (std::setlocale(LC_ALL, name) != nullptr) break;
    BOOST_TEST(returns(0.1));
    BOOST_TEST(exact_text(2.5) == "2.5");
    std::setlocale(LC_ALL, "C");
}

BOOST_AUTO_TEST_CASE(numbers_survive_the_fuzzing_corpus_and_its_mutations) {
    BOOST_TEST(fuzz::run_corpus("tests/fuzz/corpus/number") >= 20);
}
