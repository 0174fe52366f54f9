// SPDX-License-Identifier: BSL-1.0
// Keyword spotting: which of four tone signals a noisy recording holds, or none. Recordings have different lengths,
// which the data set keeps, so padding counts nowhere. The network hears what an ear would: how loud each of 32
// pitches is, every 16 ms.

#include <kiln.hpp>

#include "show/command_line.hpp"
#include "show/report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <numbers>
#include <string>
#include <vector>

namespace {

constexpr int rate = 4000, hop = 64, window = 2 * hop;  // samples in a second, from frame to frame, in a frame
constexpr int shortest = 16, longest = 48;              // frames of a recording
constexpr int pitches = 32, lowest_pitch = 150, pitch_step = 50;              // Hz
constexpr int quietest = -12, loudest = 6, steps = (loudest - quietest) / 3;  // dB of a signal against the noise

enum Signal { rise, fall, beeps, trill, nothing, signals };
const std::vector<std::string> names = {"rise", "fall", "beeps", "trill", "nothing"};

using In = kiln::Shape<longest, pitches>;
using Net = kiln::Sequential<kiln::Conv1d<pitches, 24, 5, 2, 2>, kiln::ReLU,  // every second frame, from five
                             kiln::GRU<24, 32>, kiln::Last,                   // the memory at the recording's end
                             kiln::Linear<32, signals>>;
using Ear = kiln::Model<Net, In>;
using Recordings = kiln::data::Sequences<In>;
using Training = kiln::Trainer<Ear, kiln::CrossEntropy, kiln::Scheduled<kiln::Adam, kiln::Cosine>, kiln::Batch<32>>;

/// The pitch of a signal at a part of its duration, from 0 to 1, in multiples of its lowest; 0 is silence.
float pitch(Signal signal, float part) {
    switch (signal) {
    case rise:
        return 1 + part;
    case fall:
        return 2 - part;
    case beeps:
        return 0.4f < part && part < 0.6f ? 0 : 1.0f;
    case trill:
        return static_cast<int>(6 * part) % 2 == 0 ? 1 : 1.25f;
    default:
        return 0;
    }
}

/// `count` samples of noise of power 1, with a signal of this power somewhere in it.
std::vector<float> recording(Signal signal, float power, int count, kiln::Random& random) {
    const float duration = static_cast<float>(count) * random.uniform(0.6f, 0.9f);
    const float start = random.uniform(0, static_cast<float>(count) - duration), lowest = random.uniform(300, 700);
    std::vector<float> sound;
    float turns = 0;  // of the tone
    for (int i = 0; i < count; ++i) {
        const float part = (static_cast<float>(i) - start) / duration;
        const float relative = 0 <= part && part < 1 ? pitch(signal, part) : 0;
        turns += lowest * relative / rate;
        const float tone = std::sqrt(2 * power) * std::sin(2 * std::numbers::pi_v<float> * turns);
        sound.push_back(random.normal() + (relative > 0 ? tone : 0));
    }
    return sound;
}

/// Appends how loud each pitch is in a frame of `window` samples: the logarithm of its power through a window of Hann,
/// from 0 to 1. Noise alone is 0.1.
void append_frame(const float* sound, std::vector<float>& levels) {
    struct Waves {
        std::array<std::array<float, window>, pitches> sine, cosine;
    };
    static const Waves waves = [] {
        Waves made;
        for (std::size_t p = 0; p < pitches; ++p)
            for (std::size_t i = 0; i < window; ++i) {
                const double turn = 2 * std::numbers::pi, at = static_cast<double>(i) + 0.5;
                const double hann = (1 - std::cos(turn * at / window)) / 2;
                const double angle = turn * (lowest_pitch + pitch_step * static_cast<double>(p)) * at / rate;
                made.sine[p][i] = static_cast<float>(hann * std::sin(angle));
                made.cosine[p][i] = static_cast<float>(hann * std::cos(angle));
            }
        return made;
    }();
    for (std::size_t p = 0; p < pitches; ++p) {
        float a = 0, b = 0;
        for (std::size_t i = 0; i < window; ++i) {
            a += waves.sine[p][i] * sound[i];
            b += waves.cosine[p][i] * sound[i];
        }
        constexpr float of_noise = 0.375f * window;
        levels.push_back(std::min(1.0f, std::log10(1 + (a * a + b * b) / of_noise) / 2.5f));
    }
}

struct Set {
    Recordings recordings;
    std::vector<float> loudness;  ///< of the signals against the noise, in dB
};

Set make_recordings(int count, kiln::Random random) {
    std::vector<std::vector<float>> levels;
    std::vector<int> labels;
    std::vector<float> loudness;
    for (int n = 0; n < count; ++n) {
        const int signal = n % signals, frames = shortest + random.below(longest - shortest + 1);
        const float loud = loudness.emplace_back(random.uniform(quietest, loudest));
        const std::vector<float> sound =
            recording(static_cast<Signal>(signal), std::pow(10.0f, loud / 10), (frames + 1) * hop, random);
        levels.emplace_back();
        for (int t = 0; t < frames; ++t) append_frame(sound.data() + t * hop, levels.back());
        labels.push_back(signal);
    }
    return {Recordings::from_frames(levels, labels), loudness};
}

/// The share of signals that are heard right, for each 3 dB of loudness; adds pictures of two recordings of each kind.
kiln::report::Plot by_loudness(const Ear& ear, const Set& test, kiln::Report& report) {
    kiln::report::Plot plot{.title = "Loudness",
                            .axis = "signals heard right (%)",
                            .x_axis = "power of the signal against the noise (dB)",
                            .positions = {},
                            .curves = {{"test", {}}}};
    std::array<int, steps> right{}, all{};
    for (int i = 0; i < test.recordings.size(); ++i) {
        const auto& levels = test.recordings.sample(i);
        const int truth = test.recordings.target(i);
        const int heard = kiln::argmax(ear.predict(levels, test.recordings.length(i)));
        const float loud = test.loudness[static_cast<std::size_t>(i)];
        if (i < 2 * signals) {
            auto& picture = report.pairs.emplace_back();
            picture.reconstruction = kiln::report::bitmap(levels);
            picture.caption = names[static_cast<std::size_t>(truth)] +
                              (truth == nothing ? "" : ", " + fixed(loud, 0) + " dB") + ", heard as " +
                              names[static_cast<std::size_t>(heard)];
        }
        if (truth == nothing) continue;
        const auto bin = static_cast<std::size_t>(std::min(steps - 1, static_cast<int>((loud - quietest) / 3)));
        right[bin] += heard == truth;
        ++all[bin];
    }
    for (std::size_t bin = 0; bin < right.size(); ++bin) {
        plot.positions.push_back(quietest + 1.5 + 3 * static_cast<double>(bin));
        plot.curves[0].values.push_back(100.0 * right[bin] / std::max(1, all[bin]));
    }
    return plot;
}

void run(const TrainingOptions& options) {
    const Set train = make_recordings(8000, kiln::Random{kiln::Seed{options.seed}});
    const Set test = make_recordings(2000, kiln::Random{kiln::Seed{options.seed + 1}});

    static Ear ear{kiln::Seed{options.seed}};
    static Training trainer{
        ear,
        {{.learning_rate = options.learning_rate}, {.steps = options.steps(train.recordings.size(), 32)}},
        kiln::CrossEntropy{},
        kiln::Seed{options.seed}};
    kiln::History history;
    trainer.fit(train.recordings, test.recordings,
                {.epochs = options.epochs,
                 .progress = kiln::progress_bar(stdout),
                 .callbacks = {kiln::callback(history)},
                 .stop_on_interrupt = true});

    const auto result = kiln::evaluate(ear, test.recordings);
    std::cout << result << '\n';
    kiln::Report report = report_of("Signals in noise", ear, test.recordings, result, history, names);
    const kiln::report::Plot plot = by_loudness(ear, test, report);
    for (std::size_t bin = 0; bin < plot.positions.size(); ++bin)
        std::printf("%5.1f dB: %3.0f %% of signals heard right\n", plot.positions[bin], plot.curves[0].values[bin]);
    kiln::add_plot(report, plot);
    write(report, options.report);
}

}  // namespace

int main(int argc, char** argv) {
    TrainingOptions options{.epochs = 15, .learning_rate = 0.005f};
    CommandLine("keywords", "Learns to tell tone signals apart in noise.")
        .number("epochs", "runs through 8,000 recordings", options.epochs, from(1))
        .number("learning-rate", "size of the first steps", options.learning_rate, above(0))
        .number("seed", "of recordings and starting values", options.seed, from(0))
        .report(options)
        .read(argc, argv);
    return guarded([&] { run(options); });
}
