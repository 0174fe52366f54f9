// SPDX-License-Identifier: BSL-1.0
// Training steps and predictions of 64 samples on one thread and on several: time on the clock, not of the CPU. Run it
// on a machine with as many free cores as the last number of a name says.

#include <kiln/layers/attention.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/layer_norm.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/train/threads.hpp>

#include "networks.hpp"
#include "setting.hpp"
#include <benchmark/benchmark.h>

namespace kiln::speed {
namespace {

// Networks of sequences: of 32 frames of 32 numbers, of 64 frames of 64, and of 256 frames of one.
using Recurrent = Model<Sequential<GRU<32, 64>, Last, Linear<64, 10>>, Shape<32, 32>>;
using Attentive =
    Model<Sequential<Residual<LayerNorm<64>, CausalAttention<4>>,
                     Residual<LayerNorm<64>, Each<Linear<64, 256>>, ReLU, Each<Linear<256, 64>>>, Last, Linear<64, 10>>,
          Shape<64, 64>, Plan<1 << 20>>;
using Dilated = Model<Sequential<CausalConv1d<1, 16, 3>, Tanh, CausalConv1d<16, 16, 3, 2>, Tanh,
                                 CausalConv1d<16, 16, 3, 4>, Tanh, Last, Linear<16, 10>>,
                      Shape<256, 1>>;

template <class M, int N>
void train(benchmark::State& state) {
    auto& s = setting<M>();
    // A pass for each of four threads.
    using Element = training_element<typename M::Body, typename M::Input, batch / 4, typename M::Memory>;
    static Trainer<M, CrossEntropy, SGD, Batch<batch>, Element, Threads<N>> trainer{s.model,
                                                                                    SGD{.learning_rate = 0.001f}};
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
KILN_SPEED_OF(WideMlp);
KILN_SPEED_OF(ResNet8);
KILN_SPEED_OF(Recurrent);
KILN_SPEED_OF(Attentive);
KILN_SPEED_OF(Dilated);

}  // namespace
}  // namespace kiln::speed

BENCHMARK_MAIN();
