// SPDX-License-Identifier: BSL-1.0
// A network that learns while it plays. One thread plays without a pause and waits for nobody; another trains, and hands
// over new weights now and then. There are two places for weights: the stream reads one, and the trainer fills the other
// once the stream has taken what was handed over before.

#include <kiln.hpp>

#include <array>
#include <atomic>
#include <cmath>
#include <iostream>
#include <thread>

using Net = kiln::Sequential<kiln::CausalConv1d<1, 8, 4>, kiln::Tanh, kiln::CausalConv1d<8, 1, 1>>;
using Filter = kiln::Model<Net, kiln::Shape<64, 1>>;
using Prepared = kiln::Prepared<Filter>;

// The sound at a time, and what the filter should make of it.
float sound(int t) { return std::sin(0.1f * static_cast<float>(t)) + 0.3f * std::sin(1.7f * static_cast<float>(t)); }
float wanted(int t) { return 0.5f * (sound(t) + sound(t - 1)); }

int main() {
    static Filter model{kiln::Seed{1}};
    std::array<Prepared, 2> places{Prepared{model}, Prepared{model}};
    std::atomic<const Prepared*> next{nullptr};
    static_assert(std::atomic<const Prepared*>::is_always_lock_free);
    std::atomic<bool> trained{false};
    int exchanges = 0;
    float error = 0;

    std::thread player([&] {
        kiln::Stream<Filter> stream{places[0]};
        for (int t = 0; !trained || next != nullptr; ++t) {
            if (const Prepared* const fresh = next.exchange(nullptr)) {
                stream.use(*fresh);
                ++exchanges;
            }
            const float off = stream.step({sound(t)})[0] - wanted(t);
            error = 0.999f * error + 0.001f * off * off;
        }
        for (int t = 0; t < 10'000; ++t) {  // as the last weights play
            const float off = stream.step({sound(t)})[0] - wanted(t);
            error = 0.999f * error + 0.001f * off * off;
        }
    });

    static kiln::Trainer<Filter, kiln::MeanSquaredError, kiln::Adam, kiln::Batch<16>> trainer{model,
                                                                                              {.learning_rate = 0.01f}};
    kiln::Random random{kiln::Seed{2}};
    std::array<kiln::Tensor<float, Filter::Input>, 16> x, y;
    for (int round = 1; round <= 10; ++round) {
        for (int step = 0; step < 100; ++step) {
            for (std::size_t i = 0; i < x.size(); ++i) {
                const int begin = random.below(1000);
                for (int t = 0; t < 64; ++t) {
                    x[i][t] = sound(begin + t);
                    y[i][t] = wanted(begin + t);
                }
            }
            trainer.step(x, y);
        }
        while (next != nullptr) std::this_thread::yield();  // until the player has taken the last ones
        Prepared& other = places[static_cast<std::size_t>(round % 2)];
        other = Prepared{model};
        next = &other;
    }
    trained = true;
    player.join();

    std::cout << exchanges << " times new weights, without a pause\n"
              << "the mean squared error of what was played last: " << error << '\n';
    return exchanges == 10 && error < 1e-3f ? 0 : 1;
}
