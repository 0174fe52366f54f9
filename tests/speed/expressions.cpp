// SPDX-License-Identifier: BSL-1.0
// Layers and losses whose derivatives nobody wrote, beside those that are written by hand: forward and backward
// together. Each pair has one name; `by_hand` is the library's layer or loss, or its kernels called in a row.

#include <kiln/expressions/expressed.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/binary_cross_entropy.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/hinge.hpp>
#include <kiln/losses/huber.hpp>
#include <kiln/losses/kl_divergence.hpp>
#include <kiln/losses/mean_absolute_error.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/hana/define_struct.hpp>

#include "expressions/expressed_losses.hpp"
#include "laws/instance.hpp"
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <type_traits>

namespace kiln::speed {
namespace {

using Sixteen = Lanes<float, 16>;

template <int In, int Out>
struct Dense : Expressed<Dense<In, Out>> {
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<Out, In>>, weight), (Tensor<S, Shape<Out>>, bias));
    };
    static constexpr auto express(auto x, auto weight, auto bias) { return tanh(affine(weight, x, bias)); }
};

template <class S, int D>
struct AttentionParameters {
    BOOST_HANA_DEFINE_STRUCT(AttentionParameters, (Tensor<S, Shape<D, D>>, q), (Tensor<S, Shape<D, D>>, k),
                             (Tensor<S, Shape<D, D>>, v));
};
template <int D>
struct Attention : Expressed<Attention<D>> {
    template <class S, class>
    using Parameters = AttentionParameters<S, D>;
    static constexpr auto express(auto x, auto q, auto k, auto v) {
        const auto scores = matmul(matmul(x, q), transpose(matmul(x, k)));
        return matmul(softmax(scale(scores, 0.35355339), Axis{-1}), matmul(x, v));
    }
};

/// The same by hand: the library's kernels in a row.
template <int T, int D>
struct AttentionByHand {
    using Rows = Shape<T, D>;
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    template <class S, class>
    using Parameters = AttentionParameters<S, D>;
    template <class E, class>
    struct Tape {
        Tensor<E, Rows> q, k, v;
        Tensor<E, Shape<T, T>> p;
    };
    template <class E, class, Wanted>
    struct Scratch {
        Tensor<E, Rows> dq, dk, dv, part;
        Tensor<E, Shape<T, T>> dp;
    };
    static constexpr kernels::AxisSizes rows{T, T, 1};
    static constexpr kernels::MatrixSteps plain{D, 1};

    template <bool Transposed, class E>
    static void times(const Tensor<E, Rows>& x, const auto& w, Tensor<E, Rows>& y) {
        if constexpr (std::is_same_v<E, float>)
            kernels::matrix_product<false, Transposed, T, D, D>(x.data, w.data, y.data);
        else
            kernels::mixed_product<T, D, D, plain, Transposed ? plain.transposed() : plain, plain>(x.data, w.data,
                                                                                                   Nothing{}, y.data);
    }
    template <class E>
    static void scale(Tensor<E, Shape<T, T>>& scores) {
        for (E& score : scores) kernels::store(kernels::load<E>(&score) * E(0.35355339f), &score);
    }
    template <class E>
    static void forward(const Tensor<E, Rows>& x, Tensor<E, Rows>& y, auto at) {
        auto& tape = at.tape;
        times<false>(x, at.parameters.q, tape.q);
        times<false>(x, at.parameters.k, tape.k);
        times<false>(x, at.parameters.v, tape.v);
        kernels::matrix_product<false, true, T, T, D>(tape.q.data, tape.k.data, tape.p.data);
        scale(tape.p);
        kernels::softmax_over_axis<rows>(tape.p.data, tape.p.data);
        kernels::matrix_product<false, false, T, D, T>(tape.p.data, tape.v.data, y.data);
    }
    template <class E>
    static void backward(const Tensor<E, Rows>& x, const auto&, const Tensor<E, Rows>& dy, auto& dx, auto at) {
        auto& tape = at.tape;
        auto& own = at.scratch;
        kernels::matrix_product<true, false, T, D, T>(tape.p.data, dy.data, own.dv.data);
        kernels::matrix_product<false, true, T, T, D>(dy.data, tape.v.data, own.dp.data);
        kernels::softmax_over_axis_slope<rows, false>(tape.p.data, own.dp.data, own.dp.data);
        scale(own.dp);
        kernels::matrix_product<false, false, T, D, T>(own.dp.data, tape.k.data, own.dq.data);
        kernels::matrix_product<true, false, T, D, T>(own.dp.data, tape.q.data, own.dk.data);
        const auto add = [&](const auto& slope, const auto& w, auto& gradient, bool first) {
            kernels::mixed_product_gradient<D, D, T, plain, plain>(x.data, slope.data, gradient.data);
            times<true>(slope, w, own.part);
            for (int i = 0; i < T * D; ++i) {
                const E part = kernels::load<E>(own.part.data + i);
                kernels::store(first ? part : part + kernels::load<E>(dx.data + i), dx.data + i);
            }
        };
        add(own.dq, at.parameters.q, at.gradients.q, true);
        add(own.dk, at.parameters.k, at.gradients.k, false);
        add(own.dv, at.parameters.v, at.gradients.v, false);
    }
};

