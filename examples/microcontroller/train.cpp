// SPDX-License-Identifier: BSL-1.0
// Training on a chip: gradients, moments and working memory are part of the trainer, of known size; nothing is allocated.

#include <kiln/losses/cross_entropy.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/step.hpp>

#include "board.hpp"
#include "network.hpp"
#include "show.hpp"

#include <array>
#include <cstddef>

static_assert(kiln::native_lanes == 4, "compile this machine's program without -march=native");

namespace {

// Stripes two pixels wide, of each kind in four positions.
constexpr int kinds = 3, images = 4 * kinds;
constexpr std::array<int, images> labels{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2};
constexpr auto samples = [] {
    std::array<kiln::Tensor<float, Stripes::Input>, images> result;
    for (int n = 0; n < images; ++n)
        for (int row = 0; row < 8; ++row)
            for (int column = 0; column < 8; ++column) {
                const int along = n % kinds == 0 ? row : n % kinds == 1 ? column : row + column;
                result[static_cast<std::size_t>(n)](0, row, column) = (along + n / kinds) % 4 < 2 ? 1.0f : -1.0f;
            }
    return result;
}();

// The element is named, so that the plan does not choose one for the machine.
using Training = kiln::Trainer<Stripes, kiln::CrossEntropy, kiln::SGD, kiln::Batch<images>, float>;
static_assert(sizeof(Training) < 8 * 1024);

constexpr int steps = 40;

}  // namespace

int main() {
    static Stripes model;
    model.initialize(kiln::Seed{1});
    static Training trainer{model, kiln::SGD{.learning_rate = 0.1f, .momentum = 0.9f}};

    const board::Stopwatch watch;
    const float first_loss = trainer.step(samples, labels);
    const std::uint32_t instructions = watch.instructions();
    float last_loss = 0;
    for (int step = 1; step < steps; ++step) last_loss = trainer.step(samples, labels);

    // Steps take denormal numbers for zero, here as there, or results would drift apart; but for chips that cannot do
    // so, where a gradient must not become so small.
    volatile float smallest = 0x1p-126f, half = 0.5f;
    if constexpr (kiln::FlushDenormals::possible) {
        const kiln::FlushDenormals flush;
        print_bits("flushed", std::array{smallest * half});
    } else {
        print_measured("denormals", 1);
    }
    print_bits("kept", std::array{smallest * half});

    print_bits("losses", std::array{first_loss, last_loss});
    for (const auto& slice : kiln::tensors<const float>(model.parameters())) print_bits("weights", slice);
    int right = 0;
    for (std::size_t n = 0; n < images; ++n) right += kiln::argmax(model.predict(samples[n])) == labels[n];
    board::print("right ");
    print(static_cast<std::uint32_t>(right));
    board::print(" of ");
    print(images);
    board::print("\n");
    print_measured("instructions", instructions);
    print_measured("stack", board::peak_stack());
    return right == images ? 0 : 1;
}
