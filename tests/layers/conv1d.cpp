// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.conv1d
#include <kiln/laws/check_lengths.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/conv1d.hpp>
#include <kiln/nets/frozen.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<Conv1d<3, 2, 3>, Shape<5, 3>>);
static_assert(Conv1d<3, 2, 3>::shape({5, 3}).fits && Conv1d<3, 2, 3>::shape({5, 3}).out == Extents{3, 2});
static_assert(Conv1d<3, 2, 3, 2, 1, 2>::shape({9, 3}).out == Extents{4, 2});
static_assert(Conv1d<1, 1, 3, 1, 1>::shape({1, 1}).fits && !Conv1d<1, 1, 3>::shape({2, 1}).fits);

// Refused inputs, the layer's answer about them, and the output that it still gives.
static_assert(!Conv1d<3, 2, 3>::shape({5, 4}).fits && Conv1d<3, 2, 3>::shape({2, 4}).out == Extents{1, 2});
static_assert(!Conv1d<3, 2, 3>::shape({5}).fits && !Conv1d<3, 2, 3>::shape({5, 3, 1}).fits);
static_assert(!Conv1d<3, 2, 0>::shape({5, 3}).fits && !Conv1d<3, 2, 3, 0>::shape({5, 3}).fits);
static_assert(!Conv1d<3, 2, 3, 1, 0, 1, 2>::shape({5, 3}).fits && !Conv1d<0, 2, 3>::shape({5, 0}).fits);
static_assert(!Conv1d<3, 2, 3, 1, 0, 2'000'000'000>::shape({5, 3}).fits);
static_assert(std::is_same_v<Conv1d<3, 2, 3>::needs<Shape<5, 4>>, frames_of<3>>);
static_assert(std::is_same_v<Conv1d<3, 2, 3>::repair<Shape<5, 4>>, Conv1d<4, 2, 3>>);
static_assert(std::is_same_v<Conv1d<3, 2, 3>::needs<Shape<2, 3>>, frames_of_at_least<3>>);
static_assert(std::is_same_v<Conv1d<3, 2, 3, 1, 0, 1, 2>::needs<Shape<5, 3>>, channels_divisible_by_groups>);
static_assert(std::is_void_v<Conv1d<4, 2, 3, 1, 0, 1, 2>::repair<Shape<5, 3>>>);

static_assert(multiply_adds<Conv1d<3, 2, 3>, Shape<5, 3>>() == 3 * 2 * 9);
static_assert(multiply_adds<Conv1d<1, 1, 3, 1, 1>, Shape<4, 1>>() == 10);  // what is read, and no padding
static_assert(multiply_adds<Conv1d<4, 6, 3, 1, 0, 1, 2>, Shape<3, 4>>() == 6 * 2 * 3);
static_assert(Conv1d<1, 1, 3, 2, 1>::length({9, 1}, 4) == 2 && Conv1d<1, 1, 3, 2, 1>::length({9, 1}, 9) == 5);
static_assert(Conv1d<1, 1, 3>::length({9, 1}, 2) == 0);

using Unbiased = Conv1d<3, 2, 3, 1, 0, 1, 1, Bias::none>;
static_assert(tensor_count<parameters_t<Unbiased, float, Shape<5, 3>>> == 1);

BOOST_AUTO_TEST_CASE(conv1d_obeys_the_laws) {
    require_layer_laws<Conv1d<1, 1, 1>, Shape<1, 1>>();
    require_layer_laws<Conv1d<3, 5, 3>, Shape<9, 3>>();
    require_layer_laws<Conv1d<3, 5, 3, 1, 1>, Shape<9, 3>>();
    require_layer_laws<Conv1d<2, 3, 3, 2, 1>, Shape<8, 2>>();
    require_layer_laws<Conv1d<2, 3, 3, 3, 2, 2>, Shape<11, 2>>();
    require_layer_laws<Conv1d<4, 6, 2, 2, 3, 3, 2>, Shape<9, 4>>();
    require_layer_laws<Conv1d<1, 2, 3, 1, 4>, Shape<1, 1>>();  // some windows see padding only
    require_layer_laws<Conv1d<2, 4, 2, 5>, Shape<12, 2>>();    // some frames are not seen
    require_layer_laws<Conv1d<2, 4, 2, 7>, Shape<3, 2>>();     // a stride beyond the end
    require_layer_laws<Conv1d<5, 5, 3, 1, 1, 1, 5>, Shape<6, 5>>();
    require_layer_laws<Unbiased, Shape<5, 3>>();
}

// Many channels, over packs and lanes.
BOOST_AUTO_TEST_CASE(conv1d_over_lanes_computes_what_one_sample_does) {
    require_lanes_law<Conv1d<35, 33, 3, 1, 2, 2>, Shape<21, 35>>();
    require_lanes_law<Conv1d<64, 32, 5, 2, 2>, Shape<40, 64>>();
    require_lanes_law<Conv1d<8, 8, 3, 1, 1>, Shape<130, 8>>();
    require_lanes_law<Conv1d<32, 64, 3, 1, 1, 1, 2>, Shape<20, 32>>();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(conv1d_slides_its_kernel_along_time, E, decltype(std::tuple<float, double>{})) {
    Instance<Conv1d<2, 1, 2, 1, 0, 2>, Shape<4, 2>, E> layer(1);
    layer.x = {1, 2, 3, 4, 5, 6, 7, 8};
    layer.parameters.weight = {1, 10, 100, 1000};  // [input][tap]
    layer.parameters.bias = {E(0.5)};
    layer.dy = {1, 2};
    layer.forward();
    layer.backward();
    BOOST_TEST((layer.y == Tensor<E, Shape<2, 1>>{E(0.5) + 1 + 50 + 200 + 6000, E(0.5) + 3 + 70 + 400 + 8000}));
    BOOST_TEST((layer.gradients.weight == Tensor<E, Shape<1, 2, 2>>{7, 19, 10, 22}));
    BOOST_TEST(layer.gradients.bias[0] == 3);
    BOOST_TEST((layer.dx == Tensor<E, Shape<4, 2>>{1, 100, 2, 200, 10, 1000, 20, 2000}));
}

// The slope of the activation is applied while gradients are summed, or before dx where there are none.
BOOST_AUTO_TEST_CASE(a_frozen_conv1d_with_its_activation_hands_slopes_on) {
    require_gradient_law<Sequential<Conv1d<2, 3, 2>, Frozen<Sequential<Conv1d<3, 4, 3, 1, 1>, Tanh>>>, Shape<6, 2>>();
    require_gradient_law<Sequential<Conv1d<2, 3, 2>, Conv1d<3, 4, 3, 1, 1>, Tanh>, Shape<6, 2>>();
}

BOOST_AUTO_TEST_CASE(frames_behind_the_end_of_a_sample_count_as_zeros) {
    BOOST_TEST((check_lengths<Conv1d<3, 2, 3, 1, 1>, Shape<9, 3>>()));
    BOOST_TEST((check_lengths<Conv1d<3, 2, 3>, Shape<9, 3>>()));
    BOOST_TEST((check_lengths<Conv1d<3, 34, 3, 2, 2, 2>, Shape<12, 3>>()));
    BOOST_TEST((check_lengths<fused_t<Conv1d<3, 2, 3, 1, 1>, Shape<9, 3>, Tanh>, Shape<9, 3>>()));
}
