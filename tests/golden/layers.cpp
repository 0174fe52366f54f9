// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE golden.layers
#include <kiln/layers/activation.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "golden/layer.hpp"

using namespace kiln;
using namespace kiln::golden;

namespace {
Values& values() {
    static Values file("tests/golden/values/layers.txt");
    return file;
}
}  // namespace

BOOST_AUTO_TEST_CASE(linear_layers_are_those_of_pytorch) {
    require_golden_layer<Linear<7, 3>, Shape<7>>(values(), "Linear<7,3>");
    require_golden_layer<Linear<24, 17>, Shape<2, 3, 4>>(values(), "Linear<24,17>");
    require_golden_layer<Linear<7, 3, Bias::none>, Shape<7>>(values(), "Linear<7,3,none>");
}

BOOST_AUTO_TEST_CASE(convolutions_are_those_of_pytorch) {
    require_golden_layer<Conv<3, 5, 3, 2, 1>, Shape<3, 5, 6>>(values(), "Conv<3,5,3,2,1>");
    require_golden_layer<Conv<2, 4, 3>, Shape<2, 4, 5>>(values(), "Conv<2,4,3>");
    require_golden_layer<Conv<3, 4, 1>, Shape<3, 2, 3>>(values(), "Conv<3,4,1>");
    require_golden_layer<Conv<1, 3, 5, 1, 2>, Shape<1, 4, 5>>(values(), "Conv<1,3,5,1,2>");
    require_golden_layer<Conv<2, 3, 2, 3>, Shape<2, 5, 6>>(values(), "Conv<2,3,2,3>");
    require_golden_layer<Conv<2, 4, 3, 1, 1, 2, Bias::none>, Shape<2, 3, 2>>(values(), "Conv<2,4,3,1,1,2,none>");
}

BOOST_AUTO_TEST_CASE(max_pooling_is_that_of_pytorch) {
    require_golden_layer<Pool<2>, Shape<2, 5, 4>>(values(), "Pool<2>");
    require_golden_layer<Pool<3, 2>, Shape<1, 6, 5>>(values(), "Pool<3,2>");
    require_golden_layer<Pool<2>, Shape<1, 4, 4>>(values(), "Pool<2>_of_equals", {.grid = 2});
}

BOOST_AUTO_TEST_CASE(activations_are_those_of_pytorch) {
    require_golden_layer<ReLU, Shape<2, 2, 3>>(values(), "ReLU");
    require_golden_layer<ReLU, Shape<8>>(values(), "ReLU_of_zeros", {.grid = 2});
    require_golden_layer<Tanh, Shape<2, 2, 3>>(values(), "Tanh", {.bound = 4});
}

BOOST_AUTO_TEST_CASE(flattening_is_that_of_pytorch) {
    require_golden_layer<Flatten, Shape<1, 3, 2>>(values(), "Flatten");
}

BOOST_AUTO_TEST_CASE(a_network_whose_layers_are_fused_is_that_of_pytorch) {
    using Network = Sequential<Conv<1, 3, 3>, Pool<2>, ReLU, Flatten, Linear<36, 5>, Tanh>;
    require_golden_layer<Network, Shape<1, 8, 10>>(values(), "Network");
    using Unbiased =
        Sequential<Conv<1, 3, 3, 1, 0, 1, Bias::none>, ReLU, Pool<2>, Flatten, Linear<36, 5, Bias::none>, Tanh>;
    require_golden_layer<Unbiased, Shape<1, 8, 10>>(values(), "UnbiasedNetwork");
}

BOOST_AUTO_TEST_CASE(every_golden_value_was_compared) { BOOST_TEST(values().unused() == ""); }
