// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE golden.recurrent
#include <kiln/layers/bidirectional.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/layers/rnn.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "golden/layer.hpp"

using namespace kiln;
using namespace kiln::golden;

namespace {
Values& values() {
    static Values file("tests/golden/values/recurrent.txt");
    return file;
}
}  // namespace

BOOST_AUTO_TEST_CASE(recurrent_layers_are_those_of_pytorch) {
    require_golden_layer<RNN<3, 5>, Shape<4, 3>>(values(), "RNN<3,5>");
    require_golden_layer<RNN<2, 17>, Shape<5, 2>>(values(), "RNN<2,17>");
    require_golden_layer<GRU<3, 5>, Shape<4, 3>>(values(), "GRU<3,5>");
    require_golden_layer<GRU<17, 16>, Shape<6, 17>>(values(), "GRU<17,16>");
    require_golden_layer<GRU<1, 20>, Shape<3, 1>>(values(), "GRU<1,20>");
    require_golden_layer<LSTM<3, 5>, Shape<4, 3>>(values(), "LSTM<3,5>");
    require_golden_layer<LSTM<16, 18>, Shape<5, 16>>(values(), "LSTM<16,18>");
}

// The gates err by 3e-7 at most, which is a rounding of the sums.
BOOST_AUTO_TEST_CASE(recurrent_layers_with_fast_gates_are_those_of_pytorch) {
    require_golden_layer<RNN<2, 17, FastGates>, Shape<5, 2>>(values(), "RNN<2,17>");
    require_golden_layer<GRU<17, 16, FastGates>, Shape<6, 17>>(values(), "GRU<17,16>");
    require_golden_layer<LSTM<16, 18, FastGates>, Shape<5, 16>>(values(), "LSTM<16,18>");
}

BOOST_AUTO_TEST_CASE(bidirectional_layers_are_those_of_pytorch) {
    require_golden_layer<Bidirectional<RNN<3, 4>>, Shape<4, 3>>(values(), "Bidirectional<RNN<3,4>>");
    require_golden_layer<Bidirectional<GRU<2, 5>>, Shape<5, 2>>(values(), "Bidirectional<GRU<2,5>>");
    require_golden_layer<Bidirectional<LSTM<3, 4>>, Shape<3, 3>>(values(), "Bidirectional<LSTM<3,4>>");
}

BOOST_AUTO_TEST_CASE(a_network_of_recurrent_layers_is_that_of_pytorch) {
    using Network = Sequential<GRU<3, 5>, LSTM<5, 6>, Last, Linear<6, 4>>;
    require_golden_layer<Network, Shape<6, 3>>(values(), "RecurrentNetwork");
}

BOOST_AUTO_TEST_CASE(every_golden_value_was_compared) { BOOST_TEST(values().unused() == ""); }
