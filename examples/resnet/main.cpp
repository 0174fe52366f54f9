// SPDX-License-Identifier: BSL-1.0
// Trains ResNet-8, the image network of MLPerf Tiny (C. Banbury et al.: MLPerf Tiny Benchmark, 2021), on the digits of
// MNIST, which are padded to 32 x 32 pixels and copied to three channels, or on the photographs of CIFAR-10, if the user has
// them. The images are shifted a little every time, photographs also mirrored.

#include <kiln.hpp>
#include <kiln/data/cifar.hpp>
#include <kiln/data/idx.hpp>

#include "show/command_line.hpp"
#include "show/digit.hpp"
#include "show/report.hpp"

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using kiln::BatchNorm, kiln::Conv, kiln::ReLU, kiln::Sequential;

/// Two convolutions, the first of which takes steps of Stride pixels.
template <int In, int Out, int Stride>
using TwoConvs = Sequential<Conv<In, Out, 3, Stride, 1>, BatchNorm<Out>, ReLU, Conv<Out, Out, 3, 1, 1>, BatchNorm<Out>>;
/// x + f(x)
template <int Channels>
using Block = Sequential<kiln::Residual<TwoConvs<Channels, Channels, 1>>, ReLU>;
/// f(x) + g(x): half the rows and columns, and Out channels.
template <int In, int Out>
using Down = Sequential<kiln::Sum<TwoConvs<In, Out, 2>, Conv<In, Out, 1, 2>>, ReLU>;

using Net = Sequential<Conv<3, 16, 3, 1, 1>, BatchNorm<16>, ReLU,  // 16 x 32 x 32
                       Block<16>,                                  // 16 x 32 x 32
                       Down<16, 32>,                               // 32 x 16 x 16
                       Down<32, 64>,                               // 64 x 8 x 8
                       kiln::GlobalAveragePool, kiln::Linear<64, 10>>;
