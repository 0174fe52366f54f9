// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE nets.graph
#include <kiln.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/described.hpp"
#include "laws/instance.hpp"
#include "laws/samples.hpp"
#include "laws/wired_networks.hpp"

#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

static_assert(kiln::Layer<FanOut, Shape<5>> && Container<FanOut, Shape<5>> && MakesClaims<FanOut>);
static_assert(std::is_same_v<output_t<FanOut, Shape<5>>, Shape<3>>);
static_assert(multiply_adds<FanOut, Shape<5>>() == 20 + 16 + 4 + 39);
static_assert(Model<FanOut, Shape<5>>::parameter_count == 24 + 20 + 42);
static_assert(multiply_adds<SharedChain, Shape<5>>() == 3 * 25 && Model<SharedChain, Shape<5>>::parameter_count == 30);
static_assert(multiply_adds<GraphInGraph, Shape<5>>() == 2 * 75 + 5);
static_assert(Model<GraphInGraph, Shape<5>>::parameter_count == 30);
static_assert(!Doubled<Linear<5, 4>>::shape({5}).fits && Doubled<Linear<5, 4>>::shape({5}).position[0] == 1);

}  // namespace

BOOST_AUTO_TEST_CASE(a_shared_state_is_updated_by_every_node) {
    Instance<SharedNorm, Shape<1, 2, 2>, float> layer(1);
    layer.x = {2, 4, 6, 8};  // mean 5
    part_of<0>(layer.parameters).weight = {1};
    part_of<0>(layer.parameters).bias = {0};
    part_of<1>(layer.parameters).weight = {1};
    part_of<1>(layer.parameters).bias = {3};  // the mean behind a normalisation
    layer.forward();
    layer.settle();
    BOOST_TEST(std::abs(part_of<0>(layer.state).running_mean[0] - (0.5f * 3 + 0.5f * (0.5f * 5))) < 1e-6f);
}

namespace {

template <class M>
std::vector<std::string> names_of() {
    std::vector<std::string> names;
    for (const TensorSchema& tensor : schema<typename M::Parameters>) names.emplace_back(tensor.name.c_str());
    return names;
}

}  // namespace

BOOST_AUTO_TEST_CASE(parameters_are_named_by_nodes_and_shared_ones_appear_once) {
    BOOST_TEST((names_of<Model<FanOut, Shape<5>>>()) ==
               (std::vector<std::string>{"stem.weight", "stem.bias", "left.weight", "left.bias", "answer.weight",
                                         "answer.bias"}));
    BOOST_TEST((names_of<Model<SharedConv, Image>>()) == (std::vector<std::string>{"stem.weight", "stem.bias"}));
    BOOST_TEST((names_of<Model<GraphInGraph, Shape<5>>>()) ==
               (std::vector<std::string>{"first.step.0.weight", "first.step.0.bias"}));
    BOOST_TEST((names_of<Model<ResidualNode, Image>>()) ==
               (std::vector<std::string>{"block.0.weight", "block.0.bias", "answer.0.weight", "answer.0.bias",
                                         "answer.2.weight", "answer.2.bias"}));
}

BOOST_AUTO_TEST_CASE(graphs_are_described_for_other_programs) {
    // A few hundred roundings of float.
    BOOST_TEST((check_described<FanOut, Shape<5>>()) < 1e-5);
    BOOST_TEST((check_described<SharedConv, Image>()) < 1e-5);
    BOOST_TEST((check_described<GraphInGraph, Shape<5>>()) < 1e-5);
    BOOST_TEST((check_described<Sequential<Conv<1, 1, 1>, Residual<SharedNorm>>, Shape<1, 3, 3>>()) < 1e-5);
}

