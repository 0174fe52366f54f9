// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE golden.normalization
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/layer_norm.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "golden/layer.hpp"

using namespace kiln;
using namespace kiln::golden;

namespace {
Values& values() {
    static Values file("tests/golden/values/normalization.txt");
    return file;
}
}  // namespace

BOOST_AUTO_TEST_CASE(batch_norm_is_that_of_pytorch) {
    require_golden_layer<BatchNorm<5>, Shape<5>>(values(), "BatchNorm<5>");
    require_golden_layer<BatchNorm<3>, Shape<3, 2, 3>>(values(), "BatchNorm<3>");
    require_golden_layer<BatchNorm<2, 0.3, 1e-3>, Shape<2, 3, 3>>(values(), "BatchNorm<2,0.3,1e-3>");
}

BOOST_AUTO_TEST_CASE(layer_norm_is_that_of_pytorch) {
    require_golden_layer<LayerNorm<10>, Shape<10>>(values(), "LayerNorm<10>");
    require_golden_layer<LayerNorm<6>, Shape<3, 6>>(values(), "LayerNorm<6>");
    require_golden_layer<LayerNorm<12, 1e-3>, Shape<2, 2, 3>>(values(), "LayerNorm<12,1e-3>");
}

BOOST_AUTO_TEST_CASE(a_network_with_normalization_is_that_of_pytorch) {
    using Network = Sequential<Conv<1, 3, 3>, BatchNorm<3>, ReLU, Flatten, Linear<18, 5>, BatchNorm<5>>;
    require_golden_layer<Network, Shape<1, 5, 4>>(values(), "NormalizedNetwork");
    using Unbiased = Sequential<Conv<1, 3, 3, 1, 0, 1, Bias::none>, BatchNorm<3>, ReLU>;
    require_golden_layer<Unbiased, Shape<1, 5, 4>>(values(), "UnbiasedNormalizedNetwork");
}

BOOST_AUTO_TEST_CASE(every_golden_value_was_compared) { BOOST_TEST(values().unused() == ""); }
