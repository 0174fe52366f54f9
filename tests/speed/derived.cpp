// SPDX-License-Identifier: BSL-1.0
// Derivatives that nobody wrote against those written by hand, in the same run: forward and backward of an activation
// of 4,096 floats (`float`) or 256 elements of sixteen samples (`lanes`).

#include <kiln/core/functions.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/random.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/derived_activation.hpp>
#include <kiln/layers/gated.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
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
    benchmark::Initialize(&count, arguments);
    benchmark::RunSpecifiedBenchmarks();
}
