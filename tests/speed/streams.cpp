// SPDX-License-Identifier: BSL-1.0
// Models in real time: a frame of recurrent networks, and a frame and a block of 64 frames of eight dilated
// convolutions of 8 channels. `layer` calls the layer's own step, `stream` is kiln::Stream, `voices` is a stream of 16
// signals; all are nanoseconds for a call. `fading` hears denormal numbers, as at the end of a sound, also with a
// FlushDenormals. `million` times each of a million calls; the slowest are those that the system has interrupted.

#include <kiln/core/denormals.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/stream.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/sequential.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace kiln::speed {
namespace {

template <class M, class E, int N>
struct Run {
    M model{Seed{1}};
    Prepared<M> prepared{model};
    Stream<M, E> stream{prepared};
    Tensor<E, frames_t<typename M::Input, N>> x;

    Run() {
        for (E& value : x) value = E(0.3f);
    }
    [[gnu::noinline]] void step() {
        auto y = stream.step(x);
        benchmark::DoNotOptimize(y);
    }
};
template <class M, class E, int N>
void of_stream(benchmark::State& state) {
    static Run<M, E, N> run;
    for (auto _ : state) run.step();
}

template <class M, bool Flushes>
void of_fading_stream(benchmark::State& state) {
    static Run<M, float, 64> run;
    for (float& value : run.x) value = 1e-40f;
    std::optional<FlushDenormals> flush;
    if (Flushes) flush.emplace();
    for (auto _ : state) run.step();
}
template <class M>
void of_a_million(benchmark::State& state) {
    static Run<M, float, 1> run;
    std::vector<double> took(1'000'000);
    for (auto _ : state)
        for (double& one : took) {
            const auto begin = std::chrono::steady_clock::now();
            run.step();
            one = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
        }
    std::sort(took.begin(), took.end());
    state.counters["median_ns"] = took[500'000];
    state.counters["of_10000_ns"] = took[999'900];
    state.counters["slowest_ns"] = took.back();
}

template <class L, class In>
struct LayerRun {
    parameters_t<L, float, In> parameters{};
    prepared_t<L, float, In> prepared;
    carry_t<L, float, In> carry;
    Tensor<float, frames_t<In, 1>> x{0.3f};
    const Nothing none{};

    LayerRun() {
        Random random{Seed{1}};
        L::initialize(parameters, random);
        L::prepare(parameters, prepared);
        L::reset(carry, StepContext{none, prepared});
    }
    [[gnu::noinline]] void step() {
        Tensor<float, output_t<L, frames_t<In, 1>>> y;
        L::step(x, y, carry, StepContext{none, prepared});
        benchmark::DoNotOptimize(y);
    }
};
template <class L, class In>
void of_layer(benchmark::State& state) {
    static LayerRun<L, In> run;
    for (auto _ : state) run.step();
}

template <class L>
void add_layer(const std::string& name) {
    using In = Shape<64, 1>;
    benchmark::RegisterBenchmark(("layer/" + name).c_str(), of_layer<L, In>);
    benchmark::RegisterBenchmark(("stream/" + name).c_str(), of_stream<Model<L, In>, float, 1>);
    benchmark::RegisterBenchmark(("voices/" + name).c_str(), of_stream<Model<L, In>, Lanes<float, 16>, 1>);
}

template <int Dilation, class A>
using Dilated = Sequential<CausalConv1d<8, 8, 3, Dilation>, A>;
template <class A>
using TCN = Sequential<Dilated<1, A>, Dilated<2, A>, Dilated<4, A>, Dilated<8, A>, Dilated<16, A>, Dilated<32, A>,
                       Dilated<64, A>, Dilated<128, A>>;

template <int Dilation>
using Unbiased = Sequential<CausalConv1d<8, 8, 3, Dilation, 1, Bias::none>, Tanh>;
using Silent = Model<Sequential<Unbiased<1>, Unbiased<2>, Unbiased<4>, Unbiased<8>>, Shape<64, 8>>;

}  // namespace
}  // namespace kiln::speed

int main(int count, char** arguments) {
    using namespace kiln;
    using namespace kiln::speed;
    add_layer<GRU<1, 8>>("GRU8");
    add_layer<GRU<1, 16>>("GRU16");
    add_layer<GRU<1, 24>>("GRU24");
    add_layer<GRU<1, 40>>("GRU40");
    add_layer<GRU<1, 8, FastGates>>("GRU8/FastGates");
    add_layer<GRU<1, 16, FastGates>>("GRU16/FastGates");
    add_layer<GRU<1, 24, FastGates>>("GRU24/FastGates");
    add_layer<GRU<1, 40, FastGates>>("GRU40/FastGates");
    add_layer<LSTM<1, 16, FastGates>>("LSTM16/FastGates");
    add_layer<LSTM<1, 40, FastGates>>("LSTM40/FastGates");
    add_layer<LSTM<1, 16>>("LSTM16");
    add_layer<LSTM<1, 40>>("LSTM40");
    using Convolutions = Model<TCN<Tanh>, Shape<64, 8>>;
    using FastConvolutions = Model<TCN<FastTanh>, Shape<64, 8>>;
    benchmark::RegisterBenchmark("stream/TCN", of_stream<Convolutions, float, 1>);
    benchmark::RegisterBenchmark("stream/TCN/64_frames", of_stream<Convolutions, float, 64>);
    benchmark::RegisterBenchmark("stream/TCN/FastTanh", of_stream<FastConvolutions, float, 1>);
    benchmark::RegisterBenchmark("stream/TCN/FastTanh/64_frames", of_stream<FastConvolutions, float, 64>);
    benchmark::RegisterBenchmark("voices/TCN", of_stream<Convolutions, Lanes<float, 16>, 1>);
    benchmark::RegisterBenchmark("fading/TCN/64_frames", of_fading_stream<Silent, false>);
    benchmark::RegisterBenchmark("fading/TCN/64_frames/flushed", of_fading_stream<Silent, true>);
    benchmark::RegisterBenchmark("million/GRU16", of_a_million<Model<GRU<1, 16>, Shape<64, 1>>>)->Iterations(1);
    benchmark::RegisterBenchmark("million/TCN", of_a_million<Convolutions>)->Iterations(1);
    benchmark::Initialize(&count, arguments);
    benchmark::RunSpecifiedBenchmarks();
}
