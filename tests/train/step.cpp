// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.step
#include <kiln/layers/flatten.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/step.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"
#include "laws/samples.hpp"

#include <climits>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

constexpr int classes = 3;
using In = Shape<1, 3, 4>;
using Net = Model<Sequential<Linear<12, 8>, Tanh, Linear<8, classes>>, In>;
using Training = Trainer<Net, CrossEntropy, SGD, Batch<16>>;
constexpr SGD optimizer{.learning_rate = 0.1f, .momentum = 0.9f};

}  // namespace

BOOST_AUTO_TEST_CASE(step_returns_the_mean_loss_before_the_step) {
    Net model{Seed{1}};
    Training trainer{model, optimizer};
    const Samples<In> samples(16, classes, 2);
    double expected = 0;
    for (std::size_t i = 0; i < 16; ++i) {
        Tensor<float, Shape<classes>> unused;
        expected += double(CrossEntropy{}(model.predict(samples.inputs[i]), {samples.labels[i]}, 1.0f, unused)) / 16;
    }
    BOOST_TEST(std::abs(trainer.step(samples.inputs, samples.labels) - expected) < 1e-6);  // 16 floats near 1 summed
    BOOST_TEST(trainer.steps() == 1);
}

BOOST_AUTO_TEST_CASE(step_on_pixels_is_a_step_on_their_scaled_values) {
    const auto data = striped_images<In>(16, classes, 3);
    Net model{Seed{4}}, reference{Seed{4}};
    Training trainer{model, optimizer}, on_floats{reference, optimizer};
    std::vector<Tensor<std::uint8_t, In>> pixels;
    std::vector<Tensor<float, In>> values;
    std::vector<int> labels;
    for (int i = 0; i < 16; ++i) {
        pixels.push_back(data.sample(i));
        values.push_back(data.image(i));
        labels.push_back(data.label(i));
    }
    BOOST_TEST(trainer.step(pixels, labels, data.scale()) == on_floats.step(values, labels));
    BOOST_TEST(same_record(model.parameters(), reference.parameters()));
}

BOOST_AUTO_TEST_CASE(step_scales_samples_of_pixels_but_not_their_targets) {
    Model<Reshape<1>, Shape<1, 1, 1>> model;
    Trainer<decltype(model), MeanSquaredError, SGD, Batch<2>> trainer{model, SGD{}};
    const std::vector<Tensor<std::uint8_t, Shape<1, 1, 1>>> inputs{{100}};
    const std::vector<Tensor<float, Shape<1>>> targets{{8}};
    BOOST_TEST(trainer.step(inputs, targets, 0.1f) == 4.0f);
}

BOOST_AUTO_TEST_CASE(step_refuses_invalid_labels_and_changes_nothing) {
    Net model{Seed{5}}, untouched{Seed{5}};
    Training trainer{model, optimizer}, reference{untouched, optimizer};
    const Samples<In> good(16, classes, 6);
    trainer.step(good.inputs, good.labels);
    reference.step(good.inputs, good.labels);
    for (const int label : {-1, classes, INT_MAX, INT_MIN})
        for (const std::size_t place : {0u, 7u, 15u}) {
            Samples<In> bad = good;
            bad.labels[place] = label;
            BOOST_TEST(std::isnan(trainer.step(bad.inputs, bad.labels)));
        }
    BOOST_TEST(trainer.steps() == 1);
    BOOST_TEST(same_record(model.parameters(), untouched.parameters()));
    BOOST_TEST(same_record(trainer.gradients(), reference.gradients()));
    // The velocities did not change either.
    BOOST_TEST(trainer.step(good.inputs, good.labels) == reference.step(good.inputs, good.labels));
    BOOST_TEST(same_record(model.parameters(), untouched.parameters()));
}

BOOST_AUTO_TEST_CASE(step_without_samples_does_nothing) {
    Net model{Seed{7}};
    const Net before = model;
    Training trainer{model, optimizer};
    BOOST_TEST(trainer.step(std::span<const Tensor<float, In>>{}, std::span<const int>{}) == 0.0f);
    BOOST_TEST(trainer.steps() == 0);
    BOOST_TEST(same_record(model.parameters(), before.parameters()));
}

BOOST_AUTO_TEST_CASE(step_follows_changes_of_the_optimizer) {
    Net model{Seed{8}};
    const Net before = model;
    Training trainer{model, optimizer};
    const Samples<In> samples(16, classes, 9);
    trainer.optimizer().learning_rate = 0;
    trainer.step(samples.inputs, samples.labels);
    BOOST_TEST(same_record(model.parameters(), before.parameters()));
    trainer.optimizer().learning_rate = 0.1f;
    trainer.step(samples.inputs, samples.labels);
    BOOST_TEST(!same_record(model.parameters(), before.parameters()));
}

BOOST_AUTO_TEST_CASE(workspace_bytes_are_part_of_the_trainer) {
    BOOST_TEST(Training::workspace_bytes > 0);
    // Besides the workspace: gradients and one moment, and up to three cache lines of settings (optimizer, loss) and
    // padding.
    const long long rest =
        static_cast<long long>(sizeof(Training)) - Training::workspace_bytes - 2 * Net::parameter_bytes;
    BOOST_TEST(0 <= rest);
    BOOST_TEST(rest <= 192);
}

// Counts, seed and moments, by reference; a trainer that is given them goes on as the one that had them.
BOOST_AUTO_TEST_CASE(a_trainer_shows_all_that_its_next_step_depends_on) {
    const Samples<In> samples(16, classes, 2);
    Net model{Seed{1}};
    Training trainer{model, optimizer, {}, Seed{7}};
    trainer.step(samples.inputs, samples.labels);
    trainer.step(samples.inputs, samples.labels);
    std::string names;
    std::vector<long long> counts;
    Net::Parameters velocity;
    std::as_const(trainer).remember([&](const auto& part, auto... parts) {
        ((names += parts, names += ' '), ...);
        if constexpr (std::is_same_v<decltype(part), const Net::Parameters&>)
            velocity = part;
        else
            counts.push_back(static_cast<long long>(part));
    });
    BOOST_TEST(names == "steps optimizer momentum_buffer epochs seed ");
    BOOST_TEST(counts == (std::vector<long long>{2, 0, 7}));
    BOOST_TEST(tensors<float>(velocity)[0].data[0] != 0.0f);

    Net other = std::as_const(trainer).model();
    Training resumed{other, optimizer};
    std::size_t next = 0;
    resumed.remember([&](auto& part, auto...) {
        if constexpr (std::is_same_v<decltype(part), Net::Parameters&>)
            part = velocity;
        else
            part = static_cast<std::remove_reference_t<decltype(part)>>(counts[next++]);
    });
    BOOST_TEST(resumed.step(samples.inputs, samples.labels) == trainer.step(samples.inputs, samples.labels));
    BOOST_TEST(same_record(model.parameters(), other.parameters()));
    BOOST_TEST(&resumed.model() == &other);
}
