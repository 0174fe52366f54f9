// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.sine
#include <kiln/core/sine.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <tuple>

// Accuracy: core/math_accuracy.hpp. The same bits in lanes and constants: core/math.cpp.

namespace {

template <class T>
bool is_negative_zero(T x) {
    return x == 0 && std::signbit(x);
}

}  // namespace

static_assert(kiln::sin(0.0f) == 0 && kiln::cos(0.0) == 1 && kiln::sin(0x1p-30f) == 0x1p-30f);
static_assert(kiln::sin(1.0) == 0x1.aed548f090ceep-1 && kiln::cos(1.0f) == 0x1.14a280p-1f);

using Scalars = std::tuple<float, double>;
BOOST_AUTO_TEST_CASE_TEMPLATE(beyond_the_largest_angle_there_is_no_number, T, Scalars) {
    using Limits = std::numeric_limits<T>;
    const T most = kiln::detail::sine_constants<T>::highest;
    for (const T x : {std::nextafter(most, Limits::max()), Limits::max(), Limits::infinity(), Limits::quiet_NaN()}) {
        BOOST_TEST(std::isnan(kiln::sin(x)));
        BOOST_TEST(std::isnan(kiln::cos(-x)));
    }
    BOOST_TEST(std::abs(kiln::sin(most)) <= 1);
    BOOST_TEST(is_negative_zero(kiln::sin(T(-0.0))));
    BOOST_TEST(!is_negative_zero(kiln::sin(T(0))));
}
