// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.trainer
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"
#include "laws/samples.hpp"
#include "refusal.hpp"

#include <cmath>
#include <string>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

constexpr int classes = 3;
using In = Shape<1, 3, 4>;
using Net = Model<Sequential<Linear<12, 8>, Tanh, Linear<8, classes>>, In>;
using Training = Trainer<Net, CrossEntropy, SGD, Batch<16>>;
constexpr SGD optimizer{.learning_rate = 0.1f, .momentum = 0.9f};

/// A data set that counts how often each sample is read.
struct Counting {
    using Input = In;
    std::vector<Tensor<float, In>> samples;
    mutable std::vector<int> reads;

    explicit Counting(int n) : samples(static_cast<std::size_t>(n)), reads(static_cast<std::size_t>(n)) {}
    int size() const { return static_cast<int>(samples.size()); }
    int target(int i) const { return i % classes; }
    float scale() const { return 1; }
    const Tensor<float, In>& sample(int i) const {
        ++reads[static_cast<std::size_t>(i)];
        return samples[static_cast<std::size_t>(i)];
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(fit_names_the_invalid_label_and_its_sample_before_any_change) {
    std::vector<Tensor<std::uint8_t, In>> pixels(40);
    std::vector<int> labels(40, 1);
    labels[37] = classes;
    Net model{Seed{10}};
    const Net before = model;
    Training trainer{model, optimizer};
    int calls = 0;
    const Progress count{[](void* context, const Epoch&) { ++*static_cast<int*>(context); }, &calls};
    const std::string message =
        refusal([&] { trainer.fit(data::Dataset<In>(pixels, labels), {.shuffle = false, .progress = count}); });
    BOOST_TEST(message.find("labels in 0 … 2, got 3 for sample 37") != std::string::npos);
    BOOST_TEST(same_record(model.parameters(), before.parameters()));
    BOOST_TEST(trainer.steps() == 0);
    BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(fit_refuses_an_empty_data_set) {
    Net model{Seed{11}};
    Training trainer{model, optimizer};
    const std::string message = refusal([&] { trainer.fit(data::Dataset<In>({}, {})); });
    BOOST_TEST(message.find("at least one sample") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(fit_uses_every_sample_once_an_epoch) {
    for (const int size : {1, 15, 16, 17, 100}) {
        Net model{Seed{12}};
        // One lane, so that no sample is repeated in lanes left over.
        Trainer<Net, CrossEntropy, SGD, Batch<16>, float> trainer{model, optimizer};
        const Counting data(size);
        trainer.fit(data, {.epochs = 3});
        for (const int reads : data.reads) BOOST_TEST(reads == 3);
        BOOST_TEST(trainer.steps() == 3 * ((size + 15) / 16));
    }
}

BOOST_AUTO_TEST_CASE(fit_returns_the_last_epoch) {
    Net model{Seed{13}};
    Training trainer{model, optimizer};
    const auto data = striped_images<In>(50, classes, 14);
    const Epoch epoch = trainer.fit(data, {.epochs = 4});
    BOOST_TEST(epoch.number == 4);
    BOOST_TEST(epoch.epochs == 4);
    BOOST_TEST(epoch.samples == 50);
    BOOST_TEST(epoch.finished());
    BOOST_TEST(epoch.loss > 0.0f);
    BOOST_TEST(epoch.seconds >= 0.0);
    BOOST_TEST(trainer.fit(data, {.epochs = 0}).number == 0);
}

BOOST_AUTO_TEST_CASE(loss_of_an_epoch_is_the_mean_over_its_samples) {
    Net model{Seed{15}}, reference{Seed{15}};
    const SGD still{.learning_rate = 0};
    Training trainer{model, still};
    const auto data = striped_images<In>(21, classes, 16);  // a batch of 16, a batch of 5
    double expected = 0;
    for (int i = 0; i < 21; ++i) {
        Tensor<float, Shape<classes>> unused;
        expected += double(CrossEntropy{}(reference.predict(data.image(i)), {data.label(i)}, 1.0f, unused)) / 21;
    }
    BOOST_TEST(std::abs(trainer.fit(data).loss - expected) < 1e-6);
}

BOOST_AUTO_TEST_CASE(fit_brings_the_loss_down) {
    Net model{Seed{17}};
    Training trainer{model, SGD{.learning_rate = 0.05f, .momentum = 0.9f}};
    const auto data = striped_images<In>(200, classes, 18);
    const float first = trainer.fit(data).loss, last = trainer.fit(data, {.epochs = 20}).loss;
    BOOST_TEST(last < first / 4);
}
