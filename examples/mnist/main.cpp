// SPDX-License-Identifier: BSL-1.0
// Trains a network of one convolution on the 60,000 handwritten digits of MNIST, tests it on 10,000 others, and shows
// one of those. `bash examples/run.sh mnist --help` lists what can be chosen.

#include <kiln.hpp>
#include <kiln/data/idx.hpp>

#include "show/command_line.hpp"
#include "show/digit.hpp"
#include "show/report.hpp"

#include <cstdio>
#include <stdexcept>
#include <string>

using Net = kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::ReLU, kiln::Pool<2>, kiln::Linear<8 * 13 * 13, 10>>;
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;

static_assert(Digits::parameter_count == 13'610);
static_assert(Digits::multiply_adds == 62'192);  // one forward pass, one sample
static_assert(std::is_same_v<Digits::Output, kiln::Shape<10>>);

using Optimizer = kiln::Scheduled<kiln::SGD, kiln::LinearDecay>;
using Training = kiln::Trainer<Digits, kiln::CrossEntropy, Optimizer, kiln::Batch<64>>;

namespace {

struct Options : TrainingOptions {
    float momentum = 0.9f, weight_decay = 0.0001f;
    int train_limit = 60'000;
    int digit = 92;  // this 9 could be a 4
};

void run(const Options& options) {
    auto mnist = kiln::data::load_mnist(options.data);
    if (options.digit >= mnist.test.size()) throw std::runtime_error("mnist: there is no such test image to draw");
    if (options.train_limit < mnist.train.size()) mnist.train = mnist.train.first(options.train_limit);

    static Digits model{kiln::Seed{options.seed}};
    const Optimizer optimizer{{.learning_rate = options.learning_rate,
                               .momentum = options.momentum,
                               .weight_decay = options.weight_decay,
                               .nesterov = true},
                              {.steps = options.steps(mnist.train.size(), 64)}};
    static Training trainer{model, optimizer, {}, kiln::Seed{options.seed}};

    // The test set serves as validation set: it decides nothing here, neither when to stop nor what to keep.
    kiln::History history;
    trainer.fit(mnist.train, mnist.test,
                {.epochs = options.epochs,
                 .progress = kiln::progress_bar(stdout),
                 .callbacks = {kiln::callback(history)},
                 .stop_on_interrupt = true});
    const auto result = kiln::evaluate(model, mnist.test);
    double seconds = 0, images = 0;
    for (const kiln::Epoch& epoch : history.epochs) {
        seconds += epoch.seconds;
        images += epoch.samples;
    }
    std::printf("test accuracy: %s\n", percent(result.accuracy).c_str());
    std::printf("trained in %.1f s, %.0f images/s\n", seconds, images / seconds);

    draw(model, mnist.test, options.digit);
    if (!options.report.empty())
        write(report_of("MNIST, one convolution", model, mnist.test, result, history), options.report);
}

}  // namespace

int main(int argc, char** argv) {
    Options options{{.epochs = 12, .learning_rate = 0.07f, .seed = 2, .data = beside(__FILE__, "data")}};
    CommandLine("mnist", "Trains a small convolutional network on the MNIST digits and draws one of them.")
        .training(options, "DIR", "folder of the four MNIST files, packed by gzip or not")
        .number("momentum", "of SGD (Nesterov)", options.momentum, from_to_below(0, 1))
        .number("weight-decay", "pulls weights to 0", options.weight_decay, {0, 1})
        .number("train-limit", "train on the first N images only", options.train_limit, from(1))
        .number("digit", "the test image to draw", options.digit, {0, 9'999})
        .report(options)
        .read(argc, argv);
    return guarded([&] { run(options); });
}
