// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.detail.known_layers
#include <kiln/io/detail/known_layers.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/gated.hpp>
#include <kiln/layers/layer_norm.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/layers/softmax.hpp>
#include <kiln/layers/wavenet.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <type_traits>

using namespace kiln;

namespace {

struct Squared : Tanh {};  // it does not say that Tanh's claims are its own

template <class Net, class In>
using Verdict = io::detail::KnownVerdict<Model<Net, In>>;
static_assert(std::is_same_v<Verdict<Sequential<Linear<3, 2>, Tanh>, Shape<3>>, layers_known>);
static_assert(std::is_same_v<Verdict<Each<Linear<3, 2>>, Shape<4, 3>>, layers_known>);
static_assert(std::is_same_v<Verdict<Sequential<Linear<3, 2>, Sequential<Tanh, LayerNorm<2>>>, Shape<3>>,
                             not_known<layer<1, 1>, LayerNorm<2>, missing<member::kind>>>);
static_assert(
    std::is_same_v<Verdict<Sequential<Squared>, Shape<3>>, not_known<layer<0>, Squared, missing<member::kind>>>);
static_assert(
    std::is_same_v<Verdict<Sequential<Softmax>, Shape<4, 3>>,
                   not_known<layer<0>, Softmax, expects<rank<1>>, got<Shape<4, 3>>, try_this<Each<Softmax>>>>);
// Each frame of a batch normalisation has no batch.
static_assert(std::is_same_v<Verdict<Sequential<BatchNorm<4>>, Shape<4, 4>>,
                             not_known<layer<0>, BatchNorm<4>, expects<rank<1>>, got<Shape<4, 4>>>>);

}  // namespace

BOOST_AUTO_TEST_CASE(layers_come_in_their_order_with_their_tensors) {
    using Net = Sequential<LSTM<1, 3, LearnedStart>, Dropout<0.5>,
                           Each<Sequential<Linear<3, 2>, LeakyReLU<0.25>, Linear<2, 4, Bias::none>>>>;
    const auto model = std::make_unique<Model<Net, Shape<5, 1>>>();
    const auto tensors = io::state_dict(*model);
    const auto layers = io::detail::known_layers<Model<Net, Shape<5, 1>>>(tensors);
    BOOST_REQUIRE(layers.size() == 4u);
    const char* const names[] = {"LSTM", "Linear", "LeakyReLU", "Linear"};
    for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(layers[i].kind.name == std::string(names[i]));
    BOOST_TEST(layers[0].text() == "layer 0 of the model, LSTM");
    BOOST_TEST(layers[1].text() == "layer 2 of the model, Linear");
    BOOST_TEST((layers[1].kind.inputs == 3 && layers[1].kind.outputs == 2 && layers[2].kind.parameter == 0.25));
    BOOST_TEST(layers[0].find("weight_ih_l0") == tensors[0].data);
    BOOST_TEST(layers[0].find("memory_start") == tensors[5].data);
    BOOST_TEST(layers[1].find("bias") == tensors[7].data);
    BOOST_TEST(layers[3].find("weight") == tensors[8].data);
    BOOST_TEST(layers[3].find("bias") == nullptr);
}

BOOST_AUTO_TEST_CASE(tensors_of_a_network_of_one_layer_keep_their_names) {
    using Net = WaveNet<1, WaveNetStack<3, 2, 2, Dilations<1, 4>, SiLU, Gates::sigmoid>>;
    const auto model = std::make_unique<Model<Net, Shape<5, 1>>>();
    const auto tensors = io::state_dict(*model);
    const auto layers = io::detail::known_layers<Model<Net, Shape<5, 1>>>(tensors);
    BOOST_REQUIRE((layers.size() == 1u && layers[0].kind.stack_count == 1));
    const StackKind& stack = layers[0].kind.stacks[0];
    BOOST_TEST((stack.channels == 3 && stack.head == 2 && stack.kernel == 2 && stack.layers == 2));
    BOOST_TEST((stack.dilations[0] == 1 && stack.dilations[1] == 4 && stack.has_gates && stack.has_head_bias));
    BOOST_TEST(stack.activation.name == std::string("SiLU"));
    BOOST_TEST(layers[0].find("0.rechannel") == tensors[0].data);
    BOOST_TEST(layers[0].find("head_scale") == tensors[8].data);
}
