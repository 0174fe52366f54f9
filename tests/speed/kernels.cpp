// SPDX-License-Identifier: BSL-1.0
// Each kernel by itself, on the shapes of the measured networks, compared with the multiply-add peak measured just
// before, and with its roofline. The roofline is the lower of that peak and of the rate at which the operands can be
// read and written once, at the measured bandwidth of the memory that holds all of them.

#include <kiln/core/random.hpp>
#include <kiln/kernels/correlate.hpp>
#include <kiln/kernels/correlate_input_gradient.hpp>
#include <kiln/kernels/correlate_pool.hpp>
#include <kiln/kernels/correlate_weight_gradient.hpp>
#include <kiln/kernels/matrix_product.hpp>
#include <kiln/kernels/product.hpp>
#include <kiln/kernels/winograd.hpp>
#include <kiln/kernels/winograd_strided.hpp>
#include <kiln/kernels/winograd_weight_gradient.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/conv1d.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/nets/each.hpp>

#include "peak.hpp"
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>

namespace kiln::speed {
namespace {

// A tensor of its own for each use, filled with small numbers.
template <class T, int Use>
T& filled() {
    static T tensor = [] {
        T t;
        if constexpr (!is_nothing<T>) {
            Random random{Seed{Use}};
            for (auto& element : t)
                for (int l = 0; l < width<typename T::Element>; ++l) set_lane(element, l, random.uniform(-0.5f, 0.5f));
        }
        return t;
    }();
    return tensor;
}

void report(benchmark::State& state, double multiply_adds, std::size_t bytes) {
    const double flop = 2 * multiply_adds * static_cast<double>(state.iterations()), peak = peak_flops();
    const double allowed = read_bandwidth(bytes) * 2 * multiply_adds / static_cast<double>(bytes);
    state.counters["GFLOP/s"] = benchmark::Counter(flop * 1e-9, benchmark::Counter::kIsRate);
    state.counters["of_peak"] = benchmark::Counter(flop / peak, benchmark::Counter::kIsRate);
    state.counters["of_roofline"] = benchmark::Counter(flop / std::min(peak, allowed), benchmark::Counter::kIsRate);
}

// A convolution of C maps of H x H into O, K x K, and its adjoints.
template <class E, int C, int H, int O, int K>
struct Convolution {
    static constexpr int OH = H - K + 1;
    static constexpr double work = 1.0 * O * C * K * K * OH * OH * width<E>;
    static constexpr std::size_t bytes = sizeof(E) * (C * H * H + O * OH * OH) + sizeof(float) * (O * C * K * K + O);
    Tensor<E, Shape<C, H, H>>&x = filled<Tensor<E, Shape<C, H, H>>, 1>(), &dx = filled<Tensor<E, Shape<C, H, H>>, 2>();
    Tensor<E, Shape<O, OH, OH>>& y = filled<Tensor<E, Shape<O, OH, OH>>, 3>();
    Tensor<E, Shape<O, OH / 2, OH / 2>>&pooled = filled<Tensor<E, Shape<O, OH / 2, OH / 2>>, 4>(),
                                    &which = filled<Tensor<E, Shape<O, OH / 2, OH / 2>>, 5>();
    Tensor<float, Shape<O, C, K, K>>&w = filled<Tensor<float, Shape<O, C, K, K>>, 6>(),
                                 &dw = filled<Tensor<float, Shape<O, C, K, K>>, 7>();
    Tensor<float, Shape<O>>&b = filled<Tensor<float, Shape<O>>, 8>(), &db = filled<Tensor<float, Shape<O>>, 9>();

    void forward() { kernels::correlate<1>(x, w, b, y); }
    void pool() {
        if constexpr (OH % 2 == 0) kernels::correlate_pool<2>(x, w, b, pooled, which, kernels::Unchanged{});
    }
    void weights() { kernels::correlate_weight_gradient<1>(x, y, dw, db); }
    using Slopes = kernels::spread_slopes_t<E, Shape<C, H, H>, Shape<O, C, K, K>, 0>;
    Slopes& slopes = filled<Slopes, 10>();
    void inputs() { kernels::correlate_input_gradient<1, 0>(w, y, dx, slopes); }
};

// The same by Winograd. It is compared with the multiply-adds that it saves, so `of_peak` may be above 1.
template <class E, int C, int H, int O>
struct Winograd : Convolution<E, C, H, O, 3> {
    static inline kernels::WinogradMemory<E, C, O, true> memory{};
    static inline kernels::WinogradGradientMemory<E, C, O> gradient_memory{};

