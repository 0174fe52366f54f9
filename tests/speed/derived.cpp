// SPDX-License-Identifier: BSL-1.0
// Derivatives that nobody wrote against those written by hand, in the same run: forward and backward of an activation
// of 4,096 floats (`float`) or 256 elements of sixteen samples (`lanes`). And the product of a Hessian with a direction
// against a gradient, for 64 samples.

#include <kiln/core/functions.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/random.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/average_pool.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/derived_activation.hpp>
#include <kiln/layers/gated.hpp>
#include <kiln/layers/layer_norm.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/hessian_product.hpp>
#include <kiln/train/trainer.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

namespace kiln::speed {
namespace {

struct Rectified {
    constexpr auto operator()(const auto& x) const { return math::max(x, 0); }
};
struct Leaky {
    constexpr auto operator()(const auto& x) const { return math::max(x, x * 0.01f); }
};
struct Hard {
    constexpr auto operator()(const auto& x) const { return x * (math::min(math::max(x + 3, 0), 6) * (1.0f / 6)); }
};
struct Swish {
    constexpr auto operator()(const auto& x) const { return x / (1 + math::exp(-x)); }
};
struct ByErf {
    constexpr auto operator()(const auto& x) const { return 0.5f * x * (1 + math::erf(x * 0.70710678f)); }
};
struct Hyperbolic {
    constexpr auto operator()(const auto& x) const { return math::tanh(x); }
};
struct Smooth {
    constexpr auto operator()(const auto& x) const { return math::log1p(math::exp(x)); }
};

// A layer with the memory of its passes. The two passes are not inlined into the loop that measures them.
template <class L, class E, class In>
struct Passes {
    Tensor<E, In> x, y, dy, dx;
    tape_t<L, E, In> tape;

    Passes() {
        Random random{Seed{1}};
        for (auto* tensor : {&x, &dy})
            for (E& value : *tensor)
                for (int l = 0; l < width<E>; ++l) set_lane(value, l, random.uniform(-3, 3));
    }
    [[gnu::noinline]] void forward() {
        Nothing none;
        L::forward(x, y, Context{none, none, none, none, none, tape, none, Pass{.training = true}});
        benchmark::ClobberMemory();
    }
    [[gnu::noinline]] void backward() {
        Nothing none;
        L::backward(x, y, dy, dx, Context{none, none, none, none, none, tape, none, Pass{.training = true}});
        benchmark::ClobberMemory();
    }
};

// Seconds of one call, the best of several turns.
double seconds_of(auto call) {
    constexpr int calls = 50;
    double best = 1;
    for (int turn = 0; turn < 5; ++turn) {
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < calls; ++i) call();
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        best = std::min(best, taken.count() / calls);
    }
    return best;
}

// Both layers in turns: `ratio` is derived / by hand for both passes together, `backward` for backward alone.
template <class Derived, class Hand, class E, class In>
void compare(benchmark::State& state) {
    static Passes<Derived, E, In> derived;
    static Passes<Hand, E, In> hand;
    double time[2][2] = {{1, 1}, {1, 1}};
    for (auto _ : state) {
        derived.forward();
        hand.forward();
        time[0][0] = std::min(time[0][0], seconds_of([&] { derived.forward(); }));
        time[1][0] = std::min(time[1][0], seconds_of([&] { hand.forward(); }));
        time[0][1] = std::min(time[0][1], seconds_of([&] { derived.backward(); }));
        time[1][1] = std::min(time[1][1], seconds_of([&] { hand.backward(); }));
    }
    state.counters["forward_ns"] = time[0][0] * 1e9;
    state.counters["backward_ns"] = time[0][1] * 1e9;
    state.counters["backward"] = time[0][1] / time[1][1];
    state.counters["ratio"] = (time[0][0] + time[0][1]) / (time[1][0] + time[1][1]);
}

// `ratio` is a Hessian product / a gradient.
template <class Net, class In>
void hessian(benchmark::State& state) {
    using M = Model<Net, In>;
    static M model{Seed{1}};
    static HessianProduct<M, CrossEntropy> product;
    static Trainer<M, CrossEntropy, SGD, Batch<64>> trainer{model, SGD{}};
    static std::array<Tensor<float, In>, 64> samples;
    static std::array<int, 64> labels;
    static typename M::Parameters direction{};
    Random random{Seed{2}};
    for (auto& sample : samples)
        for (float& value : sample) value = random.uniform(-1, 1);
    for (int& label : labels) label = random.below(M::Output::count);
    for (const auto& slice : tensors<float>(direction))
        for (float& value : slice) value = random.uniform(-1, 1);
    double second = 1, first = 1;
    for (auto _ : state) {
        second = std::min(second, seconds_of([&] { product(model, samples, labels, direction); }));
        first = std::min(first, seconds_of([&] { trainer.accumulate(samples, labels); }));
    }
    state.counters["product_us"] = second * 1e6;
    state.counters["gradient_us"] = first * 1e6;
    state.counters["ratio"] = second / first;
}

template <class F, class Hand>
void add(const std::string& name) {
    benchmark::RegisterBenchmark((name + "/float").c_str(), compare<Activation<F>, Hand, float, Shape<4096>>)
        ->Iterations(20);
    benchmark::RegisterBenchmark((name + "/lanes").c_str(), compare<Activation<F>, Hand, Lanes<float, 16>, Shape<256>>)
        ->Iterations(20);
}

}  // namespace
}  // namespace kiln::speed

int main(int count, char** arguments) {
    using namespace kiln;
    using namespace kiln::speed;
    add<Rectified, ReLU>("ReLU");
    add<Leaky, LeakyReLU<>>("LeakyReLU");
    add<Hard, HardSwish>("HardSwish");
    add<Swish, SiLU>("SiLU");
    add<ByErf, GELU>("GELU");
    add<Hyperbolic, Tanh>("Tanh");
    add<Smooth, Softplus>("Softplus");
    using Perceptron = Sequential<Linear<32, 64>, Tanh, Linear<64, 64>, Tanh, Linear<64, 10>>;
    using Maps = Sequential<Conv<1, 8, 3>, SiLU, Pool<2>, Conv<8, 16, 3>, SiLU, Linear<16 * 11 * 11, 10>>;
    using Small = Sequential<Conv<1, 3, 3>, Tanh, AveragePool<2>, Linear<12, 8>, SiLU, LayerNorm<8>, Linear<8, 4>>;
    benchmark::RegisterBenchmark("Hessian/Perceptron", hessian<Perceptron, Shape<32>>)->Iterations(5);
    benchmark::RegisterBenchmark("Hessian/Maps", hessian<Maps, Shape<1, 28, 28>>)->Iterations(1);
    benchmark::RegisterBenchmark("Hessian/Small", hessian<Small, Shape<1, 6, 6>>)->Iterations(20);
    benchmark::Initialize(&count, arguments);
    benchmark::RunSpecifiedBenchmarks();
}
