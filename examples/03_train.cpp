// SPDX-License-Identifier: BSL-1.0
// Training step by step, without a data set: a network learns that a xor b is 1 if just one of them is.

#include <kiln.hpp>

#include <array>
#include <cstdio>

// Two inputs, four hidden units, one output for each class: "no" (0) and "yes" (1).
using Net = kiln::Sequential<kiln::Linear<2, 4>, kiln::Tanh, kiln::Linear<4, 2>>;
using Xor = kiln::Model<Net, kiln::Shape<2>>;

constexpr std::array<kiln::Tensor<float, kiln::Shape<2>>, 4> questions{{{0, 0}, {0, 1}, {1, 0}, {1, 1}}};
constexpr std::array<int, 4> answers{0, 1, 1, 0};

int main() {
    Xor model{kiln::Seed{1}};

    // A trainer knows the model's type, the loss, the optimizer, and how many samples one step takes.
    kiln::Trainer<Xor, kiln::CrossEntropy, kiln::SGD, kiln::Batch<4>> trainer{
        model, kiln::SGD{.learning_rate = 0.5f, .momentum = 0.9f}};

    // One step: forward, loss, backward, update. It returns the mean loss.
    for (int step = 0; step <= 100; ++step) {
        const float loss = trainer.step(questions, answers);
        if (step % 20 == 0) std::printf("step %3d  loss %.4f\n", step, static_cast<double>(loss));
    }

    bool learned = true;
    for (std::size_t i = 0; i < questions.size(); ++i) {
        const auto& question = questions[i];
        const int answer = kiln::argmax(model.predict(question));
        std::printf("%g xor %g = %d\n", static_cast<double>(question[0]), static_cast<double>(question[1]), answer);
        learned = learned && answer == answers[i];
    }
    return learned ? 0 : 1;
}
