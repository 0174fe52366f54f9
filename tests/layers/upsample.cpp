// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.upsample
#include <kiln/layers/upsample.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<Upsample<2>, Shape<8, 13, 13>>);

// Output extents as torch.nn.Upsample(scale_factor) gives them.
static_assert(Upsample<2>::shape({8, 13, 14}).out == Extents{8, 26, 28});
static_assert(Upsample<1>::shape({8, 13, 14}).out == Extents{8, 13, 14});
static_assert(Upsample<3>::shape({1, 1, 1}).out == Extents{1, 3, 3});

static_assert(!Upsample<2>::shape({8, 13}).fits && !Upsample<0>::shape({8, 3, 3}).fits);
static_assert(!Upsample<-2>::shape({8, 3, 3}).fits && Upsample<-2>::shape({8, 3, 3}).out.valid());
static_assert(std::is_same_v<Upsample<2>::needs<Shape<8>>, rank<3>>);
static_assert(std::is_same_v<Upsample<0>::needs<Shape<8, 3, 3>>, positive_arguments>);
static_assert(!Upsample<2'000'000'000>::shape({8, 3, 3}).out.valid());  // saturates
static_assert(multiply_adds<Upsample<2>, Shape<8, 13, 14>>() == 0);

using Elements = std::tuple<float, double>;

// As torch.nn.Upsample(scale_factor=2, mode="nearest").
BOOST_AUTO_TEST_CASE_TEMPLATE(upsample_repeats_pixels_and_sums_their_slopes, E, Elements) {
    Instance<Upsample<2>, Shape<1, 2, 2>, E> upsample(1);
    upsample.x = {1, 2, 3, 4};
    for (int i = 0; i < 16; ++i) upsample.dy[i] = E(i);
    upsample.forward();
    upsample.backward();
    BOOST_TEST((upsample.y == Tensor<E, Shape<1, 4, 4>>{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}));
    BOOST_TEST((upsample.dx == Tensor<E, Shape<1, 2, 2>>{10, 18, 42, 50}));
}

BOOST_AUTO_TEST_CASE(upsample_obeys_the_laws_of_layers) {
    require_layer_laws<Upsample<2>, Shape<2, 3, 5>>();
    require_layer_laws<Upsample<1>, Shape<1, 2, 3>>();
    require_layer_laws<Upsample<3>, Shape<3, 1, 2>>();
    require_layer_laws<Upsample<4>, Shape<1, 1, 1>>();
}
