// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.causal_conv1d
#include <kiln/laws/check_lengths.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/conv1d.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <memory>
#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<CausalConv1d<3, 2, 3>, Shape<5, 3>>);
static_assert(CausalConv1d<3, 2, 3, 4>::shape({2, 3}).fits &&
              CausalConv1d<3, 2, 3, 4>::shape({2, 3}).out == Extents{2, 2});
static_assert(!CausalConv1d<3, 2, 3>::shape({5, 4}).fits && !CausalConv1d<3, 2, 3, 0>::shape({5, 3}).fits);
static_assert(!CausalConv1d<3, 2, 2'000, 2'000'000>::shape({5, 3}).fits);
static_assert(std::is_same_v<CausalConv1d<3, 2, 3>::repair<Shape<5, 4>>, CausalConv1d<4, 2, 3>>);
static_assert(multiply_adds<CausalConv1d<1, 1, 3>, Shape<4, 1>>() == 9);  // without what is before the first frame
static_assert(CausalConv1d<3, 2, 1>::framewise({5, 3}) && !CausalConv1d<3, 2, 2>::framewise({5, 3}));

BOOST_AUTO_TEST_CASE(causal_conv1d_obeys_the_laws) {
    require_layer_laws<CausalConv1d<3, 5, 3, 2>, Shape<9, 3>>();
    require_layer_laws<CausalConv1d<4, 4, 3, 2, 4, Bias::none>, Shape<9, 4>>();
    require_layer_laws<CausalConv1d<2, 3, 2, 9>, Shape<5, 2>>();
    require_layer_laws<CausalConv1d<6, 4, 2, 1, 2>, Shape<4, 6>>();
    require_layer_laws<CausalConv1d<2, 3, 1>, Shape<5, 2>>();
}

// y[t] of a convolution padded on both sides, for the first T frames.
BOOST_AUTO_TEST_CASE(causal_conv1d_sees_no_later_frame) {
    const auto causal = std::make_unique<Instance<CausalConv1d<3, 4, 3, 2>, Shape<20, 3>, double>>(1);
    const auto padded = std::make_unique<Instance<Conv1d<3, 4, 3, 1, 4, 2>, Shape<20, 3>, double>>(1);
    padded->parameters.weight = causal->parameters.weight;
    padded->parameters.bias = causal->parameters.bias;
    padded->x = causal->x;
    causal->forward();
    padded->forward();
    for (int i = 0; i < causal->y.count; ++i) BOOST_TEST(causal->y[i] == padded->y[i]);
}

BOOST_AUTO_TEST_CASE(a_shorter_sample_has_its_own_outputs) {
    BOOST_TEST((check_lengths<CausalConv1d<3, 2, 3, 2>, Shape<9, 3>>()));
    BOOST_TEST((check_lengths<CausalConv1d<3, 34, 3>, Shape<12, 3>>()));
}

namespace {

/// Whether a stream in blocks of First, then of Next frames each has the bits of the whole sequence.
template <class L, class E, int Frames, int In, int First, int Next>
bool streams(auto finish) {
    using X = Shape<Frames, In>;
    const auto all = std::make_unique<Instance<L, X, E>>(1);
    constexpr int out = output_t<L, X>::extents[1];
    if constexpr (std::is_same_v<decltype(finish), kernels::Unchanged>)
        all->forward();
    else {
        scratch_t<L, E, X> scratch;
        L::forward(all->x, all->y,
                   Context{all->parameters, all->gradients, all->state, all->observed, all->statistics, all->tape,
                           scratch, Pass{}},
                   finish);
    }
    const auto prepared = std::make_unique<prepared_t<L, scalar_t<E>, X>>();
    const auto carry = std::make_unique<carry_t<L, E, X>>();
    L::prepare(all->parameters, *prepared);
    L::reset(*carry, all->parameters);
    const StepContext at{all->parameters, *prepared};
    int t = 0;
    bool same = true;
    const auto step = [&]<int N>(std::integral_constant<int, N>) {
        Tensor<E, Shape<N, In>> x;
        Tensor<E, Shape<N, out>> y;
        for (int i = 0; i < x.count; ++i) x.data[i] = all->x.data[t * In + i];
        L::step(x, y, *carry, at, finish);
        for (int i = 0; i < y.count; ++i)
            for (int l = 0; l < width<E>; ++l) same = same && lane(y.data[i], l) == lane(all->y.data[t * out + i], l);
        t += N;
    };
    step(std::integral_constant<int, First>{});
    while (t + Next <= Frames) step(std::integral_constant<int, Next>{});
    return same && t > Frames - Next;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stream_in_blocks_has_the_bits_of_the_whole_sequence, E,
                              decltype(std::tuple<float, double, Lanes<float, 16>>{})) {
    constexpr kernels::Unchanged plain;
    BOOST_TEST((streams<CausalConv1d<3, 5, 3, 7>, E, 60, 3, 1, 1>(plain)));
    BOOST_TEST((streams<CausalConv1d<3, 5, 3, 7>, E, 300, 3, 17, 29>(plain)));
    BOOST_TEST((streams<CausalConv1d<8, 8, 2, 40>, E, 500, 8, 64, 64>(plain)));
    BOOST_TEST((streams<CausalConv1d<8, 8, 3>, E, 500, 8, 3, 200>(plain)));  // longer than the ring's block
    BOOST_TEST((streams<CausalConv1d<4, 6, 3, 2, 2>, E, 80, 4, 5, 3>(plain)));
    BOOST_TEST((streams<CausalConv1d<40, 90, 2>, E, 80, 40, 5, 3>(plain)));
    BOOST_TEST((streams<CausalConv1d<2, 2, 1>, E, 20, 2, 5, 3>(plain)));
    BOOST_TEST((streams<CausalConv1d<8, 8, 3, 2>, E, 80, 8, 5, 3>(kernels::Apply<Tanh>{})));
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_reset_begins_anew) {
    using L = CausalConv1d<1, 1, 2>;
    const parameters_t<L, float, Shape<1, 1>> parameters{{1, 2}, {0}};
    prepared_t<L, float, Shape<1, 1>> prepared;
    L::prepare(parameters, prepared);
    carry_t<L, float, Shape<1, 1>> carry;
    for (int again = 0; again < 2; ++again) {
        L::reset(carry, parameters);
        Tensor<float, Shape<2, 1>> y;
        L::step(Tensor<float, Shape<2, 1>>{3, 5}, y, carry, StepContext{parameters, prepared});
        BOOST_TEST((y == Tensor<float, Shape<2, 1>>{6, 13}));
    }
}
