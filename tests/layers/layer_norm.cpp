// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.layer_norm
#include <kiln/layers/layer_norm.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <cmath>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<LayerNorm<60>, Shape<3, 4, 5>> && Layer<LayerNorm<7>, Shape<7>>);
static_assert(LayerNorm<5>::shape({3, 4, 5}).fits && LayerNorm<20>::shape({3, 4, 5}).fits);
static_assert(!LayerNorm<4>::shape({3, 4, 5}).fits && !LayerNorm<120>::shape({3, 4, 5}).fits);
static_assert(!LayerNorm<1>::shape({5, 7}).fits && LayerNorm<1>::shape({5, 1}).fits);
static_assert(!LayerNorm<0>::shape({3}).fits);
static_assert(std::is_same_v<LayerNorm<3>::needs<Shape<4>>, last_sizes_multiply_to<3>>);

// The statistics add a few roundings to those of a sum.
BOOST_AUTO_TEST_CASE(layer_norm_obeys_the_laws_of_layers) {
    require_layer_laws<LayerNorm<7>, Shape<7>>({.lanes = 1e-5});
    require_layer_laws<LayerNorm<5>, Shape<2, 3, 5>>({.lanes = 1e-5});
    require_layer_laws<LayerNorm<12, 0.1>, Shape<2, 3, 4>>({.lanes = 1e-5});
}

BOOST_AUTO_TEST_CASE(each_run_is_normalised_by_its_own_mean_and_variance) {
    Instance<LayerNorm<2>, Shape<2, 2>, double> norm(1);
    norm.x = {1, 3, -10, 10};
    norm.parameters.weight = {1, 2};
    norm.parameters.bias = {0, 0.5};
    norm.forward();
    BOOST_TEST(std::abs(norm.y(0, 0) + 1 / std::sqrt(1 + 1e-5)) < 1e-15);
    BOOST_TEST(std::abs(norm.y(0, 1) - 2 / std::sqrt(1 + 1e-5) - 0.5) < 1e-15);
    BOOST_TEST(std::abs(norm.y(1, 1) - 20 / std::sqrt(100 + 1e-5) - 0.5) < 1e-15);
}
