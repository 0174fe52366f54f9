// SPDX-License-Identifier: BSL-1.0
// Draws digits that nobody wrote (I. Goodfellow et al.: Generative Adversarial Nets, 2014). A generator makes images of
// random numbers, a judge tells them from images of MNIST, and each learns from the other: a training loop of its own, in
// passes of sixteen images. A classifier trained beforehand says how many of the drawings look like digits.

#include <kiln.hpp>
#include <kiln/data/idx.hpp>

#include "show/command_line.hpp"
#include "show/digit.hpp"
#include "show/report.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

// The shapes of A. Radford, L. Metz, S. Chintala: Unsupervised Representation Learning with Deep Convolutional
// Generative Adversarial Networks, 2016, for images of 28 x 28.
using Generator = kiln::Model<kiln::Sequential<kiln::Linear<32, 32 * 7 * 7>, kiln::Reshape<32, 7, 7>,  //
                                               kiln::BatchNorm<32>, kiln::ReLU,                        // 32 x 7 x 7
                                               kiln::ConvTranspose<32, 16, 4, 2, 1>, kiln::BatchNorm<16>, kiln::ReLU,
                                               kiln::ConvTranspose<16, 1, 4, 2, 1>, kiln::Sigmoid>,
                              kiln::Shape<32>>;
using Judge = kiln::Model<kiln::Sequential<kiln::Conv<1, 16, 4, 2, 1>, kiln::LeakyReLU<0.2>,   // 16 x 14 x 14
                                           kiln::Conv<16, 32, 4, 2, 1>, kiln::LeakyReLU<0.2>,  // 32 x 7 x 7
                                           kiln::Dropout<0.3>,                                 //
                                           kiln::Linear<32 * 7 * 7, 1>>,
                          Generator::Output>;
using Classifier =
    kiln::Model<kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::ReLU, kiln::Pool<2>, kiln::Linear<8 * 13 * 13, 10>>,
                Generator::Output>;

namespace {

using Sixteen = kiln::Lanes<float, 16>;
constexpr int batch = 64;

struct Options : TrainingOptions {
    int train_limit = 60'000;
    int digits = 4;
};

// Both networks, their optimizers and their passes. The judge learns four times slower, or it would win at once. Nothing
// is allocated while they learn.
class Pair {
  public:
    Pair(float learning_rate, kiln::Seed seed)
        : generator{seed},
          judge{kiln::Seed{seed.value + 1}},
          random_{seed},
          generator_learner_{generator, {.learning_rate = learning_rate, .beta1 = 0.5f}},
          judge_learner_{judge, {.learning_rate = learning_rate / 4, .beta1 = 0.5f}} {}

    Generator generator;
    Judge judge;
    double judge_loss = 0, generator_loss = 0;  // of the last step, in nats

    // One step of each network; image(i) is the i-th of `batch` images of the data.
    void step(auto image) {
        judge_loss = generator_loss = 0;
        for (int first = 0; first < batch; first += 16) {
            for (int i = 0; i < 16; ++i) put(image(first + i), i, judging_.x);
            judge_loss += learn(0.9f, judge_learner_.gradients());  // not 1: T. Salimans et al., 2016, section 3.4
            judging_.x = draw();
            judge_loss += learn(0, judge_learner_.gradients());
        }
        judge_learner_.apply(0.5f / batch);

        Judge::Gradients unused{};
        for (int first = 0; first < batch; first += 16) {
            judging_.x = draw();
            generator_loss += learn(1, unused);
            drawing_.backward(generator, slopes_, generator_learner_.gradients());
        }
        generator_learner_.apply(1.0f / batch);
        drawing_.settle(generator);
        judge_loss /= 2 * batch;
        generator_loss /= batch;
    }

  private:
    static void put(const auto& image, int lane, auto& to) {
        for (int k = 0; k < Generator::Output::count; ++k) set_lane(to[k], lane, image[k]);
    }
    const auto& draw() {
        for (Sixteen& number : drawing_.x)
            for (int l = 0; l < 16; ++l) set_lane(number, l, random_.normal());
        return drawing_.forward(generator);
    }
    // Adds to `gradients` what the judge would learn if its images were real with this probability. Returns the sum of
    // the losses; the slopes of the images are kept.
    double learn(float real, Judge::Gradients& gradients) {
        kiln::Tensor<Sixteen, Judge::Output> slope, target{Sixteen(real)};
        const Sixteen loss =
            kiln::BinaryCrossEntropy{}(judging_.forward(judge, ++passes_), target, Sixteen(1.0f), slope);
        judging_.backward(judge, slope, gradients, slopes_);
        return static_cast<double>(reduce(loss));
    }

    kiln::Random random_;
    std::uint64_t passes_ = 0;  // each has its own dropout
    kiln::Learner<Generator, kiln::Adam> generator_learner_;
    kiln::Learner<Judge, kiln::Adam> judge_learner_;
    kiln::Recording<Generator, Sixteen, kiln::Wanted::parameter_gradients> drawing_;
    kiln::Recording<Judge, Sixteen> judging_;
    kiln::Tensor<Sixteen, Generator::Output> slopes_;
};

// A classifier's verdict on drawings: how many it is sure of, and how many of each digit there are among those.
struct Verdict {
    int drawings = 0, sure = 0;
    std::array<int, 10> of_digit{};