    void forward() { kernels::winograd<0>(this->x, this->w, this->b, this->y, memory); }
    void weights() { kernels::winograd_weight_gradient<0>(this->x, this->y, this->dw, this->db, gradient_memory); }
    void inputs() { kernels::winograd_input_gradient<0>(this->w, this->y, this->dx, memory); }
};

// A correlation with stride 2 and padding, and the same by Winograd.
template <class E, int C, int H, int O, bool ByWinograd>
struct Strided {
    static constexpr int OH = slide(H, 3, 2, 1);
    static constexpr double work = 9.0 * O * C * OH * OH * width<E>;
    static constexpr std::size_t bytes = sizeof(E) * (C * H * H + O * OH * OH) + sizeof(float) * (O * C * 9 + O);
    Tensor<E, Shape<C, H, H>>&x = filled<Tensor<E, Shape<C, H, H>>, 1>(), &dx = filled<Tensor<E, Shape<C, H, H>>, 2>();
    Tensor<E, Shape<O, OH, OH>>& y = filled<Tensor<E, Shape<O, OH, OH>>, 3>();
    Tensor<float, Shape<O, C, 3, 3>>&w = filled<Tensor<float, Shape<O, C, 3, 3>>, 4>(),
                                 &dw = filled<Tensor<float, Shape<O, C, 3, 3>>, 5>();
    Tensor<float, Shape<O>>&b = filled<Tensor<float, Shape<O>>, 6>(), &db = filled<Tensor<float, Shape<O>>, 7>();
    static inline Tensor<E, Shape<C, H + 2, H + 2>> padded{};
    static inline kernels::WinogradMemory<E, C, O, true, 2> memory{};
    static inline kernels::WinogradGradientMemory<E, C, O, 2> gradient_memory{};

    void forward() {
        if constexpr (ByWinograd) {
            kernels::winograd_strided(x, w, b, y, memory);
        } else {
            kernels::pad<1>(x, padded);
            kernels::correlate<2>(padded, w, b, y);
        }
    }
    void weights() {
        if constexpr (ByWinograd) {
            kernels::winograd_weight_gradient<1, 2>(x, y, dw, db, gradient_memory);
        } else {
            kernels::pad<1>(x, padded);
            kernels::correlate_weight_gradient<2>(padded, y, dw, db);
        }
    }
    void inputs() {
        Nothing none;
        if constexpr (ByWinograd)
            kernels::winograd_strided_input_gradient(w, y, dx, memory);
        else
            kernels::correlate_input_gradient<2, 1>(w, y, dx, none);
    }
};

// A matrix product of I inputs and O outputs, and its adjoints.
template <class E, int I, int O>
struct Product {
    static constexpr double work = 1.0 * I * O * width<E>;
    static constexpr std::size_t bytes = sizeof(E) * (I + O) + sizeof(float) * (I * O + O);
    Tensor<E, Shape<I>>&x = filled<Tensor<E, Shape<I>>, 1>(), &dx = filled<Tensor<E, Shape<I>>, 2>();
    Tensor<E, Shape<O>>& y = filled<Tensor<E, Shape<O>>, 3>();
    Tensor<float, Shape<O, I>>&w = filled<Tensor<float, Shape<O, I>>, 4>(),
                           &dw = filled<Tensor<float, Shape<O, I>>, 5>();
    Tensor<float, Shape<O>>&b = filled<Tensor<float, Shape<O>>, 6>(), &db = filled<Tensor<float, Shape<O>>, 7>();

    void forward() { kernels::product(x, w, b, y); }
    void weights() { kernels::product_weight_gradient(x, y, dw, db); }
    void inputs() { kernels::product_input_gradient(w, y, dx); }
};

// An M x K matrix of elements times a K x N matrix, each of which may be transposed.
template <class E, int M, int K, int N>
struct Matrices {
    static constexpr double work = 1.0 * M * K * N * width<E>;
    static constexpr std::size_t bytes = sizeof(E) * (M * K + K * N + M * N);
    Tensor<E, Shape<M, K>>& a = filled<Tensor<E, Shape<M, K>>, 1>();
    Tensor<E, Shape<K, N>>& b = filled<Tensor<E, Shape<K, N>>, 2>();
    Tensor<E, Shape<M, N>>& y = filled<Tensor<E, Shape<M, N>>, 3>();

