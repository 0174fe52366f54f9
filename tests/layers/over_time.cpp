// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.over_time
#include <kiln/core/lanes.hpp>
#include <kiln/laws/check_lengths.hpp>
#include <kiln/layers/over_time.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<MeanOverTime, Shape<5, 3>> && Layer<MaxOverTime, Shape<5, 3>>);
static_assert(MeanOverTime::shape({5, 3}).out == Extents{3} && MeanOverTime::shape({5, 3}).fits);
static_assert(!MeanOverTime::shape({5}).fits && !MaxOverTime::shape({5, 3, 2}).fits);
static_assert(std::is_same_v<MaxOverTime::needs<Shape<5>>, a_sequence>);
static_assert(multiply_adds<MeanOverTime, Shape<5, 3>>() == 3);

BOOST_AUTO_TEST_CASE(pooling_of_all_frames_obeys_the_laws) {
    require_layer_laws<MeanOverTime, Shape<5, 3>>();
    require_layer_laws<MeanOverTime, Shape<1, 1>>();
    require_layer_laws<MaxOverTime, Shape<5, 3>>();
    require_layer_laws<MaxOverTime, Shape<1, 2>>();
}

BOOST_AUTO_TEST_CASE(frames_behind_the_end_of_a_sample_do_not_count) {
    BOOST_TEST((check_lengths<MeanOverTime, Shape<9, 3>>()));
    BOOST_TEST((check_lengths<MaxOverTime, Shape<9, 3>>()));
}
