// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE golden.convolutions
#include <kiln/layers/activation.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/conv1d.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/over_time.hpp>
#include <kiln/layers/pool1d.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "golden/layer.hpp"

using namespace kiln;
using namespace kiln::golden;

namespace {
Values& values() {
    static Values file("tests/golden/values/convolutions.txt");
    return file;
}
}  // namespace

BOOST_AUTO_TEST_CASE(convolutions_along_time_are_those_of_pytorch) {
    require_golden_layer<Conv1d<3, 5, 3>, Shape<8, 3>>(values(), "Conv1d<3,5,3>");
    require_golden_layer<Conv1d<4, 6, 3, 2, 1, 2, 2>, Shape<9, 4>>(values(), "Conv1d<4,6,3,2,1,2,2>");
    require_golden_layer<Conv1d<6, 6, 3, 1, 1, 1, 6>, Shape<7, 6>>(values(), "Conv1d<6,6,3,1,1,1,6>");
    require_golden_layer<Conv1d<2, 3, 2, 3, 0, 1, 1, Bias::none>, Shape<8, 2>>(values(), "Conv1d<2,3,2,3,0,1,1,none>");
}

BOOST_AUTO_TEST_CASE(causal_convolutions_are_those_of_pytorch) {
    require_golden_layer<CausalConv1d<3, 5, 3, 2>, Shape<9, 3>>(values(), "CausalConv1d<3,5,3,2>");
    require_golden_layer<CausalConv1d<4, 6, 2, 1, 2>, Shape<5, 4>>(values(), "CausalConv1d<4,6,2,1,2>");
}

BOOST_AUTO_TEST_CASE(pooling_over_time_is_that_of_pytorch) {
    require_golden_layer<Pool1d<3, 2>, Shape<8, 3>>(values(), "Pool1d<3,2>");
    require_golden_layer<AveragePool1d<2>, Shape<7, 3>>(values(), "AveragePool1d<2>");
    require_golden_layer<MeanOverTime, Shape<6, 4>>(values(), "MeanOverTime");
    require_golden_layer<MaxOverTime, Shape<6, 4>>(values(), "MaxOverTime");
}

BOOST_AUTO_TEST_CASE(each_of_linear_is_the_linear_layer_of_pytorch) {
    require_golden_layer<Each<Linear<3, 4>>, Shape<6, 3>>(values(), "Each<Linear<3,4>>");
}

BOOST_AUTO_TEST_CASE(a_network_along_time_is_that_of_pytorch) {
    using Network = Sequential<Conv1d<2, 8, 1>, CausalConv1d<8, 8, 3>, Tanh, CausalConv1d<8, 8, 3, 2>, ReLU,
                               MeanOverTime, Linear<8, 3>>;
    require_golden_layer<Network, Shape<20, 2>>(values(), "Temporal");
}
