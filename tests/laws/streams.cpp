// SPDX-License-Identifier: BSL-1.0
// The law of streams for whole models: a sequence in blocks, however it is divided, has the bits of a pass over all of
// it. Optimised as far as programs are, because compilers choose other instructions for one sum in a loop than for
// several, and with -O3 for a sum that `select` chooses than for another.
// flags: -O3
#define BOOST_TEST_MODULE laws.streams
#include <kiln/expressions/expressed.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/attention.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/conv1d.hpp>
#include <kiln/layers/derived_activation.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/embedding.hpp>
#include <kiln/layers/gated.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/initialized.hpp>
#include <kiln/layers/layer_norm.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/layers/position.hpp>
#include <kiln/layers/rnn.hpp>
#include <kiln/layers/softmax.hpp>
#include <kiln/layers/standardize.hpp>
#include <kiln/layers/wavenet.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/stream.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/frozen.hpp>
#include <kiln/nets/graph.hpp>
#include <kiln/nets/identity.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/hana/define_struct.hpp>
#include <boost/test/unit_test.hpp>

#include "laws/stream_of_model.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

constexpr int T = 67;

template <int In, int Out>
struct Dense : Expressed<Dense<In, Out>> {
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<Out, In>>, weight), (Tensor<S, Shape<Out>>, bias));
    };
    static constexpr void initialize(auto& parameters, auto& random) {
        for (auto& weight : parameters.weight) weight = random.normal();
        for (auto& bias : parameters.bias) bias = random.normal();
    }
    static constexpr auto express(auto x, auto weight, auto bias) { return tanh(affine(weight, x, bias)); }
};
template <int In, int Out>
struct Product : Expressed<Product<In, Out>> {
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<In, Out>>, weight));
    };
    static constexpr void initialize(auto& parameters, auto& random) {
        for (auto& weight : parameters.weight) weight = random.normal();
    }
    static constexpr auto express(auto x, auto weight) { return matmul(x, weight); }
};
struct Normalized : Expressed<Normalized> {
    static constexpr auto express(auto x) {
        const auto centred = x - mean(x, Axis{1});
        return softmax(centred / sqrt(mean(centred * centred, Axis{1}) + 1e-3), Axis{-1}) * x;
    }
};
struct Gate : Expressed<Gate> {
    static constexpr int inputs = 2;
    static constexpr auto express(auto x, auto y) { return x * sigmoid(y); }
};
struct Softsign {
    constexpr auto operator()(const auto& x) const { return x / (abs(x) + 1); }
};

template <int Dilation>
using Dilated = Residual<CausalConv1d<8, 8, 3, Dilation>, Tanh, CausalConv1d<8, 8, 1>>;
using TCN = Sequential<CausalConv1d<1, 8, 3>, Dilated<1>, Dilated<2>, Dilated<4>, Dilated<8>, Dilated<16>, Dilated<32>,
                       Dilated<64>, Dilated<128>, Each<Linear<8, 1>>>;
using Attending = Residual<LayerNorm<24>, CausalAttention<3>>;
using Thinking = Residual<LayerNorm<24>, Each<Linear<24, 40>>, GELU, Each<Linear<40, 24>>>;
using GPT = Sequential<Embedding<20, 24>, Position<T, 24>, Attending, Thinking, Attending, Thinking, LayerNorm<24>,
                       Each<Linear<24, 20>>>;
using Wires = Graph<Input<"x">, Node<"past", CausalConv1d<4, 4, 3>, "x">, Node<"again", Shared<"past">, "past">,
                    Node<"gate", Gate, "past", "again">, Node<"all", Add, "gate", "x", "past">,
                    Node<"end", ReLU, "all">, Output<"end">>;

using Amplifier = WaveNet<1, WaveNetStack<4, 2, 3, Dilations<1, 2, 4, 8>, Tanh, Gates::sigmoid, Bias::none>,
                          WaveNetStack<2, 1, 2, Dilations<16, 1>, Tanh>>;

