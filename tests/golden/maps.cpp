// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE golden.maps
#include <kiln/layers/activation.hpp>
#include <kiln/layers/average_pool.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/conv_transpose.hpp>
#include <kiln/layers/gated.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/layers/upsample.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "golden/layer.hpp"

using namespace kiln;
using namespace kiln::golden;

namespace {
Values& values() {
    static Values file("tests/golden/values/maps.txt");
    return file;
}
}  // namespace

BOOST_AUTO_TEST_CASE(convolutions_in_groups_are_those_of_pytorch) {
    require_golden_layer<Conv<4, 6, 3, 1, 1, 2>, Shape<4, 4, 5>>(values(), "Conv<4,6,3,1,1,2>");
    require_golden_layer<Conv<3, 6, 3, 2, 1, 3>, Shape<3, 5, 6>>(values(), "Conv<3,6,3,2,1,3>");
}

BOOST_AUTO_TEST_CASE(transposed_convolutions_are_those_of_pytorch) {
    require_golden_layer<ConvTranspose<3, 2, 3>, Shape<3, 3, 4>>(values(), "ConvTranspose<3,2,3>");
    require_golden_layer<ConvTranspose<2, 4, 4, 2, 1>, Shape<2, 3, 4>>(values(), "ConvTranspose<2,4,4,2,1>");
    require_golden_layer<ConvTranspose<3, 1, 3, 3, 1, 2>, Shape<3, 2, 3>>(values(), "ConvTranspose<3,1,3,3,1,2>");
    require_golden_layer<ConvTranspose<3, 2, 3, 1, 1, 0, Bias::none>, Shape<3, 2, 3>>(
        values(), "ConvTranspose<3,2,3,1,1,0,none>");
}

BOOST_AUTO_TEST_CASE(upsampling_is_that_of_pytorch) {
    require_golden_layer<Upsample<3>, Shape<2, 2, 3>>(values(), "Upsample<3>");
}

BOOST_AUTO_TEST_CASE(pooling_with_padding_and_of_averages_is_that_of_pytorch) {
    require_golden_layer<Pool<3, 2, 1>, Shape<2, 5, 6>>(values(), "Pool<3,2,1>");
    require_golden_layer<Pool<2, 1, 1>, Shape<1, 3, 4>>(values(), "Pool<2,1,1>");
    require_golden_layer<AveragePool<2>, Shape<2, 5, 4>>(values(), "AveragePool<2>");
    require_golden_layer<AveragePool<3, 2, 1>, Shape<2, 5, 6>>(values(), "AveragePool<3,2,1>");
    require_golden_layer<GlobalAveragePool, Shape<3, 4, 5>>(values(), "GlobalAveragePool");
}

BOOST_AUTO_TEST_CASE(a_network_down_and_up_again_is_that_of_pytorch) {
    using Network = Sequential<Conv<1, 3, 3, 2, 1>, ReLU, ConvTranspose<3, 2, 4, 2, 1>, SiLU, Conv<2, 2, 3, 1, 1, 2>>;
    require_golden_layer<Network, Shape<1, 6, 6>>(values(), "AutoencoderNetwork");
}

BOOST_AUTO_TEST_CASE(every_golden_value_was_compared) { BOOST_TEST(values().unused() == ""); }
