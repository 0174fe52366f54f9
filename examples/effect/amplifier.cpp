// SPDX-License-Identifier: BSL-1.0
#include "effect/amplifier.hpp"

#include <kiln/io/nam.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/wavenet.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/stream_one_of.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>

namespace {

// The four sizes that the trainer of Neural Amp Modeler offers.
using All = kiln::Dilations<1, 2, 4, 8, 16, 32, 64, 128, 256, 512>;
using First = kiln::Dilations<1, 2, 4, 8, 16, 32, 64>;
using Second = kiln::Dilations<128, 256, 512, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512>;
template <int Wide, int Narrow, class A, class B>
using Amplifier = kiln::Model<
    kiln::WaveNet<1, kiln::WaveNetStack<Wide, Narrow, 3, A, kiln::Tanh, kiln::Gates::none, kiln::Bias::none>,
                  kiln::WaveNetStack<Narrow, 1, 3, B, kiln::Tanh>>,
    kiln::Shape<64, 1>>;
using Amp = kiln::OneOf<Amplifier<16, 8, All, All>, Amplifier<12, 6, First, Second>, Amplifier<8, 4, First, Second>,
                        Amplifier<4, 2, First, Second>>;
constexpr const char* sizes[] = {"standard", "lite", "feather", "nano"};

}  // namespace

Sound amplified(const std::string& file, const Sound& dry) {
    const auto amp = std::make_unique<Amp>();
    const kiln::io::NamResult loaded = kiln::io::load_nam(*amp, file);
    loaded.or_throw();
    if (loaded.sample_rate > 0 && loaded.sample_rate != dry.rate)
        std::printf("the amplifier is for %.0f samples a second, the sound has %d\n", loaded.sample_rate, dry.rate);

    const auto prepared = std::make_unique<kiln::Prepared<Amp>>(*amp);
    const auto stream = std::make_unique<kiln::Stream<Amp>>(*prepared);
    Sound wet{dry.rate, std::vector<float>(dry.samples.size())};
    const std::vector<float> silence(static_cast<std::size_t>(dry.rate));  // what was before the sound
    std::vector<float> nothing(silence.size());
    stream->step(silence, nothing);
    const auto begin = std::chrono::steady_clock::now();
    stream->step(dry.samples, wet.samples);
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf("%s network: %.0f ns a sample, %.0f times as fast as the sound plays\n", sizes[stream->index()],
                took / static_cast<double>(dry.samples.size()) * 1e9, dry.seconds() / took);
    return wet;
}
