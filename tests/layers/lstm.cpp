// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.lstm
#include <kiln/layers/lstm.hpp>

#include <boost/test/unit_test.hpp>

#include "layers/recurrent.hpp"

using namespace kiln;
using namespace kiln::laws;

BOOST_AUTO_TEST_CASE(lstm_takes_sequences) { require_shapes_of_sequences<LSTM>(); }
BOOST_AUTO_TEST_CASE(lstm_obeys_the_laws_of_layers) { require_recurrent_laws<LSTM>(); }
BOOST_AUTO_TEST_CASE(lstm_of_many_units_obeys_the_laws_of_lanes_and_gradients) { require_laws_of_many_units<LSTM>(); }
BOOST_AUTO_TEST_CASE(lstm_obeys_the_law_of_lengths) { require_law_of_lengths<LSTM>(); }
BOOST_AUTO_TEST_CASE(lstm_streams_have_the_bits_of_forward) { require_law_of_streams<LSTM>(); }
BOOST_AUTO_TEST_CASE(lstm_starts_within_one_by_the_root_of_its_units) {
    require_starting_values_of_16_units<LSTM<3, 16>>();
}
