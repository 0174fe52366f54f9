// SPDX-License-Identifier: BSL-1.0
// A network in real time: it learns the sound of an amplifier, and then answers each sample of a signal at once. A
// stream keeps what the network needs of the past. However the signal is divided, the answers are those of predict.

#include <kiln.hpp>

#include <array>
#include <cmath>
#include <iostream>

constexpr int piece = 64;  // frames of a piece to learn from; a stream has no end
using Net = kiln::Sequential<kiln::GRU<1, 16>, kiln::Each<kiln::Linear<16, 1>>>;
using Amplifier = kiln::Model<Net, kiln::Shape<piece, 1>>;
using Sound = kiln::Tensor<float, kiln::Shape<piece, 1>>;

// A random sound, and what an amplifier makes of it that distorts loud tones and dulls high ones.
void record(kiln::Random& random, Sound& in, Sound& out) {
    float x = 0, y = 0;
    for (int t = 0; t < piece; ++t) {
        in[t] = x = 0.9f * x + 0.3f * random.normal();
        out[t] = y = 0.7f * y + 0.3f * std::tanh(3 * x);
    }
}

int main() {
    static Amplifier model{kiln::Seed{1}};
    static kiln::Trainer<Amplifier, kiln::MeanSquaredError, kiln::Adam, kiln::Batch<16>> trainer{
        model, {.learning_rate = 0.005f}};
    kiln::Random random{kiln::Seed{2}};
    std::array<Sound, 16> in, out;
    float loss = 0;
    for (int step = 0; step < 1500; ++step) {
        for (std::size_t i = 0; i < in.size(); ++i) record(random, in[i], out[i]);
        loss = trainer.step(in, out);
    }
    std::cout << "mean squared error " << loss << '\n';

    // The weights in the order of their use: any number of streams share them.
    static const kiln::Prepared<Amplifier> prepared{model};
    kiln::Stream<Amplifier> single{prepared}, buffered{prepared};
    std::cout << "a stream keeps " << single.carry_bytes << " bytes of the past\n";

    // One frame at a time, and buffers of any length.
    const Sound y = model.predict(in[0]);
    Sound z;
    buffered.step({in[0].data, 50}, {z.data, 50});
    buffered.step({in[0].data + 50, 14}, {z.data + 50, 14});
    bool same = z == y;
    for (int t = 0; t < piece; ++t) same = same && single.step({in[0][t]})[0] == y[t];
    std::cout << (same ? "the bits of predict\n" : "other bits than predict\n");

    // Sixteen voices at once, one in each lane.
    kiln::Stream<Amplifier, kiln::Lanes<float, 16>> choir{prepared};
    kiln::Lanes<float, 16> notes(0.0f);
    set_lane(notes, 3, 1.0f);
    const auto sounds = choir.step({notes})[0];
    std::cout << "voice 3 plays " << lane(sounds, 3) << ", the others " << lane(sounds, 0) << '\n';
    return same && loss < 0.002f ? 0 : 1;
}
