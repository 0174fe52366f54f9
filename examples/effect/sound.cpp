// SPDX-License-Identifier: BSL-1.0
#include "effect/sound.hpp"

#include <kiln/core/random.hpp>

#include <sndfile.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <memory>
#include <stdexcept>

namespace {

constexpr double pi = 3.14159265358979;

// Adds a string that is plucked at a place: a delay of one period, filled with noise, that is averaged at each turn.
void pluck(Sound& sound, std::size_t at, double frequency, float strength, kiln::Random& random) {
    std::vector<float> string(static_cast<std::size_t>(sound.rate / frequency));
    for (float& point : string) point = strength * random.uniform(-1, 1);
    for (std::size_t i = at, k = 0; i < sound.samples.size(); ++i) {
        const std::size_t next = k + 1 < string.size() ? k + 1 : 0;
        sound.samples[i] += string[k];
        string[k] = 0.498f * (string[k] + string[next]);
        k = next;
    }
}

using File = std::unique_ptr<SNDFILE, int (*)(SNDFILE*)>;
File open(const std::string& path, int mode, SF_INFO& info) {
    File file(sf_open(path.c_str(), mode, &info), sf_close);
    if (!file) throw std::runtime_error(path + ": " + sf_strerror(nullptr));
    return file;
}

}  // namespace

Sound guitar(double seconds, unsigned seed) {
    Sound sound;
    sound.samples.resize(static_cast<std::size_t>(seconds * sound.rate));
    kiln::Random random{kiln::Seed{seed}};
    for (std::size_t at = 0; at < sound.samples.size();) {
        const double lowest = 82.4 * std::pow(2, random.below(24) / 12.0);  // E, and two octaves above it
        const float strength = random.uniform(0.02f, 0.4f);
        const int strings = random.below(2) == 0 ? 1 : 3;
        for (int k = 0; k < strings; ++k)
            pluck(sound, at, lowest * (k == 0 ? 1 : k == 1 ? 1.5 : 2), strength / static_cast<float>(strings), random);
        at += static_cast<std::size_t>(sound.rate * random.uniform(0.1f, 0.6f));
    }
    return sound;
}

Sound sine(double seconds, double frequency, float amplitude) {
    Sound sound;
    const auto count = static_cast<std::size_t>(seconds * sound.rate);
    for (std::size_t i = 0; i < count; ++i)
        sound.samples.push_back(amplitude *
                                static_cast<float>(std::sin(2 * pi * frequency * static_cast<double>(i) / sound.rate)));
    return sound;
}

Sound distorted(const Sound& dry) {
    const auto share = [&](double frequency) {
        return static_cast<float>(1 - std::exp(-2 * pi * frequency / dry.rate));
    };
    const float deep = share(120), high = share(5000);
    Sound wet{dry.rate};
    float below = 0, y = 0;
    for (const float x : dry.samples) {
        below += deep * (x - below);
        const float bent = 0.6f * (std::tanh(12 * (x - below) + 0.4f) - std::tanh(0.4f));
        y += high * (bent - y);
        wet.samples.push_back(y);
    }
    return wet;
}

double level_of(const Sound& sound, double frequency) {
    const auto rate = static_cast<std::size_t>(sound.rate);
    const std::size_t count = sound.samples.size() < rate ? sound.samples.size() : rate;
    const float* const last = sound.samples.data() + (sound.samples.size() - count);
    std::complex<double> sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double phase = 2 * pi * static_cast<double>(i) / static_cast<double>(count);
        const double window = 1 - std::cos(phase);  // Hann
        sum += window * static_cast<double>(last[i]) *
               std::polar(1.0, -2 * pi * frequency * static_cast<double>(i) / sound.rate);
    }
    return 20 * std::log10(2 * std::abs(sum) / static_cast<double>(count) + 1e-6);
}

Sound read_sound(const std::string& path) {
    SF_INFO info{};
    const File file = open(path, SFM_READ, info);
    std::vector<float> all(static_cast<std::size_t>(info.frames) * static_cast<std::size_t>(info.channels));
    if (sf_readf_float(file.get(), all.data(), info.frames) != info.frames)
        throw std::runtime_error(path + ": the file ends early");
    Sound sound{info.samplerate};
    for (std::size_t i = 0; i < all.size(); i += static_cast<std::size_t>(info.channels))
        sound.samples.push_back(all[i]);
    if (sound.samples.empty()) throw std::runtime_error(path + ": no sound in it");
    return sound;
}

void write_sound(const Sound& sound, const std::string& path) {
    SF_INFO info{};
    info.samplerate = sound.rate;
    info.channels = 1;
    info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_24;
    const File file = open(path, SFM_WRITE, info);
    sf_command(file.get(), SFC_SET_CLIPPING, nullptr, SF_TRUE);
    const auto count = static_cast<sf_count_t>(sound.samples.size());
    if (sf_writef_float(file.get(), sound.samples.data(), count) != count)
        throw std::runtime_error(path + ": " + sf_strerror(file.get()));
}
