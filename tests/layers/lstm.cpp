// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.lstm
#include <kiln/layers/last.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "layers/recurrent.hpp"

using namespace kiln;
using namespace kiln::laws;

BOOST_AUTO_TEST_CASE(lstm_takes_sequences) { require_shapes_of_sequences<LSTM>(); }
BOOST_AUTO_TEST_CASE(lstm_obeys_the_laws_of_layers) { require_recurrent_laws<LSTM>(); }
BOOST_AUTO_TEST_CASE(lstm_of_many_units_obeys_the_laws_of_lanes_and_gradients) { require_laws_of_many_units<LSTM>(); }
BOOST_AUTO_TEST_CASE(lstm_that_learns_its_start_obeys_the_laws) {
    require_layer_laws<LSTM<3, 5, LearnedStart>, Shape<4, 3>>();
    require_layer_laws<LSTM<1, 7, FastGates, LearnedStart>, Shape<1, 1>>();
    require_lanes_law<LSTM<2, 41, LearnedStart>, Shape<11, 2>>();
    require_gradient_law<Sequential<LSTM<2, 3, LearnedStart>, Last>, Shape<4, 2>>();
    BOOST_TEST((check_lengths<LSTM<3, 5, LearnedStart>, Shape<7, 3>>()));
    BOOST_TEST((check_stream<LSTM<3, 5, LearnedStart>, Shape<12, 3>, float>()));
    BOOST_TEST((check_stream<LSTM<3, 5, LearnedStart>, Shape<12, 3>, Lanes<float, 16>>()));
}
BOOST_AUTO_TEST_CASE(lstm_obeys_the_law_of_lengths) { require_law_of_lengths<LSTM>(); }
BOOST_AUTO_TEST_CASE(lstm_streams_have_the_bits_of_forward) { require_law_of_streams<LSTM>(); }
BOOST_AUTO_TEST_CASE(lstm_starts_within_one_by_the_root_of_its_units) {
    require_starting_values_of_16_units<LSTM<3, 16>>();
}