    void plain() { kernels::matrix_product<false, false, M, N, K>(a.data, b.data, y.data); }
    void transposed() { kernels::matrix_product<false, true, M, N, K>(a.data, b.data, y.data); }
    void first_transposed() { kernels::matrix_product<true, false, M, N, K>(a.data, b.data, y.data); }
};

// Parameters at their starting values. Zeros that nobody wrote share one page of memory, which is slower.
template <class Layer, class Parameters>
Parameters initialized() {
    Parameters parameters{};
    Random random{Seed{1}};
    initialize<Layer>(parameters, random);
    return parameters;
}

// A layer along time, and its adjoints.
template <class Layer, class X, class E>
struct AlongTime {
    using S = scalar_t<E>;
    using Y = output_t<Layer, X>;
    static constexpr double work = static_cast<double>(multiply_adds<Layer, X>()) * width<E>;
    static constexpr std::size_t bytes = sizeof(E) * (X::count + Y::count) + sizeof(parameters_t<Layer, S, X>);
    Tensor<E, X>&x = filled<Tensor<E, X>, 1>(), &dx = filled<Tensor<E, X>, 2>();
    Tensor<E, Y>& y = filled<Tensor<E, Y>, 3>();
    static inline const parameters_t<Layer, S, X> parameters = initialized<Layer, parameters_t<Layer, S, X>>();
    static inline gradients_t<Layer, S, X> gradients{};
    static inline scratch_t<Layer, E, X> scratch{};
    static inline Nothing none{};

    void forward() { Layer::forward(x, y, context(gradients)); }
    void weights() { Layer::backward(x, y, y, none, context(gradients)); }
    void inputs() { Layer::backward(x, y, y, dx, context(none)); }

