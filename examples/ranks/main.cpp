// SPDX-License-Identifier: BSL-1.0
// The seed network on MNIST, trained by several processes that share every batch by MPI, on one machine or on many. The
// weights are those of one process, bit for bit; run.sh trains both ways and compares them.

#include <kiln.hpp>
#include <kiln/data/idx.hpp>
#include <kiln/train/mpi.hpp>

#include "show/command_line.hpp"
#include "show/report.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

using Net = kiln::Sequential<kiln::Conv<1, 10, 5>, kiln::Pool<2>, kiln::ReLU,   //
                             kiln::Conv<10, 20, 5>, kiln::Pool<2>, kiln::ReLU,  //
                             kiln::Linear<320, 120>, kiln::ReLU, kiln::Linear<120, 10>>;
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;
using Optimizer = kiln::Scheduled<kiln::RMSProp, kiln::OneCycle>;

// Sixteen passes of sixteen samples each, so that sixteen ranks have work.
constexpr int batch = 256;
using Training = kiln::Trainer<Digits, kiln::CrossEntropy, Optimizer, kiln::Batch<batch>, kiln::mpi::Ranks>;

namespace {

struct Options : TrainingOptions {
    std::string checkpoints = {}, save = {};
    bool resume = false;
    int deadline = 60;
};

void run(const Options& options) {
    kiln::mpi::Ranks ranks{{.deadline = std::chrono::seconds(options.deadline)}};
    const bool shows = ranks.rank() == 0;
    if (shows) std::printf("%d rank(s), batches of %d samples\n", ranks.count(), batch);

    const auto mnist = kiln::data::load_mnist(options.data);  // every rank has all data, and reads its part
    const auto model = std::make_unique<Digits>(kiln::Seed{options.seed});
    const Optimizer optimizer{{.learning_rate = options.learning_rate},
                              {.steps = options.steps(mnist.train.size(), batch)}};
    const auto trainer = std::make_unique<Training>(ranks, *model, optimizer, kiln::CrossEntropy{},
                                                    kiln::Seed{options.seed});
    kiln::io::Checkpoints checkpoints{*trainer, options.checkpoints, {.resume = options.resume}};

    // All ranks call fit; rank 0 alone shows progress and writes checkpoints.
    trainer->fit(mnist.train, mnist.test,
                {.epochs = options.epochs,
                 .progress = kiln::progress_bar(),
                 .checkpoints = options.checkpoints.empty() ? kiln::Checkpointing{} : checkpoints,
                 .stop_on_interrupt = true});

    const auto result = kiln::evaluate(ranks, *model, mnist.test);
    if (!shows) return;
    std::printf("test accuracy: %s\n", percent(result.accuracy).c_str());
    if (!options.save.empty()) kiln::io::save_safetensors(*model, options.save).or_throw();
}

}  // namespace

int main(int argc, char** argv) {
    Options options{{.epochs = 2, .learning_rate = 0.004f, .data = beside(__FILE__, "../mnist/data")}};
    CommandLine("ranks", "Trains the seed network on the MNIST digits, on as many ranks as mpirun starts.")
        .training(options, "DIR", "folder of the four MNIST files, packed by gzip or not")
        .number("deadline", "seconds that a rank waits for the others", options.deadline, {1, 86400})
        .text("checkpoints", "PATH", "keep the training in PATH.last.safetensors after every epoch",
              options.checkpoints)
        .flag("resume", "go on with the training kept there, if there is one, on any number of ranks", options.resume)
        .text("save", "FILE", "write the trained weights, as safetensors", options.save)
        .read(argc, argv);
    return guarded([&] { run(options); });
}
