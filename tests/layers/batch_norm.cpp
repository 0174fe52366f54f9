// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.batch_norm
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"
#include "laws/samples.hpp"

#include <cmath>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<BatchNorm<3>, Shape<3, 4, 5>> && Layer<BatchNorm<7>, Shape<7>>);
static_assert(BatchNorm<3>::shape({3, 4, 5}).fits && BatchNorm<3>::shape({3, 4, 5}).out == Extents{3, 4, 5});
static_assert(!BatchNorm<3>::shape({4, 3, 5}).fits && !BatchNorm<0>::shape({1}).fits);
static_assert(std::is_same_v<BatchNorm<3>::needs<Shape<4>>, channels<3>>);
static_assert(std::is_same_v<BatchNorm<3>::repair<Shape<4>>, BatchNorm<4>>);
static_assert(schema<BatchNorm<3>::State<float, Shape<3>>>[1].extents == Extents{3});
static_assert(measures_batch<Sequential<Linear<2, 3>, Sequential<BatchNorm<3>, ReLU>>, Shape<2>>);
static_assert(!measures_batch<Sequential<Linear<2, 3>, ReLU>, Shape<2>>);

// The statistics of a single sample's maps are those of its pixels, so one sample shows the derivatives of a batch.
BOOST_AUTO_TEST_CASE(batch_norm_obeys_the_gradient_law) {
    require_gradient_law<BatchNorm<2>, Shape<2, 3, 5>>();
    require_gradient_law<BatchNorm<1, 0.5, 0.1>, Shape<1, 7>>();
    require_gradient_law<Sequential<Linear<4, 6>, Reshape<2, 3>, BatchNorm<2>, Tanh>, Shape<4>>();
}

BOOST_AUTO_TEST_CASE(batch_norm_computes_the_same_in_a_constant_and_counts_its_work) {
    require_constant_law<BatchNorm<2>, Shape<2, 3, 4>>();
    BOOST_TEST((counted_multiply_adds<BatchNorm<2>, Shape<2, 3, 5>>()) == 32);
    BOOST_TEST(BatchNorm<2>::multiply_adds({2, 3, 5}) == 32);
}

namespace {

constexpr int samples = 5;
using Features = Instance<BatchNorm<3>, Shape<3>, Lanes<float, 8>>;
using Pixels = Instance<BatchNorm<3>, Shape<3, samples>, double>;

}  // namespace

// The lanes law does not hold for a layer whose lanes depend on each other. Instead, the features of several samples
// are treated like the pixels of one. Three lanes hold no sample, and must not count.
BOOST_AUTO_TEST_CASE(samples_in_lanes_are_treated_as_pixels_are) {
    Features lanes(1);
    Pixels pixels(1);
    lanes.live = samples;
    for (int c = 0; c < 3; ++c) {
        pixels.parameters.weight[c] = double(lanes.parameters.weight[c]);
        pixels.parameters.bias[c] = double(lanes.parameters.bias[c]);
        for (int l = 0; l < 8; ++l) {
            if (l >= samples) {
                set_lane(lanes.x[c], l, 100.0f);
                set_lane(lanes.dy[c], l, 0.0f);
                continue;
            }
            pixels.x(c, l) = double(lane(lanes.x[c], l));
            pixels.dy(c, l) = double(lane(lanes.dy[c], l));
        }
    }
    lanes.forward();
    lanes.backward();
    lanes.settle();
    pixels.forward();
    pixels.backward();
    pixels.settle();
    for (int c = 0; c < 3; ++c) {
        for (int l = 0; l < samples; ++l) {
            BOOST_TEST(std::abs(double(lane(lanes.y[c], l)) - pixels.y(c, l)) < 1e-6);
            BOOST_TEST(std::abs(double(lane(lanes.dx[c], l)) - pixels.dx(c, l)) < 1e-6);
        }
        for (int l = samples; l < 8; ++l) BOOST_TEST(lane(lanes.dx[c], l) == 0.0f);
        BOOST_TEST(std::abs(double(lanes.gradients.weight[c]) - pixels.gradients.weight[c]) < 1e-6);
        BOOST_TEST(std::abs(double(lanes.gradients.bias[c]) - pixels.gradients.bias[c]) < 1e-6);
        BOOST_TEST(std::abs(double(lanes.state.running_mean[c]) - pixels.state.running_mean[c]) < 1e-6);
        BOOST_TEST(std::abs(double(lanes.state.running_var[c]) - pixels.state.running_var[c]) < 1e-6);
    }
}

