// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.gru
#include <kiln/layers/gru.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

using namespace kiln;
using namespace kiln::laws;

BOOST_AUTO_TEST_CASE(gru_obeys_the_laws_of_layers) {
    require_layer_laws<GRU<3, 5>, Shape<4, 3>>();
    require_layer_laws<GRU<1, 7, FastGates>, Shape<3, 1>>();
}
