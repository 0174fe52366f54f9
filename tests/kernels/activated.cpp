// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.activated
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/activated.hpp>
#include <kiln/layers/linear.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"
#include "laws/softsign.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

using Elements = std::tuple<float, double, Lanes<float, 8>, Lanes<float, 16>>;

BOOST_AUTO_TEST_CASE_TEMPLATE(activated_is_the_layer_and_then_the_activation, E, Elements) {
    using In = Shape<5>;
    using Activated = kernels::Activated<Linear<5, 18>, Softsign>;
    static_assert(Activated::shape(Extents{5}).out == Extents{18} && multiply_adds<Activated, Shape<5>>() == 90);
    Instance<Activated, In, E> activated(1);
    Instance<Linear<5, 18>, In, E> linear(1);
    activated.forward();
    activated.backward();
    linear.forward();
    auto y = linear.y;
    for (E& value : y) value = Softsign::value(value);
    for (int k = 0; k < y.count; ++k) linear.dy[k] = Softsign::slope(y[k], linear.dy[k]);
    linear.backward();
    for (int l = 0; l < width<E>; ++l) {
        BOOST_TEST(distance(lane_of(activated.y, l), lane_of(y, l)) <= 1e-6);  // a few roundings of floats near 1
        BOOST_TEST(distance(lane_of(activated.dx, l), lane_of(linear.dx, l)) <= 1e-6);
    }
    BOOST_TEST(record_distance<scalar_t<E>>(activated.gradients, linear.gradients) <= 1e-6);
}