  private:
    static auto context(auto& sums) { return Context{parameters, sums, none, none, none, none, scratch, Pass{}}; }
};

template <class Work, void (Work::*Run)()>
void run(benchmark::State& state) {
    Work work;
    for (auto _ : state) {
        (work.*Run)();
        benchmark::ClobberMemory();
    }
    report(state, Work::work, Work::bytes);
}

#define KILN_SPEED(name, step, ...) BENCHMARK(run<__VA_ARGS__, &__VA_ARGS__::step>)->Name(name "/" #step)
#define KILN_SPEED_MATRICES(name, ...)         \
    KILN_SPEED(name, plain, __VA_ARGS__);      \
    KILN_SPEED(name, transposed, __VA_ARGS__); \
    KILN_SPEED(name, first_transposed, __VA_ARGS__)
#define KILN_SPEED_TRAINING(name, ...)      \
    KILN_SPEED(name, forward, __VA_ARGS__); \
    KILN_SPEED(name, weights, __VA_ARGS__); \
    KILN_SPEED(name, inputs, __VA_ARGS__)

using L = Lanes<float, native_lanes>;
using L4 = Lanes<float, 4 * native_lanes>;

KILN_SPEED_TRAINING("conv 1x28 8x3x3", Convolution<L, 1, 28, 8, 3>);
KILN_SPEED("conv 1x28 8x3x3", pool, Convolution<L, 1, 28, 8, 3>);
KILN_SPEED_TRAINING("conv 1x28 10x5x5", Convolution<L, 1, 28, 10, 5>);
KILN_SPEED_TRAINING("conv 10x12 20x5x5", Convolution<L, 10, 12, 20, 5>);
KILN_SPEED("conv 10x12 20x5x5", pool, Convolution<L, 10, 12, 20, 5>);
KILN_SPEED_TRAINING("conv 32x34 32x3x3", Convolution<L, 32, 34, 32, 3>);
KILN_SPEED_TRAINING("conv 64x18 64x3x3", Convolution<L, 64, 18, 64, 3>);
KILN_SPEED_TRAINING("conv 32x34 32x3x3, Winograd", Winograd<L, 32, 34, 32>);
KILN_SPEED_TRAINING("conv 64x18 64x3x3, Winograd", Winograd<L, 64, 18, 64>);
KILN_SPEED_TRAINING("conv 16x32 32x3x3, stride 2", Strided<L, 16, 32, 32, false>);
KILN_SPEED_TRAINING("conv 16x32 32x3x3, stride 2, Winograd", Strided<L, 16, 32, 32, true>);
KILN_SPEED_TRAINING("conv 32x16 64x3x3, stride 2", Strided<L, 32, 16, 64, false>);
KILN_SPEED_TRAINING("conv 32x16 64x3x3, stride 2, Winograd", Strided<L, 32, 16, 64, true>);
KILN_SPEED_TRAINING("conv 7x13 11x3x3, primes", Convolution<L, 7, 13, 11, 3>);
KILN_SPEED_TRAINING("one sample, conv 32x34 32x3x3", Convolution<float, 32, 34, 32, 3>);
KILN_SPEED_TRAINING("one sample, conv 10x12 20x5x5", Convolution<float, 10, 12, 20, 5>);

KILN_SPEED_TRAINING("linear 1352-10", Product<L, 1352, 10>);
KILN_SPEED_TRAINING("linear 320-120", Product<L, 320, 120>);
KILN_SPEED_TRAINING("linear 784-128, 4 vectors", Product<L4, 784, 128>);
KILN_SPEED_TRAINING("linear 784-512, 4 vectors", Product<L4, 784, 512>);
KILN_SPEED_TRAINING("linear 97-31, primes", Product<L, 97, 31>);
KILN_SPEED("one sample, linear 1352-10", forward, Product<float, 1352, 10>);
KILN_SPEED_TRAINING("one sample, linear 784-128", Product<float, 784, 128>);
KILN_SPEED("one sample, linear 32-32", forward, Product<float, 32, 32>);

KILN_SPEED_MATRICES("matrices 64x64 64x64", Matrices<L, 64, 64, 64>);
KILN_SPEED_MATRICES("matrices 32x32 32x32, 4 vectors", Matrices<L4, 32, 32, 32>);
KILN_SPEED_MATRICES("one sample, matrices 64x64 64x64", Matrices<float, 64, 64, 64>);
KILN_SPEED_MATRICES("one sample, matrices 16x32 32x16", Matrices<float, 16, 32, 16>);
KILN_SPEED_MATRICES("one sample, matrices 17x23 23x37, primes", Matrices<float, 17, 23, 37>);

KILN_SPEED_TRAINING("64 frames, linear 128-384", AlongTime<Each<Linear<128, 384>>, Shape<64, 128>, L>);
KILN_SPEED_TRAINING("64 frames, linear 512-128", AlongTime<Each<Linear<512, 128>>, Shape<64, 512>, L>);
KILN_SPEED_TRAINING("one sample, 64 frames, linear 128-384", AlongTime<Each<Linear<128, 384>>, Shape<64, 128>, float>);
KILN_SPEED_TRAINING("one sample, 64 frames, linear 512-128", AlongTime<Each<Linear<512, 128>>, Shape<64, 512>, float>);
KILN_SPEED_TRAINING("512 frames, causal 8-8x3", AlongTime<CausalConv1d<8, 8, 3, 2>, Shape<512, 8>, L>);
KILN_SPEED_TRAINING("128 frames, conv 64-64x3", AlongTime<Conv1d<64, 64, 3, 1, 1>, Shape<128, 64>, L>);
KILN_SPEED_TRAINING("one sample, 512 frames, causal 8-8x3", AlongTime<CausalConv1d<8, 8, 3, 2>, Shape<512, 8>, float>);

// A block of frames of one stream through a causal convolution: its share of the peak, and its time.
template <int Frames, int Channels>
struct Block {
    using Layer = CausalConv1d<Channels, Channels, 3, 8>;
    using X = Shape<Frames, Channels>;
    static constexpr double work = 3.0 * Channels * Channels * Frames;
    static constexpr std::size_t bytes = sizeof(carry_t<Layer, float, X>) + sizeof(prepared_t<Layer, float, X>);
    Tensor<float, X>&x = filled<Tensor<float, X>, 1>(), &y = filled<Tensor<float, X>, 2>();
    static inline const parameters_t<Layer, float, X> parameters = initialized<Layer, parameters_t<Layer, float, X>>();
    static inline prepared_t<Layer, float, X> prepared{};
    static inline carry_t<Layer, float, X> carry{};

    Block() { Layer::prepare(parameters, prepared); }
    void step() { Layer::step(x, y, carry, StepContext{parameters, prepared}); }
};
KILN_SPEED("stream, 1 frame, causal 8-8x3", step, Block<1, 8>);
KILN_SPEED("stream, 64 frames, causal 8-8x3", step, Block<64, 8>);
KILN_SPEED("stream, 1 frame, causal 16-16x3", step, Block<1, 16>);
KILN_SPEED("stream, 64 frames, causal 16-16x3", step, Block<64, 16>);

}  // namespace
}  // namespace kiln::speed

BENCHMARK_MAIN();
