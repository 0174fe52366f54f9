// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.detail.finite
#include <kiln/core/detail/finite.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/tensor.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace kiln;
using kiln::detail::all_finite;
using kiln::detail::is_finite;

namespace {
using Limits = std::numeric_limits<float>;
}

BOOST_AUTO_TEST_CASE(numbers_are_finite_but_infinities_and_nan) {
    for (const float x : {0.0f, -1.0f, Limits::max(), Limits::lowest(), Limits::denorm_min()}) BOOST_TEST(is_finite(x));
    for (const float x : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) BOOST_TEST(!is_finite(x));
    using Wide = std::numeric_limits<double>;
    for (const double x : {0.0, Wide::max(), Wide::lowest(), Wide::denorm_min()}) BOOST_TEST(is_finite(x));
    for (const double x : {Wide::infinity(), -Wide::infinity(), Wide::quiet_NaN()}) BOOST_TEST(!is_finite(x));
    static_assert(is_finite(1.0f) && !is_finite(Limits::quiet_NaN()));
}

BOOST_AUTO_TEST_CASE(a_tensor_is_finite_if_every_lane_of_every_element_is) {
    Tensor<Lanes<float, 4>, Shape<2, 3>> tensor;
    for (auto& value : tensor) value = Lanes<float, 4>(1.0f);
    BOOST_TEST(all_finite(tensor));
    for (int k = 0; k < 6; ++k)
        for (int l = 0; l < 4; ++l) {
            auto other = tensor;
            set_lane(other.data[k], l, Limits::infinity());
            BOOST_TEST(!all_finite(other));
        }
}