using ResNet = kiln::Model<Net, kiln::Shape<3, 32, 32>>;
static_assert(ResNet::parameter_count == 78'186);

using Optimizer = kiln::Scheduled<kiln::SGD, kiln::OneCycle>;
template <int N>
using Training = kiln::Trainer<ResNet, kiln::CrossEntropy, Optimizer, kiln::Batch<64>, kiln::Threads<N>>;

namespace {

struct Options : TrainingOptions {
    float momentum = 0.9f, weight_decay = 0.0001f;
    int shift = 2, threads = 1;
    int train_limit = 60'000, test_limit = 10'000;
    int digit = 92;  // this 9 could be a 4
    std::string cifar = {}, save = {};
};

using Images = kiln::data::Dataset<ResNet::Input>;
using Digit = kiln::Shape<1, 28, 28>;

// The digits with two black pixels around them, in three equal channels.
Images padded(const kiln::data::Dataset<Digit>& digits) {
    std::vector<kiln::Tensor<std::uint8_t, ResNet::Input>> images(static_cast<std::size_t>(digits.size()));
    std::vector<int> labels;
    for (int i = 0; i < digits.size(); ++i) {
        const auto& digit = digits.sample(i);
        auto& image = images[static_cast<std::size_t>(i)];
        for (int c = 0; c < 3; ++c)
            for (int row = 0; row < 28; ++row)
                for (int column = 0; column < 28; ++column) image(c, row + 2, column + 2) = digit(0, row, column);
        labels.push_back(digits.label(i));
    }
    Images all{std::move(images), std::move(labels)};
    all.declare_classes(digits.classes());
    return all;
}
kiln::Tensor<std::uint8_t, Digit> without_padding(const kiln::Tensor<std::uint8_t, ResNet::Input>& image) {
    kiln::Tensor<std::uint8_t, Digit> digit;
    for (int row = 0; row < 28; ++row)
        for (int column = 0; column < 28; ++column) digit(0, row, column) = image(0, row + 2, column + 2);
    return digit;
}

// The images, and the names of their classes unless they are digits.
struct Collection {
    Images train, test;
    std::vector<std::string> classes = {};
};
Collection load(const Options& options) {
    const auto limited = [](auto& data, int most) { return most < data.size() ? data.first(most) : std::move(data); };
    if (!options.cifar.empty()) {
        auto cifar = kiln::data::load_cifar10(options.cifar);
        return {limited(cifar.train, options.train_limit), limited(cifar.test, options.test_limit), cifar.classes};
    }
    auto mnist = kiln::data::load_mnist(options.data);
    return {padded(limited(mnist.train, options.train_limit)), padded(limited(mnist.test, options.test_limit))};
}

template <int N>
void train(ResNet& model, const Images& images, const Images& test, const Options& options, kiln::History& history) {
    const kiln::data::Augment augmentation{kiln::data::Shift{.pixels = options.shift},
                                           kiln::data::Flip{.probability = options.cifar.empty() ? 0.0f : 0.5f}};
    const Optimizer optimizer{
        {.learning_rate = options.learning_rate, .momentum = options.momentum, .weight_decay = options.weight_decay},
        {.steps = options.steps(images.size(), 64)}};
    static Training<N> trainer{model, optimizer, {}, kiln::Seed{options.seed}};
    kiln::data::Loader loader(images, {.batch = 64, .seed = kiln::Seed{options.seed}}, augmentation);
    // The test set serves as validation set: it decides nothing here, neither when to stop nor what to keep.
    trainer.fit(loader, test,
                {.epochs = options.epochs,
                 .progress = kiln::progress_bar(stdout),
                 .callbacks = {kiln::callback(history)},
                 .stop_on_interrupt = true});
}

void run(const Options& options) {
    const auto [images, test, classes] = load(options);
    if (options.digit >= test.size()) throw std::runtime_error("resnet: there is no such test image to draw");

    static ResNet model{kiln::Seed{options.seed}};
    kiln::History history;
    if (options.threads == 1)
        train<1>(model, images, test, options, history);
    else
        train<2>(model, images, test, options, history);

    const auto result = kiln::evaluate(model, test);
    double seconds = 0, samples = 0;
    for (const kiln::Epoch& epoch : history.epochs) {
        seconds += epoch.seconds;
        samples += epoch.samples;
    }
    std::printf("test accuracy: %s\n", percent(result.accuracy).c_str());
    std::printf("trained in %.1f s, %.0f images/s\n", seconds, samples / seconds);

    const kiln::Model<kiln::Softmax, ResNet::Output> softmax;
    const auto answer = softmax.predict(model.predict(test.image(options.digit)));
    if (classes.empty()) {
        draw(without_padding(test.sample(options.digit)), answer);
    } else {
        const auto name = [&](int label) { return classes[static_cast<std::size_t>(label)].c_str(); };
        std::printf("test image %d, \"%s\", is taken for \"%s\"\n", options.digit, name(test.label(options.digit)),
                    name(kiln::argmax(answer)));
    }
    if (!options.save.empty()) kiln::io::save_safetensors(model, options.save).or_throw();
    const char* const title = options.cifar.empty() ? "MNIST, ResNet-8" : "CIFAR-10, ResNet-8";
    if (!options.report.empty()) write(report_of(title, model, test, result, history, classes), options.report);
}

}  // namespace

int main(int argc, char** argv) {
    Options options{{.epochs = 3, .learning_rate = 0.1f, .data = beside(__FILE__, "../mnist/data")}};
    CommandLine("resnet", "Trains ResNet-8, a network with residual connections, on MNIST or CIFAR-10.")
        .training(options, "DIR", "folder of the four MNIST files, packed by gzip or not")
        .text("cifar", "DIR", "folder of CIFAR-10's binary files, to train on these photographs", options.cifar)
        .number("momentum", "of SGD", options.momentum, from_to_below(0, 1))
        .number("weight-decay", "pulls weights to 0", options.weight_decay, {0, 1})
        .number("shift", "move the training images by at most N pixels", options.shift, {0, 8})
        .number("threads", "that share a step: 1 or 2", options.threads, {1, 2})
        .number("train-limit", "train on the first N images only", options.train_limit, from(1))
        .number("test-limit", "test on the first N images only", options.test_limit, from(1))
        .number("digit", "the test image to draw, or to name", options.digit, {0, 9'999})
        .text("save", "FILE", "write the trained weights, as safetensors", options.save)
        .report(options)
        .read(argc, argv);
    return guarded([&] { run(options); });
}
