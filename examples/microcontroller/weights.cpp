// SPDX-License-Identifier: BSL-1.0
// Trains the card network on this machine, where there is time and memory, and writes it as a header for the chip:
// weights FILE DATA, where DATA is the folder of the MNIST files.

#include "network.hpp"

#include <kiln/data/idx.hpp>
#include <kiln/io/export_header.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/evaluate.hpp>
#include <kiln/train/trainer.hpp>

#include <cstdio>
#include <exception>

int main(int count, char** arguments) try {
    if (count != 3) return 2;
    const auto mnist = kiln::data::load_mnist(arguments[2]);
    static Card model{kiln::Seed{1}};
    static kiln::Trainer<Card, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>> trainer{
        model, kiln::SGD{.learning_rate = 0.05f, .momentum = 0.9f}};
    trainer.fit(mnist.train, {.epochs = 3});
    kiln::io::export_header(model, arguments[1], {.name = "card", .type = "Card", .include = "network.hpp"}).or_throw();
    std::printf("card: %.2f %% of the MNIST test images\n",
                100 * static_cast<double>(kiln::evaluate(model, mnist.test).accuracy));
} catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
}
