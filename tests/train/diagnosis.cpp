// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.diagnosis
#include <kiln/data/dataset.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/diagnosis.hpp>
#include <kiln/train/threads.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"
#include "laws/samples.hpp"

#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

using namespace kiln;
using data::Dataset;
using namespace kiln::laws;

namespace {

/// The logarithm: -inf at 0, NaN below.
struct Log : Flatten {
    static void forward(const auto& x, auto& y, auto) {
        for (int i = 0; i < x.count; ++i)
            for (int l = 0; l < width<std::remove_cvref_t<decltype(x[0])>>; ++l)
                set_lane(y[i], l, std::log(lane(x[i], l)));
    }
};

constexpr int classes = 3;
using In = Shape<1, 2, 6>;
using Net = Model<Sequential<Linear<12, 8>, ReLU, Log, Linear<8, classes>>, In>;
using Plain = Model<Sequential<Linear<12, 8>, Tanh, Linear<8, classes>>, In>;

std::string complaint(auto&& action) {
    try {
        action();
    } catch (const TrainingError& error) {
        return error.what();
    }
    return "none";
}
bool says(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

/// The same samples as a loader of one batch.
struct OneBatch {
    using Input = In;
    const Samples<In>& samples;
    bool given = false;

    int size() const { return static_cast<int>(samples.labels.size()); }
    void start(long long) { given = false; }
    struct Handed {
        std::span<const Tensor<float, In>> inputs;
        std::span<const int> targets;
    };
    Handed next() {
        if (given) return {};
        given = true;
        return {samples.inputs, samples.labels};
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_loss_that_is_not_finite_names_step_and_layer_and_changes_no_parameter) {
    Net model{Seed{1}};
    const Net before = model;
    Trainer<Net, CrossEntropy, SGD, Batch<16>> trainer{model, SGD{.learning_rate = 0.1f}};
    const std::string text = complaint([&] { trainer.fit(striped_images<In>(32, classes, 2)); });
    BOOST_TEST(says(text, "step 0 (epoch 1)"), text);
    BOOST_TEST(says(text, "the output of layer 2, "), text);
    BOOST_TEST(says(text, "Log"), text);
    BOOST_TEST(says(text, ", is not finite although its input is; "), text);
    BOOST_TEST(same_record(model.parameters(), before.parameters()));
    BOOST_TEST(trainer.steps() == 0);
}

BOOST_AUTO_TEST_CASE(a_parameter_that_is_not_finite_is_named) {
    Plain model{Seed{1}};
    tensors<float>(model.parameters())[2].data[3] = std::numeric_limits<float>::infinity();
    Trainer<Plain, CrossEntropy, SGD, Batch<16>> trainer{model, SGD{}};
    const std::string text = complaint([&] { trainer.fit(striped_images<In>(32, classes, 2)); });
    BOOST_TEST(says(text, "parameter 2.weight (layer 2, Linear<8, 3>) has not been finite since an earlier step"),
               text);
}

BOOST_AUTO_TEST_CASE(an_input_that_is_not_finite_is_told_from_the_network) {
    Samples<In> samples(20, classes, 3);
    samples.inputs[17][5] = std::nanf("");
    OneBatch loader{samples};
    Plain model{Seed{1}};
    Trainer<Plain, CrossEntropy, SGD, Batch<64>> trainer{model, SGD{}};
    const std::string text = complaint([&] { trainer.fit(loader); });
    BOOST_TEST(says(text, "an input of the network is not finite; look at the data"), text);
}

BOOST_AUTO_TEST_CASE(a_target_of_a_loader_that_is_no_class_is_named) {
    Samples<In> samples(20, classes, 3);
    samples.labels[4] = classes;
    OneBatch loader{samples};
    Plain model{Seed{1}};
    Trainer<Plain, CrossEntropy, SGD, Batch<64>> trainer{model, SGD{}};
    const std::string text = complaint([&] { trainer.fit(loader); });
    BOOST_TEST(says(text, "the target of sample 4 of the batch is not one of 3 classes"), text);
}

BOOST_AUTO_TEST_CASE(a_step_whose_loss_is_not_finite_leaves_running_statistics_alone) {
    using Normed = Model<Sequential<Linear<12, 8>, BatchNorm<8>, Linear<8, classes>>, In>;
    Samples<In> samples(20, classes, 3);
    Normed model{Seed{1}};
    Trainer<Normed, CrossEntropy, SGD, Batch<32>> trainer{model, SGD{.learning_rate = 0.1f}};
    trainer.step(samples.inputs, samples.labels);
    const Normed before = model;
    samples.inputs[17][5] = std::nanf("");
    BOOST_TEST(std::isnan(trainer.step(samples.inputs, samples.labels)));
    OneBatch loader{samples};
    BOOST_CHECK_THROW(trainer.fit(loader), TrainingError);
    BOOST_TEST(same_record(model.parameters(), before.parameters()));
    BOOST_TEST(same_record(model.state(), before.state()));
}

BOOST_AUTO_TEST_CASE(a_loss_beyond_float_names_the_size_of_the_outputs_and_the_rate) {
    using Line = Model<Sequential<Linear<1, 1>>, Shape<1>>;
    Line model;
    const std::vector<Tensor<float, Shape<1>>> inputs(4, {{3.0f}}), targets(4, {{0.0f}});
    const Dataset<Shape<1>, float, Tensor<float, Shape<1>>> data(inputs, targets);
    model.parameters() = {};
    tensors<float>(model.parameters())[0].data[0] = 2.0f;
    Trainer<Line, MeanSquaredError, SGD, Batch<4>> trainer{model, SGD{.learning_rate = 7.5f}};
    const std::string text = complaint([&] { trainer.fit(data, {.epochs = 100}); });
    BOOST_TEST(says(text, "the loss is inf although the network's outputs are finite"), text);
    BOOST_TEST(says(text, "the inputs of the network reach 3, its outputs "), text);
    BOOST_TEST(says(text, "e+20"), text);
    BOOST_TEST(says(text, "the learning rate is 7.5; try a lower one"), text);
}

namespace {

/// A loss of 900, and a gradient of 60 * 3e38.
struct SteepSample {
    using Line = Model<Sequential<Linear<1, 1>, Flatten>, Shape<1>>;
    std::vector<Tensor<float, Shape<1>>> inputs{{{3e38f}}}, targets{{{0.0f}}};
    Line model;
    SteepSample() { tensors<float>(model.parameters())[0].data[0] = 1e-37f; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_gradient_that_is_not_finite_changes_nothing_and_names_layer_size_and_rate) {
    SteepSample steep;
    const SteepSample::Line before = steep.model;
    Trainer<SteepSample::Line, MeanSquaredError, Adam, Batch<4>> trainer{steep.model, Adam{.learning_rate = 0.25f}};
    BOOST_TEST(trainer.accumulate(steep.inputs, steep.targets) == 900.0f, boost::test_tools::tolerance(1e-5f));
    BOOST_TEST(!trainer.apply());
    BOOST_TEST(std::isnan(trainer.step(steep.inputs, steep.targets)));
    const Dataset<Shape<1>, float, Tensor<float, Shape<1>>> data(steep.inputs, steep.targets);
    const std::string text = complaint([&] { trainer.fit(data); });
    BOOST_TEST(says(text, "step 0 (epoch 1) changes nothing"), text);
    BOOST_TEST(says(text, "the gradient of 0.weight (layer 0, Linear<1, 1>) is not finite although the loss is"), text);
    BOOST_TEST(says(text, "the inputs of the network reach 3e+38, its outputs 30"), text);
    BOOST_TEST(says(text, "the learning rate is 0.25; try a lower one"), text);
    BOOST_TEST(same_record(steep.model.parameters(), before.parameters()));
    BOOST_TEST(trainer.steps() == 0);
    BOOST_TEST(trainer.step(std::vector<Tensor<float, Shape<1>>>{{{1.0f}}}, steep.targets) < 1.0f);
    BOOST_TEST(trainer.steps() == 1);  // it goes on
}

BOOST_AUTO_TEST_CASE(a_gradient_that_only_a_scale_makes_infinite_changes_nothing) {
    SteepSample steep;
    steep.inputs[0][0] = 3e30f;
    Trainer<SteepSample::Line, MeanSquaredError, SGD, Batch<4>> trainer{steep.model, SGD{.learning_rate = 1e-30f}};
    const SteepSample::Line before = steep.model;
    trainer.accumulate(steep.inputs, steep.targets);
    BOOST_TEST(!trainer.apply(1e30f));
    BOOST_TEST(same_record(steep.model.parameters(), before.parameters()));
}

BOOST_AUTO_TEST_CASE(a_learner_takes_no_step_on_a_gradient_that_is_not_finite) {
    SteepSample steep;
    const SteepSample::Line before = steep.model;
    Learner<SteepSample::Line, Adam> learner{steep.model, Adam{}};
    tensors<float>(learner.gradients())[1].data[0] = -std::numeric_limits<float>::infinity();
    BOOST_TEST(!learner.apply());
    BOOST_TEST(learner.steps() == 0);
    BOOST_TEST(same_record(steep.model.parameters(), before.parameters()));
    tensors<float>(learner.gradients())[1].data[0] = 1;  // the others are zero again
    BOOST_TEST(learner.apply());
    BOOST_TEST(learner.steps() == 1);
}

BOOST_AUTO_TEST_CASE(every_thread_looks_at_its_shard_of_the_gradient) {
    using Wide = Model<Sequential<Linear<64, 2>>, Shape<64>>;
    for (const int spoilt : {0, 63}) {
        std::vector<Tensor<float, Shape<64>>> inputs(32);
        const std::vector<Tensor<float, Shape<2>>> targets(32);
        Wide model;
        for (auto& input : inputs) input[spoilt] = 3e38f;
        for (int row : {0, 64}) tensors<float>(model.parameters())[0].data[row + spoilt] = 1e-37f;
        const Wide before = model;
        Trainer<Wide, MeanSquaredError, SGD, Batch<32>, Threads<2>> trainer{model, SGD{.learning_rate = 0.1f}};
        BOOST_TEST(std::isnan(trainer.step(inputs, targets)));
        BOOST_TEST(trainer.steps() == 0);
        BOOST_TEST(same_record(model.parameters(), before.parameters()));
    }
}

BOOST_AUTO_TEST_CASE(a_state_that_would_not_be_finite_changes_nothing_and_is_named) {
    using Line = Model<Sequential<BatchNorm<1>, Linear<1, 1>>, Shape<1>>;
    const std::vector<Tensor<float, Shape<1>>> inputs{{{1e30f}}, {{-1e30f}}}, targets{{{0.0f}}, {{0.0f}}};
    Line model{Seed{1}};
    const Line before = model;
    Trainer<Line, MeanSquaredError, SGD, Batch<2>> trainer{model, SGD{.learning_rate = 0.1f}};
    BOOST_TEST(std::isfinite(trainer.accumulate(inputs, targets)));
    BOOST_TEST(!trainer.apply());  // the variance is beyond float
    BOOST_TEST(std::isnan(trainer.step(inputs, targets)));
    const std::string text =
        complaint([&] { trainer.fit(Dataset<Shape<1>, float, Tensor<float, Shape<1>>>(inputs, targets)); });
    BOOST_TEST(says(text, "the state 0.running_var (layer 0, BatchNorm<1"), text);
    BOOST_TEST(says(text, ">) would not be finite although the loss"), text);
    BOOST_TEST(says(text, "the inputs of the network reach 1e+30"), text);
    BOOST_TEST(trainer.steps() == 0);
    BOOST_TEST(same_record(model.state(), before.state()));
    BOOST_TEST(same_record(model.parameters(), before.parameters()));
    const std::vector<Tensor<float, Shape<1>>> small{{{1.0f}}, {{-1.0f}}};
    BOOST_TEST(std::isfinite(trainer.step(small, targets)));
    BOOST_TEST(trainer.steps() == 1);  // it goes on
    BOOST_TEST(!same_record(model.state(), before.state()));
}

BOOST_AUTO_TEST_CASE(a_step_whose_loss_is_not_finite_returns_it_and_changes_nothing) {
    Samples<In> samples(20, classes, 3);
    samples.inputs[17][5] = std::nanf("");
    Plain model{Seed{1}};
    const Plain before = model;
    Trainer<Plain, CrossEntropy, SGD, Batch<64>> trainer{model, SGD{.learning_rate = 0.1f}};
    BOOST_TEST(std::isnan(trainer.step(samples.inputs, samples.labels)));
    BOOST_TEST(same_record(model.parameters(), before.parameters()));
    BOOST_TEST(trainer.steps() == 0);
}

namespace {

/// The warnings of fit.
template <class M>
std::string warnings(M& model) {
    std::FILE* file = std::tmpfile();
    BOOST_REQUIRE(file != nullptr);
    Trainer<M, CrossEntropy, SGD, Batch<16>> trainer{model, SGD{.learning_rate = 0.01f}};
    trainer.fit(striped_images<In>(64, classes, 2), {.epochs = 10, .warnings = file});
    std::rewind(file);
    std::string text;
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text.push_back(static_cast<char>(c));
    std::fclose(file);
    return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(parameters_that_no_gradient_reaches_are_warned_of_once) {
    Plain good{Seed{1}};
    BOOST_TEST(warnings(good) == "");
    using Dead = Model<Sequential<Linear<12, 8>, ReLU, Linear<8, classes>>, In>;
    Dead dead{Seed{1}};
    const Slice<float> biases = tensors<float>(dead.parameters())[1];
    for (float& bias : biases) bias = -1000;  // so that no unit is ever active
    BOOST_TEST(
        warnings(dead) ==
        "kiln: warning: the gradient of parameter 0.weight was 0 in all of the first 4 steps; nothing is learned "
        "there\n"
        "kiln: warning: the gradient of parameter 0.bias was 0 in all of the first 4 steps; nothing is learned "
        "there\n"
        "kiln: warning: the gradient of parameter 2.weight was 0 in all of the first 4 steps; nothing is learned "
        "there\n");
}

BOOST_AUTO_TEST_CASE(gradient_norms_have_the_names_of_their_parameters) {
    Plain model{Seed{1}};
    Trainer<Plain, CrossEntropy, SGD, Batch<16>> trainer{model, SGD{}};
    const Samples<In> samples(16, classes, 3);
    trainer.step(samples.inputs, samples.labels);
    const auto norms = trainer.gradient_norms();
    BOOST_REQUIRE(norms.size() == 4u);
    BOOST_TEST(norms[2].name.c_str() == std::string("2.weight"));
    double squares = 0;
    const Slice<const float> gradient = tensors<const float>(trainer.gradients())[2];
    for (const float value : gradient) squares += double(value) * double(value);
    BOOST_TEST(std::abs(double(norms[2].norm) - std::sqrt(squares)) < 1e-6);
}
