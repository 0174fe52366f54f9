// SPDX-License-Identifier: BSL-1.0
// A recurrent layer. A sample is a sequence: Shape<frames, features>, time first. Each frame here has a number and a
// mark, and the answer is the sum of the two marked numbers (S. Hochreiter, J. Schmidhuber: Long Short-Term Memory,
// 1997). The network must remember the first while it waits for the second.

#include <kiln.hpp>

#include <array>
#include <cstdio>

constexpr int frames = 24, batch = 64;

using Sequence = kiln::Shape<frames, 2>;
using Net = kiln::Sequential<kiln::GRU<2, 24>,      // Shape<24, 2> -> Shape<24, 24>: the state after every frame
                             kiln::Last,            // -> Shape<24>: the state at the end
                             kiln::Linear<24, 1>>;  // -> Shape<1>
using Adder = kiln::Model<Net, Sequence>;

struct Batch {
    std::array<kiln::Tensor<float, Sequence>, batch> x{};
    std::array<kiln::Tensor<float, kiln::Shape<1>>, batch> y{};

    explicit Batch(kiln::Random& random) {
        for (std::size_t s = 0; s < x.size(); ++s) {
            for (int t = 0; t < frames; ++t) x[s](t, 0) = random.uniform(-1, 1);
            for (const int t : {random.below(frames / 2), frames / 2 + random.below(frames / 2)}) {
                x[s](t, 1) = 1;
                y[s][0] += x[s](t, 0);
            }
        }
    }
};

int main() {
    static Adder model{kiln::Seed{1}};
    static kiln::Trainer<Adder, kiln::MeanSquaredError, kiln::Adam, kiln::Batch<batch>> trainer{
        model, {.learning_rate = 0.005f}};
    kiln::Random random{kiln::Seed{2}};
    float mean = 1;
    for (int step = 1; step <= 4000; ++step) {
        const Batch samples(random);
        mean += 0.01f * (trainer.step(samples.x, samples.y) - mean);
        if (step % 1000 == 0) std::printf("step %d  loss %.4f\n", step, static_cast<double>(mean));
    }

    const Batch fresh(random);
    for (std::size_t s = 0; s < 3; ++s)
        std::printf("expected %6.3f, found %6.3f\n", static_cast<double>(fresh.y[s][0]),
                    static_cast<double>(model.predict(fresh.x[s])[0]));
    return mean < 0.01f ? 0 : 1;  // always saying 0 has a loss of 0.67
}
