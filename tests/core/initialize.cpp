// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.initialize
#include <kiln/core/initialize.hpp>
#include <kiln/core/random.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>

using namespace kiln;

static_assert(detail::inverse_root(1) == 1 && detail::inverse_root(4) == 0.5 && detail::inverse_root(1024) == 1.0 / 32);

BOOST_AUTO_TEST_CASE(inverse_roots_are_those_of_the_c_library) {
    for (const double n : {1.0, 2.0, 3.0, 9.0, 10.0, 784.0, 1352.0, 1e6, 123456789.0, 2147483647.0}) {
        const double expected = 1 / std::sqrt(n);
        BOOST_TEST(std::abs(detail::inverse_root(n) - expected) <= 4e-16 * expected);  // two roundings
    }
}

BOOST_AUTO_TEST_CASE(values_are_uniform_within_one_over_root_fan_in) {
    for (const int fan_in : {1, 9, 100}) {
        Tensor<float, Shape<10, 1000>> tensor;
        Random random{Seed{1}};
        initialize_uniform(tensor, fan_in, random);
        const double bound = 1 / std::sqrt(double(fan_in));
        double sum = 0, squares = 0;
        for (const float value : tensor) {
            BOOST_REQUIRE_LE(std::abs(double(value)), bound * (1 + 1e-6));  // the bound is rounded to float
            sum += double(value);
            squares += double(value) * double(value);
        }
        // Uniform: mean 0, variance bound² / 3; four standard deviations of either over 10,000 draws.
        BOOST_TEST(std::abs(sum / 1e4) < 4 * bound / std::sqrt(3e4));
        BOOST_TEST(std::abs(squares / 1e4 - bound * bound / 3) < 4 * bound * bound * 0.298 / 100);
        BOOST_TEST(double(*std::max_element(tensor.begin(), tensor.end())) > 0.99 * bound);
        BOOST_TEST(double(*std::min_element(tensor.begin(), tensor.end())) < -0.99 * bound);
    }
}

BOOST_AUTO_TEST_CASE(values_follow_from_the_seed) {
    Tensor<float, Shape<100>> a, b, c;
    Random first{Seed{1}}, again{Seed{1}}, other{Seed{2}};
    initialize_uniform(a, 9, first);
    initialize_uniform(b, 9, again);
    initialize_uniform(c, 9, other);
    BOOST_TEST((a == b));
    BOOST_TEST((a != c));
    initialize_uniform(b, 9, again);  // a sequence goes on
    BOOST_TEST((a != b));
}

BOOST_AUTO_TEST_CASE(doubles_start_where_floats_do) {
    Tensor<float, Shape<50>> a;
    Tensor<double, Shape<50>> b;
    Random first{Seed{3}}, again{Seed{3}};
    initialize_uniform(a, 7, first);
    initialize_uniform(b, 7, again);
    // Rounded again: g++ 12 at -O3 with AVX-512 leaves out the rounding to float in the last elements of its loop.
    for (int i = 0; i < 50; ++i) BOOST_TEST(a[i] == float(b[i]));
}
