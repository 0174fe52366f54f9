// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.linear
#include <kiln/core/lanes.hpp>
#include <kiln/layers/linear.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <cmath>
#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<Linear<3, 2>, Shape<3>>);
static_assert(Linear<3, 2>::shape({3}).fits && Linear<3, 2>::shape({3}).out == Extents{2});
static_assert(Linear<12, 2>::shape({3, 2, 2}).fits && Linear<12, 2>::shape({3, 2, 2}).out == Extents{2});

// Refused inputs, the layer's answer about them, and the output that it still gives.
static_assert(!Linear<3, 2>::shape({4}).fits && Linear<3, 2>::shape({4}).out == Extents{2});
static_assert(!Linear<0, 2>::shape({1}).fits && !Linear<3, 0>::shape({3}).fits && !Linear<-3, 2>::shape({3}).fits);
static_assert(Linear<3, -2>::shape({3}).out == Extents{1});
static_assert(std::is_same_v<Linear<1000, 10>::needs<Shape<8, 13, 13>>, elements<1000>>);
static_assert(std::is_same_v<Linear<1000, 10>::repair<Shape<8, 13, 13>>, Linear<1352, 10>>);
static_assert(std::is_same_v<Linear<0, 10>::needs<Shape<3>>, positive_arguments>);
static_assert(std::is_void_v<Linear<0, 10>::repair<Shape<3>>>);

// Without a bias the layer is the same otherwise. `learned` is the default.
using Unbiased = Linear<3, 2, Bias::none>;
static_assert(tensor_count<parameters_t<Unbiased, float, Shape<3>>> == 1 &&
              sizeof(parameters_t<Unbiased, float, Shape<3>>) == sizeof(Tensor<float, Shape<2, 3>>));
static_assert(std::is_same_v<Linear<1000, 10, Bias::none>::repair<Shape<8, 13, 13>>, Linear<1352, 10, Bias::none>>);
static_assert(std::is_same_v<parameters_t<Linear<3, 2, Bias::learned>, float, Shape<3>>,
                             parameters_t<Linear<3, 2>, float, Shape<3>>>);

static_assert(multiply_adds<Linear<1352, 10>, Shape<8, 13, 13>>() == 13520);
static_assert(multiply_adds<Linear<2'000'000, 2'000>, Shape<2'000'000>>() == 4'000'000'000);

namespace {

/// y = 0.5 + x0 - x2, -1 + 2 x0 + x1 at x = (1, 2, 3), by hand.
template <class In, class E>
Instance<Linear<3, 2>, In, E> by_hand() {
    Instance<Linear<3, 2>, In, E> layer(1);
    layer.x = {1, 2, 3};
    layer.dy = {1, -2};
    layer.parameters.weight = {1, 0, -1, 2, 1, 0};
    layer.parameters.bias = {0.5f, -1};
    return layer;
}

}  // namespace