namespace {

constexpr int batch = 10;

/// All numbers of a record, one after the other.
std::vector<float> numbers(const auto& record) {
    std::vector<float> all;
    for (const auto& tensor : tensors<const float>(record)) all.insert(all.end(), tensor.begin(), tensor.end());
    return all;
}

/// A network that has taken `steps` steps, the loss of each step, and an answer.
struct Trained {
    std::vector<float> losses, gradients, parameters, state, answer;
    bool operator==(const Trained&) const = default;
};
template <class Net, class In, class... Options>
Trained trained(int steps) {
    using M = Model<Net, In>;
    const Samples<In> data(batch, 3, 3);
    const auto model = std::make_unique<M>(Seed{7});
    const auto trainer = std::make_unique<Trainer<M, CrossEntropy, SGD, Batch<batch>, Options...>>(
        *model, SGD{.learning_rate = 0.1f, .momentum = 0.9f}, CrossEntropy{}, Seed{8});
    Trained result;
    for (int i = 0; i < steps; ++i) result.losses.push_back(trainer->step(data.inputs, data.labels));
    result.gradients = numbers(trainer->gradients());
    result.parameters = numbers(model->parameters());
    result.state = numbers(model->state());
    const auto answer = model->predict(data.inputs[0]);
    result.answer.assign(answer.begin(), answer.end());
    return result;
}
/// Four samples at a time, so that a batch of ten takes three passes, and the last is not full.
template <class A, class B, class In>
bool equal() {
    for (const int steps : {0, 1, 4})
        if (!(trained<A, In, Lanes<float, 4>>(steps) == trained<B, In, Lanes<float, 4>>(steps))) return false;
    return trained<A, In, Lanes<float, 4>>(4).losses[3] != trained<A, In, Lanes<float, 4>>(4).losses[0];
}

using Block = Residual<Linear<6, 6>, BatchNorm<6>, Tanh, Dropout<0.2>>;
using BlockAsGraph = Graph<Input<"x">,                         //
                           Node<"map", Linear<6, 6>, "x">,     //
                           Node<"norm", BatchNorm<6>, "map">,  //
                           Node<"bent", Tanh, "norm">,         //
                           Node<"f", Dropout<0.2>, "bent">,    //
                           Node<"y", Add, "x", "f">,           //
                           Output<"y">>;
using Inception = Concat<Sequential<Linear<6, 3>, BatchNorm<3>>, Dropout<0.3>, Multiply<Tanh, Linear<6, 6>>>;
using InceptionAsGraph = Graph<Input<"x">,                                                   //
                               Node<"narrow", Sequential<Linear<6, 3>, BatchNorm<3>>, "x">,  //
                               Node<"drop", Dropout<0.3>, "x">,                              //
                               Node<"gate", Multiply<Tanh, Linear<6, 6>>, "x">,              //
                               Node<"y", Concat<>, "narrow", "drop", "gate">,                //
                               Output<"y">>;
using Net = Sequential<Linear<4, 6>, Block, Inception, Linear<15, 3>>;
using NetAsGraph = Graph<Input<"x">,                                    //
                         Node<"stem", Linear<4, 6>, "x">,               //
                         Node<"block", BlockAsGraph, "stem">,           //
                         Node<"inception", InceptionAsGraph, "block">,  //
                         Node<"answer", Linear<15, 3>, "inception">,    //
                         Output<"answer">>;

}  // namespace

BOOST_AUTO_TEST_CASE(a_graph_of_a_chain_has_the_bits_of_the_sequential) {
    using Chain = Sequential<Linear<4, 8>, BatchNorm<8>, ReLU, Dropout<0.2>, Linear<8, 3>>;
    using ChainAsGraph = Graph<Input<"x">,                            //
                               Node<"map", Linear<4, 8>, "x">,        //
                               Node<"norm", BatchNorm<8>, "map">,     //
                               Node<"bent", ReLU, "norm">,            //
                               Node<"drop", Dropout<0.2>, "bent">,    //
                               Node<"answer", Linear<8, 3>, "drop">,  //
                               Output<"answer">>;
    BOOST_TEST((equal<ChainAsGraph, Chain, Shape<4>>()));
    BOOST_TEST((equal<Sequential<ChainAsGraph>, Sequential<Chain>, Shape<4>>()));
}

BOOST_AUTO_TEST_CASE(a_graph_has_the_bits_of_the_containers_that_are_wired_alike) {
    BOOST_TEST((equal<NetAsGraph, Net, Shape<4>>()));
}

