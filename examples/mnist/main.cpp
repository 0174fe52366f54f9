// SPDX-License-Identifier: BSL-1.0
// Trains a network of one convolution on the 60,000 handwritten digits of MNIST, tests it on 10,000 others, and shows
// one of those. `bash examples/run.sh mnist --help` lists what can be chosen.

#include <kiln.hpp>
#include <kiln/data/idx.hpp>

#include "options.hpp"
#include "terminal.hpp"

#include <cstdio>
#include <stdexcept>

using Net = kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::ReLU, kiln::Pool<2>, kiln::Linear<8 * 13 * 13, 10>>;
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;

static_assert(Digits::parameter_count == 13'610);
static_assert(Digits::multiply_adds == 62'192);  // one forward pass, one sample
static_assert(std::is_same_v<Digits::Output, kiln::Shape<10>>);

using Training = kiln::Trainer<Digits, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>>;

namespace {

// `fit` is called once an epoch, to lower the learning rate in between; this tells Kiln's bar which epoch it is.
struct Bar {
    int number, epochs;
    kiln::Progress bar = kiln::progress_bar();  // on stderr

    static void show(void* context, const kiln::Epoch& epoch) {
        const Bar& self = *static_cast<const Bar*>(context);
        kiln::Epoch shown = epoch;
        shown.number = self.number;
        shown.epochs = self.epochs;
        if (!epoch.finished())
            self.bar(shown);
        else if (is_terminal(stderr))
            std::fputs("\r\033[K", stderr);  // the line with the result takes its place
    }
};

double percent(float fraction) { return 100 * static_cast<double>(fraction); }

kiln::Tensor<float, Digits::Output> softmax(const kiln::Tensor<float, Digits::Output>& logits) {
    kiln::Tensor<float, Digits::Output> probabilities;
    const float most = logits[kiln::argmax(logits)];
    float sum = 0;
    for (int k = 0; k < logits.size(); ++k) sum += probabilities[k] = kiln::exp(logits[k] - most);
    for (float& p : probabilities) p /= sum;
    return probabilities;
}

void run(const Options& options) {
    auto mnist = kiln::data::load_mnist(options.data);
    if (options.digit >= mnist.test.size()) throw std::runtime_error("mnist: there is no such test image to draw");
    if (options.train_limit < mnist.train.size()) mnist.train = mnist.train.first(options.train_limit);

    static Digits model{kiln::Seed{options.seed}};
    const kiln::SGD optimizer{.learning_rate = options.learning_rate,
                              .momentum = options.momentum,
                              .weight_decay = options.weight_decay,
                              .nesterov = true};
    static Training trainer{model, optimizer, {}, kiln::Seed{options.seed}};
    kiln::Evaluation<10> result;
    double seconds = 0, images = 0;
    for (int number = 1; number <= options.epochs; ++number) {
        const int left = options.epochs - number + 1;
        trainer.optimizer().learning_rate =
            options.learning_rate * static_cast<float>(left) / static_cast<float>(options.epochs);
        Bar bar{.number = number, .epochs = options.epochs};
        const kiln::Epoch epoch = trainer.fit(mnist.train, {.progress = {&Bar::show, &bar}});
        seconds += epoch.seconds;
        images += epoch.samples;
        result = kiln::evaluate(model, mnist.test);
        std::printf("epoch %d/%d  loss %.4f  test accuracy %.2f %%  %.0f images/s\n", number, options.epochs,
                    static_cast<double>(epoch.loss), percent(result.accuracy), epoch.samples_per_second());
        std::fflush(stdout);
    }
    std::printf("test accuracy: %.2f %%\n", percent(result.accuracy));
    std::printf("trained in %.1f s, %.0f images/s\n\n", seconds, images / seconds);

    const auto probabilities = softmax(model.predict(mnist.test.image(options.digit)));
    std::printf("test image %d, a %d, is taken for a %d:\n", options.digit, mnist.test.label(options.digit),
                kiln::argmax(probabilities));
    draw(mnist.test.sample(options.digit), probabilities);
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = read_options(argc, argv);
    try {
        run(options);
    } catch (const std::exception& fault) {
        std::fprintf(stderr, "%s\n", fault.what());
        return 1;
    }
}