BOOST_AUTO_TEST_CASE(running_statistics_move_towards_those_of_the_batch) {
    Instance<BatchNorm<1>, Shape<1, 4>, double> norm(1);
    norm.x = {1, 2, 3, 6};  // mean 3, variance 14 / 4, unbiased 14 / 3
    norm.parameters.weight = {2};
    norm.parameters.bias = {1};
    norm.forward();
    norm.settle();
    BOOST_TEST(std::abs(norm.state.running_mean[0] - 0.3) < 1e-15);
    BOOST_TEST(std::abs(norm.state.running_var[0] - (0.9 + 0.1 * 14 / 3)) < 1e-15);
    BOOST_TEST(std::abs(norm.y[0] - (1 - 2 * 2 / std::sqrt(3.5 + 1e-5))) < 1e-15);
    norm.infer();
    BOOST_TEST(std::abs(norm.y[0] - (1 + 2 * 0.7 / std::sqrt(0.9 + 1.4 / 3 + 1e-5))) < 1e-15);
}

BOOST_AUTO_TEST_CASE(a_single_number_leaves_the_running_statistics_alone) {
    Instance<BatchNorm<1>, Shape<1>, double> norm(1);
    norm.forward();
    norm.settle();
    BOOST_TEST(std::abs(norm.y[0] - norm.parameters.bias[0]) < 1e-14);
    BOOST_TEST(norm.state.running_mean[0] == 0.0);
    BOOST_TEST(norm.state.running_var[0] == 1.0);
}

namespace {

using Net = Sequential<Conv<1, 3, 3>, BatchNorm<3>, ReLU, Linear<3 * 4 * 4, 3>>;
using M = Model<Net, Shape<1, 6, 6>>;
using Training = Trainer<M, CrossEntropy, SGD, Batch<20>>;

}  // namespace

// A short batch is a batch of its own: lanes without a sample change neither statistics nor gradients.
BOOST_AUTO_TEST_CASE(a_short_batch_has_the_statistics_of_its_samples) {
    const Samples<Shape<1, 6, 6>> data(20, 3, 3);
    static M model{Seed{1}}, reference{Seed{1}};
    Training trainer{model, SGD{.learning_rate = 0.1f}};
    Trainer<M, CrossEntropy, SGD, Batch<7>> exact{reference, SGD{.learning_rate = 0.1f}};
    for (int step = 0; step < 3; ++step) {
        const float loss = trainer.step(data.first_inputs(7), data.first_labels(7));
        BOOST_TEST(std::abs(loss - exact.step(data.first_inputs(7), data.first_labels(7))) < 1e-5);
    }
    BOOST_TEST((record_distance<float>(model.parameters(), reference.parameters())) < 1e-5);
    BOOST_TEST((record_distance<float>(model.state(), reference.state())) < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_new_model_has_running_variance_one) {
    const M zeros, seeded{Seed{1}};
    for (const M& model : {zeros, seeded})
        for (const Slice<const float>& slice : {tensors<const float>(model.state())[1]})
            for (const float value : slice) BOOST_TEST(value == 1.0f);
    BOOST_TEST(tensors<const float>(zeros.state())[0].data[0] == 0.0f);
}

// After many steps on the same batch, inference (with running statistics) predicts the same as training (with those of
// the batch).
BOOST_AUTO_TEST_CASE(inference_agrees_with_training_once_the_averages_have_settled) {
    const Samples<Shape<1, 6, 6>> data(20, 3, 3);
    static M model{Seed{1}};
    static Training trainer{model, SGD{.learning_rate = 0}};
    float loss = 0;
    for (int step = 0; step < 200; ++step) loss = trainer.step(data.inputs, data.labels);
    double predicted = 0;
    Tensor<float, Shape<3>> unused;
    for (std::size_t i = 0; i < 20; ++i)
        predicted += double(CrossEntropy{}(model.predict(data.inputs[i]), {data.labels[i]}, 1.0f / 20, unused));
    BOOST_TEST(std::abs(predicted - double(loss)) < 0.002 * predicted);  // the unbiased variance is 0.3 % larger
}
