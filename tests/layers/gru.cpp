// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.gru
#include <kiln/layers/gru.hpp>

#include <boost/test/unit_test.hpp>

#include "layers/recurrent.hpp"

using namespace kiln;
using namespace kiln::laws;

BOOST_AUTO_TEST_CASE(gru_takes_sequences) { require_shapes_of_sequences<GRU>(); }
BOOST_AUTO_TEST_CASE(gru_obeys_the_laws_of_layers) { require_recurrent_laws<GRU>(); }
BOOST_AUTO_TEST_CASE(gru_of_many_units_obeys_the_laws_of_lanes_and_gradients) { require_laws_of_many_units<GRU>(); }
BOOST_AUTO_TEST_CASE(gru_obeys_the_law_of_lengths) { require_law_of_lengths<GRU>(); }
BOOST_AUTO_TEST_CASE(gru_streams_have_the_bits_of_forward) { require_law_of_streams<GRU>(); }
BOOST_AUTO_TEST_CASE(gru_starts_within_one_by_the_root_of_its_units) {
    require_starting_values_of_16_units<GRU<3, 16>>();
}