using Networks = std::tuple<
    Model<TCN, Shape<T, 1>>, Model<GPT, Tokens<20, T>>, Model<Wires, Shape<T, 4>>,
    Model<Sequential<GRU<3, 20>, Each<Linear<20, 2>>>, Shape<T, 3>>,
    Model<Sequential<LSTM<3, 24>, Dropout<>, LSTM<24, 9>, Each<Sequential<Linear<9, 4>, SiLU, Linear<4, 1>>>>,
          Shape<T, 3>>,
    Model<Sequential<Each<Frozen<BatchNorm<3>>>, Initialized<RNN<3, 5>, Orthogonal>, Each<Standardize>,
                     Each<Residual<Linear<5, 5>, Tanh>>>,
          Shape<T, 3>>,
    Model<Frozen<Sequential<GRU<3, 4>, CausalConv1d<4, 4, 2>, Tanh, Each<Linear<4, 6>>, ReLU, CausalAttention<2>>>,
          Shape<T, 3>>,
    Model<Sequential<Sum<CausalConv1d<3, 4, 2>, Each<Linear<3, 4>>>,
                     Multiply<Each<Sequential<Linear<4, 4>, Sigmoid>>, Identity>>,
          Shape<T, 3>>>;
using Layers =
    std::tuple<Model<GRU<2, 5>, Shape<T, 2>>, Model<Amplifier, Shape<T, 1>>,
               Model<LSTM<2, 5, LearnedStart>, Shape<T, 2>>, Model<CausalAttention<1>, Shape<T, 3>>,
               Model<CausalAttention<3>, Shape<T, 3>>, Model<CausalAttention<2, Bias::none>, Shape<T, 32>>,
               Model<CausalConv1d<4, 6, 2, 3, 2>, Shape<T, 4>>,
               Model<CausalConv1d<3, 1, 2, 1, 1, Bias::none>, Shape<T, 3>>, Model<Conv1d<3, 5, 1>, Shape<T, 3>>,
               Model<Each<Linear<4, 1>>, Shape<T, 4>>, Model<Each<Linear<5, 33, Bias::none>>, Shape<T, 5>>,
               Model<Sequential<CausalConv1d<3, 8, 2>, Activation<Softsign>>, Shape<T, 3>>,
               Model<Activation<Softsign>, Shape<T, 3>>, Model<Each<Softmax>, Shape<T, 5>>,
               Model<LayerNorm<5>, Shape<T, 5>>, Model<Sequential<GELU, ELU<>>, Shape<T, 3>>,
               Model<Sequential<Each<Conv<1, 2, 3>>, HardSwish>, Shape<T, 1, 4, 5>>, Model<Dense<8, 5>, Shape<T, 8>>,
               Model<Dense<4, 1>, Shape<T, 4>>, Model<Product<9, 24>, Shape<T, 9>>, Model<Normalized, Shape<T, 6>>>;

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_network_in_blocks_has_the_bits_of_the_whole_sequence, M, Networks) {
    BOOST_TEST((check_stream_of_model<M, float>()));
}
BOOST_AUTO_TEST_CASE_TEMPLATE(a_layer_in_blocks_has_the_bits_of_the_whole_sequence, M, Layers) {
    BOOST_TEST((check_stream_of_model<M, float>()));
}
// Voices have the bits of a pass over as many samples at once.
using VoiceNetworks = std::tuple<std::tuple_element_t<0, Networks>, std::tuple_element_t<1, Networks>,
                                 std::tuple_element_t<2, Networks>, std::tuple_element_t<4, Networks>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(voices_in_blocks_have_the_bits_of_samples_at_once, M, VoiceNetworks) {
    BOOST_TEST((check_stream_of_model<M, Lanes<float, 16>>()));
    BOOST_TEST((check_stream_of_model<M, Lanes<float, 4>>()));
}
// A float's sums have another order than those of lanes, so voices equal single streams but for rounding.
BOOST_AUTO_TEST_CASE_TEMPLATE(each_voice_is_a_stream_of_its_own, M, VoiceNetworks) {
    BOOST_TEST((voices_differ_by<M>()) < 2e-5);
}
