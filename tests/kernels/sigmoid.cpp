// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.sigmoid
#include <kiln/core/dual.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/sigmoid.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

using namespace kiln;

using Elements = std::tuple<float, double, Lanes<float, 16>, Lanes<double, 4>>;

static_assert(kernels::sigmoid(0.0f) == 0.5f && kernels::sigmoid(100.0) == 1 && kernels::sigmoid(-1000.0) == 0);

// Measured: below 3 ulp.
BOOST_AUTO_TEST_CASE_TEMPLATE(sigmoid_is_within_its_bound, E, Elements) {
    using S = scalar_t<E>;
    using Limits = std::numeric_limits<S>;
    int wrong = 0;
    for (int i = -110'000; i < 40'000; ++i) {
        const S x = S(i) / 1000;
        const long double exact = 1 / (1 + std::exp(-static_cast<long double>(x)));
        int exponent = 0;
        std::frexp(exact, &exponent);
        const long double spacing = std::ldexp(1.0L, std::max(exponent, Limits::min_exponent) - Limits::digits);
        const E y = kernels::sigmoid(E(x));
        for (int l = 0; l < width<E>; ++l) wrong += !(std::abs(lane(y, l) - exact) <= 3.5L * spacing);
    }
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sigmoid_has_limits_and_lets_nan_through, E, Elements) {
    using S = scalar_t<E>;
    using Limits = std::numeric_limits<S>;
    const auto of = [](S x) { return lane(kernels::sigmoid(E(x)), 0); };
    BOOST_TEST(of(Limits::infinity()) == 1);
    BOOST_TEST(of(Limits::max()) == 1);
    BOOST_TEST(of(-Limits::max()) == 0);
    BOOST_TEST(of(-Limits::infinity()) == 0);
    BOOST_TEST(std::isnan(of(Limits::quiet_NaN())));
}

BOOST_AUTO_TEST_CASE(sigmoid_works_on_any_element) {
    const Dual<double> y = kernels::sigmoid(Dual<double>(-1.5, 1));
    BOOST_TEST(std::abs(y.value - 0.18242552380635632) <= 1e-16);
    BOOST_TEST(std::abs(y.slope - 0.14914645207033286) <= 1e-16);
}
