// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.wavenet
#include <kiln/laws/check_lengths.hpp>
#include <kiln/laws/check_stream.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/gated.hpp>
#include <kiln/layers/wavenet.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <memory>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

using One = WaveNet<1, WaveNetStack<3, 2, 2, Dilations<1, 3>, Tanh>>;
using Two = WaveNet<2, WaveNetStack<3, 4, 3, Dilations<2, 1>, Tanh, Gates::none, Bias::none>,
                    WaveNetStack<4, 3, 2, Dilations<1, 7, 2>, ReLU>>;
using WithGates = WaveNet<1, WaveNetStack<2, 3, 2, Dilations<1, 2>, Tanh, Gates::sigmoid, Bias::none>,
                          WaveNetStack<3, 1, 2, Dilations<1, 3>, SiLU, Gates::sigmoid>>;
using Selfgated = WaveNet<1, WaveNetStack<2, 1, 2, Dilations<1, 2>, HardSwish>>;
using Leaky = WaveNet<1, WaveNetStack<2, 1, 2, Dilations<1, 2>, LeakyReLU<>>>;

}  // namespace

static_assert(Layer<One, Shape<5, 1>>);
static_assert(One::receptive_field({5, 1}) == 1 + 4 && Two::receptive_field({5, 2}) == 1 + 6 + 10);
static_assert(One::shape({5, 1}).fits && One::shape({5, 1}).out == Extents{5, 2});
static_assert(!One::shape({5, 2}).fits && !One::shape({5}).fits && !WaveNet<1>::shape({5, 1}).fits);
static_assert(!WaveNet<1, WaveNetStack<3, 2, 2, Dilations<1, 0>, Tanh>>::shape({5, 1}).fits);
static_assert(!WaveNet<1, WaveNetStack<3, 2, 2, Dilations<>, Tanh>>::shape({5, 1}).fits);
static_assert(!WaveNet<1, WaveNetStack<3, 0, 2, Dilations<1>, Tanh>>::shape({5, 1}).fits);
static_assert(!WaveNet<1, WaveNetStack<3, 2, 2, Dilations<1>, One>>::shape({5, 1}).fits);
static_assert(
    !WaveNet<1, WaveNetStack<3, 2, 2, Dilations<1>, Tanh>, WaveNetStack<3, 2, 2, Dilations<1>, Tanh>>::shape({5, 1})
         .fits);
static_assert(!WaveNet<1, WaveNetStack<3, 2, 2'000, Dilations<2'000'000>, Tanh>>::shape({5, 1}).fits);

BOOST_AUTO_TEST_CASE(wavenet_obeys_the_laws) {
    require_layer_laws<One, Shape<5, 1>>();
    // A slope of the input passes all layers, and is the sum of what comes from each: some more roundings.
    require_layer_laws<Two, Shape<6, 2>>({.constant = 3e-6});
    require_layer_laws<WithGates, Shape<5, 1>>({.constant = 3e-6});
    require_layer_laws<Selfgated, Shape<5, 1>>();
    require_layer_laws<Leaky, Shape<5, 1>>();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stream_in_blocks_has_the_bits_of_the_whole_sequence, E,
                              decltype(std::tuple<float, double, Lanes<float, 16>>{})) {
    BOOST_TEST((check_stream<One, Shape<12, 1>, E>()));
    BOOST_TEST((check_stream<Two, Shape<12, 2>, E>()));
    BOOST_TEST((check_stream<WithGates, Shape<12, 1>, E>()));
}

namespace {

/// Whether a stream in blocks of N frames has the bits of the whole sequence, which is longer than the rings.
template <class E, int N>
bool streams() {
    constexpr int frames = 400;
    using L = WaveNet<1, WaveNetStack<3, 2, 3, Dilations<1, 40>, Tanh, Gates::sigmoid>,
                      WaveNetStack<2, 1, 2, Dilations<64, 7>, Tanh>>;
    using X = Shape<frames, 1>;
    const auto all = std::make_unique<Instance<L, X, E>>(1);
    all->forward();
    const auto carry = std::make_unique<carry_t<L, E, X>>();
    const prepared_t<L, scalar_t<E>, X> prepared{};
    set_bits(*carry);
    L::reset(*carry, all->parameters);
    bool same = true;
    for (int t = 0; t + N <= frames; t += N) {
        Tensor<E, Shape<N, 1>> x, y;
        for (int i = 0; i < N; ++i) x.data[i] = all->x.data[t + i];
        L::step(x, y, *carry, StepContext{all->parameters, prepared});
        for (int i = 0; i < N; ++i)
            for (int l = 0; l < width<E>; ++l) same = same && lane(y.data[i], l) == lane(all->y.data[t + i], l);
    }
    return same;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_long_stream_has_the_bits_of_the_whole_sequence, E,
                              decltype(std::tuple<float, double, Lanes<float, 16>>{})) {
    BOOST_TEST((streams<E, 1>()));
    BOOST_TEST((streams<E, 7>()));
    BOOST_TEST((streams<E, 64>()));
    BOOST_TEST((streams<E, 90>()));
}

BOOST_AUTO_TEST_CASE(a_shorter_sample_has_its_own_outputs) { BOOST_TEST((check_lengths<Two, Shape<9, 2>>())); }
