// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.pool
#include <kiln/core/lanes.hpp>
#include <kiln/layers/pool.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<Pool<2>, Shape<8, 26, 26>>);

// Output extents as torch.nn.MaxPool2d gives them.
static_assert(Pool<2>::shape({8, 26, 26}).out == Extents{8, 13, 13});
static_assert(Pool<2>::shape({3, 5, 7}).out == Extents{3, 2, 3});     // the rest is left out
static_assert(Pool<3, 2>::shape({1, 7, 8}).out == Extents{1, 3, 3});  // windows overlap
static_assert(Pool<2, 3>::shape({1, 8, 9}).out == Extents{1, 3, 3});  // gaps between windows
static_assert(Pool<4>::shape({1, 4, 4}).out == Extents{1, 1, 1});

static_assert(Pool<3, 2, 1>::shape({4, 7, 8}).out == Extents{4, 4, 4});
static_assert(Pool<3, 1, 1>::shape({1, 1, 5}).out == Extents{1, 1, 5});
static_assert(Pool<2, 2, 1>::shape({1, 1, 5}).out == Extents{1, 1, 3});

// pool_refuses_padding_of_more_than_half_a_window
static_assert(Pool<2, 2, 1>::shape({1, 4, 4}).fits && !Pool<2, 2, 2>::shape({1, 4, 4}).fits);
static_assert(Pool<3, 1, 1>::shape({1, 4, 4}).fits && !Pool<3, 1, 2>::shape({1, 4, 4}).fits);
static_assert(std::is_same_v<Pool<3, 1, 2>::needs<Shape<1, 4, 4>>, padding_of_at_most_half_the_window>);
static_assert(!Pool<3, 1, 2'000'000'000>::shape({1, 4, 4}).fits && !Pool<3, 1, -1>::shape({1, 4, 4}).fits);
static_assert(!Pool<5, 1, 1>::shape({1, 2, 9}).fits && Pool<5, 1, 1>::shape({1, 3, 3}).fits);
static_assert(std::is_same_v<Pool<5, 1, 1>::needs<Shape<1, 2, 9>>, map_of_at_least<3, 3>>);
// Fusion knows nothing of padding.
static_assert(Pool<2>::max_pool_window == 2 && Pool<2, 2, 1>::max_pool_window == 0);

// pool_refuses_window_larger_than_map, in either direction
static_assert(!Pool<3>::shape({1, 2, 9}).fits && !Pool<3>::shape({1, 9, 2}).fits && Pool<3>::shape({1, 3, 3}).fits);
static_assert(std::is_same_v<Pool<3>::needs<Shape<1, 2, 9>>, map_of_at_least<3, 3>>);
static_assert(Pool<3>::shape({4, 2, 9}).out == Extents{4, 1, 3});
// pool_refuses_a_shape_that_is_no_map
static_assert(!Pool<2>::shape({8}).fits && !Pool<2>::shape({8, 8}).fits && !Pool<2>::shape({8, 8, 8, 8}).fits);
static_assert(std::is_same_v<Pool<2>::needs<Shape<8>>, rank<3>>);
// pool_refuses_arguments_below_one
static_assert(!Pool<0>::shape({1, 4, 4}).fits && !Pool<2, 0>::shape({1, 4, 4}).fits &&
              !Pool<-1>::shape({1, 4, 4}).fits);
static_assert(std::is_same_v<Pool<2, 0>::needs<Shape<1, 4, 4>>, positive_arguments>);

namespace {
/// The numbers in every lane.
template <class E, class S, class... Numbers>
void set(Tensor<E, S>& tensor, Numbers... numbers) {
    tensor = {E(scalar_t<E>(numbers))...};
}
template <class E, class S, class... Numbers>
bool has(const Tensor<E, S>& tensor, Numbers... numbers) {
    for (int l = 0; l < width<E>; ++l)
        if (!(lane_of<double>(tensor, l) == Tensor<double, S>{double(numbers)...})) return false;
    return true;
}
}  // namespace

using Elements = std::tuple<float, double, Lanes<float, 4>, Lanes<float, 16>>;

BOOST_AUTO_TEST_CASE_TEMPLATE(pool_takes_the_largest_and_sends_the_slope_back_there, E, Elements) {
    Instance<Pool<2>, Shape<1, 4, 4>, E> pool(1);
    set(pool.x, 1, 2, 3, 4,  //
        5, 6, 8, 7,          //
        -1, -2, 0, 0,        //
        -3, -4, 0, 9);
    set(pool.dy, 10, 20, 30, 40);
    pool.forward();
    pool.backward();
    BOOST_TEST(has(pool.y, 6, 8, -1, 9));
    BOOST_TEST(has(pool.dx, 0, 0, 0, 0,  //
                   0, 10, 20, 0,         //
                   30, 0, 0, 0,          //
                   0, 0, 0, 40));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(pool_sends_the_slope_to_the_first_of_equals_only, E, Elements) {
    Instance<Pool<2>, Shape<1, 2, 4>, E> pool(1);
    set(pool.x, 0, 0, 1, 2,  //
        0, 0, 2, 2);
    set(pool.dy, 5, 7);
    pool.forward();
    pool.backward();
    BOOST_TEST(has(pool.dx, 5, 0, 0, 7, 0, 0, 0, 0));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(pool_sends_nothing_back_to_pixels_left_out, E, Elements) {
    Instance<Pool<2>, Shape<1, 3, 3>, E> pool(1);
    set(pool.x, 1, 2, 9, 3, 4, 9, 9, 9, 9);
    set(pool.dy, 5);
    pool.forward();
    pool.backward();
    BOOST_TEST(has(pool.y, 4));
    BOOST_TEST(has(pool.dx, 0, 0, 0, 0, 5, 0, 0, 0, 0));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(pool_adds_slopes_where_windows_overlap, E, Elements) {
    Instance<Pool<2, 1>, Shape<1, 2, 3>, E> pool(1);
    set(pool.x, 0, 9, 0, 0, 0, 0);
    set(pool.dy, 5, 7);
    pool.forward();
    pool.backward();
    BOOST_TEST(has(pool.y, 9, 9));
    BOOST_TEST(has(pool.dx, 0, 12, 0, 0, 0, 0));
}

BOOST_AUTO_TEST_CASE(pool_decides_in_each_lane_for_itself) {
    Instance<Pool<2>, Shape<1, 2, 2>, Lanes<float, 4>> pool(1);
    for (int i = 0; i < 4; ++i)
        for (int l = 0; l < 4; ++l) pool.x[i].v[l] = i == l ? 1.0f : 0.0f;
    pool.dy[0] = 3.0f;
    pool.forward();
    pool.backward();
    for (int i = 0; i < 4; ++i)
        for (int l = 0; l < 4; ++l) BOOST_TEST(pool.dx[i].v[l] == (i == l ? 3.0f : 0.0f));
}

BOOST_AUTO_TEST_CASE(pool_keeps_channels_apart) {
    Instance<Pool<2>, Shape<2, 2, 2>, float> pool(1);
    set(pool.x, 1, 2, 3, 4, -5, -6, -7, -8);
    pool.forward();
    BOOST_TEST(has(pool.y, 4, -5));
}

// Values of torch.nn.MaxPool2d(3, 2, 1), PyTorch 1.13: negative pixels, so that zeros around them would show.
BOOST_AUTO_TEST_CASE_TEMPLATE(pool_takes_padding_for_less_than_anything_as_pytorch_does, E, Elements) {
    Instance<Pool<3, 2, 1>, Shape<1, 4, 4>, E> pool(1);
    set(pool.x, -3, -1, -4, -1,  //
        -5, -9, -2, -6,          //
        -5, -3, -5, -8,          //
        -9, -7, -9, -3);
    set(pool.dy, 1, 2, 3, 4);
    pool.forward();
    pool.backward();
    BOOST_TEST(has(pool.y, -1, -1, -3, -2));
    BOOST_TEST(has(pool.dx, 0, 3, 0, 0,  //
                   0, 0, 4, 0,           //
                   0, 3, 0, 0,           //
                   0, 0, 0, 0));
}

BOOST_AUTO_TEST_CASE(padded_pools_obey_the_laws_of_layers) {
    require_layer_laws<Pool<3, 2, 1>, Shape<2, 5, 6>>();
    require_layer_laws<Pool<2, 2, 1>, Shape<1, 1, 5>>();
    require_layer_laws<Pool<2, 3, 1>, Shape<3, 4, 3>>();  // gaps between windows
    require_layer_laws<Pool<4, 1, 2>, Shape<1, 3, 2>>();  // window larger than the map
}