    void add(int digit, float probability) {
        ++drawings;
        if (probability < 0.9f) return;
        ++sure;
        ++of_digit[static_cast<std::size_t>(digit)];
    }
    float fraction() const { return static_cast<float>(sure) / static_cast<float>(drawings); }
    int fewest() const { return *std::min_element(of_digit.begin(), of_digit.end()); }
};

using Numbers = kiln::Tensor<float, Generator::Input>;
using Image = kiln::Tensor<float, Generator::Output>;
const kiln::Model<kiln::Softmax, Classifier::Output> softmax;

Verdict verdict_on(const std::vector<Image>& images, const Classifier& classifier) {
    std::vector<kiln::Tensor<float, Classifier::Output>> logits(images.size());
    classifier.predict(images, logits);
    Verdict verdict;
    for (const auto& of_drawing : logits) {
        const auto probabilities = softmax.predict(of_drawing);
        const int digit = kiln::argmax(probabilities);
        verdict.add(digit, probabilities[digit]);
    }
    return verdict;
}

void run(const Options& options) {
    auto mnist = kiln::data::load_mnist(options.data);
    if (options.train_limit < mnist.train.size()) mnist.train = mnist.train.first(options.train_limit);

    static Classifier classifier{kiln::Seed{options.seed}};
    static kiln::Trainer<Classifier, kiln::CrossEntropy, kiln::Adam, kiln::Batch<batch>> trainer{
        classifier, {.learning_rate = 0.002f}, {}, kiln::Seed{options.seed}};
    trainer.fit(mnist.train, {.epochs = 2});
    std::vector<Image> images;
    for (int i = 0; i < 1000 && i < mnist.test.size(); ++i) images.push_back(mnist.test.image(i));
    const std::string of_images = percent(verdict_on(images, classifier).fraction());
    std::printf("the classifier is sure of %s of the test images\n", of_images.c_str());

    // The same for every epoch, so that one sees the drawings change.
    std::vector<Numbers> numbers(1000);
    std::vector<Image> drawings(numbers.size());
    kiln::Random random{kiln::Seed{options.seed + 2}};
    for (Numbers& of_drawing : numbers)
        for (float& number : of_drawing) number = random.normal();

    static Pair pair{options.learning_rate, kiln::Seed{options.seed}};
    kiln::data::Loader loader(mnist.train, {.batch = batch, .seed = kiln::Seed{options.seed}});
    const kiln::Progress progress = kiln::progress_bar(stdout);
    const kiln::Interrupt interrupt;
    kiln::Report report{.title = "Digits that nobody wrote"};
    kiln::report::Plot losses{.title = "Loss",
                              .axis = "cross entropy, nats",
                              .x_axis = "epoch",
                              .positions = {},
                              .curves = {{"judge", {}}, {"generator", {}}}};
    Verdict verdict;
    for (int number = 1; number <= options.epochs && !interrupt.happened(); ++number) {
        kiln::Epoch epoch{.number = number, .epochs = options.epochs, .of_samples = mnist.train.size() / batch * batch};
        const auto start = std::chrono::steady_clock::now();
        double judge_loss = 0, generator_loss = 0;
        loader.start(number);
        for (auto samples = loader.next(); samples.inputs.size() == batch && !interrupt.happened();
             samples = loader.next()) {
            pair.step([&](int i) -> const auto& { return samples.inputs[static_cast<std::size_t>(i)]; });
            judge_loss += pair.judge_loss * batch;
            generator_loss += pair.generator_loss * batch;
            epoch.samples += batch;
            epoch.loss = static_cast<float>(judge_loss / epoch.samples);
            epoch.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
            if (!epoch.finished()) progress(epoch);
        }
        progress(epoch);
        losses.positions.push_back(number);
        losses.curves[0].values.push_back(judge_loss / epoch.samples);
        losses.curves[1].values.push_back(generator_loss / epoch.samples);
        pair.generator.predict(numbers, drawings);
        verdict = verdict_on(drawings, classifier);
        std::printf("it is sure of %s of the drawings; the rarest digit is drawn %d times in 1,000\n",
                    percent(verdict.fraction()).c_str(), verdict.fewest());
        for (std::size_t i = 0; i < 12; ++i) {
            auto& picture = report.pairs.emplace_back();
            picture.reconstruction = kiln::report::bitmap(drawings[i]);
            picture.caption = "epoch " + std::to_string(number);
        }
    }
    for (std::size_t i = 0; i + 1 < static_cast<std::size_t>(options.digits); i += 2)
        draw(drawings[i], drawings[i + 1]);
    report.figures = {{"drawings that a classifier is sure of", percent(verdict.fraction())},
                      {"images that it is sure of", of_images},
                      {"the rarest digit in 1,000 drawings", std::to_string(verdict.fewest())},
                      {"epochs", std::to_string(losses.positions.size())}};
    kiln::add_plot(report, losses);
    kiln::add_layers<Generator>(report);
    write(report, options.report);
}

}  // namespace

int main(int argc, char** argv) {
    Options options{{.epochs = 5, .learning_rate = 0.001f, .data = beside(__FILE__, "../mnist/data")}};
    CommandLine("generate", "Learns to draw digits that nobody wrote.")
        .training(options, "DIR", "folder of the four MNIST files, packed by gzip or not")
        .number("train-limit", "learn from the first N images only", options.train_limit, from(batch))
        .number("digits", "how many drawings to show", options.digits, {0, 24})
        .report(options)
        .read(argc, argv);
    return guarded([&] { run(options); });
}