namespace {

/// Parameters and batch statistics that are shared across normalisations: their gradients are sums that stay alive
/// while the other passes of the step run. So does "skip", though nobody reads it backward.
using SharedNet = Graph<Input<"x">,                                                         //
                        Node<"skip", Linear<4, 6>, "x">,                                    //
                        Node<"stem", Linear<4, 6>, "x">,                                    //
                        Node<"norm", BatchNorm<6>, "stem">,                                 //
                        Node<"mix", Sequential<Linear<6, 6>, BatchNorm<6>, Tanh>, "norm">,  //
                        Node<"mix again", Shared<"mix">, "mix">,                            //
                        Node<"norm again", Shared<"norm">, "mix again">,                    //
                        Node<"sum", Add, "skip", "norm again", "mix">,                      //
                        Node<"answer", Linear<6, 3>, "sum">,                                //
                        Output<"answer">>;

template <class Net>
void require_same_bits_on_threads() {
    using E = Lanes<float, 4>;
    const Trained alone = trained<Net, Shape<4>, E>(4);
    BOOST_TEST(alone.losses[3] < alone.losses[0]);
    BOOST_TEST((alone == trained<Net, Shape<4>, E, Threads<2>>(4)));
    BOOST_TEST((alone == trained<Net, Shape<4>, E, Threads<3>>(4)));
}

// Sums in another order: the roundings of some hundred products of about 1, in each of two steps.
template <class Net>
void require_one_pass_to_do_what_several_do() {
    const Trained one = trained<Net, Shape<4>, Lanes<float, 16>>(2);
    for (const Trained& other : {trained<Net, Shape<4>, Lanes<float, 4>>(2), trained<Net, Shape<4>, float>(2)}) {
        BOOST_TEST(distance(other.gradients, one.gradients) < 1e-4);
        BOOST_TEST(distance(other.parameters, one.parameters) < 1e-5);
        BOOST_TEST(distance(other.state, one.state) < 1e-5);
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_graph_has_the_same_bits_on_one_two_and_three_threads) {
    require_same_bits_on_threads<NetAsGraph>();
    require_same_bits_on_threads<SharedNet>();
}

BOOST_AUTO_TEST_CASE(a_graph_that_runs_in_one_pass_does_what_it_does_in_several) {
    require_one_pass_to_do_what_several_do<NetAsGraph>();
    require_one_pass_to_do_what_several_do<SharedNet>();
}

BOOST_AUTO_TEST_CASE(a_container_without_with_parts_is_folded_and_frozen_as_a_whole) {
    static_assert(TakesOtherParts<Net> && TakesOtherParts<NetAsGraph> && !TakesOtherParts<Doubled<Tanh>>);
    using Mixed = Sequential<Linear<4, 6>, BatchNorm<6>, BlockAsGraph, Doubled<Tanh>, Linear<6, 3>>;
    static_assert(
        std::is_same_v<folded_t<Mixed, Shape<4>>,
                       Sequential<Linear<4, 6>, folded_t<BlockAsGraph, Shape<6>>, Doubled<Tanh>, Linear<6, 3>>>);
    static_assert(
        tensor_count<gradients_t<Sequential<Frozen<BlockAsGraph>, Frozen<Doubled<Linear<6, 6>>>, Linear<6, 3>>, float,
                                 Shape<6>>> == 2);
    Model<Mixed, Shape<4>> model{Seed{1}};
    const auto folded = fold(model);
    BOOST_TEST(distance(folded.predict({1, 2, 3, 4}), model.predict({1, 2, 3, 4})) < 1e-6);
}

namespace {

// f(x) = 2 x + 1, f(f(x)), and their product.
using Small = Graph<Input<"x">,                                        //
                    Node<"f", Linear<1, 1>, "x">,                      //
                    Node<"ff", Shared<"f">, "f">,                      //
                    Node<"product", Multiply<>, "f", "ff">,            //
                    Node<"all", Concat<>, "x", "f", "ff", "product">,  //
                    Output<"all">>;
constexpr auto small = [] {
    Model<Small, Shape<1>> model;
    part_of<0>(model.parameters()).weight = {2};
    part_of<0>(model.parameters()).bias = {1};
    return model;
}();
static_assert(small.predict({3}) == Tensor<float, Shape<4>>{3, 7, 15, 105});

}  // namespace
