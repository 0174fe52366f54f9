// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.activation
#include <kiln/core/lanes.hpp>
#include <kiln/layers/activation.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <cmath>
#include <limits>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<ReLU, Shape<3>> && Layer<Tanh, Shape<2, 3, 4>>);
static_assert(ReLU::shape({8, 26, 26}).fits && ReLU::shape({8, 26, 26}).out == Extents{8, 26, 26});
static_assert(Tanh::shape({5}).fits && Tanh::shape({5}).out == Extents{5});
static_assert(multiply_adds<ReLU>({8, 26, 26}) == 0);
static_assert(std::is_empty_v<parameters_t<ReLU, float, Shape<3>>> && std::is_empty_v<tape_t<Tanh, float, Shape<3>>>);

using Elements = std::tuple<float, double, Lanes<float, 4>, Lanes<float, 16>, Lanes<double, 4>>;

namespace {
template <class E>
constexpr auto infinity = std::numeric_limits<scalar_t<E>>::infinity();
template <class E>
constexpr auto not_a_number = std::numeric_limits<scalar_t<E>>::quiet_NaN();
}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(relu_keeps_what_is_positive, E, Elements) {
    using S = scalar_t<E>;
    Instance<ReLU, Shape<6>, E> relu(1);
    relu.x = {S(-2), S(-0.0), S(0), S(3.5), infinity<E>, -infinity<E>};
    relu.dy = {S(1), S(2), S(3), S(4), S(5), S(6)};
    relu.forward();
    relu.backward();
    for (int l = 0; l < width<E>; ++l) {
        BOOST_TEST((lane_of<S>(relu.y, l) == Tensor<S, Shape<6>>{0, 0, 0, S(3.5), infinity<E>, 0}));
        BOOST_TEST((lane_of<S>(relu.dx, l) == Tensor<S, Shape<6>>{0, 0, 0, 4, 5, 0}));  // the slope at 0 is 0
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(relu_lets_nan_through, E, Elements) {
    Instance<ReLU, Shape<2>, E> relu(1);
    relu.x = {not_a_number<E>, scalar_t<E>(1)};
    relu.forward();
    for (int l = 0; l < width<E>; ++l) {
        BOOST_TEST(std::isnan(lane(relu.y[0], l)));
        BOOST_TEST(lane(relu.y[1], l) == 1);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(tanh_is_that_of_the_c_library, E, Elements) {
    using S = scalar_t<E>;
    Instance<Tanh, Shape<7, 9>, E> layer(1);
    Random random{Seed{2}};
    fill(layer.x, random, 4);
    layer.forward();
    layer.backward();
    for (int l = 0; l < width<E>; ++l)
        for (int i = 0; i < layer.x.count; ++i) {
            const double expected = std::tanh(double(lane(layer.x.data[i], l)));
            const double slope = double(lane(layer.dy.data[i], l)) * (1 - expected * expected);
            // Two units in the last place of a number below 1; the slope takes the difference of two such numbers.
            constexpr double tolerance = 2 * std::numeric_limits<S>::epsilon();
            BOOST_TEST(std::abs(double(lane(layer.y.data[i], l)) - expected) <= tolerance);
            BOOST_TEST(std::abs(double(lane(layer.dx.data[i], l)) - slope) <= 2 * tolerance);
        }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(tanh_saturates_and_lets_nan_through, E, Elements) {
    using S = scalar_t<E>;
    Instance<Tanh, Shape<4>, E> layer(1);
    layer.x = {infinity<E>, S(-1e30f), S(0), not_a_number<E>};
    layer.forward();
    layer.backward();
    for (int l = 0; l < width<E>; ++l) {
        BOOST_TEST(lane(layer.y[0], l) == 1);
        BOOST_TEST(lane(layer.y[1], l) == -1);
        BOOST_TEST(lane(layer.y[2], l) == 0);
        BOOST_TEST(std::isnan(lane(layer.y[3], l)));
        BOOST_TEST(lane(layer.dx[0], l) == 0);
        BOOST_TEST(lane(layer.dx[2], l) == lane(layer.dy[2], l));
    }
}

BOOST_AUTO_TEST_CASE(activations_may_send_slopes_to_nobody) {
    Instance<ReLU, Shape<3>, float> relu(1);
    relu.forward();
    relu.backward_without_dx();
    Instance<Tanh, Shape<3>, float> tanh(1);
    tanh.forward();
    tanh.backward_without_dx();
    for (const float slope : tanh.dx) BOOST_TEST(std::isnan(slope));  // untouched
}