template <class L, class In, class E>
void run_layer(benchmark::State& state) {
    const auto layer = std::make_unique<laws::Instance<L, In, E>>(1);
    Nothing none;
    scratch_t<L, E, In> scratch;
    const auto context = [&] {
        return Context{layer->parameters, layer->gradients, layer->state,          none, none,
                       layer->tape,       scratch,          Pass{.training = true}};
    };
    for (auto _ : state) {
        L::forward(layer->x, layer->y, context());
        benchmark::ClobberMemory();
        L::backward(layer->x, layer->y, layer->dy, layer->dx, context());
        benchmark::ClobberMemory();
    }
}

template <class L, class Out, class E>
void run_loss(benchmark::State& state) {
    Random random{Seed{1}};
    Tensor<E, Out> y, dy;
    Targets<L, Out, E> targets{};
    laws::fill(y, random, 3);
    if constexpr (std::is_same_v<typename L::template Target<Out>, int>) {
        for (int& label : targets) label = random.below(Out::count);
    } else {
        laws::fill(targets, random, 0.5f);
        for (E& target : targets) target = target + E(0.5f);
    }
    const L loss{};
    const E weight(0.1f);
    for (auto _ : state) {
        E value = loss(y, targets, weight, dy);
        benchmark::DoNotOptimize(value);
        benchmark::ClobberMemory();
    }
}

void add(const std::string& name, auto by_hand, auto expressed) {
    benchmark::RegisterBenchmark((name + "/by_hand").c_str(), by_hand);
    benchmark::RegisterBenchmark((name + "/expressed").c_str(), expressed);
}
template <class E>
void add_layers(const std::string& elements) {
    add("dense_128_64/" + elements, run_layer<Sequential<Linear<128, 64>, Tanh>, Shape<128>, E>,
        run_layer<Dense<128, 64>, Shape<128>, E>);
    add("dense_128_10/" + elements, run_layer<Sequential<Linear<128, 10>, Tanh>, Shape<128>, E>,
        run_layer<Dense<128, 10>, Shape<128>, E>);
    add("attention_8_8/" + elements, run_layer<AttentionByHand<8, 8>, Shape<8, 8>, E>,
        run_layer<Attention<8>, Shape<8, 8>, E>);
    add("attention_16_32/" + elements, run_layer<AttentionByHand<16, 32>, Shape<16, 32>, E>,
        run_layer<Attention<32>, Shape<16, 32>, E>);
}
template <class E, int N>
void add_losses(const std::string& elements) {
    using namespace laws;
    using Out = Shape<N>;
    const std::string size = '_' + std::to_string(N) + '/' + elements;
    add("mean_squared_error" + size, run_loss<MeanSquaredError, Out, E>, run_loss<SquaredErrors, Out, E>);
    add("mean_absolute_error" + size, run_loss<MeanAbsoluteError, Out, E>, run_loss<AbsoluteErrors, Out, E>);
    add("huber" + size, run_loss<Huber, Out, E>, run_loss<Robust, Out, E>);
    add("binary_cross_entropy" + size, run_loss<BinaryCrossEntropy, Out, E>, run_loss<YesOrNo, Out, E>);
    add("kl_divergence" + size, run_loss<KLDivergence, Out, E>, run_loss<Divergence, Out, E>);
    add("hinge" + size, run_loss<Hinge, Out, E>, run_loss<Margins<N>, Out, E>);
    add("cross_entropy" + size, run_loss<CrossEntropy, Out, E>, run_loss<NegativeLogLikelihood, Out, E>);
}

}  // namespace
}  // namespace kiln::speed

int main(int argc, char** argv) {
    using namespace kiln::speed;
    add_layers<Sixteen>("lanes");
    add_layers<float>("float");
    add_losses<Sixteen, 10>("lanes");
    add_losses<Sixteen, 100>("lanes");
    add_losses<float, 10>("float");
    add_losses<float, 100>("float");
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
