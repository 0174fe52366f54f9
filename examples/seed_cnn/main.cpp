// SPDX-License-Identifier: BSL-1.0
// The example of the library that Kiln started from (Emile Mathieu's): two convolutions and two linear layers on MNIST,
// RMSprop, batches of 64, one epoch; then some test images with the probabilities that the network gives them.
//
// RMSprop's first steps are ten times its learning rate, because its average of squares starts at 0. At a constant rate
// of 1e-3 (--constant, as there) they leave their mark for the whole epoch; a cycle that starts low avoids them.
// `--epochs 10 --augment` is the way to the best result.

#include <kiln.hpp>
#include <kiln/data/idx.hpp>

#include "show/command_line.hpp"
#include "show/digit.hpp"
#include "show/report.hpp"

#include <cstdio>

using Net = kiln::Sequential<kiln::Conv<1, 10, 5>, kiln::Pool<2>, kiln::ReLU,   //
                             kiln::Conv<10, 20, 5>, kiln::Pool<2>, kiln::ReLU,  //
                             kiln::Linear<320, 120>, kiln::ReLU, kiln::Linear<120, 10>>;
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;

namespace {

struct Options : TrainingOptions {
    bool constant = false, augment = false;
    std::string checkpoints = {}, save = {};
    bool resume = false;
    int digits = 2;
};

// One cycle, or the starting system's constant rate.
struct Rate {
    kiln::OneCycle cycle;
    bool constant;
    constexpr double factor(long long step) const { return constant ? 1 : cycle.factor(step); }
};
using Optimizer = kiln::Scheduled<kiln::RMSProp, Rate>;
using Training = kiln::Trainer<Digits, kiln::CrossEntropy, Optimizer, kiln::Batch<64>>;

// Prints the mean loss of every hundred batches, and the test accuracy of every epoch.
struct RunningLoss {
    int batches = 0;
    double before = 0;  // the sum of the losses of this epoch's samples, a hundred batches ago
    int samples = 0;

    static void show(void* context, const kiln::Epoch& epoch) {
        auto& self = *static_cast<RunningLoss*>(context);
        const double sum = static_cast<double>(epoch.loss) * epoch.samples;
        if (++self.batches % 100 == 0 || epoch.finished()) {
            std::printf("[epoch %d, batch %4d] loss %.3f\n", epoch.number, self.batches,
                        (sum - self.before) / (epoch.samples - self.samples));
            std::fflush(stdout);
            self.before = sum;
            self.samples = epoch.samples;
        }
        if (!epoch.finished()) return;
        std::printf("epoch %d: loss %.4f, test accuracy %s, %.2f s\n", epoch.number, static_cast<double>(epoch.loss),
                    percent(epoch.validation_accuracy).c_str(), epoch.seconds);
        self = {};
    }
};

void run(const Options& options) {
    const auto mnist = kiln::data::load_mnist(options.data);
    static Digits model{kiln::Seed{options.seed}};
    const Optimizer optimizer{{.learning_rate = options.constant ? 0.001f : options.learning_rate},
                              {{.steps = options.steps(mnist.train.size(), 64)}, options.constant}};
    static Training trainer{model, optimizer, {}, kiln::Seed{options.seed}};

    RunningLoss losses;
    kiln::History history;
    kiln::io::Checkpoints checkpoints{trainer, options.checkpoints, {.resume = options.resume}};
    const kiln::FitOptions how{.epochs = options.epochs,
                               .progress = {&RunningLoss::show, &losses},
                               .callbacks = {kiln::callback(history)},
                               .checkpoints = options.checkpoints.empty() ? kiln::Checkpointing{} : checkpoints,
                               .stop_on_interrupt = true};
    // The test set serves as validation set: it decides nothing, neither when to stop nor what to keep.
    if (options.augment) {
        kiln::data::Loader loader(mnist.train, {.batch = 64, .seed = kiln::Seed{options.seed}},
                                  kiln::data::Affine{.shift = 1, .degrees = 7, .scale = 0.1f, .shear = 0.1f});
        trainer.fit(loader, mnist.test, how);
    } else {
        trainer.fit(mnist.train, mnist.test, how);
    }

    const auto result = kiln::evaluate(model, mnist.test);
    std::printf("test accuracy: %s\n", percent(result.accuracy).c_str());
    for (int i = 0; i < options.digits; ++i) draw(model, mnist.test, i);
    if (!options.save.empty()) kiln::io::save_safetensors(model, options.save).or_throw();
    if (!options.report.empty())
        write(report_of("MNIST, the starting system's network", model, mnist.test, result, history), options.report);
}

}  // namespace

int main(int argc, char** argv) {
    Options options{{.epochs = 1, .learning_rate = 0.004f, .data = beside(__FILE__, "../mnist/data")}};
    CommandLine("seed_cnn", "Trains the network of the library that Kiln started from on the MNIST digits.")
        .training(options, "DIR", "folder of the four MNIST files, packed by gzip or not")
        .flag("constant", "RMSprop at a constant 1e-3 instead of a cycle", options.constant)
        .flag("augment", "shift, turn, scale and shear the training images a little", options.augment)
        .number("digits", "how many test images to draw", options.digits, {0, 100})
        .text("checkpoints", "PATH", "keep the training in PATH.last.safetensors after every epoch",
              options.checkpoints)
        .flag("resume", "go on with the training kept there, if there is one", options.resume)
        .text("save", "FILE", "write the trained weights, as safetensors", options.save)
        .report(options)
        .read(argc, argv);
    return guarded([&] { run(options); });
}
