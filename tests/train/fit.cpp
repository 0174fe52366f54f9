// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.fit
#include <kiln/data/dataset.hpp>
#include <kiln/losses/binary_cross_entropy.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/kl_divergence.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/evaluate.hpp>
#include <kiln/train/history.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"
#include "laws/samples.hpp"
#include "refusal.hpp"

#include <cmath>
#include <csignal>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

constexpr int classes = 3;
using In = Shape<1, 3, 4>;
using Net = Model<Sequential<Linear<12, 8>, Tanh, Linear<8, classes>>, In>;
using Training = Trainer<Net, CrossEntropy, SGD, Batch<16>>;

// Learns, and gets each epoch's loss; its rate is an invented one.
struct Watching : SGD {
    std::vector<float> observed{};
    float rate(long long step) const { return static_cast<float>(step); }
    void observe(float loss) { observed.push_back(loss); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(every_epoch_is_validated_and_remembered) {
    Net model{Seed{1}};
    Trainer<Net, CrossEntropy, Watching, Batch<16>> trainer{model, {{.learning_rate = 0.05f, .momentum = 0.9f}}};
    const auto train = striped_images<In>(100, classes, 2), validation = striped_images<In>(40, classes, 3);
    History history;
    const Epoch last = trainer.fit(train, validation, {.epochs = 3, .callbacks = {callback(history)}});
    BOOST_REQUIRE(history.epochs.size() == 3u);
    for (int i = 0; i < 3; ++i) {
        const Epoch& epoch = history.epochs[static_cast<std::size_t>(i)];
        BOOST_TEST(epoch.number == i + 1);
        BOOST_TEST(epoch.loss > 0.0f);
        BOOST_TEST((0 <= epoch.accuracy && epoch.accuracy <= 1));
        BOOST_TEST(epoch.learning_rate == float(7 * (i + 1) - 1));  // 7 steps an epoch, counted from 0
    }
    const auto judged = evaluate(model, validation);
    BOOST_TEST(last.validation_loss == judged.loss);
    BOOST_TEST(last.validation_accuracy == judged.accuracy);
    BOOST_TEST((last.ending == Ending::all_epochs));
    BOOST_REQUIRE(trainer.optimizer().observed.size() == 3u);
    BOOST_TEST(trainer.optimizer().observed[2] == last.validation_loss);
}

BOOST_AUTO_TEST_CASE(accuracy_of_an_epoch_is_that_of_its_samples_while_they_are_learned) {
    Net model{Seed{4}};
    Training trainer{model, SGD{.learning_rate = 0}};
    const auto data = striped_images<In>(41, classes, 5);  // with a short batch
    BOOST_TEST(trainer.fit(data).accuracy == evaluate(model, data).accuracy);
    BOOST_TEST(std::isnan(trainer.fit(data).validation_loss));
}

BOOST_AUTO_TEST_CASE(a_callback_ends_training) {
    Net model{Seed{6}};
    Training trainer{model, SGD{}};
    auto second = [](const Epoch& epoch) { return epoch.number == 2; };
    const Epoch last = trainer.fit(striped_images<In>(20, classes, 7), {.epochs = 9, .callbacks = {callback(second)}});
    BOOST_TEST(last.number == 2);
    BOOST_TEST((last.ending == Ending::callback));
}

// Labels of the validation set contradict those of training: its loss rises from the first epoch on.
BOOST_AUTO_TEST_CASE(training_ends_without_progress_and_the_best_model_stays) {
    const auto train = striped_images<In>(100, classes, 8);
    const auto wrong = laws::contradicting(train, 50, classes);
    Net model{Seed{9}}, best, first;
    Training trainer{model, SGD{.learning_rate = 0.1f, .momentum = 0.9f}};
    auto keep_first = [&](const Epoch& epoch) {
        if (epoch.number == 1) first = model;
    };
    const Epoch last =
        trainer.fit(train, wrong, {.epochs = 50, .callbacks = {callback(keep_first)}, .patience = 4}, best);
    BOOST_TEST((last.ending == Ending::no_progress));
    BOOST_TEST(last.best == 1);
    BOOST_TEST(last.number == 5);
    BOOST_TEST(same_record(model.parameters(), first.parameters()));
    BOOST_TEST(same_record(model.parameters(), best.parameters()));
}

BOOST_AUTO_TEST_CASE(a_validation_set_that_cannot_judge_is_refused_before_the_first_step) {
    Net model{Seed{9}};
    Training trainer{model, SGD{.learning_rate = 0.1f}};
    const auto train = striped_images<In>(20, classes, 8);
    BOOST_TEST(refusal([&] { trainer.fit(train, data::Dataset<In>({}, {})); }) ==
               "kiln: fit needs at least one sample of the validation set, got an empty data set");
    const std::string text = refusal([&] { trainer.fit(train, striped_images<In>(20, classes + 1, 8)); });
    BOOST_TEST(text.find("got 3 for sample") != std::string::npos, text);
    BOOST_TEST(text.find("of the validation set; try") != std::string::npos, text);
    BOOST_TEST(trainer.steps() == 0);
}

// After the first epoch a parameter is spoilt: the next step's loss is not finite.
BOOST_AUTO_TEST_CASE(an_error_leaves_the_best_model_in_place) {
    const auto data = striped_images<In>(64, classes, 13);
    Net model{Seed{12}}, best;
    Training trainer{model, SGD{.learning_rate = 0.1f}};
    auto spoil = [&](const Epoch&) { tensors<float>(model.parameters())[0].data[0] = std::nanf(""); };
    BOOST_CHECK_THROW(trainer.fit(data, data, {.epochs = 2, .callbacks = {callback(spoil)}}, best), TrainingError);
    BOOST_TEST(same_record(model.parameters(), best.parameters()));
    BOOST_TEST(std::isfinite(evaluate(model, data).loss));
}

namespace {
/// A validation set whose samples are no numbers until it has been read twice.
struct Late {
    using Input = In;
    const Samples<In>& samples;
    Tensor<float, In> none{};
    mutable int reads = 0;

    explicit Late(const Samples<In>& all) : samples(all) {
        for (float& value : none) value = std::nanf("");
    }
    int size() const { return static_cast<int>(samples.labels.size()); }
    float scale() const { return 1; }
    const Tensor<float, In>& sample(int i) const {
        if (i == 0) ++reads;
        return reads > 2 ? samples.inputs[static_cast<std::size_t>(i)] : none;
    }
    int target(int i) const { return samples.labels[static_cast<std::size_t>(i)]; }
};
}  // namespace

BOOST_AUTO_TEST_CASE(a_validation_loss_that_is_no_number_is_never_the_best) {
    const auto data = striped_images<In>(64, classes, 13);
    Net model{Seed{12}}, best;
    Training trainer{model, SGD{.learning_rate = 0.01f}};
    const Samples<In> samples(16, classes, 3);
    const Late validation{samples};
    const Epoch last = trainer.fit(data, validation, {.epochs = 3}, best);
    BOOST_TEST(last.best == 3);
    BOOST_TEST(std::isfinite(last.validation_loss));
}

BOOST_AUTO_TEST_CASE(the_validation_figures_of_outputs_that_are_not_numbers_are_infinite) {
    Net model{Seed{12}};
    Training trainer{model, SGD{.learning_rate = 0.01f}};
    const Samples<In> samples(16, classes, 3);
    const Epoch last = trainer.fit(striped_images<In>(64, classes, 13), Late{samples});
    BOOST_TEST(last.validation_loss == std::numeric_limits<float>::infinity());
    BOOST_TEST(last.validation_accuracy == 0.0f);
    BOOST_TEST(last.best == 0);
}

BOOST_AUTO_TEST_CASE(patience_lasts_while_the_loss_falls) {
    Net model{Seed{10}};
    Training trainer{model, SGD{.learning_rate = 0.01f}};
    const Epoch last = trainer.fit(striped_images<In>(64, classes, 11), {.epochs = 6, .patience = 1});
    BOOST_TEST(last.number == 6);
    BOOST_TEST(last.best == 6);
}

namespace {

/// One output for each of two questions, and its targets, of which the model knows nothing before it learns.
using Vectors = data::Dataset<Shape<2>, float, Tensor<float, Shape<2>>>;
Vectors answers(int count) {
    Random random{Seed{3}};
    std::vector<Tensor<float, Shape<2>>> samples, targets;
    for (int i = 0; i < count; ++i) {
        samples.push_back({random.normal(), random.normal()});
        targets.push_back({samples.back()[0] > 0 ? 1.0f : 0.0f, samples.back()[1] > 0 ? 0.0f : 1.0f});
    }
    return {samples, targets};
}
using Plane = Model<Linear<2, 2>, Shape<2>>;

/// Squares, of which nothing is said.
struct Undeclared {
    template <class Out>
    using Target = Tensor<float, Out>;
    template <class E, class Out>
    constexpr E operator()(const Tensor<E, Out>& y, const Tensor<E, Out>& target, const E& weight,
                           Tensor<E, Out>& dy) const {
        return MeanSquaredError{}(y, target, weight, dy);
    }
};

template <class Loss>
Epoch fitted(const FitOptions& options, float rate = 0) {
    Plane model{Seed{2}};
    Trainer<Plane, Loss, SGD, Batch<16>> trainer{model, SGD{.learning_rate = rate}};
    const Vectors data = answers(41);  // with a short batch
    const Epoch last = trainer.fit(data, data, options);
    const auto result = evaluate(model, data, trainer.loss());
    if (rate == 0) {
        BOOST_TEST(last.validation_loss == result.loss);
        if constexpr (requires { result.accuracy; }) {
            BOOST_TEST(last.accuracy == result.accuracy);
            BOOST_TEST(last.validation_accuracy == result.accuracy);
        }
        if constexpr (requires { result.mean_absolute_error; }) {
            BOOST_TEST(std::abs(last.error - result.mean_absolute_error) < 1e-6f);
            BOOST_TEST(std::abs(last.validation_error - result.mean_absolute_error) < 1e-6f);
        }
    }
    return last;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_epoch_has_the_figures_that_its_loss_is_judged_by) {
    const Epoch labels = fitted<BinaryCrossEntropy>({});
    BOOST_TEST((0 < labels.accuracy && labels.accuracy < 1));
    BOOST_TEST(std::isnan(labels.error));
    const Epoch values = fitted<MeanSquaredError>({});
    BOOST_TEST(values.error > 0.0f);
    BOOST_TEST(std::isnan(values.accuracy));
    BOOST_TEST(std::isnan(values.validation_accuracy));
    const Epoch distributions = fitted<KLDivergence>({});
    BOOST_TEST((0 < distributions.accuracy && distributions.accuracy < 1));
    const Epoch nothing = fitted<Undeclared>({});
    for (const float figure : {nothing.accuracy, nothing.validation_accuracy, nothing.error, nothing.validation_error})
        BOOST_TEST(std::isnan(figure));
    BOOST_TEST(nothing.validation_loss == values.validation_loss);
}

// Scales the outputs of a model that is right after every epoch but the second: its loss falls, its accuracy does not rise.
BOOST_AUTO_TEST_CASE(the_best_epoch_may_be_that_of_the_highest_accuracy) {
    const Vectors data = answers(40);
    const auto trained = [&](BestBy best_by) {
        Plane model, best;
        Trainer<Plane, BinaryCrossEntropy, SGD, Batch<40>> trainer{model, SGD{.learning_rate = 0}};
        auto change = [&](const Epoch& epoch) {
            const float size = static_cast<float>(epoch.number);
            model.parameters().weight = {size, 0, 0, epoch.number == 1 ? size : -size};
        };
        change(Epoch{.number = 1});
        Epoch last = trainer.fit(
            data, data, {.epochs = 6, .callbacks = {callback(change)}, .patience = 3, .best_by = best_by}, best);
        return last;
    };
    const Epoch by_loss = trained(BestBy::loss);
    BOOST_TEST(by_loss.number == 6);
    BOOST_TEST(by_loss.best == 6);
    const Epoch by_accuracy = trained(BestBy::accuracy);
    BOOST_TEST(by_accuracy.best == 3);
    BOOST_TEST(by_accuracy.best_accuracy == 1.0f);
    BOOST_TEST(by_accuracy.number == 6);
    BOOST_TEST((by_accuracy.ending == Ending::all_epochs));
    BOOST_TEST(by_accuracy.best_loss > by_loss.best_loss);
}

BOOST_AUTO_TEST_CASE(the_best_epoch_may_be_that_of_the_least_error) {
    const Epoch last = fitted<MeanSquaredError>({.epochs = 5, .best_by = BestBy::error}, 0.05f);
    BOOST_TEST(last.best == 5);
    BOOST_TEST(last.best_error == last.validation_error);
}

BOOST_AUTO_TEST_CASE(a_figure_that_there_is_not_finds_no_best_epoch) {
    BOOST_TEST(
        refusal([] { fitted<MeanSquaredError>({.best_by = BestBy::accuracy}); }) ==
        "kiln: fit needs a loss that is judged by an accuracy for .best_by = BestBy::accuracy, got one without; try "
        "BestBy::loss");
    BOOST_TEST(
        refusal([] { fitted<BinaryCrossEntropy>({.best_by = BestBy::error}); }) ==
        "kiln: fit needs a loss that is judged by values for .best_by = BestBy::error, got another; try BestBy::loss");
    BOOST_TEST(refusal([] { fitted<Undeclared>({.best_by = BestBy::accuracy}); }).find("got one without") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_training_after_the_batch_and_keeps_the_best_model) {
    Net model{Seed{12}}, best;
    Training trainer{model, SGD{.learning_rate = 0.1f}};
    const auto data = striped_images<In>(64, classes, 13);
    int batches = 0;
    const Progress press{[](void* context, const Epoch& epoch) {
                             ++*static_cast<int*>(context);
                             if (epoch.number == 2 && epoch.samples == 16) std::raise(SIGINT);
                         },
                         &batches};
    const Epoch last = trainer.fit(data, data, {.epochs = 9, .progress = press, .stop_on_interrupt = true}, best);
    BOOST_TEST((last.ending == Ending::interrupt));
    BOOST_TEST(last.number == 2);
    BOOST_TEST(last.samples == 32);
    BOOST_TEST(batches == 6);  // four, one, and the batch after the interrupt
    BOOST_TEST(same_record(model.parameters(), best.parameters()));
    // Afterwards Ctrl-C has its former effect.
    BOOST_TEST((std::signal(SIGINT, SIG_DFL) == SIG_DFL));
}

namespace {

/// Hands out the samples of a data set in batches of 7 at most, in an order that depends on the epoch.
struct Sevens {
    using Input = In;
    const Samples<In>& samples;
    int at = 0;
    long long epoch = -1;

    struct Handed {
        std::span<const Tensor<float, In>> inputs;
        std::span<const int> targets;
    };
    int size() const { return static_cast<int>(samples.labels.size()); }
    void start(long long number) {
        epoch = number;
        at = 0;
    }
    Handed next() {
        const int first = at, count = size() - at < 7 ? size() - at : 7;
        at += count;
        return {std::span(samples.inputs).subspan(std::size_t(first), std::size_t(count)),
                std::span(samples.labels).subspan(std::size_t(first), std::size_t(count))};
    }
};
static_assert(BatchLoader<Sevens> && !DataSet<Sevens> && TrainingData<Sevens&>);

}  // namespace

BOOST_AUTO_TEST_CASE(a_loader_is_trained_on_batch_by_batch) {
    const Samples<In> samples(20, classes, 14);
    Net model{Seed{15}}, reference{Seed{15}};
    const SGD optimizer{.learning_rate = 0.1f, .momentum = 0.9f};
    Training trainer{model, optimizer}, by_hand{reference, optimizer};
    Sevens loader{samples};
    const Epoch last = trainer.fit(loader, {.epochs = 2});
    BOOST_TEST(last.samples == 20);
    BOOST_TEST(loader.epoch == 1);
    BOOST_TEST(trainer.steps() == 6);
    for (int epoch = 0; epoch < 2; ++epoch) {
        Sevens again{samples};
        for (int batch = 0; batch < 3; ++batch) {
            const auto handed = again.next();
            by_hand.step(handed.inputs, handed.targets);
        }
    }
    BOOST_TEST(same_record(model.parameters(), reference.parameters()));
}

BOOST_AUTO_TEST_CASE(a_loader_without_samples_is_refused) {
    const Samples<In> none(0, classes, 14);
    Net model{Seed{15}};
    Training trainer{model, SGD{}};
    Sevens loader{none};
    BOOST_TEST(refusal([&] { trainer.fit(loader); }) ==
               "kiln: fit needs at least one sample, got none from the loader");
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_callback_leaves_the_best_model_in_place) {
    const auto data = striped_images<In>(64, classes, 13);
    Net model{Seed{12}}, best;
    Training trainer{model, SGD{.learning_rate = 0.1f}};
    auto fail = [&](const Epoch& epoch) {
        tensors<float>(model.parameters())[0].data[0] = 7;
        if (epoch.number == 2) throw std::runtime_error("full");
    };
    BOOST_CHECK_THROW(trainer.fit(data, data, {.epochs = 3, .callbacks = {callback(fail)}}, best), std::runtime_error);
    BOOST_TEST(same_record(model.parameters(), best.parameters()));
}

BOOST_AUTO_TEST_CASE(a_loader_of_larger_batches_is_refused) {
    const Samples<In> samples(20, classes, 14);
    Net model{Seed{15}};
    Trainer<Net, CrossEntropy, SGD, Batch<4>> trainer{model, SGD{}};
    Sevens loader{samples};
    BOOST_CHECK_EXCEPTION(trainer.fit(loader), std::invalid_argument, [](const std::invalid_argument& error) {
        return std::string(error.what()).find("at most 4 samples, got 7") != std::string::npos;
    });
}
