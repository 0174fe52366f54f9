// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE laws.described
#include "laws/described.hpp"

#include <kiln/layers/activation.hpp>
#include <kiln/layers/attention.hpp>
#include <kiln/layers/average_pool.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/bidirectional.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/conv1d.hpp>
#include <kiln/layers/conv_transpose.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/embedding.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/gated.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/initialized.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/layer_norm.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/layers/over_time.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/layers/pool1d.hpp>
#include <kiln/layers/position.hpp>
#include <kiln/layers/rnn.hpp>
#include <kiln/layers/softmax.hpp>
#include <kiln/layers/standardize.hpp>
#include <kiln/layers/upsample.hpp>
#include <kiln/layers/wavenet.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

using Described = std::tuple<
    On<Linear<7, 3>, Shape<7>>, On<Linear<24, 5>, Shape<2, 3, 4>>, On<Conv<2, 4, 3, 2, 1, 2>, Shape<2, 6, 7>>,
    On<Conv<3, 2, 2>, Shape<3, 4, 5>>, On<ConvTranspose<2, 3, 3, 2, 1, 1>, Shape<2, 3, 4>>,
    On<Pool<3, 2, 1>, Shape<2, 6, 7>>, On<AveragePool<3, 2, 1>, Shape<2, 6, 7>>, On<GlobalAveragePool, Shape<3, 4, 5>>,
    On<Upsample<2>, Shape<2, 2, 3>>, On<BatchNorm<3, 0.1, 0.25>, Shape<3, 2, 4>>, On<BatchNorm<5>, Shape<5>>,
    On<Standardize, Shape<2, 2, 3>>, On<Unstandardize, Shape<5>>, On<LayerNorm<12>, Shape<2, 3, 4>>,
    On<LayerNorm<4, 0.5>, Shape<2, 3, 4>>, On<Dropout<0.5>, Shape<4>>, On<Flatten, Shape<2, 3>>,
    On<Reshape<2, 3, 4>, Shape<24>>, On<Softmax, Shape<5>>, On<LogSoftmax, Shape<4, 2, 3>>, On<ReLU, Shape<9>>,
    On<LeakyReLU<0.25>, Shape<9>>, On<ELU<0.5>, Shape<9>>, On<Tanh, Shape<9>>, On<Sigmoid, Shape<9>>,
    On<Softplus, Shape<9>>, On<GELU, Shape<9>>, On<SiLU, Shape<9>>, On<HardSwish, Shape<9>>, On<RNN<3, 5>, Shape<4, 3>>,
    On<GRU<3, 5>, Shape<4, 3>>, On<GRU<2, 17, FastGates>, Shape<3, 2>>, On<LSTM<3, 5>, Shape<4, 3>>,
    On<Bidirectional<RNN<2, 3>>, Shape<4, 2>>, On<Bidirectional<GRU<2, 3>>, Shape<4, 2>>,
    On<Bidirectional<LSTM<2, 3>>, Shape<4, 2>>, On<Last, Shape<4, 2, 3>>,
    On<Sequential<GRU<3, 5>, LSTM<5, 4>, Last, Linear<4, 2>>, Shape<6, 3>>,
    On<Initialized<Linear<4, 3>, Glorot>, Shape<4>>, On<Conv1d<4, 6, 3, 2, 2, 2, 2>, Shape<9, 4>>,
    On<Conv1d<2, 3, 2, 1, 0, 1, 1, Bias::none>, Shape<4, 2>>, On<CausalConv1d<3, 2, 3, 2>, Shape<5, 3>>,
    On<Pool1d<3, 2>, Shape<8, 3>>, On<AveragePool1d<2>, Shape<5, 3>>, On<MeanOverTime, Shape<5, 3>>,
    On<MaxOverTime, Shape<5, 3>>, On<Each<Linear<3, 4>>, Shape<5, 3>>, On<Each<Softmax>, Shape<5, 3>>,
    On<Each<Linear<6, 4, Bias::none>>, Shape<5, 2, 3>>,
    On<Sequential<CausalConv1d<3, 4, 2>, Tanh, Each<Sequential<Linear<4, 5>, ReLU, Linear<5, 2>>>, MeanOverTime>,
       Shape<6, 3>>,
    On<WaveNet<2, WaveNetStack<3, 4, 3, Dilations<2, 1>, Tanh, Gates::none, Bias::none>,
               WaveNetStack<4, 3, 2, Dilations<1, 3>, SiLU, Gates::sigmoid>>,
       Shape<6, 2>>,
    On<Embedding<9, 5>, Tokens<9, 4>>, On<Embedding<9, 5>, Tokens<9, 2, 3>>, On<Position<4, 3>, Shape<4, 3>>,
    On<Position<4, 3>, Shape<2, 3>>, On<Attention<2>, Shape<5, 4>>, On<CausalAttention<3, Bias::none>, Shape<7, 6>>,
    On<Sequential<Embedding<9, 6>, Position<5, 6>, Residual<LayerNorm<6>, CausalAttention<2>>, Linear<30, 3>>,
       Tokens<9, 5>>,
    On<Sequential<Conv<1, 3, 3>, BatchNorm<3>, ReLU, Pool<2>, Dropout<0.5>, Linear<27, 4>, Softmax>, Shape<1, 8, 8>>>;

// Sums of a few dozen products, rounded by 6e-8 each, and functions within 3 of that.
BOOST_AUTO_TEST_CASE_TEMPLATE(the_graph_of_a_layer_makes_what_inference_makes, Case, Described) {
    BOOST_TEST((check_described<typename Case::Layer, typename Case::Input>()) <= 3e-6);
}

namespace {

/// Layers that describe another function, put operators in another order, or describe an output of another shape.
struct WrongFunction : Tanh {
    using claims_of = WrongFunction;
    static void describe(const auto& x, auto& y, auto) { y = x.then("Sigmoid"); }
};
template <int In, int Out>
struct WrongOperand : Linear<In, Out> {
    using claims_of = WrongOperand;
    static void describe(const auto& x, auto& y, auto at) {
        y = x.then("Gemm", at.parameters.weight, at.parameters.bias).with("transB", 1).then("Add", at.parameters.bias);
    }
};
struct WrongShape : Flatten {
    using claims_of = WrongShape;
    static void describe(const auto& x, auto& y, auto) { y = x; }
};
struct WrongAttribute : LeakyReLU<0.25> {
    using claims_of = WrongAttribute;
    static void describe(const auto& x, auto& y, auto) { y = x.then("LeakyRelu").with("alpha", 0.5); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_false_description_is_found) {
    BOOST_TEST((check_described<WrongFunction, Shape<9>>()) > 0.01);
    BOOST_TEST((check_described<WrongOperand<4, 3>, Shape<4>>()) > 0.01);
    BOOST_TEST((check_described<WrongShape, Shape<2, 3>>()) == HUGE_VAL);
    BOOST_TEST((check_described<WrongAttribute, Shape<9>>()) > 0.01);
}
