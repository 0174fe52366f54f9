// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.flatten
#include <kiln/layers/flatten.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<Flatten, Shape<8, 13, 13>>);
static_assert(Flatten::shape({8, 13, 13}).fits && Flatten::shape({8, 13, 13}).out == Extents{1352});
static_assert(Flatten::shape({7}).out == Extents{7});

static_assert(Layer<Reshape<2, 3>, Shape<6>> && Reshape<2, 3>::shape({6}).out == Extents{2, 3});
static_assert(Reshape<2, 3>::shape({3, 1, 2}).fits && !Reshape<2, 3>::shape({5}).fits && !Reshape<0>::shape({1}).fits);
static_assert(std::is_same_v<Reshape<2, 3>::needs<Shape<5>>, elements<6>>);

BOOST_AUTO_TEST_CASE(reshape_obeys_the_laws_of_layers) { require_layer_laws<Reshape<3, 4>, Shape<2, 6>>(); }

BOOST_AUTO_TEST_CASE(flatten_keeps_elements_in_row_major_order) {
    Instance<Flatten, Shape<2, 1, 3>, float> flatten(1);
    flatten.x = {1, 2, 3, 4, 5, 6};
    flatten.forward();
    BOOST_TEST((flatten.y == Tensor<float, Shape<6>>{1, 2, 3, 4, 5, 6}));
}

BOOST_AUTO_TEST_CASE(flatten_sends_slopes_back_in_the_same_order) {
    Instance<Flatten, Shape<2, 1, 3>, float> flatten(1);
    flatten.dy = {1, 2, 3, 4, 5, 6};
    flatten.forward();
    flatten.backward();
    BOOST_TEST((flatten.dx == Tensor<float, Shape<2, 1, 3>>{1, 2, 3, 4, 5, 6}));
    flatten.backward_without_dx();
}
