// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.learner
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/recording.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/clip.hpp>
#include <kiln/optimizers/rmsprop.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/learner.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/samples.hpp"

#include <array>
#include <cmath>
#include <memory>
#include <string>

using namespace kiln;
using namespace kiln::laws;

namespace {

constexpr int classes = 3, batch = 40;
using In = Shape<6>;
using Net = Model<Sequential<Linear<6, 9>, Tanh, Dropout<0.2>, Linear<9, classes>>, In>;
using E = Lanes<float, 16>;

/// One step of a user's own loop on the first n samples: the step of a Trainer, made of its parts.
template <class M, class O>
float own_step(M& model, Learner<M, O>& learner, const Samples<In>& data, int n, Seed seed) {
    static Recording<M, E, Wanted::parameter_gradients> pass;
    const std::uint64_t key = hash(seed.value, static_cast<std::uint64_t>(learner.steps()), 1);
    float loss = 0;
    for (int first = 0; first < n; first += width<E>) {
        const int live = n - first < width<E> ? n - first : width<E>;
        std::array<int, static_cast<std::size_t>(width<E>)> labels{};
        E weight(0.0f);
        for (int l = 0; l < width<E>; ++l) {
            const auto sample = static_cast<std::size_t>(l < live ? first + l : first);
            for (int i = 0; i < In::count; ++i) set_lane(pass.x[i], l, data.inputs[sample][i]);
            labels[static_cast<std::size_t>(l)] = data.labels[sample];
            if (l < live) set_lane(weight, l, 1.0f / static_cast<float>(n));
        }
        Tensor<E, Shape<classes>> dy;
        loss += reduce(CrossEntropy{}(pass.forward(model, key, live, first), labels, weight, dy));
        pass.backward(model, dy, learner.gradients());
    }
    if constexpr (tensor_count < typename M::State >> 0) pass.settle(model);
    learner.apply();
    return loss;
}

template <class M, class O>
void require_own_loop_is_trainer(int size, const O& optimizer) {
    const Samples<In> data(batch, classes, 1);
    M model{Seed{2}}, own{Seed{2}};
    const auto trainer =
        std::make_unique<Trainer<M, CrossEntropy, O, Batch<batch>, E>>(model, optimizer, CrossEntropy{}, Seed{3});
    Learner<M, O> learner{own, optimizer};
    for (const int n : {size, size < 7 ? size : 7, size}) {
        const float loss = trainer->step(data.first_inputs(n), data.first_labels(n));
        BOOST_TEST(own_step(own, learner, data, n, Seed{3}) == loss);
    }
    BOOST_TEST(same_record(own.parameters(), model.parameters()));
    BOOST_TEST(!same_record(own.parameters(), M{Seed{2}}.parameters()));
    if constexpr (tensor_count < typename M::State >> 0) BOOST_TEST(same_record(own.state(), model.state()));
    BOOST_TEST(learner.steps() == 3);
    for (const GradientNorm& gradient : learner.gradient_norms()) BOOST_TEST(gradient.norm == 0.0f);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_loop_of_ones_own_is_the_trainer_bit_for_bit) {
    require_own_loop_is_trainer<Net>(batch, SGD{.learning_rate = 0.1f, .momentum = 0.9f, .weight_decay = 0.01f});
    require_own_loop_is_trainer<Net>(batch, Adam{.learning_rate = 0.01f});
    require_own_loop_is_trainer<Net>(batch, ClipByNorm{RMSProp{.learning_rate = 0.01f, .momentum = 0.5f}, 0.1f});
    // Batch statistics are those of a pass, so one pass holds the batch.
    using Normalized = Model<Sequential<Linear<6, 9>, BatchNorm<9>, Tanh, Dropout<0.2>, Linear<9, classes>>, In>;
    require_own_loop_is_trainer<Normalized>(width<E>, SGD{.learning_rate = 0.1f, .momentum = 0.9f});
}

BOOST_AUTO_TEST_CASE(scale_multiplies_what_has_been_added) {
    Net model{Seed{4}}, scaled{Seed{4}};
    Learner<Net, SGD> learner{model, SGD{.learning_rate = 1}}, by_scale{scaled, SGD{.learning_rate = 1}};
    Random random{Seed{5}};
    fill_record<float>(learner.gradients(), random);
    for (const Slice<float>& slice : tensors<float>(by_scale.gradients() = learner.gradients()))
        for (float& value : slice) value *= 4;
    learner.apply();
    by_scale.apply(0.25f);
    BOOST_TEST(same_record(model.parameters(), scaled.parameters()));
}

BOOST_AUTO_TEST_CASE(rates_by_prefix_of_names_scale_steps_and_freeze) {
    const Net before{Seed{6}};
    Net model = before, reference = before;
    const auto step = [](Net& net, auto set) {
        Learner<Net, Adam> learner{net, Adam{.learning_rate = 0.01f}};
        set(learner);
        for (int i = 0; i < 3; ++i) {
            Random random{Seed{static_cast<std::uint64_t>(i)}};
            fill_record<float>(learner.gradients(), random);
            learner.apply();
        }
    };
    step(reference, [](auto&) {});
    step(model, [](auto& learner) {
        BOOST_TEST(learner.set_rate("", 0.5f) == 4);
        BOOST_TEST(learner.set_rate("0.", 0) == 2);
        BOOST_TEST(learner.set_rate("3.bias", 1) == 1);
        BOOST_TEST(learner.set_rate("head.", 1) == 0);
    });
    const auto start = tensors<const float>(before.parameters()), full = tensors<const float>(reference.parameters()),
               now = tensors<const float>(model.parameters());
    for (std::size_t k = 0; k < 4; ++k)
        for (int i = 0; i < now[k].count; ++i) {
            const float from = start[k].data[i], way = full[k].data[i] - from;
            if (k < 2) BOOST_TEST(now[k].data[i] == from);
            if (k == 2) BOOST_TEST(std::abs(now[k].data[i] - from - 0.5f * way) < 1e-6f);
            if (k == 3) BOOST_TEST(now[k].data[i] == from + way);
        }
}

// A tensor longer than the blocks in which rates are applied.
BOOST_AUTO_TEST_CASE(a_rate_reaches_every_element) {
    using Long = Model<Linear<999, 3>, Shape<999>>;
    const Long before{Seed{7}};
    Long model = before;
    Learner<Long, SGD> learner{model, SGD{.learning_rate = 1}};
    learner.set_rate("weight", 0.5f);
    for (const Slice<float>& slice : tensors<float>(learner.gradients()))
        for (float& value : slice) value = 1;
    learner.apply();
    const auto start = tensors<const float>(before.parameters()), now = tensors<const float>(model.parameters());
    for (const std::size_t k : {0u, 1u})
        for (int i = 0; i < now[k].count; ++i)
            BOOST_TEST(std::abs(now[k].data[i] - start[k].data[i] + (k == 0 ? 0.5f : 1.0f)) < 1e-6f);
}

namespace {
float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }
}  // namespace

