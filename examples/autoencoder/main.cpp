// SPDX-License-Identifier: BSL-1.0
// An autoencoder: squeezes each MNIST digit into sixteen numbers and draws it again from those. Shows some digits beside
// what became of them, on the terminal and in the report.

#include <kiln.hpp>
#include <kiln/data/idx.hpp>

#include "show/command_line.hpp"
#include "show/digit.hpp"
#include "show/report.hpp"

#include <cstdio>
#include <iostream>

using Encoder = kiln::Sequential<kiln::Conv<1, 8, 3, 2, 1>, kiln::ReLU,   // 8 x 14 x 14
                                 kiln::Conv<8, 16, 3, 2, 1>, kiln::ReLU,  // 16 x 7 x 7
                                 kiln::Linear<16 * 7 * 7, 16>>;
using Decoder = kiln::Sequential<kiln::Linear<16, 16 * 7 * 7>, kiln::ReLU, kiln::Reshape<16, 7, 7>,  //
                                 kiln::ConvTranspose<16, 8, 4, 2, 1>, kiln::ReLU,                    // 8 x 14 x 14
                                 kiln::ConvTranspose<8, 1, 4, 2, 1>, kiln::Sigmoid>;                 // 1 x 28 x 28
using Autoencoder = kiln::Model<kiln::Sequential<Encoder, Decoder>, kiln::Shape<1, 28, 28>>;
static_assert(std::is_same_v<Autoencoder::Output, Autoencoder::Input>);

using Optimizer = kiln::Scheduled<kiln::Adam, kiln::OneCycle>;
using Training = kiln::Trainer<Autoencoder, kiln::MeanSquaredError, Optimizer, kiln::Batch<64>>;

namespace {

struct Options : TrainingOptions {
    int digits = 3;
};

void run(const Options& options) {
    const auto mnist = kiln::data::load_mnist(options.data);
    const kiln::data::Reconstruction train(mnist.train), test(mnist.test);  // the target is the image itself

    static Autoencoder model{kiln::Seed{options.seed}};
    static Training trainer{model,
                            {{.learning_rate = options.learning_rate}, {.steps = options.steps(train.size(), 64)}},
                            {},
                            kiln::Seed{options.seed}};
    kiln::History history;
    trainer.fit(train, test,
                {.epochs = options.epochs,
                 .progress = kiln::progress_bar(stdout),
                 .callbacks = {kiln::callback(history)},
                 .stop_on_interrupt = true});

    const auto result = kiln::evaluate(model, test, trainer.loss());
    std::cout << result << '\n';

    kiln::Report report = report_of("MNIST digits from sixteen numbers", model, result, history,
                                    "mean squared error of a pixel", "of the brightest pixel");
    for (int i = 0; i < 24; ++i) {
        const auto image = mnist.test.image(i), drawn = model.predict(image);
        if (i < options.digits) draw(image, drawn);
        report.pairs.push_back({.original = kiln::report::bitmap(image),
                                .reconstruction = kiln::report::bitmap(drawn),
                                .caption = "test image " + std::to_string(i)});
    }
    write(report, options.report);
}

}  // namespace

int main(int argc, char** argv) {
    Options options{{.epochs = 5, .learning_rate = 0.005f, .data = beside(__FILE__, "../mnist/data")}};
    CommandLine("autoencoder", "Squeezes MNIST digits into sixteen numbers and draws them again.")
        .training(options, "DIR", "folder of the four MNIST files, packed by gzip or not")
        .number("digits", "how many test images to draw", options.digits, {0, 24})
        .report(options)
        .read(argc, argv);
    return guarded([&] { run(options); });
}
