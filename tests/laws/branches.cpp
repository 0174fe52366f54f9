// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE laws.branches
#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"
#include "laws/wired_networks.hpp"

using namespace kiln;
using namespace kiln::laws;

BOOST_AUTO_TEST_CASE(branches_obey_the_laws_of_layers) {
    require_layer_laws<Block, Image>();
    require_layer_laws<Down, Image>();
    require_layer_laws<Gate, Shape<6>>();
    require_layer_laws<Inception, Image>();
    require_layer_laws<Multiply<Tanh, Sigmoid, Linear<5, 5>>, Shape<5>>();
    require_layer_laws<Repeat<2, Residual<Linear<5, 5>, Tanh>>, Shape<5>>();
}

BOOST_AUTO_TEST_CASE(branches_nest) {
    require_layer_laws<Residual<Residual<Linear<5, 5>>, Sum<Tanh, Linear<5, 5>>>, Shape<5>>();
    require_layer_laws<Sequential<Linear<4, 6>, Residual<Sequential<Tanh, Linear<6, 6>>>, ReLU, Linear<6, 2>>,
                       Shape<4>>();
    require_layer_laws<Concat<Residual<Conv<2, 2, 1>>, Sequential<Block, Conv<2, 2, 3, 1, 1>, ReLU>>, Image>();
}

BOOST_AUTO_TEST_CASE(identity_obeys_the_laws_of_layers) {
    require_layer_laws<Identity, Shape<5>>();
    require_layer_laws<Identity, Shape<2, 3, 4>>();
    require_layer_laws<Sequential<Identity, Linear<4, 3>, Identity>, Shape<4>>();
}

BOOST_AUTO_TEST_CASE(identity_takes_no_place_in_a_graph) {
    require_layer_laws<Sum<Identity, Identity, Linear<5, 5>>, Shape<5>>();
    require_layer_laws<Concat<Identity, Sequential<Identity, Tanh, Identity>>, Shape<5>>();
    // The container's own output must be a value of its own.
    require_layer_laws<Graph<Input<"x">, Node<"f", Linear<4, 4>, "x">, Node<"sum", Add, "x", "f">,
                             Node<"y", Identity, "sum">, Output<"y">>,
                       Shape<4>>();
    require_layer_laws<Residual<Identity>, Shape<3>>();
}
