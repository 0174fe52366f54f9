// SPDX-License-Identifier: BSL-1.0
// Learns an effect of a guitar from its sound, and then plays in its place, as a plugin would: sample by sample, or in
// blocks. The network sees what goes into the effect and what comes out, and nothing of the effect itself.
//
//   bash examples/run.sh effect --save /tmp          leaves the sounds there, to be listened to
//   bash examples/run.sh effect --sound guitar.wav   plays a recording of your own
//   bash examples/run.sh effect --nam amp.nam --save /tmp
//                                                    plays an amplifier of Neural Amp Modeler instead of learning one

#include <kiln.hpp>

#include "effect/amplifier.hpp"
#include "effect/sound.hpp"
#include "show/command_line.hpp"
#include "show/report.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

namespace {

/// x + tanh(convolution): each layer hears twice as far back as the one before.
template <int Dilation>
using Layer = kiln::Residual<kiln::CausalConv1d<8, 8, 3, Dilation>, kiln::Tanh>;
using Net = kiln::Sequential<kiln::CausalConv1d<1, 8, 3>, kiln::Tanh, Layer<2>, Layer<4>, Layer<8>, Layer<16>,
                             Layer<32>, Layer<64>, kiln::CausalConv1d<8, 1, 1>>;
constexpr int window = 1024;  // samples
using Effect = kiln::Model<Net, kiln::Shape<window, 1>>;
using Stream = kiln::Stream<Effect>;
using Windows = kiln::data::Windows<Effect::Input>;
using Training =
    kiln::Trainer<Effect, kiln::MeanSquaredError, kiln::Scheduled<kiln::Adam, kiln::Cosine>, kiln::Batch<32>>;
constexpr int block = 64;

struct Options : TrainingOptions {
    float seconds = 20;
    std::string sound = {}, save = {}, nam = {};
};

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// The time that a stream took for a sound.
struct Pace {
    double all = 0, slowest = 0;  // seconds, of all samples and of a call