using Elements = std::tuple<float, double>;
BOOST_AUTO_TEST_CASE_TEMPLATE(linear_gives_bias_plus_weight_times_input, E, Elements) {
    auto layer = by_hand<Shape<3>, E>();
    layer.forward();
    BOOST_TEST((layer.y == Tensor<E, Shape<2>>{E(-1.5), 3}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(linear_sends_slopes_back_by_hand_count, E, Elements) {
    auto layer = by_hand<Shape<3>, E>();
    layer.forward();
    layer.backward();
    BOOST_TEST((layer.dx == Tensor<E, Shape<3>>{-3, -2, -1}));
    BOOST_TEST((layer.gradients.weight == Tensor<E, Shape<2, 3>>{1, 2, 3, -2, -4, -6}));
    BOOST_TEST((layer.gradients.bias == Tensor<E, Shape<2>>{1, -2}));
}

BOOST_AUTO_TEST_CASE(linear_adds_bias_once) {
    Instance<Linear<3, 2>, Shape<3>, float> layer(1);
    layer.parameters.weight = {};
    layer.parameters.bias = {7, -8};
    layer.forward();
    BOOST_TEST((layer.y == Tensor<float, Shape<2>>{7, -8}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(linear_without_bias_gives_weight_times_input, E, Elements) {
    Instance<Unbiased, Shape<3>, E> layer(1);
    layer.x = {1, 2, 3};
    layer.dy = {1, -2};
    layer.parameters.weight = {1, 0, -1, 2, 1, 0};
    layer.forward();
    BOOST_TEST((layer.y == Tensor<E, Shape<2>>{-2, 4}));
    layer.backward();
    BOOST_TEST((layer.dx == Tensor<E, Shape<3>>{-3, -2, -1}));
    BOOST_TEST((layer.gradients.weight == Tensor<E, Shape<2, 3>>{1, 2, 3, -2, -4, -6}));
}

BOOST_AUTO_TEST_CASE(linear_without_bias_obeys_the_laws_of_layers) {
    require_layer_laws<Linear<1, 1, Bias::none>, Shape<1>>();
    require_layer_laws<Linear<5, 33, Bias::none>, Shape<5>>();
    require_layer_laws<Linear<48, 17, Bias::none>, Shape<3, 4, 4>>();
}

BOOST_AUTO_TEST_CASE(linear_without_bias_starts_with_the_weights_of_one_with_bias) {
    parameters_t<Linear<3, 2>, float, Shape<3>> with{};
    parameters_t<Unbiased, float, Shape<3>> without{};
    Random first{Seed{3}}, second{Seed{3}};
    initialize<Linear<3, 2>>(with, first);
    initialize<Unbiased>(without, second);
    BOOST_TEST((with.weight == without.weight));
}

BOOST_AUTO_TEST_CASE(linear_flattens_its_input_in_row_major_order) {
    Instance<Linear<3, 2>, Shape<1, 3, 1>, float> layer = by_hand<Shape<1, 3, 1>, float>();
    layer.forward();
    layer.backward();
    BOOST_TEST((layer.y == Tensor<float, Shape<2>>{-1.5f, 3}));
    BOOST_TEST((layer.dx == Tensor<float, Shape<1, 3, 1>>{-3, -2, -1}));
}

BOOST_AUTO_TEST_CASE(linear_sums_gradients_over_lanes) {
    Instance<Linear<1, 1>, Shape<1>, Lanes<float, 4>> layer(1);
    for (int l = 0; l < 4; ++l) {
        layer.x[0].v[l] = static_cast<float>(l + 1);
        layer.dy[0].v[l] = static_cast<float>(l);
    }
    layer.forward();
    layer.backward();
    BOOST_TEST(layer.gradients.weight[0] == 0.0f * 1 + 1 * 2 + 2 * 3 + 3 * 4);
    BOOST_TEST(layer.gradients.bias[0] == 6.0f);
}

BOOST_AUTO_TEST_CASE(linear_starts_uniform_within_one_over_root_fan_in) {
    parameters_t<Linear<100, 200>, float, Shape<100>> parameters{};
    Random random{Seed{3}};
    initialize<Linear<100, 200>>(parameters, random);
    for (const Slice<float>& slice : tensors<float>(parameters)) {
        double sum = 0, least = 1, most = -1;
        for (const float value : slice) {
            sum += double(value);
            least = std::min(least, double(value));
            most = std::max(most, double(value));
        }
        const double bound = 0.1;
        BOOST_TEST(least >= -bound * (1 + 1e-6));  // the bound itself is rounded to float
        BOOST_TEST(most <= bound * (1 + 1e-6));
        BOOST_TEST(least < -0.95 * bound);
        BOOST_TEST(most > 0.95 * bound);
        BOOST_TEST(std::abs(sum / slice.count) < 4 * bound / std::sqrt(3.0 * slice.count));  // four standard deviations
    }
}
