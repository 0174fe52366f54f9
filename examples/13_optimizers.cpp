// SPDX-License-Identifier: BSL-1.0
// How a network starts and how it learns are types and values that combine: starting values by layer, an optimizer, a
// schedule for its rate, a limit for its gradients.

#include <kiln.hpp>

#include <array>
#include <cstdio>

// He's starting values suit layers before a ReLU, Glorot's those without. (The first layer keeps the usual ones: with
// biases of 0, as these schemes have it, every unit would bend at x = 0.)
using Net = kiln::Sequential<kiln::Linear<1, 32>, kiln::ReLU,                                //
                             kiln::Initialized<kiln::Linear<32, 32>, kiln::He>, kiln::ReLU,  //
                             kiln::Initialized<kiln::Linear<32, 1>, kiln::Glorot>>;
using Curve = kiln::Model<Net, kiln::Shape<1>>;

// Trains on sin x, and returns the mean loss of the last hundred steps.
template <class Optimizer>
float train(const char* name, const Optimizer& optimizer) {
    Curve model{kiln::Seed{1}};
    kiln::Trainer<Curve, kiln::MeanSquaredError, Optimizer, kiln::Batch<32>> trainer{model, optimizer};
    kiln::Random random{kiln::Seed{2}};
    std::array<kiln::Tensor<float, kiln::Shape<1>>, 32> x, y;
    float sum = 0;
    for (int step = 0; step < 2000; ++step) {
        for (std::size_t i = 0; i < x.size(); ++i) {
            x[i] = {random.uniform(-3, 3)};
            y[i] = {__builtin_sinf(x[i][0])};
        }
        const float loss = trainer.step(x, y);
        if (step >= 1900) sum += loss / 100;
    }
    std::printf("%-40s %.6f\n", name, static_cast<double>(sum));
    return sum;
}

int main() {
    std::printf("mean squared error after 2000 steps\n");
    train("SGD, momentum", kiln::SGD{.learning_rate = 0.01f, .momentum = 0.9f});
    train("RMSProp", kiln::RMSProp{.learning_rate = 0.003f});
    const float constant = train("Adam", kiln::Adam{.learning_rate = 0.01f});
    const float scheduled =
        train("Adam, warm-up and cosine",
              kiln::Scheduled{kiln::Adam{.learning_rate = 0.01f}, kiln::Cosine{.steps = 2000, .warm_up = 100}});
    train("the same, gradients clipped to norm 1",
          kiln::ClipByNorm{
              kiln::Scheduled{kiln::Adam{.learning_rate = 0.01f}, kiln::Cosine{.steps = 2000, .warm_up = 100}}, 1.0f});
    return scheduled < constant ? 0 : 1;
}
