// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE nets.frozen
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/conv_transpose.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/layer_norm.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/fold.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/frozen.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/train/threads.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"
#include "laws/samples.hpp"

#include <memory>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

namespace {

constexpr int classes = 3;
using In = Shape<2, 6, 6>;
using Features = Sequential<Conv<2, 4, 3>, ReLU, Pool<2>, LayerNorm<16>>;
template <class F>
using Between = Model<Sequential<ConvTranspose<2, 2, 3, 1, 1>, Tanh, F, Linear<16, classes>>, In>;
using Learning = Between<Features>;
using Fixed = Between<Frozen<Features>>;
using AtTheFront = Model<Sequential<Frozen<Features>, Linear<16, classes>>, In>;

static_assert(std::is_same_v<Fixed::Parameters, Learning::Parameters>);
static_assert(Fixed::parameter_count == Learning::parameter_count && Fixed::multiply_adds == Learning::multiply_adds);
static_assert(scalar_count<Learning::Gradients>() - scalar_count<Fixed::Gradients>() == 4 * 2 * 9 + 4 + 16 + 16);
static_assert(tensor_count<AtTheFront::Gradients> == 2);
static_assert(Frozen<Conv<2, 4, 3>>::shape({3, 6, 6}).fits == false);
static_assert(std::is_same_v<Frozen<Linear<4, 2>>::repair<Shape<5>>, Frozen<Linear<5, 2>>>);

template <class M, class... Options>
std::unique_ptr<M> trained(M model, auto prepare) {
    const Samples<In> data(26, classes, 3);
    auto result = std::make_unique<M>(model);
    const auto trainer = std::make_unique<Trainer<M, CrossEntropy, Adam, Batch<26>, Lanes<float, 4>, Options...>>(
        *result, Adam{.learning_rate = 0.01f});
    prepare(trainer->learner());
    for (int step = 0; step < 5; ++step) trainer->step(data.inputs, data.labels);
    return result;
}
constexpr auto as_it_is = [](auto&) {};

}  // namespace

BOOST_AUTO_TEST_CASE(a_frozen_network_stays_as_it_is_and_the_rest_learns_as_at_rate_zero) {
    const Learning start{Seed{1}};
    const auto reference = trained<Learning>(start, [](auto& learner) { learner.set_rate("2.", 0); });
    Fixed fixed{Seed{1}};
    BOOST_TEST(same_record(fixed.parameters(), start.parameters()));
    BOOST_TEST(same_record(trained<Fixed>(fixed, as_it_is)->parameters(), reference->parameters()));
    BOOST_TEST(!same_record(reference->parameters(), start.parameters()));
}

BOOST_AUTO_TEST_CASE(frozen_networks_train_on_threads) {
    const auto alone = trained<Fixed>(Fixed{Seed{1}}, as_it_is);
    BOOST_TEST(same_record(trained<Fixed, Threads<2>>(Fixed{Seed{1}}, as_it_is)->parameters(), alone->parameters()));
    const auto front = trained<AtTheFront>(AtTheFront{Seed{1}}, as_it_is);
    BOOST_TEST(
        same_record(trained<AtTheFront, Threads<2>>(AtTheFront{Seed{1}}, as_it_is)->parameters(), front->parameters()));
}

// The library's layers with large weights, alone and fused, do not compute gradients that nobody reads.
static_assert(std::is_empty_v<Frozen<Linear<8, 6>>::Scratch<float, Shape<8>, Wanted::all_gradients>>);
static_assert(!Frozen<kiln::detail::PooledConv<Conv<2, 4, 3>, In, 2, ReLU>>::Scratch<
              float, In, Wanted::all_gradients>::computes_gradients);
static_assert(Frozen<LayerNorm<6>>::Scratch<float, Shape<6>, Wanted::all_gradients>::computes_gradients);

BOOST_AUTO_TEST_CASE(a_frozen_layer_hands_slopes_on) {
    require_gradient_law<Sequential<Linear<4, 18>, Reshape<2, 3, 3>, Frozen<ConvTranspose<2, 2, 3, 2, 1, 1>>, Tanh,
                                    Frozen<Sequential<Conv<2, 3, 3, 1, 1>, Tanh, Pool<2>>>, Linear<27, 3>>,
                         Shape<4>>();
    require_gradient_law<Sequential<Linear<5, 8>, Frozen<Linear<8, 6>>, Linear<6, 3>>, Shape<5>>();
}

// A frozen layer computes as in inference, with dropout and normalisation, also while the rest is trained.
BOOST_AUTO_TEST_CASE(a_frozen_layer_does_what_it_does_in_inference) {
    using Net = Sequential<Frozen<Sequential<BatchNorm<2>, Dropout<0.5>, Conv<2, 3, 3, 1, 1>, BatchNorm<3>>>>;
    static_assert(!measures_batch<Net, In> && takes_several_passes<Net, In>);
    Instance<Net, In, double> net(1);
    for (const Slice<double>& slice : tensors<double>(net.state))
        for (double& value : slice) value = 1.5;
    net.forward();
    const auto trained = net.y;
    net.infer();
    BOOST_TEST(distance(trained, net.y) < 1e-15);
    BOOST_TEST(magnitude(net.y) > 0);
    BOOST_TEST(tensor_count<decltype(net.gradients)> == 0);
}

// The derivative of a frozen normalisation, between layers that learn.
BOOST_AUTO_TEST_CASE(slopes_pass_through_frozen_normalisation_and_dropout) {
    using Net = Sequential<Linear<4, 6>, Frozen<Sequential<BatchNorm<6>, Dropout<0.5>>>, Linear<6, 3>>;
    require_gradient_law<Net, Shape<4>>();
    require_lanes_law<Net, Shape<4>>();
}

BOOST_AUTO_TEST_CASE(a_frozen_network_folds_as_the_network_does) {
    using Net = Sequential<Conv<2, 3, 3>, BatchNorm<3>, ReLU, Dropout<0.5>, Linear<48, classes>>;
    Model<Sequential<Frozen<Net>>, In> fixed{Seed{1}};
    Model<Sequential<Net>, In> plain{Seed{1}};
    const auto folded = fold(fixed);
    static_assert(std::is_same_v<std::remove_const_t<decltype(folded)>, decltype(fold(plain))>);
    const Samples<In> data(3, classes, 5);
    for (const auto& input : data.inputs) BOOST_TEST(distance(folded.predict(input), fixed.predict(input)) < 1e-5);
}
