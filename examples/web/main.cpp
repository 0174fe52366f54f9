// SPDX-License-Identifier: BSL-1.0
// Trains the network of the page and writes it as a header, for page/digits.cpp. `bash examples/run.sh web` does that
// and builds the page.

#include <kiln.hpp>
#include <kiln/data/idx.hpp>

#include "show/command_line.hpp"
#include "show/report.hpp"
#include "web/network.hpp"

#include <bit>
#include <cstdint>
#include <cstdio>
#include <string>

using Optimizer = kiln::Scheduled<kiln::Adam, kiln::OneCycle>;
using Training = kiln::Trainer<Digits, kiln::CrossEntropy, Optimizer, kiln::Batch<64>>;

namespace {

struct Options : TrainingOptions {
    std::string output = ".";
};

// To the nearest number with 7 bits behind the leading one, as bfloat16 has them, ties away from 0. The network hardly
// notices, and every second byte of its weights is 0, so that packed they take about half the room.
float rounded(float value) {
    return std::bit_cast<float>((std::bit_cast<std::uint32_t>(value) + 0x8000u) & 0xffff0000u);
}

void run(const Options& options) {
    const auto mnist = kiln::data::load_mnist(options.data);
    static Digits model{kiln::Seed{options.seed}};
    static Training trainer{
        model,
        {{.learning_rate = options.learning_rate}, {.steps = options.steps(mnist.train.size(), 64)}},
        {},
        kiln::Seed{options.seed}};

    // People draw more slanted, larger or smaller digits on a screen than on a form.
    kiln::data::Loader loader(mnist.train, {.batch = 64, .seed = kiln::Seed{options.seed}},
                              kiln::data::Affine{.shift = 1.5f, .degrees = 10, .scale = 0.12f, .shear = 0.15f});
    trainer.fit(loader, {.epochs = options.epochs, .progress = kiln::progress_bar(stdout), .stop_on_interrupt = true});

    const float before = kiln::evaluate(model, mnist.test).accuracy;
    for (const auto& slice : kiln::tensors<float>(model.parameters()))
        for (float& weight : slice) weight = rounded(weight);
    const std::string accuracy = percent(kiln::evaluate(model, mnist.test).accuracy);
    std::printf("test accuracy: %s, before rounding the weights: %s\n", accuracy.c_str(), percent(before).c_str());

    kiln::io::export_header(model, options.output + "/digits.hpp",
                            {.name = "digits", .type = "Digits", .include = "<web/network.hpp>"})
        .or_throw();
    kiln::replace_file(options.output + "/accuracy.txt", accuracy + '\n').or_throw();
}

}  // namespace

int main(int argc, char** argv) {
    Options options{{.epochs = 12, .learning_rate = 0.004f, .data = beside(__FILE__, "../mnist/data")}};
    CommandLine("web", "Trains the network of the page that reads digits, and writes it as a header.")
        .training(options, "DIR", "folder of the four MNIST files, packed by gzip or not")
        .text("output", "DIR", "where to write digits.hpp, and accuracy.txt for the page", options.output)
        .read(argc, argv);
    return guarded([&] { run(options); });
}
