// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.functions
#include <kiln/core/functions.hpp>

#include <boost/test/unit_test.hpp>

#include <math.h>

#include <cmath>
#include <limits>
#include <tuple>

using namespace kiln;

// The formula of a layer, with literals of any type and no cast, means the same for every element.
constexpr auto formula(const auto& x) {
    return math::select(x > x, x,
                        math::max(x, 0) + math::min(x, 0.5) * math::abs(x) + math::pow(x, 3) +
                            math::pow(math::abs(x), 1.5f) + math::fma(x, 2, 1.0));
}
static_assert(formula(-2.0) > -12.18 && formula(-2.0) < -12.17);  // 0 - 2 · 2 - 8 + 2^1.5 - 3
static_assert(math::pow(2.0f, 10) == 1024 && math::pow(2.0, -2) == 0.25 && math::pow(-3.0f, 3) == -27);
static_assert(math::pow(0.0, 0) == 1 && math::pow(0.0f, 0.0f) == 1 && math::pow(0.0, 0.5) == 0);
static_assert(math::max(1.0f, 2) == 2 && math::min(1.0, 2.0f) == 1 && math::reduce(Lanes<float, 4>(1)) == 4);
static_assert(math::abs(-0.0f) == 0 && math::abs(-2.5) == 2.5 && math::abs(Lanes<float, 2>(-1)).v[1] == 1);

using Packs = std::tuple<Lanes<float, 4>, Lanes<float, 16>, Lanes<double, 4>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(a_formula_over_lanes_is_the_formula_over_scalars, E, Packs) {
    using S = scalar_t<E>;
    for (const double x : {-2.0, -0.25, 0.0, 0.75, 3.0}) {
        const E y = formula(E(S(x)));
        const double tolerance = 100 * double(std::numeric_limits<S>::epsilon());  // of values up to 40; contraction
        for (int l = 0; l < width<E>; ++l) BOOST_TEST(std::abs(double(lane(y, l)) - formula(x)) <= tolerance);
    }
}

// <math.h> declares functions of these names for float in the global namespace, and this file can see them.
BOOST_AUTO_TEST_CASE(kilns_functions_are_called_whatever_else_is_visible) {
    using kiln::math::exp, kiln::math::sin;
    for (float x = -10; x < 10; x += 0.125f) {
        BOOST_TEST(exp(x) == kiln::exp(x));
        BOOST_TEST(sin(x) == kiln::sin(x));
    }
    static_assert(exp(1.0f) == kiln::exp(1.0f));  // those of the C library are no constants
}

// The bounds of core/math.hpp: 1.7 ulp of exp, 0.5 of the product and 0.9 |y log x| of the logarithm, 2^(1/2) each.
BOOST_AUTO_TEST_CASE(pow_is_as_exact_as_it_claims) {
    double most = 0;
    for (int i = 1; i < 2000; ++i) {
        for (const float y : {-3.5f, -1.0f, -0.25f, 0.1f, 0.5f, 1.0f, 2.0f, 3.5f}) {
            const float x = 0.01f * static_cast<float>(i);
            const double exact = std::pow(double(x), double(y)), size = std::abs(double(y) * std::log(double(x)));
            const double ulps = std::abs(double(kiln::pow(x, y)) / exact - 1) / 0x1p-24;
            most = std::max(most, ulps / (3 + 3 * size));
        }
    }
    BOOST_TEST(most <= 1);
    BOOST_TEST(most > 0.1);
    BOOST_TEST(std::isnan(kiln::pow(-1.0f, 0.5f)));
    BOOST_TEST(kiln::pow(0.0f, -1.0f) == std::numeric_limits<float>::infinity());
}
