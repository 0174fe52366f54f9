// SPDX-License-Identifier: BSL-1.0
// Training steps of 64 samples, prediction of 64 samples, and the latency of one sample, in CPU time of one thread.
// `of_peak` is the fraction of the multiply-add peak, which is measured just before. Forward counts 2 FLOP a
// multiply-add; training counts three times as many, less the input gradient of the first layer.

#include "networks.hpp"

#include "peak.hpp"
#include "setting.hpp"
#include <benchmark/benchmark.h>

namespace kiln::speed {
namespace {

// Multiply-adds of the first layer, which needs no gradient of its input.
template <class M>
constexpr double
    first_layer = static_cast<double>(kiln::multiply_adds<typename M::Network::template Layer<0>, typename M::Input>());

void report(benchmark::State& state, double samples, double flop) {
    state.counters["samples/s"] =
        benchmark::Counter(samples * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
    state.counters["of_peak"] =
        benchmark::Counter(flop * static_cast<double>(state.iterations()) / peak_flops(), benchmark::Counter::kIsRate);
}

template <class M>
void train(benchmark::State& state) {
    auto& s = setting<M>();
    static Trainer<M, CrossEntropy, SGD, Batch<batch>> trainer{s.model, SGD{.learning_rate = 0.001f}};
    for (auto _ : state) benchmark::DoNotOptimize(trainer.step(s.inputs, s.labels));
    report(state, batch, 2 * batch * (3 * static_cast<double>(M::multiply_adds) - first_layer<M>));
}

template <class M>
void predict_64(benchmark::State& state) {
    auto& s = setting<M>();
    for (auto _ : state) {
        s.model.predict(s.inputs, s.outputs);
        benchmark::DoNotOptimize(s.outputs);
    }
    report(state, batch, 2 * batch * static_cast<double>(M::multiply_adds));
}

template <class M>
void predict_1(benchmark::State& state) {
    auto& s = setting<M>();
    std::size_t i = 0;
    for (auto _ : state) benchmark::DoNotOptimize(s.model.predict(s.inputs[i++ % batch]));
    report(state, 1, 2 * static_cast<double>(M::multiply_adds));
}

#define KILN_SPEED_OF(Net)                                \
    BENCHMARK(train<Net>)->Name("train/" #Net);           \
    BENCHMARK(predict_64<Net>)->Name("predict_64/" #Net); \
    BENCHMARK(predict_1<Net>)->Name("predict_1/" #Net)

KILN_SPEED_OF(Card);
KILN_SPEED_OF(SeedCnn);
KILN_SPEED_OF(Mlp);
KILN_SPEED_OF(WideMlp);
KILN_SPEED_OF(Tiny);
KILN_SPEED_OF(Vgg);
KILN_SPEED_OF(Normed);
KILN_SPEED_OF(ResNet8);

}  // namespace
}  // namespace kiln::speed

BENCHMARK_MAIN();
