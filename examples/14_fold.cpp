// SPDX-License-Identifier: BSL-1.0
// Layers that behave differently in training: BatchNorm and Dropout. For inference they can be folded away.

#include <kiln.hpp>

#include <array>
#include <cmath>
#include <cstdio>

using Net = kiln::Sequential<kiln::Linear<8, 32>, kiln::BatchNorm<32>, kiln::ReLU, kiln::Dropout<0.2>,  //
                             kiln::Linear<32, 2>>;
using Training = kiln::Model<Net, kiln::Shape<8>>;

// For inference normalisation becomes part of the weights before it, and Dropout, which does nothing there, goes away.
using Folded = kiln::Model<kiln::folded_t<Net, kiln::Shape<8>>, kiln::Shape<8>>;
static_assert(std::is_same_v<Folded::Network, kiln::Sequential<kiln::Linear<8, 32>, kiln::ReLU, kiln::Linear<32, 2>>>);

int main() {
    // Points of eight dimensions: inside a sphere (1) or outside (0).
    std::array<kiln::Tensor<float, kiln::Shape<8>>, 64> points;
    std::array<int, 64> inside;
    kiln::Random random{kiln::Seed{1}};

    static Training model{kiln::Seed{2}};
    static kiln::Trainer<Training, kiln::CrossEntropy, kiln::Adam, kiln::Batch<64>> trainer{model,
                                                                                            {.learning_rate = 0.01f}};
    for (int step = 0; step < 500; ++step) {
        for (std::size_t i = 0; i < points.size(); ++i) {
            float squares = 0;
            for (float& x : points[i]) {
                x = random.normal();
                squares += x * x;
            }
            inside[i] = squares < 7.34f ? 1 : 0;  // as many within as without
        }
        // Statistics are those of the 64 samples; what is dropped differs from step to step.
        const float loss = trainer.step(points, inside);
        if (step % 100 == 99) std::printf("step %d  loss %.3f\n", step + 1, static_cast<double>(loss));
    }

    const Folded folded = kiln::fold(model);
    const auto before = model.predict(points[0]), after = folded.predict(points[0]);
    std::printf("logits %.5f %.5f, folded %.5f %.5f\n", static_cast<double>(before[0]), static_cast<double>(before[1]),
                static_cast<double>(after[0]), static_cast<double>(after[1]));
    return std::abs(before[0] - after[0]) < 1e-3f ? 0 : 1;
}
