// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE laws.xor
#include <kiln/layers/activation.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cmath>

using namespace kiln;

namespace {

constexpr std::array<Tensor<float, Shape<2>>, 4> inputs{{{0, 0}, {0, 1}, {1, 0}, {1, 1}}};
constexpr std::array<int, 4> answers{0, 1, 1, 0};

template <class Activation>
using Xor = Model<Sequential<Linear<2, 16>, Activation, Linear<16, 2>>, Shape<2>>;

/// The least probability that a model gives to a right answer.
template <class M>
double certainty(const M& model) {
    double least = 1;
    for (std::size_t i = 0; i < 4; ++i) {
        const auto y = model.predict(inputs[i]);
        const int right = answers[i];
        least = std::min(least, 1 / (1 + std::exp(static_cast<double>(y[1 - right] - y[right]))));
    }
    return least;
}

template <class M, class E>
double certainty_after_training(std::uint64_t seed) {
    M model{Seed{seed}};
    Trainer<M, CrossEntropy, SGD, Batch<4>, E> trainer{model, SGD{.learning_rate = 0.2f, .momentum = 0.9f}};
    for (int step = 0; step < 500; ++step) trainer.step(inputs, answers);
    return certainty(model);
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_untrained_network_does_not_know_xor) {
    BOOST_TEST(certainty(Xor<Tanh>{Seed{1}}) < 0.7);
    BOOST_TEST(certainty(Xor<ReLU>{Seed{1}}) < 0.7);
}

BOOST_AUTO_TEST_CASE(a_network_without_hidden_layer_cannot_learn_xor) {
    BOOST_TEST((certainty_after_training<Model<Linear<2, 2>, Shape<2>>, float>(1)) < 0.6);
}

using Elements = std::tuple<float, Lanes<float, 4>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(xor_is_learned_with_tanh, E, Elements) {
    for (const std::uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8})
        BOOST_TEST((certainty_after_training<Xor<Tanh>, E>(seed)) > 0.95);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(xor_is_learned_with_relu, E, Elements) {
    for (const std::uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8})
        BOOST_TEST((certainty_after_training<Xor<ReLU>, E>(seed)) > 0.95);
}
