// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.average_pool
#include <kiln/layers/average_pool.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<AveragePool<2>, Shape<8, 26, 26>> && Layer<GlobalAveragePool, Shape<8, 26, 26>>);
static_assert(!MaxPooling<AveragePool<2>>);

// Output extents as torch.nn.AvgPool2d gives them.
static_assert(AveragePool<2>::shape({8, 26, 26}).out == Extents{8, 13, 13});
static_assert(AveragePool<2>::shape({3, 5, 7}).out == Extents{3, 2, 3});  // the rest is left out
static_assert(AveragePool<3, 2, 1>::shape({4, 7, 8}).out == Extents{4, 4, 4});
static_assert(AveragePool<2, 2, 1>::shape({1, 1, 5}).out == Extents{1, 1, 3});
static_assert(GlobalAveragePool::shape({64, 7, 9}).out == Extents{64});

// average_pool_refuses_what_pool_refuses
static_assert(!AveragePool<2, 2, 2>::shape({1, 4, 4}).fits && !AveragePool<3>::shape({1, 2, 9}).fits);
static_assert(!AveragePool<0>::shape({1, 4, 4}).fits && !AveragePool<2, 0>::shape({1, 4, 4}).fits);
static_assert(!AveragePool<2, 2, -1>::shape({1, 4, 4}).fits && !AveragePool<2>::shape({4, 4}).fits);
static_assert(std::is_same_v<AveragePool<2, 2, 2>::needs<Shape<1, 4, 4>>, padding_of_at_most_half_the_window>);
static_assert(std::is_same_v<AveragePool<5, 1, 1>::needs<Shape<1, 2, 9>>, map_of_at_least<3, 3>>);
static_assert(std::is_same_v<AveragePool<2>::needs<Shape<8>>, rank<3>>);
static_assert(std::is_same_v<AveragePool<2, 0>::needs<Shape<1, 4, 4>>, positive_arguments>);
static_assert(!GlobalAveragePool::shape({64, 7}).fits && !GlobalAveragePool::shape({64, 7, 7, 7}).fits);
static_assert(std::is_same_v<GlobalAveragePool::needs<Shape<64>>, rank<3>>);

static_assert(multiply_adds<AveragePool<3, 2, 1>, Shape<4, 7, 8>>() == 4 * 4 * 4);
static_assert(multiply_adds<GlobalAveragePool, Shape<64, 7, 9>>() == 64);

using Elements = std::tuple<float, double>;

BOOST_AUTO_TEST_CASE_TEMPLATE(average_pool_averages_windows, E, Elements) {
    Instance<AveragePool<2>, Shape<1, 2, 5>, E> pool(1);
    pool.x = {1, 2, 3, 4, 9, 5, 8, 7, 6, 9};
    pool.dy = {4, 8};
    pool.forward();
    pool.backward();
    BOOST_TEST((pool.y == Tensor<E, Shape<1, 1, 2>>{4, 5}));
    BOOST_TEST((pool.dx == Tensor<E, Shape<1, 2, 5>>{1, 1, 2, 2, 0, 1, 1, 2, 2, 0}));
}

// Values of torch.nn.AvgPool2d(3, 2, 1), PyTorch 1.13.
BOOST_AUTO_TEST_CASE_TEMPLATE(average_pool_counts_padding_as_zeros_as_pytorch_does, E, Elements) {
    Instance<AveragePool<3, 2, 1>, Shape<1, 4, 4>, E> pool(1);
    for (int i = 0; i < 16; ++i) pool.x[i] = E(i + 1);
    pool.dy = {9, 18, 27, 36};
    pool.forward();
    pool.backward();
    const Tensor<double, Shape<1, 2, 2>> y{14 / 9.0, 30 / 9.0, 57 / 9.0, 11};
    const Tensor<double, Shape<1, 4, 4>> dx{1, 3, 2, 2, 4, 10, 6, 6, 3, 7, 4, 4, 3, 7, 4, 4};
    BOOST_TEST(distance(pool.y, y) <= 1e-6);
    BOOST_TEST(distance(pool.dx, dx) <= 1e-6);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(global_average_pool_averages_maps, E, Elements) {
    Instance<GlobalAveragePool, Shape<2, 2, 2>, E> pool(1);
    pool.x = {1, 2, 3, 6, -4, -4, 0, 0};
    pool.dy = {4, 12};
    pool.forward();
    pool.backward();
    BOOST_TEST((pool.y == Tensor<E, Shape<2>>{3, -2}));
    BOOST_TEST((pool.dx == Tensor<E, Shape<2, 2, 2>>{1, 1, 1, 1, 3, 3, 3, 3}));
}

BOOST_AUTO_TEST_CASE(average_pools_obey_the_laws_of_layers) {
    require_layer_laws<AveragePool<2>, Shape<2, 4, 6>>();
    require_layer_laws<AveragePool<1>, Shape<1, 2, 3>>();
    require_layer_laws<AveragePool<3, 2>, Shape<2, 5, 7>>();  // windows overlap
    require_layer_laws<AveragePool<2, 3>, Shape<1, 5, 6>>();  // gaps between them
    require_layer_laws<AveragePool<2>, Shape<3, 3, 5>>();     // a row and a column left over
    require_layer_laws<AveragePool<3, 2, 1>, Shape<2, 4, 5>>();
    require_layer_laws<AveragePool<4, 1, 2>, Shape<1, 3, 2>>();  // window larger than the map
}

BOOST_AUTO_TEST_CASE(global_average_pool_obeys_the_laws_of_layers) {
    require_layer_laws<GlobalAveragePool, Shape<3, 4, 5>>();
    require_layer_laws<GlobalAveragePool, Shape<1, 1, 1>>();
    require_layer_laws<GlobalAveragePool, Shape<2, 5, 7>>();  // a rest of a pack
}
