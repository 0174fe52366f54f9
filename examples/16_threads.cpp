// SPDX-License-Identifier: BSL-1.0
// Training and prediction on several threads. The results are the same on any number of them, bit for bit: threads
// change the time, not the network.

#include <kiln.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>

using Net = kiln::Sequential<kiln::Conv<1, 8, 5>, kiln::ReLU, kiln::Pool<2>, kiln::Linear<8 * 12 * 12, 10>>;
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;

// 64 samples are at least four passes of sixteen, as many as an AVX-512 vector has lanes; each thread takes some.
template <int N>
using Training = kiln::Trainer<Digits, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>, kiln::Threads<N>>;

std::array<kiln::Tensor<float, Digits::Input>, 64> images;
std::array<int, 64> labels;

// Trains a fresh model; its workers start with the trainer, and no step allocates anything or takes a lock.
template <int N>
const Digits& train() {
    static Digits model{kiln::Seed{1}};
    static Training<N> trainer{model, kiln::SGD{.learning_rate = 0.01f}};
    const auto start = std::chrono::steady_clock::now();
    float loss = 0;
    for (int step = 0; step < 500; ++step) loss = trainer.step(images, labels);
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
    std::printf("%d thread(s): loss %.6f after %.1f ms\n", N, static_cast<double>(loss), taken.count());
    return model;
}

int main() {
    kiln::Random random{kiln::Seed{2}};
    for (auto& image : images)
        for (float& pixel : image) pixel = random.uniform();
    for (int& label : labels) label = random.below(10);

    const Digits &alone = train<1>(), &shared = train<2>();
    const bool same = std::memcmp(&alone.parameters(), &shared.parameters(), sizeof(Digits::Parameters)) == 0;
    std::printf("the parameters are %s\n", same ? "the same" : "not the same");

    // Predictions are shared by threads that the program starts itself.
    kiln::Threads<2> threads;
    std::array<kiln::Tensor<float, Digits::Output>, 64> logits;
    shared.predict(images, logits, threads);
    std::printf("the first image looks like a %d\n", kiln::argmax(logits[0]));
    return same ? 0 : 1;
}
