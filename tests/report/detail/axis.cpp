// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE report.detail.axis
#include <kiln/report/detail/axis.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <string>

using namespace kiln::report;

namespace {

std::string labels(const Axis& axis) {
    std::string text;
    for (const double tick : axis.ticks) {
        if (!text.empty()) text += ' ';
        text += axis.label(tick);
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(linear_axis_has_round_ticks_around_its_values) {
    BOOST_TEST(labels(linear_axis(0.0, 0.38)) == "0.0 0.1 0.2 0.3 0.4");
    BOOST_TEST(labels(linear_axis(0.0, 1.0)) == "0.0 0.2 0.4 0.6 0.8 1.0");
    BOOST_TEST(labels(linear_axis(0.0, 0.3)) == "0.0 0.1 0.2 0.3");
    BOOST_TEST(labels(linear_axis(89.8, 99.9)) == "85 90 95 100");
    BOOST_TEST(labels(linear_axis(-3.0, 4.0)) == "-4 -2 0 2 4");
    BOOST_TEST(labels(linear_axis(0.0, 61'000.0)) == "0 20000 40000 60000 80000");
    BOOST_TEST(labels(linear_axis(0.0021, 0.0024)) == "0.0021 0.0022 0.0023 0.0024");
}

BOOST_AUTO_TEST_CASE(linear_axis_encloses_every_range_in_few_steps) {
    for (const double size : {1e-99, 3.7e-5, 0.2, 7.0, 123'456.0, 9e99})
        for (const double least : {-1.0, -0.3, 0.0, 0.5, 0.999999, 1.0}) {
            const Axis axis = linear_axis(least * size, size);
            BOOST_TEST(axis.low <= least * size + 1e-5 * size);
            BOOST_TEST(axis.high >= size - 1e-5 * size);
            BOOST_TEST(axis.ticks.size() >= 3u);
            BOOST_TEST(axis.ticks.size() <= 8u);
            BOOST_TEST(axis.position(axis.low) == 0.0);
            BOOST_TEST(axis.position(axis.high) == 1.0);
        }
}

BOOST_AUTO_TEST_CASE(linear_axis_of_one_value_has_room_around_it) {
    for (const double value : {0.0, 5.0, -5.0, 1e-7}) {
        const Axis axis = linear_axis(value, value);
        BOOST_TEST(axis.low < value);
        BOOST_TEST(value < axis.high);
    }
}

BOOST_AUTO_TEST_CASE(logarithmic_axis_has_ticks_at_1_2_and_5_or_at_powers_of_ten) {
    BOOST_TEST(labels(logarithmic_axis(0.03, 0.9)) == "0.02 0.05 0.1 0.2 0.5 1");
    BOOST_TEST(labels(logarithmic_axis(0.02, 1.0)) == "0.02 0.05 0.1 0.2 0.5 1");
    BOOST_TEST(labels(logarithmic_axis(0.00064, 0.6)) == "0.0001 0.001 0.01 0.1 1");
    BOOST_TEST(labels(logarithmic_axis(3.0, 1e20)).starts_with("1 "));
    BOOST_TEST(logarithmic_axis(1e-90, 1e90).ticks.size() <= 8u);
    BOOST_TEST(labels(logarithmic_axis(3e-7, 1e-5)) == "2e-7 5e-7 1e-6 2e-6 5e-6 1e-5");
}

BOOST_AUTO_TEST_CASE(logarithmic_axis_puts_decades_at_equal_distances) {
    const Axis axis = logarithmic_axis(0.001, 10.0);
    BOOST_TEST(axis.low == 0.001, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(axis.high == 10, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(std::abs(axis.position(0.01) - 0.25) < 1e-12);
    BOOST_TEST(std::abs(axis.position(1) - 0.75) < 1e-12);
}

BOOST_AUTO_TEST_CASE(axis_is_logarithmic_where_positive_values_are_far_apart) {
    BOOST_TEST(value_axis(0.01, 1.0).logarithmic);
    BOOST_TEST(!value_axis(0.1, 1.0).logarithmic);
    BOOST_TEST(!value_axis(0.0, 1.0).logarithmic);
    BOOST_TEST(!value_axis(-1.0, 1000.0).logarithmic);
    BOOST_TEST(value_axis(0.5, 1.0).low == 0.0);
    BOOST_TEST(value_axis(-0.5, 1.0).low == -0.5);
}
