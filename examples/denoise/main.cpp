// SPDX-License-Identifier: BSL-1.0
// Takes the noise out of MNIST digits, by a small U-Net (O. Ronneberger, P. Fischer, T. Brox: U-Net: Convolutional Networks
// for Biomedical Image Segmentation, 2015): the way down halves the image twice, the way up doubles it again, and at each
// size also reads the maps of the way down. The same network without those skips is trained for comparison: it leaves a
// tenth more error.

#include <kiln.hpp>
#include <kiln/data/idx.hpp>

#include "show/command_line.hpp"
#include "show/digit.hpp"
#include "show/report.hpp"

#include <cstdio>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using kiln::Concat, kiln::Conv, kiln::Node, kiln::ReLU, kiln::Sequential;
using Image = kiln::Shape<1, 28, 28>;

template <int In, int Out>
using Level = Sequential<Conv<In, Out, 3, 1, 1>, ReLU>;
template <int In, int Out>
using Down = Sequential<Conv<In, Out, 3, 2, 1>, ReLU>;
template <int In, int Out>
using Up = Sequential<kiln::ConvTranspose<In, Out, 4, 2, 1>, ReLU>;

using UNet = kiln::Graph<kiln::Input<"noisy">,                            //
                         Node<"large", Level<1, 8>, "noisy">,             //  8 x 28 x 28
                         Node<"half", Down<8, 16>, "large">,              // 16 x 14 x 14
                         Node<"quarter", Down<16, 16>, "half">,           // 16 x 7 x 7
                         Node<"half_again", Up<16, 16>, "quarter">,       // 16 x 14 x 14
                         Node<"halves", Concat<>, "half_again", "half">,  // 32 x 14 x 14
                         Node<"merged", Level<32, 16>, "halves">,         // 16 x 14 x 14
                         Node<"large_again", Up<16, 8>, "merged">,        //  8 x 28 x 28
                         Node<"both", Concat<>, "large_again", "large">,  // 16 x 28 x 28
                         Node<"clean", Conv<16, 1, 3, 1, 1>, "both">,     //
                         kiln::Output<"clean">>;
using Chain =
    Sequential<Level<1, 8>, Down<8, 16>, Down<16, 16>, Up<16, 16>, Level<16, 16>, Up<16, 8>, Conv<8, 1, 3, 1, 1>>;

template <class Net>
using Denoiser = kiln::Model<Net, Image>;
static_assert(std::is_same_v<Denoiser<UNet>::Output, Image> && std::is_same_v<Denoiser<Chain>::Output, Image>);

using Optimizer = kiln::Scheduled<kiln::Adam, kiln::OneCycle>;
template <class Net>
using Training = kiln::Trainer<Denoiser<Net>, kiln::MeanSquaredError, Optimizer, kiln::Batch<64>>;

namespace {

struct Options : TrainingOptions {
    float noise = 0.5f;
    int train_limit = 30'000, test_limit = 10'000;
    int digits = 3;
};

using Pixels = kiln::Tensor<float, Image>;
using NoisyImages = kiln::data::Dataset<Image, float, Pixels>;

// The same noise whenever it is called: it serves to compare.
NoisyImages noisy(const kiln::data::Dataset<Image>& digits, float sd) {
    std::vector<Pixels> images, targets;
    kiln::Random random{kiln::Seed{1}};
    for (int i = 0; i < digits.size(); ++i) {
        targets.push_back(digits.image(i));
        kiln::data::Noise{.sd = sd}(images.emplace_back(targets.back()), random);
    }
    return {std::move(images), std::move(targets)};
}

// Trains on noise that is new in every epoch. Returns the figures of the test images.
template <class Net>
auto train(Denoiser<Net>& model, const kiln::data::Dataset<Image>& digits, const NoisyImages& test,
           const Options& options, kiln::History& history) {
    static Training<Net> trainer{
        model,
        {{.learning_rate = options.learning_rate}, {.steps = options.steps(digits.size(), 64)}},
        {},
        kiln::Seed{options.seed}};
    const kiln::data::Reconstruction clean(digits);
    kiln::data::Loader loader(clean, {.batch = 64, .seed = kiln::Seed{options.seed}},
                              kiln::data::Noise{.sd = options.noise});
    trainer.fit(loader, test,
                {.epochs = options.epochs,
                 .progress = kiln::progress_bar(stdout),
                 .callbacks = {kiln::callback(history)},
                 .stop_on_interrupt = true});
    return kiln::evaluate(model, test, trainer.loss());
}

double noise_of(const NoisyImages& images) {
    double sum = 0;
    for (int i = 0; i < images.size(); ++i)
        for (int k = 0; k < Image::count; ++k) {
            const double difference = static_cast<double>(images.sample(i)[k] - images.target(i)[k]);
            sum += difference * difference;
        }
    return sum / Image::count / images.size();
}

void run(const Options& options) {
    auto mnist = kiln::data::load_mnist(options.data);
    if (options.train_limit < mnist.train.size()) mnist.train = mnist.train.first(options.train_limit);
    if (options.test_limit < mnist.test.size()) mnist.test = mnist.test.first(options.test_limit);
    if (options.digits > mnist.test.size()) throw std::runtime_error("denoise: there are fewer test images to draw");
    const NoisyImages test = noisy(mnist.test, options.noise);

    static Denoiser<UNet> model{kiln::Seed{options.seed}};
    static Denoiser<Chain> chain{kiln::Seed{options.seed}};
    kiln::History history, history_of_chain;
    const auto result = train<UNet>(model, mnist.train, test, options, history);
    std::printf("without skips:\n");
    const auto without = train<Chain>(chain, mnist.train, test, options, history_of_chain);
    std::printf("mean squared error of a pixel: %.4f noise, %.4f left by the U-Net, %.4f by the chain without skips\n",
                noise_of(test), static_cast<double>(result.loss), static_cast<double>(without.loss));

    kiln::Report report = report_of("MNIST digits without noise", model, result, history,
                                    "mean squared error of a pixel", "of the brightest pixel");
    report.figures.push_back({"mean squared error", fixed(result.loss, 4)});
    report.figures.push_back({"without skips", fixed(without.loss, 4)});
    for (int i = 0; i < 24 && i < test.size(); ++i) {
        const Pixels& image = test.sample(i);
        const Pixels drawn = model.predict(image);
        if (i < options.digits) draw(image, drawn);
        report.pairs.push_back({.original = kiln::report::bitmap(image),
                                .reconstruction = kiln::report::bitmap(drawn),
                                .caption = "test image " + std::to_string(i),
                                .target = kiln::report::bitmap(test.target(i))});
    }
    write(report, options.report);
}

}  // namespace

int main(int argc, char** argv) {
    Options options{{.epochs = 2, .learning_rate = 0.01f, .data = beside(__FILE__, "../mnist/data")}};
    CommandLine("denoise", "Takes the noise out of MNIST digits, with and without skip connections.")
        .training(options, "DIR", "folder of the four MNIST files, packed by gzip or not")
        .number("noise", "its standard deviation, of the brightest pixel", options.noise, {0, 10})
        .number("train-limit", "train on the first N images only", options.train_limit, from(1))
        .number("test-limit", "test on the first N images only", options.test_limit, from(1))
        .number("digits", "how many test images to draw", options.digits, {0, 24})
        .report(options)
        .read(argc, argv);
    return guarded([&] { run(options); });
}
