// SPDX-License-Identifier: BSL-1.0
// Convolutions along time: a network hears whether a tone rises or falls. A sequence is Shape<frames, features>, time
// first. Conv1d slides its kernel along time, AveragePool1d makes one frame of eight, and Each applies a layer to every
// frame.

#include <kiln.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <iostream>

constexpr int frames = 128;
using Sound = kiln::Shape<frames, 1>;
using Net = kiln::Sequential<kiln::Conv1d<1, 8, 9, 2, 4>, kiln::ReLU,      // 64 frames of 8 features
                             kiln::Conv1d<8, 16, 5, 2, 2>, kiln::ReLU,     // 32 of 16
                             kiln::AveragePool1d<8>,                       // 4 of 16
                             kiln::Each<kiln::Linear<16, 8>>, kiln::ReLU,  // 4 of 8
                             kiln::Linear<32, 2>>;
using Model = kiln::Model<Net, Sound>;
static_assert(kiln::output_t<kiln::Conv1d<1, 8, 9, 2, 4>, Sound>::extents == kiln::Extents{64, 8});

/// A tone of changing pitch in noise. The pitch rises or falls by about an octave.
kiln::Tensor<float, Sound> tone(bool rises, kiln::Random& random) {
    kiln::Tensor<float, Sound> sound;
    const float low = random.uniform(0.15f, 0.25f), high = low * random.uniform(1.8f, 2.2f);
    float phase = random.uniform(0, 6);
    for (int t = 0; t < frames; ++t) {
        const float along = static_cast<float>(t) / frames;
        phase += low + (high - low) * (rises ? along : 1 - along);
        sound[t] = std::sin(phase) + 0.5f * random.normal();
    }
    return sound;
}

int main() {
    static Model model{kiln::Seed{1}};
    static kiln::Trainer<Model, kiln::CrossEntropy, kiln::Adam, kiln::Batch<64>> trainer{model,
                                                                                         {.learning_rate = 0.005f}};
    kiln::Random random{kiln::Seed{2}};
    static std::array<kiln::Tensor<float, Sound>, 64> sounds;
    std::array<int, 64> rises;
    for (int step = 0; step < 100; ++step) {
        for (std::size_t i = 0; i < sounds.size(); ++i) {
            rises[i] = random.below(2);
            sounds[i] = tone(rises[i] == 1, random);
        }
        const float loss = trainer.step(sounds, rises);
        if (step % 25 == 24) std::cout << "step " << step + 1 << ": loss " << loss << '\n';
    }

    int right = 0;
    constexpr int tries = 1000;
    for (int i = 0; i < tries; ++i) {
        const int answer = random.below(2);
        right += kiln::argmax(model.predict(tone(answer == 1, random))) == answer;
    }
    std::cout << right << " of " << tries << " new tones are heard right\n";
    return right > 900 ? 0 : 1;
}
