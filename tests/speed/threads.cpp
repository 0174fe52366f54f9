// SPDX-License-Identifier: BSL-1.0
// Training steps and predictions of 64 samples on one thread and on several: time on the clock, not of the CPU. Run it
// on a machine with as many free cores as the last number of a name says.

#include <kiln/train/threads.hpp>

#include "networks.hpp"
#include "setting.hpp"
#include <benchmark/benchmark.h>

namespace kiln::speed {
namespace {

template <class M, int N>
void train(benchmark::State& state) {
    auto& s = setting<M>();
    static Trainer<M, CrossEntropy, SGD, Batch<batch>, Threads<N>> trainer{s.model, SGD{.learning_rate = 0.001f}};
    for (auto _ : state) benchmark::DoNotOptimize(trainer.step(s.inputs, s.labels));
}

template <class M, int N>
void predict(benchmark::State& state) {
    auto& s = setting<M>();
    static Threads<N> threads;
    for (auto _ : state) {
        s.model.predict(s.inputs, s.outputs, threads);
        benchmark::DoNotOptimize(s.outputs);
    }
}

#define KILN_SPEED_ON(Net, N)                                            \
    BENCHMARK(train<Net, N>)->Name("train/" #Net "/" #N)->UseRealTime(); \
    BENCHMARK(predict<Net, N>)->Name("predict_64/" #Net "/" #N)->UseRealTime()
#define KILN_SPEED_OF(Net) \
    KILN_SPEED_ON(Net, 1); \
    KILN_SPEED_ON(Net, 2); \
    KILN_SPEED_ON(Net, 4)

KILN_SPEED_OF(Card);
KILN_SPEED_OF(SeedCnn);
KILN_SPEED_OF(Vgg);
KILN_SPEED_OF(Normed);

}  // namespace
}  // namespace kiln::speed

BENCHMARK_MAIN();
