// SPDX-License-Identifier: BSL-1.0
// Streams through WaveNets of the sizes that amplifier models have ("nano", "feather", "standard"): a block of frames at
// a time, of one sample. And a training step of a batch of 16 sequences of 2,048 frames. `frames` is how many of one
// sequence a second.

#include <kiln/layers/activation.hpp>
#include <kiln/layers/wavenet.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/model/model.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/train/trainer.hpp>

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

namespace kiln::speed {
namespace {

template <int First, int Second, class A>
using Amplifier =
    WaveNet<1, WaveNetStack<First, Second, 3, Dilations<1, 2, 4, 8, 16, 32, 64>, A, Gates::none, Bias::none>,
            WaveNetStack<Second, 1, 3, Dilations<128, 256, 512, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512>, A>>;
using Standard =
    WaveNet<1, WaveNetStack<16, 8, 3, Dilations<1, 2, 4, 8, 16, 32, 64, 128, 256, 512>, Tanh, Gates::none, Bias::none>,
            WaveNetStack<8, 1, 3, Dilations<1, 2, 4, 8, 16, 32, 64, 128, 256, 512>, Tanh>>;

template <class Net, int Frames>
void stream(benchmark::State& state) {
    using In = Shape<Frames, 1>;
    const auto model = std::make_unique<Model<Net, In>>(Seed{1});
    const auto carry = std::make_unique<carry_t<Net, float, In>>();
    const prepared_t<Net, float, In> prepared{};
    Net::reset(*carry, model->parameters());
    Random random{Seed{2}};
    Tensor<float, In> x, y;
    for (float& value : x) value = random.uniform(-1, 1);
    for (auto _ : state) {
        Net::step(x, y, *carry, StepContext{model->parameters(), prepared});
        benchmark::ClobberMemory();
    }
    state.counters["frames"] = benchmark::Counter(Frames, benchmark::Counter::kIsIterationInvariantRate);
}

template <class Net>
void train(benchmark::State& state) {
    constexpr int batch = 16, frames = 2048;
    using M = Model<Net, Shape<frames, 1>>;
    static M model{Seed{1}};
    static Trainer<M, MeanSquaredError, Adam, Batch<batch>> trainer{model, {}};
    Random random{Seed{2}};
    std::vector<Tensor<float, Shape<frames, 1>>> x(batch), y(batch);
    for (auto& sample : x)
        for (float& value : sample) value = random.uniform(-1, 1);
    for (auto _ : state) trainer.step(x, y);
    state.counters["frames"] = benchmark::Counter(batch * frames, benchmark::Counter::kIsIterationInvariantRate);
}

template <class Net>
void add(const std::string& name) {
    benchmark::RegisterBenchmark((name + "/block1").c_str(), stream<Net, 1>);
    benchmark::RegisterBenchmark((name + "/block16").c_str(), stream<Net, 16>);
    benchmark::RegisterBenchmark((name + "/block64").c_str(), stream<Net, 64>);
}

}  // namespace
}  // namespace kiln::speed

int main(int count, char** arguments) {
    using namespace kiln;
    using namespace kiln::speed;
    add<Amplifier<4, 2, Tanh>>("nano");
    add<Amplifier<4, 2, FastTanh>>("nano/fast");
    add<Amplifier<8, 4, Tanh>>("feather");
    add<Amplifier<8, 4, FastTanh>>("feather/fast");
    add<Standard>("standard");
    benchmark::RegisterBenchmark("train/nano", train<Amplifier<4, 2, Tanh>>);
    benchmark::Initialize(&count, arguments);
    benchmark::RunSpecifiedBenchmarks();
}
