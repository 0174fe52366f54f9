// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.state_dict
#include <kiln/io/state_dict.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/bidirectional.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/conv1d.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/layer_norm.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/rnn.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace kiln;

namespace {

using Net = Sequential<Conv<2, 4, 3>, BatchNorm<4>, Sequential<ReLU, Linear<4 * 4 * 4, 3>>>;
using Nested = Model<Net, Shape<2, 6, 6>>;

std::vector<std::pair<std::string, Extents>> listed(const auto& tensors) {
    std::vector<std::pair<std::string, Extents>> list;
    for (const auto& tensor : tensors) list.emplace_back(tensor.name, tensor.extents);
    return list;
}

// In a constant expression as well.
constexpr int count_of(const Nested& model) {
    int count = 0;
    for (const auto& tensor : io::state_dict(model)) count += tensor.count();
    return count;
}
static_assert(count_of(Nested{}) == Nested::parameter_count + 8);

}  // namespace

BOOST_AUTO_TEST_CASE(names_and_shapes_are_those_of_a_state_dict) {
    static Nested model;
    const std::vector<std::pair<std::string, Extents>> expected{
        {"0.weight", {4, 2, 3, 3}}, {"0.bias", {4}},   {"1.weight", {4}},       {"1.bias", {4}},
        {"2.1.weight", {3, 64}},    {"2.1.bias", {3}}, {"1.running_mean", {4}}, {"1.running_var", {4}}};
    BOOST_TEST((listed(io::state_dict(model)) == expected));
    BOOST_TEST((listed(io::state_dict(std::as_const(model))) == expected));
}

BOOST_AUTO_TEST_CASE(a_layer_without_bias_has_a_weight_alone) {
    static Model<Sequential<Conv<2, 4, 3, 1, 0, 1, Bias::none>, Linear<64, 3, Bias::none>>, Shape<2, 6, 6>> model;
    const std::vector<std::pair<std::string, Extents>> expected{{"0.weight", {4, 2, 3, 3}}, {"1.weight", {3, 64}}};
    BOOST_TEST((listed(io::state_dict(model)) == expected));
}

BOOST_AUTO_TEST_CASE(recurrent_layers_have_the_names_of_both_directions) {
    static Model<Sequential<Bidirectional<GRU<3, 2>>, RNN<4, 5>, Last>, Shape<6, 3>> model;
    const std::vector<std::pair<std::string, Extents>> expected{{"0.weight_ih_l0", {6, 3}},
                                                                {"0.weight_hh_l0", {6, 2}},
                                                                {"0.bias_ih_l0", {6}},
                                                                {"0.bias_hh_l0", {6}},
                                                                {"0.weight_ih_l0_reverse", {6, 3}},
                                                                {"0.weight_hh_l0_reverse", {6, 2}},
                                                                {"0.bias_ih_l0_reverse", {6}},
                                                                {"0.bias_hh_l0_reverse", {6}},
                                                                {"1.weight_ih_l0", {5, 4}},
                                                                {"1.weight_hh_l0", {5, 5}},
                                                                {"1.bias_ih_l0", {5}},
                                                                {"1.bias_hh_l0", {5}}};
    BOOST_TEST((listed(io::state_dict(model)) == expected));
    io::state_dict(model)[5].data[3] = 7;
    BOOST_TEST(hana::at_c<0>(model.parameters()).weight_hh_l0_reverse[3] == 7);
}

BOOST_AUTO_TEST_CASE(layers_along_time_have_the_names_and_shapes_of_pytorch) {
    using Net = Sequential<Conv1d<4, 6, 3, 1, 0, 1, 2>, Each<Linear<6, 5>>, CausalConv1d<5, 2, 2, 3, 1, Bias::none>>;
    static Model<Net, Shape<9, 4>> model;
    const std::vector<std::pair<std::string, Extents>> expected{{"0.weight", {6, 2, 3}},
                                                                {"0.bias", {6}},
                                                                {"1.weight", {5, 6}},
                                                                {"1.bias", {5}},
                                                                {"2.weight", {2, 5, 2}}};
    BOOST_TEST((listed(io::state_dict(model)) == expected));
}

BOOST_AUTO_TEST_CASE(data_are_those_of_the_model) {
    static Nested model;
    const auto tensors = io::state_dict(model);
    tensors[3].data[2] = 7;
    tensors[7].data[1] = 5;
    BOOST_TEST(hana::at_c<1>(model.parameters()).bias[2] == 7);
    BOOST_TEST(hana::at_c<1>(model.state()).running_var[1] == 5);
    const auto& constant = std::as_const(model);
    static_assert(std::is_same_v<decltype(io::state_dict(constant)[0].data), const float*>);
    BOOST_TEST(io::state_dict(constant)[7].data[1] == 5);
}

// g++ 12 once took the list for empty here: see ModelTensor.
BOOST_AUTO_TEST_CASE(a_loop_over_the_tensors_changes_the_model) {
    static Model<Sequential<Linear<3, 2>, LayerNorm<2>>, Shape<3>> model;
    for (const auto& tensor : io::state_dict(model))
        for (int i = 0; i < tensor.extents.count(); ++i) tensor.data[i] += 1;
    BOOST_TEST(hana::at_c<0>(model.parameters()).weight[3] == 1);
    BOOST_TEST(hana::at_c<1>(model.parameters()).bias[1] == 1);
}

BOOST_AUTO_TEST_CASE(a_single_layer_has_names_without_a_position) {
    static Model<Linear<3, 2>, Shape<3>> model;
    BOOST_TEST((listed(io::state_dict(model)) ==
                std::vector<std::pair<std::string, Extents>>{{"weight", {2, 3}}, {"bias", {2}}}));
}

BOOST_AUTO_TEST_CASE(a_norm_over_a_whole_map_has_weights_of_its_shape) {
    static Model<LayerNorm<24>, Shape<2, 3, 4>> map;
    BOOST_TEST((io::state_dict(map)[0].extents == Extents{2, 3, 4}));
    static Model<LayerNorm<24>, Shape<1, 6, 4>> single;
    BOOST_TEST((io::state_dict(single)[0].extents == Extents{1, 6, 4}));
    static Model<LayerNorm<12>, Shape<2, 3, 4>> channel;
    BOOST_TEST((io::state_dict(channel)[1].extents == Extents{3, 4}));
}

BOOST_AUTO_TEST_CASE(a_model_without_parameters_has_no_tensors) {
    static Model<ReLU, Shape<3>> model;
    BOOST_TEST(io::state_dict(model).size() == 0u);
}
