// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.gru
#include <kiln/laws/check_lengths.hpp>
#include <kiln/layers/gru.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"
#include "laws/stream.hpp"

#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<GRU<3, 5>, Shape<4, 3>> && Layer<GRU<1, 1, FastGates>, Shape<1, 1>>);
static_assert(GRU<3, 5>::shape({4, 3}).fits && GRU<3, 5>::shape({4, 3}).out == Extents{4, 5});
static_assert(!GRU<3, 5>::shape({4, 2}).fits && !GRU<3, 5>::shape({3}).fits && !GRU<3, 5>::shape({1, 4, 3}).fits);
static_assert(!GRU<0, 5>::shape({4, 0}).fits && !GRU<3, -1>::shape({4, 3}).fits);
static_assert(!GRU<1, 50000>::shape({4, 1}).fits);  // more weights than an int counts
static_assert(std::is_same_v<GRU<3, 5>::needs<Shape<4, 2>>, frames_of<3>> &&
              std::is_same_v<GRU<3, 5>::needs<Shape<3>>, rank<2>> &&
              std::is_same_v<GRU<3, 0>::needs<Shape<4, 3>>, positive_arguments>);
static_assert(std::is_same_v<GRU<3, 5, FastGates>::repair<Shape<4, 2>>, GRU<2, 5, FastGates>> &&
              std::is_void_v<GRU<3, 5>::repair<Shape<3>>>);

BOOST_AUTO_TEST_CASE(gru_obeys_the_laws_of_layers) {
    require_layer_laws<GRU<3, 5>, Shape<4, 3>>();
    require_layer_laws<GRU<1, 7, FastGates>, Shape<3, 1>>();
    require_layer_laws<GRU<17, 3>, Shape<2, 17>>();
}

// Units around packs and register tiles.
BOOST_AUTO_TEST_CASE(gru_of_many_units_obeys_the_laws_of_lanes_and_gradients) {
    require_lanes_law<GRU<18, 16>, Shape<9, 18>>();
    require_lanes_law<GRU<2, 41, FastGates>, Shape<11, 2>>();
    require_lanes_law<GRU<5, 128>, Shape<3, 5>>(1e-5);
    require_lanes_law<Over<Lanes<float, 8>, On<GRU<7, 9>, Shape<5, 7>>>>(5e-6);
    require_lanes_law<Over<Lanes<float, 64>, On<GRU<7, 9>, Shape<5, 7>>>>(5e-6);
    require_gradient_law<GRU<2, 19>, Shape<3, 2>>();
}

BOOST_AUTO_TEST_CASE(gru_obeys_the_law_of_lengths) {
    BOOST_TEST((check_lengths<GRU<3, 5>, Shape<7, 3>>()));
    BOOST_TEST((check_lengths<GRU<1, 17, FastGates>, Shape<4, 1>>()));
}

BOOST_AUTO_TEST_CASE(gru_streams_have_the_bits_of_forward) {
    BOOST_TEST((check_stream<GRU<3, 5>, 3, float>()));
    BOOST_TEST((check_stream<GRU<1, 16, FastGates>, 1, float>()));
    BOOST_TEST((check_stream<GRU<2, 100>, 2, float>()));
    BOOST_TEST((check_stream<GRU<2, 9>, 2, double>()));
    BOOST_TEST((check_stream<GRU<3, 20>, 3, Lanes<float, 16>>()));
}

BOOST_AUTO_TEST_CASE(gru_starts_within_one_by_the_root_of_its_units) {
    parameters_t<GRU<3, 16>, float, Shape<4, 3>> parameters{};
    Random random{Seed{1}};
    GRU<3, 16>::initialize(parameters, random);
    for (const auto& tensor : tensors<float>(parameters)) {
        float most = 0;
        for (const float value : tensor) most = max(most, abs(value));
        BOOST_TEST(most <= 0.25f);
        BOOST_TEST(most > 0.2f);
    }
}
