// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.lstm
#include <kiln/laws/check_lengths.hpp>
#include <kiln/layers/lstm.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"
#include "laws/stream.hpp"

#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<LSTM<3, 5>, Shape<4, 3>> && Layer<LSTM<1, 1, FastGates>, Shape<1, 1>>);
static_assert(LSTM<3, 5>::shape({4, 3}).fits && LSTM<3, 5>::shape({4, 3}).out == Extents{4, 5});
static_assert(!LSTM<3, 5>::shape({4, 2}).fits && !LSTM<3, 5>::shape({3}).fits && !LSTM<3, 5>::shape({1, 4, 3}).fits);
static_assert(!LSTM<0, 5>::shape({4, 0}).fits && !LSTM<3, -1>::shape({4, 3}).fits);
static_assert(!LSTM<1, 50000>::shape({4, 1}).fits);  // more weights than an int counts
static_assert(std::is_same_v<LSTM<3, 5>::needs<Shape<4, 2>>, frames_of<3>> &&
              std::is_same_v<LSTM<3, 5>::needs<Shape<3>>, rank<2>> &&
              std::is_same_v<LSTM<3, 0>::needs<Shape<4, 3>>, positive_arguments>);
static_assert(std::is_same_v<LSTM<3, 5, FastGates>::repair<Shape<4, 2>>, LSTM<2, 5, FastGates>> &&
              std::is_void_v<LSTM<3, 5>::repair<Shape<3>>>);

BOOST_AUTO_TEST_CASE(lstm_obeys_the_laws_of_layers) {
    require_layer_laws<LSTM<3, 5>, Shape<4, 3>>();
    require_layer_laws<LSTM<1, 7, FastGates>, Shape<3, 1>>();
    require_layer_laws<LSTM<17, 3>, Shape<2, 17>>();
}

// Units around packs and register tiles.
BOOST_AUTO_TEST_CASE(lstm_of_many_units_obeys_the_laws_of_lanes_and_gradients) {
    require_lanes_law<LSTM<18, 16>, Shape<9, 18>>();
    require_lanes_law<LSTM<2, 41, FastGates>, Shape<11, 2>>();
    require_lanes_law<LSTM<5, 128>, Shape<3, 5>>(1e-5);
    require_lanes_law<Over<Lanes<float, 8>, On<LSTM<7, 9>, Shape<5, 7>>>>(5e-6);
    require_lanes_law<Over<Lanes<float, 64>, On<LSTM<7, 9>, Shape<5, 7>>>>(5e-6);
    require_gradient_law<LSTM<2, 19>, Shape<3, 2>>();
}

BOOST_AUTO_TEST_CASE(lstm_obeys_the_law_of_lengths) {
    BOOST_TEST((check_lengths<LSTM<3, 5>, Shape<7, 3>>()));
    BOOST_TEST((check_lengths<LSTM<1, 17, FastGates>, Shape<4, 1>>()));
}

BOOST_AUTO_TEST_CASE(lstm_streams_have_the_bits_of_forward) {
    BOOST_TEST((check_stream<LSTM<3, 5>, 3, float>()));
    BOOST_TEST((check_stream<LSTM<1, 16, FastGates>, 1, float>()));
    BOOST_TEST((check_stream<LSTM<2, 100>, 2, float>()));
    BOOST_TEST((check_stream<LSTM<2, 9>, 2, double>()));
    BOOST_TEST((check_stream<LSTM<3, 20>, 3, Lanes<float, 16>>()));
}

BOOST_AUTO_TEST_CASE(lstm_starts_within_one_by_the_root_of_its_units) {
    parameters_t<LSTM<3, 16>, float, Shape<4, 3>> parameters{};
    Random random{Seed{1}};
    LSTM<3, 16>::initialize(parameters, random);
    for (const auto& tensor : tensors<float>(parameters)) {
        float most = 0;
        for (const float value : tensor) most = max(most, abs(value));
        BOOST_TEST(most <= 0.25f);
        BOOST_TEST(most > 0.2f);
    }
}