    void print(const char* how, const Sound& sound) const {
        std::printf("%s: %.0f ns a sample, %.0f times as fast as the sound plays; the slowest call took %.1f µs, other "
                    "programs' turns included\n",
                    how, all / static_cast<double>(sound.samples.size()) * 1e9, sound.seconds() / all, slowest * 1e6);
    }
};
/// Plays a sound through a stream, `Count` samples at a time.
template <int Count>
Sound played(const kiln::Prepared<Effect>& prepared, const Sound& sound, Pace& pace) {
    const kiln::FlushDenormals flush;
    Stream stream{prepared};
    Sound out{sound.rate, std::vector<float>(sound.samples.size())};
    for (std::size_t i = 0; i < sound.samples.size(); i += Count) {
        const std::size_t count = std::min<std::size_t>(Count, sound.samples.size() - i);
        const double begin = now();
        stream.step(std::span(sound.samples).subspan(i, count), std::span(out.samples).subspan(i, count));
        const double took = now() - begin;
        pace.all += took;
        pace.slowest = std::max(pace.slowest, took);
    }
    return out;
}
Sound played(const kiln::Prepared<Effect>& prepared, const Sound& sound) {
    Pace pace;
    return played<block>(prepared, sound, pace);
}

/// The energy of the error, as a share of the energy of the truth.
double error_to_signal(const Sound& truth, const Sound& answer) {
    double error = 0, signal = 0;
    for (std::size_t i = 0; i < truth.samples.size(); ++i) {
        const double y = static_cast<double>(truth.samples[i]), off = static_cast<double>(answer.samples[i]) - y;
        error += off * off;
        signal += y * y;
    }
    return error / signal;
}

/// The overtones that an effect adds to a sine.
kiln::report::Plot spectra(const kiln::Prepared<Effect>& prepared) {
    constexpr double tone = 220;
    const Sound dry = sine(2, tone, 0.3f), wet = distorted(dry), answer = played(prepared, dry);
    kiln::report::Plot plot{.title = "Overtones of a sine of 220 Hz", .axis = "level (dB)", .x_axis = "frequency (Hz)"};
    plot.curves = {{"network", {}}, {"effect", {}}};
    for (int k = 1; k <= 20; ++k) {
        plot.positions.push_back(k * tone);
        plot.curves[0].values.push_back(level_of(answer, k * tone));
        plot.curves[1].values.push_back(level_of(wet, k * tone));
    }
    return plot;
}
kiln::report::Plot wave(const Sound& wet, const Sound& answer) {
    kiln::report::Plot plot{.title = "Ten milliseconds", .axis = "sound", .x_axis = "time (ms)"};
    plot.curves = {{"network", {}}, {"effect", {}}};
    const std::size_t begin = wet.samples.size() / 2;
    for (std::size_t i = 0; i < 480 && begin + i < wet.samples.size(); ++i) {
        plot.positions.push_back(static_cast<double>(i) / 48);
        plot.curves[0].values.push_back(static_cast<double>(answer.samples[begin + i]));
        plot.curves[1].values.push_back(static_cast<double>(wet.samples[begin + i]));
    }
    return plot;
}

void save(const Options& options, const char* name, const Sound& sound) {
    if (options.save.empty()) return;
    const std::string path = options.save + "/" + name;
    write_sound(sound, path);
    std::printf("%s\n", path.c_str());
}
Sound to_play(const Options& options) { return options.sound.empty() ? guitar(5, 2) : read_sound(options.sound); }

void play(const Options& options) {
    const Sound dry = to_play(options);
    save(options, "dry.wav", dry);
    save(options, "amplified.wav", amplified(options.nam, dry));
}

void run(const Options& options) {
    const Sound test = to_play(options), truth = distorted(test);
    save(options, "dry.wav", test);  // before the training, so that a mistake in a path costs none
    const Sound dry = guitar(static_cast<double>(options.seconds), 1), wet = distorted(dry);
    const auto [train, validation] =
        Windows(dry.samples, wet.samples, {.stride = window / 2, .ahead = 0}).split_in_time(0.1);

    static Effect model{kiln::Seed{options.seed}};
    static Training trainer{model,
                            {{.learning_rate = options.learning_rate}, {.steps = options.steps(train.size(), 32)}},
                            kiln::MeanSquaredError{},
                            kiln::Seed{options.seed}};
    kiln::History history;
    trainer.fit(train, validation,
                {.epochs = options.epochs,
                 .progress = kiln::progress_bar(stdout),
                 .callbacks = {kiln::callback(history)},
                 .stop_on_interrupt = true});

    const kiln::Prepared<Effect> prepared{model};
    std::printf("%d parameters, hears %d samples back, keeps %zu bytes\n", static_cast<int>(Effect::parameter_count),
                Stream::receptive_field, Stream::carry_bytes);

    Pace one_by_one, in_blocks;
    const Sound answer = played<1>(prepared, test, one_by_one), again = played<block>(prepared, test, in_blocks);
    one_by_one.print("sample by sample", test);
    in_blocks.print("in blocks of 64 ", test);
    std::printf("both have %s\n", answer.samples == again.samples ? "the same bits" : "DIFFERENT BITS");
    const double error = error_to_signal(truth, answer);
    std::printf("error: %.2f %% of the signal's energy, on a sound that it has not heard\n", 100 * error);
    save(options, "effect.wav", truth);
    save(options, "network.wav", answer);

    kiln::Report report{.title = "An effect, learned from its sound", .loss_axis = "mean squared error"};
    report.figures = {
        {"error to signal", percent(static_cast<float>(error))},
        {"parameters", std::to_string(Effect::parameter_count)},
        {"a sample",
         fixed(static_cast<float>(one_by_one.all / static_cast<double>(test.samples.size()) * 1e9), 0) + " ns"}};
    kiln::add_history(report, history);
    kiln::add_plot(report, spectra(prepared));
    kiln::add_plot(report, wave(truth, answer));
    kiln::add_layers<Effect>(report);
    write(report, options.report);
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    options.epochs = 60;
    options.learning_rate = 0.01f;
    CommandLine("effect", "Learns an effect from its sound, and plays it sample by sample.")
        .number("epochs", "passes over the sound", options.epochs, from(1))
        .number("learning-rate", "the highest rate", options.learning_rate, above(0))
        .number("seed", "of the starting weights and of the order", options.seed, from(0))
        .number("seconds", "length of the sound to learn from", options.seconds, from(1, 600))
        .text("sound", "FILE", "a recording to play, instead of a computed guitar", options.sound)
        .text("nam", "FILE", "an amplifier (.nam) to play, instead of learning", options.nam)
        .text("save", "FOLDER", "where the sounds are written", options.save)
        .report(options)
        .read(argc, argv);
    return guarded([&] { options.nam.empty() ? run(options) : play(options); });
}
