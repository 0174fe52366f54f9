// SPDX-License-Identifier: BSL-1.0
// Recurrent layers: a training step of a batch of 64 sequences of 32 numbers a frame (SGD), the recurrent layer
// followed by Last and Linear; and a step of a stream of one sample. `peak` is the share of the machine's multiply-adds
// that the recurrent layer's products take.

#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/trainer.hpp>

#include "speed/peak.hpp"
#include "speed/setting.hpp"
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

namespace kiln::speed {
namespace {

// Multiply-adds of a training step, without those of dx: products forward, of the weights' gradients, and of h.
template <class L, int T>
constexpr double products(int gates) {
    return 1.0 * batch * T * gates * L::units * (2 * (L::inputs + L::units) + L::units);
}

template <class L, int T>
void train(benchmark::State& state, int gates) {
    using M = Model<Sequential<L, Last, Linear<L::units, 10>>, Shape<T, L::inputs>>;
    static Trainer<M, CrossEntropy, SGD, Batch<batch>> trainer{setting<M>().model, SGD{.learning_rate = 0.01f}};
    const Setting<M>& data = setting<M>();
    double seconds = 1;
    for (auto _ : state) {
        trainer.step(data.inputs, data.labels);
        const double start = cpu_seconds();
        trainer.step(data.inputs, data.labels);
        seconds = std::min(seconds, cpu_seconds() - start);
    }
    const double peak = peak_flops();
    state.counters["step_us"] = seconds * 1e6;
    state.counters["peak"] = 2 * products<L, T>(gates) / seconds / peak;
}

template <class L>
struct Stream {
    using In = Shape<1, L::inputs>;
    parameters_t<L, float, In> parameters{};
    prepared_t<L, float, In> prepared;
    carry_t<L, float, In> carry;
    Tensor<float, In> x{};
    Tensor<float, output_t<L, In>> y;

    Stream() {
        Random random{Seed{1}};
        L::initialize(parameters, random);
        L::prepare(parameters, prepared);
        L::reset(carry, parameters);
        for (float& value : x) value = random.uniform(-1, 1);
    }
    [[gnu::noinline]] void step() {
        L::step(x, y, carry, StepContext{parameters, prepared});
        benchmark::ClobberMemory();
    }
};
template <class L>
void step(benchmark::State& state) {
    static Stream<L> stream;
    for (auto _ : state) stream.step();
}

template <class L, int T>
void add_training(const std::string& name, int gates) {
    benchmark::RegisterBenchmark(("train/" + name).c_str(), train<L, T>, gates)->Iterations(50);
}
template <template <int, int, class...> class L>
void add(const std::string& name, int gates) {
    add_training<L<32, 16, AccurateGates>, 32>(name + "/T32/H16", gates);
    add_training<L<32, 64, AccurateGates>, 32>(name + "/T32/H64", gates);
    add_training<L<32, 128, AccurateGates>, 32>(name + "/T32/H128", gates);
    add_training<L<32, 64, AccurateGates>, 128>(name + "/T128/H64", gates);
    add_training<L<32, 64, FastGates>, 32>(name + "/fast/T32/H64", gates);
    benchmark::RegisterBenchmark(("step/" + name + "/H16").c_str(), step<L<1, 16, AccurateGates>>);
    benchmark::RegisterBenchmark(("step/" + name + "/fast/H8").c_str(), step<L<1, 8, FastGates>>);
    benchmark::RegisterBenchmark(("step/" + name + "/fast/H16").c_str(), step<L<1, 16, FastGates>>);
    benchmark::RegisterBenchmark(("step/" + name + "/fast/H24").c_str(), step<L<1, 24, FastGates>>);
    benchmark::RegisterBenchmark(("step/" + name + "/fast/H40").c_str(), step<L<1, 40, FastGates>>);
}

}  // namespace
}  // namespace kiln::speed

int main(int count, char** arguments) {
    using namespace kiln;
    using namespace kiln::speed;
    add<GRU>("GRU", 3);
    add<LSTM>("LSTM", 4);
    benchmark::Initialize(&count, arguments);
    benchmark::RunSpecifiedBenchmarks();
}
