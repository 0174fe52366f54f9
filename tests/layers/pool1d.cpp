// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.pool1d
#include <kiln/core/lanes.hpp>
#include <kiln/laws/check_lengths.hpp>
#include <kiln/layers/pool1d.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<Pool1d<2>, Shape<5, 3>> && Layer<AveragePool1d<2>, Shape<5, 3>>);
static_assert(Pool1d<2>::shape({5, 3}).out == Extents{2, 3} && Pool1d<3, 1>::shape({5, 3}).out == Extents{3, 3});
static_assert(!Pool1d<3>::shape({2, 3}).fits && !Pool1d<0>::shape({2, 3}).fits && !Pool1d<2>::shape({2}).fits);
static_assert(!AveragePool1d<2>::shape({3, 4, 4}).fits && Pool1d<3>::shape({2, 3}).out == Extents{1, 3});
static_assert(std::is_same_v<Pool1d<3>::needs<Shape<2, 3>>, frames_of_at_least<3>>);
static_assert(std::is_same_v<Pool1d<3>::needs<Shape<9>>, a_sequence>);
static_assert(std::is_same_v<Pool1d<3, 0>::needs<Shape<9, 1>>, positive_arguments>);
static_assert(multiply_adds<AveragePool1d<2>, Shape<5, 3>>() == 6 && multiply_adds<Pool1d<2>, Shape<5, 3>>() == 0);

BOOST_AUTO_TEST_CASE(pooling_over_time_obeys_the_laws) {
    require_layer_laws<Pool1d<2>, Shape<5, 3>>();
    require_layer_laws<Pool1d<3, 1>, Shape<7, 2>>();
    require_layer_laws<Pool1d<2, 3>, Shape<8, 1>>();
    require_layer_laws<AveragePool1d<2>, Shape<5, 3>>();
    require_layer_laws<AveragePool1d<3, 2>, Shape<8, 2>>();
    require_layer_laws<AveragePool1d<1>, Shape<1, 1>>();
}

BOOST_AUTO_TEST_CASE(windows_behind_the_end_of_a_sample_put_out_nothing) {
    BOOST_TEST((check_lengths<Pool1d<2>, Shape<9, 3>>()));
    BOOST_TEST((check_lengths<AveragePool1d<3, 2>, Shape<9, 3>>()));
}
