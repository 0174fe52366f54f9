// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.progress
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/progress.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"
#include "laws/samples.hpp"

#include <cstdio>
#include <string>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

/// The text that a display writes to a file that is no terminal.
std::string written(auto show) {
    std::FILE* file = std::tmpfile();
    BOOST_REQUIRE(file != nullptr);
    show(progress_bar(file));
    std::rewind(file);
    std::string text;
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text.push_back(static_cast<char>(c));
    std::fclose(file);
    return text;
}

}  // namespace

static_assert(Epoch{.samples = 5, .of_samples = 5}.finished() && !Epoch{.samples = 4, .of_samples = 5}.finished());
static_assert(Epoch{.samples = 100, .seconds = 4}.samples_per_second() == 25);
static_assert(Epoch{.samples = 100, .seconds = 0}.samples_per_second() == 0);

BOOST_AUTO_TEST_CASE(progress_is_told_after_every_batch) {
    using In = Shape<1, 2, 2>;
    using Net = Model<Sequential<Linear<4, 3>>, In>;
    Net model{Seed{1}};
    Trainer<Net, CrossEntropy, SGD, Batch<16>> trainer{model, SGD{}};
    std::vector<Epoch> told;
    const Progress remember{
        [](void* context, const Epoch& epoch) { static_cast<std::vector<Epoch>*>(context)->push_back(epoch); }, &told};
    trainer.fit(striped_images<In>(40, 3, 2), {.epochs = 2, .progress = remember});
    BOOST_REQUIRE(told.size() == 6u);
    for (std::size_t i = 0; i < 6; ++i) {
        BOOST_TEST(told[i].number == static_cast<int>(i / 3 + 1));
        BOOST_TEST(told[i].epochs == 2);
        BOOST_TEST(told[i].samples == (i % 3 == 2 ? 40 : static_cast<int>(i % 3 + 1) * 16));
        BOOST_TEST(told[i].of_samples == 40);
        BOOST_TEST(told[i].finished() == (i % 3 == 2));
        BOOST_TEST(told[i].loss > 0.0f);
        if (i % 3 > 0) BOOST_TEST(told[i].seconds >= told[i - 1].seconds);
    }
}

BOOST_AUTO_TEST_CASE(progress_of_nobody_does_nothing) { Progress{}(Epoch{}); }

BOOST_AUTO_TEST_CASE(progress_bar_writes_one_plain_line_an_epoch_to_a_file) {
    const std::string text = written([](const Progress& progress) {
        Epoch epoch{.number = 1, .epochs = 2, .samples = 10, .of_samples = 30, .loss = 2, .seconds = 1};
        progress(epoch);
        epoch.samples = 30;
        epoch.loss = 0.12346f;
        epoch.seconds = 1.5;
        progress(epoch);
        epoch.number = 2;
        epoch.loss = 0.1f;
        progress(epoch);
    });
    BOOST_TEST(text == "epoch 1/2  loss 0.1235  1.50 s  20 samples/s\n"
                       "epoch 2/2  loss 0.1000  1.50 s  20 samples/s\n");
}

BOOST_AUTO_TEST_CASE(progress_bar_shows_the_figures_that_there_are) {
    const auto line = [](Epoch epoch) {
        epoch.seconds = epoch.number = epoch.epochs = epoch.samples = epoch.of_samples = 1;
        return written([&](const Progress& progress) { progress(epoch); });
    };
    BOOST_TEST(
        line({.loss = 2, .accuracy = 0.5f, .validation_loss = 1, .validation_accuracy = 0.25f}) ==
        "epoch 1/1  loss 2.0000  accuracy 50.00 %  validation loss 1.0000  validation accuracy 25.00 %  1.00 s  1 "
        "samples/s\n");
    BOOST_TEST(line({.loss = 2, .error = 12345.6f, .validation_loss = 1, .validation_error = 0.25f}) ==
               "epoch 1/1  loss 2.0000  error 1.235e+04  validation loss 1.0000  validation error 0.25  1.00 s  1 "
               "samples/s\n");
    BOOST_TEST(
        line({.loss = 2, .perplexity = 7.389f, .validation_loss = 1, .validation_perplexity = 2.718f}) ==
        "epoch 1/1  loss 2.0000  perplexity 7.389  validation loss 1.0000  validation perplexity 2.718  1.00 s  1 "
        "samples/s\n");
}

BOOST_AUTO_TEST_CASE(progress_bar_survives_an_epoch_without_samples_or_time) {
    BOOST_TEST(written([](const Progress& progress) { progress(Epoch{}); }) ==
               "epoch 0/0  loss 0.0000  0.00 s  0 samples/s\n");
}

BOOST_AUTO_TEST_CASE(progress_bar_shows_a_whole_training) {
    using In = Shape<1, 2, 2>;
    using Net = Model<Sequential<Linear<4, 3>>, In>;
    Net model{Seed{1}};
    Trainer<Net, CrossEntropy, SGD, Batch<16>> trainer{model, SGD{}};
    const std::string text = written([&](const Progress& progress) {
        trainer.fit(striped_images<In>(40, 3, 2), {.epochs = 2, .progress = progress});
    });
    // Two lines as above, with figures that depend on the machine.
    double losses[2] = {}, accuracies[2] = {}, seconds[2] = {}, rates[2] = {};
    int end = 0;
    const int read =
        std::sscanf(text.c_str(),
                    "epoch 1/2  loss %lf  accuracy %lf %%  %lf s  %lf samples/s epoch 2/2  loss %lf  accuracy %lf %%  "
                    "%lf s  %lf samples/s%n",
                    losses, accuracies, seconds, rates, losses + 1, accuracies + 1, seconds + 1, rates + 1, &end);
    BOOST_TEST(read == 8, "got: " << text);
    BOOST_TEST(text.substr(static_cast<std::size_t>(end)) == "\n");
    BOOST_TEST(losses[0] > 0.0);
    BOOST_TEST(losses[1] > 0.0);
}
