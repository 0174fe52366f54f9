// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.rnn
#include <kiln/layers/rnn.hpp>

#include <boost/test/unit_test.hpp>

#include "layers/recurrent.hpp"

using namespace kiln;
using namespace kiln::laws;

BOOST_AUTO_TEST_CASE(rnn_takes_sequences) { require_shapes_of_sequences<RNN>(); }
BOOST_AUTO_TEST_CASE(rnn_obeys_the_laws_of_layers) { require_recurrent_laws<RNN>(); }
// Without gates, frames multiply rounding errors.
BOOST_AUTO_TEST_CASE(rnn_of_many_units_obeys_the_laws_of_lanes_and_gradients) {
    require_laws_of_many_units<RNN>(1e-5, 2e-5);
}
BOOST_AUTO_TEST_CASE(rnn_obeys_the_law_of_lengths) { require_law_of_lengths<RNN>(); }
BOOST_AUTO_TEST_CASE(rnn_streams_have_the_bits_of_forward) { require_law_of_streams<RNN>(); }
BOOST_AUTO_TEST_CASE(rnn_starts_within_one_by_the_root_of_its_units) {
    require_starting_values_of_16_units<RNN<3, 16>>();
}