// Two models, each the other's loss: a generator learns to put out points of a cloud that it never sees.
BOOST_AUTO_TEST_CASE(a_generator_learns_from_the_slope_of_its_judges_input) {
    using Generator = Model<Sequential<Linear<4, 16>, Tanh, Linear<16, 2>>, Shape<4>>;
    using Judge = Model<Sequential<Linear<2, 16>, Tanh, Linear<16, 1>>, Shape<2>>;
    Generator generator{Seed{1}};
    Judge judge{Seed{2}};
    const Adam adam{.learning_rate = 2e-3f, .beta1 = 0.5f};
    Learner<Generator, Adam> of_generator{generator, adam};
    Learner<Judge, Adam> of_judge{judge, adam};
    Recording<Generator> forging;
    Recording<Judge> judging;
    Random random{Seed{3}};
    constexpr int samples = 16;
    const auto draw = [&] {
        for (float& value : forging.x) value = random.normal();
        return forging.forward(generator);
    };
    Judge::Gradients unused{};
    Tensor<float, Shape<2>> dx;
    for (int step = 0; step < 1500; ++step) {
        for (int i = 0; i < samples; ++i) {
            judging.x = {2 + 0.5f * random.normal(), -1 + 0.5f * random.normal()};
            judging.backward(judge, {sigmoid(judging.forward(judge)[0]) - 1}, of_judge.gradients());
            judging.x = draw();
            judging.backward(judge, {sigmoid(judging.forward(judge)[0])}, of_judge.gradients());
        }
        of_judge.apply(0.5f / samples);
        for (int i = 0; i < samples; ++i) {
            judging.x = draw();
            judging.backward(judge, {sigmoid(judging.forward(judge)[0]) - 1}, unused, dx);
            forging.backward(generator, dx, of_generator.gradients());
        }
        of_generator.apply(1.0f / samples);
    }
    Tensor<double, Shape<2>> mean{};
    for (int i = 0; i < 1000; ++i)
        for (const int k : {0, 1}) mean[k] += double(draw()[k]) / 1000;
    BOOST_TEST(std::abs(mean[0] - 2) < 0.5);
    BOOST_TEST(std::abs(mean[1] + 1) < 0.5);
}

// One network, two heads by hand: a policy that learns from rewards, and a value that learns to expect them.
BOOST_AUTO_TEST_CASE(an_actor_learns_from_rewards_and_its_critic_to_expect_them) {
    using Agent = Model<Sequential<Linear<2, 16>, Tanh, Linear<16, 3>>, Shape<2>>;  // two actions, and the value
    Agent agent{Seed{4}};
    Learner<Agent, Adam> learner{agent, Adam{.learning_rate = 0.01f}};
    Recording<Agent, float, Wanted::parameter_gradients> pass;
    Random random{Seed{5}};
    const auto act = [&] {
        pass.x = {random.uniform(-1, 1), random.uniform(-1, 1)};
        return pass.forward(agent);
    };
    // Action 1 pays 1 on the right, action 0 on the left.
    double rewards = 0, surprise = 0;
    constexpr int steps = 600, samples = 16, judged = 100;
    for (int step = 0; step < steps; ++step) {
        for (int i = 0; i < samples; ++i) {
            const auto y = act();
            const float right = sigmoid(y[1] - y[0]);
            const int action = random.uniform() < right ? 1 : 0;
            const float reward = (pass.x[0] > 0) == (action == 1) ? 1.0f : 0.0f, advantage = reward - y[2];
            const float slope = advantage * (right - static_cast<float>(action));  // of the logits' difference
            pass.backward(agent, {-slope, slope, -advantage}, learner.gradients());
            if (step >= steps - judged) rewards += double(reward), surprise += double(advantage * advantage);
        }
        learner.apply(1.0f / samples);
    }
    BOOST_TEST(rewards / (judged * samples) > 0.9);
    BOOST_TEST(surprise / (judged * samples) < 0.15);
}
