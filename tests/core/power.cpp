// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.power
#include <kiln/core/power.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

using namespace kiln;

static_assert(power(2, 0) == 1 && power(2, 1) == 2 && power(2, 10) == 1024 && power(-3, 3) == -27);
static_assert(power(0, 0) == 1 && power(0, 5) == 0 && power(0.5, 2'000'000) == 0);

BOOST_AUTO_TEST_CASE(powers_are_those_of_the_c_library) {
    for (const double base : {0.5, 0.9, 0.999, 1.0, 1.0001, -0.99})
        for (const long long n : {0, 1, 2, 3, 7, 8, 100, 1023, 50'000}) {
            const double expected = std::pow(base, static_cast<double>(n));
            // Squaring doubles a relative error: in the end there are n of them, of half an epsilon each.
            const double tolerance = static_cast<double>(n) * std::numeric_limits<double>::epsilon() / 2;
            if (std::abs(expected) > 1e-300) BOOST_TEST(std::abs(power(base, n) / expected - 1) <= tolerance);
        }
}

BOOST_AUTO_TEST_CASE(powers_of_huge_exponents_underflow_to_nothing) {
    BOOST_TEST(power(0.999999, std::numeric_limits<long long>::max()) == 0);
    BOOST_TEST(power(1, std::numeric_limits<long long>::max()) == 1);
}
