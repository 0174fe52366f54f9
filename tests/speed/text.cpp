// SPDX-License-Identifier: BSL-1.0
// A small GPT of 0.8 million parameters that reads 64 characters of 65: training steps of 12 texts, prediction of 12,
// and the latency of one, in CPU time of one thread; then its parts alone, one float sample and a sample a lane.
// `of_peak` is the fraction of the multiply-add peak, which is measured just before. A training step counts three times
// the multiply-adds of forward.

#include <kiln/layers/attention.hpp>
#include <kiln/layers/embedding.hpp>
#include <kiln/layers/gated.hpp>
#include <kiln/layers/layer_norm.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/position.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/train/trainer.hpp>

#include "laws/instance.hpp"
#include "peak.hpp"
#include <benchmark/benchmark.h>

#include <array>
#include <memory>

namespace kiln::speed {
namespace {

constexpr int characters = 65, frames = 64, features = 128, texts = 12;
using Block = Sequential<
    Residual<LayerNorm<features>, CausalAttention<4>>,
    Residual<LayerNorm<features>, Each<Linear<features, 4 * features>>, GELU, Each<Linear<4 * features, features>>>>;
using Net = Sequential<Embedding<characters, features>, Position<frames, features>, Repeat<4, Block>,
                       LayerNorm<features>, Each<Linear<features, characters>>>;
using Text = Tokens<characters, frames>;
using Gpt = Model<Net, Text, Plan<8 << 20>>;

struct Setting {
    Gpt model{Seed{1}};
    std::array<Tensor<float, Text>, texts> inputs;
    std::array<Tensor<int, Shape<frames>>, texts> next;
    std::array<Tensor<float, Gpt::Output>, texts> outputs;

    Setting() {
        Random random{Seed{2}};
        for (auto& input : inputs) laws::fill(input, random);
        for (auto& labels : next)
            for (int& label : labels) label = random.below(characters);
    }
};
Setting& setting() {
    static Setting the_setting;
    return the_setting;
}

void report(benchmark::State& state, double samples, double multiply_adds) {
    state.counters["samples/s"] =
        benchmark::Counter(samples * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
    state.counters["of_peak"] =
        benchmark::Counter(2 * samples * multiply_adds * static_cast<double>(state.iterations()) / peak_flops(),
                           benchmark::Counter::kIsRate);
}

void train(benchmark::State& state) {
    Setting& s = setting();
    static Trainer<Gpt, CrossEntropy, AdamW, Batch<texts>> trainer{s.model, AdamW{}};
    for (auto _ : state) benchmark::DoNotOptimize(trainer.step(s.inputs, s.next));
    report(state, texts, 3.0 * Gpt::multiply_adds);
}
void predict_12(benchmark::State& state) {
    Setting& s = setting();
    for (auto _ : state) {
        s.model.predict(s.inputs, s.outputs);
        benchmark::DoNotOptimize(s.outputs);
    }
    report(state, texts, Gpt::multiply_adds);
}
void predict_1(benchmark::State& state) {
    Setting& s = setting();
    std::size_t i = 0;
    for (auto _ : state) benchmark::DoNotOptimize(s.model.predict(s.inputs[i++ % texts]));
    report(state, 1, Gpt::multiply_adds);
}
BENCHMARK(train);
BENCHMARK(predict_12);
BENCHMARK(predict_1);

// A layer by itself. Backward finds the tape as forward left it, or overwritten by itself, which takes the same time.
template <class L, class In, class E, bool Backward>
void run(benchmark::State& state) {
    static const auto layer = std::make_unique<laws::Instance<L, In, E>>(1);
    layer->forward();
    for (auto _ : state) {
        if constexpr (Backward)
            layer->backward();
        else
            layer->forward();
        benchmark::ClobberMemory();
    }
    report(state, width<E>, static_cast<double>(kiln::multiply_adds<L, In>()) * (Backward ? 2 : 1));
}
using Frames = Shape<frames, features>;
using L = Lanes<float, native_lanes>;
#define KILN_SPEED_OF(name, In, ...)                                                 \
    BENCHMARK(run<__VA_ARGS__, In, float, false>)->Name(name "/one sample/forward"); \
    BENCHMARK(run<__VA_ARGS__, In, float, true>)->Name(name "/one sample/backward"); \
    BENCHMARK(run<__VA_ARGS__, In, L, false>)->Name(name "/lanes/forward");          \
    BENCHMARK(run<__VA_ARGS__, In, L, true>)->Name(name "/lanes/backward")
KILN_SPEED_OF("embedding", Text, Embedding<characters, features>);
KILN_SPEED_OF("position", Frames, Position<frames, features>);
KILN_SPEED_OF("layer norm", Frames, LayerNorm<features>);
KILN_SPEED_OF("causal attention", Frames, CausalAttention<4>);
KILN_SPEED_OF("attention", Frames, Attention<4>);
KILN_SPEED_OF("each linear 128-512", Frames, Each<Linear<features, 4 * features>>);

}  // namespace
}  // namespace kiln::speed

BENCHMARK_MAIN();
