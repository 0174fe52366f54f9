// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE laws.wired
#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"
#include "laws/wired_networks.hpp"

using namespace kiln;
using namespace kiln::laws;

BOOST_AUTO_TEST_CASE(graphs_obey_the_laws_of_layers) {
    require_layer_laws<FanOut, Shape<5>>();
    require_layer_laws<Square, Shape<4>>();
    require_layer_laws<ResidualNode, Image>();
}

BOOST_AUTO_TEST_CASE(graphs_with_shared_parameters_obey_the_laws_of_layers) {
    require_layer_laws<SharedConv, Image>();
    require_layer_laws<SharedChain, Shape<5>>();
    require_gradient_law<SharedHead, Image>();
    require_gradient_law<Sequential<Linear<4, 4>, SharedIce>, Shape<4>>();
}

BOOST_AUTO_TEST_CASE(graphs_with_batch_statistics_obey_the_gradient_law) {
    // Three normalisations in a row amplify roundings.
    require_gradient_law<Norms, Shape<2, 3, 3>>(1e-11);
    require_gradient_law<SharedNorm, Shape<1, 3, 3>>(1e-11);
    require_constant_law<Norms, Shape<2, 3, 3>>(1e-5);
}

BOOST_AUTO_TEST_CASE(graphs_nest) {
    require_layer_laws<GraphInGraph, Shape<5>>();
    require_layer_laws<Sequential<Linear<4, 5>, SharedChain, ReLU, Residual<SharedChain>>, Shape<4>>();
}

BOOST_AUTO_TEST_CASE(a_wired_container_of_ones_own_obeys_the_laws_of_layers) {
    require_layer_laws<Doubled<Linear<5, 5>>, Shape<5>>();
    require_layer_laws<Sequential<Linear<4, 5>, Doubled<Sequential<Tanh, Linear<5, 5>>>>, Shape<4>>();
}

BOOST_AUTO_TEST_CASE(a_container_without_with_parts_obeys_the_gradient_law_when_it_is_frozen) {
    require_gradient_law<Sequential<Linear<4, 6>, Frozen<Doubled<Linear<6, 6>>>>, Shape<4>>();
}
