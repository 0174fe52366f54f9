// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE model.stream_one_of
#include <kiln/layers/activation.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/stream_one_of.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "allocations.hpp"

#include <span>
#include <vector>

using namespace kiln;

namespace {

using In = Shape<16, 1>;
using Convolved = Model<Sequential<CausalConv1d<1, 4, 3, 2>, Tanh, CausalConv1d<4, 1, 1>>, In>;
using Remembering = Model<Sequential<GRU<1, 6>, Each<Linear<6, 1>>>, In>;
using Net = OneOf<Convolved, Remembering>;

Tensor<float, In> sound() {
    Tensor<float, In> x;
    for (int t = 0; t < 16; ++t) x[t] = static_cast<float>(t % 5) - 2;
    return x;
}

/// Whether a stream of the net has the bits of the model's prediction, in frames, blocks and spans.
template <class M>
bool streams_as(const M& model, int index) {
    const Net net = model;
    const Prepared<Net> prepared{net};
    Stream<Net> stream{prepared};
    const auto x = sound(), y = model.predict(x);
    bool same = prepared.index() == index && stream.index() == index;
    for (int t = 0; t < 16; ++t) same = same && stream.step({x[t]})[0] == y[t];
    stream.reset();
    const auto block = stream.step(x);
    same = same && block == y;
    stream.reset();
    std::vector<float> out(16);
    stream.step(std::span(x.data, 5), std::span(out).first(5));
    stream.step(std::span(x.data + 5, 11), std::span(out).subspan(5));
    for (int t = 0; t < 16; ++t) same = same && out[static_cast<std::size_t>(t)] == y[t];
    return same;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_stream_is_that_of_the_model_that_is_there) {
    BOOST_TEST(streams_as(Convolved{Seed{1}}, 0));
    BOOST_TEST(streams_as(Remembering{Seed{2}}, 1));
}

BOOST_AUTO_TEST_CASE(voices_stream_too) {
    const Net net = Remembering{Seed{3}};
    const Prepared<Net> prepared{net};
    const Prepared<Remembering> alone{*net.get_if<Remembering>()};
    Stream<Net, Lanes<float, 4>> voices{prepared};
    Stream<Remembering, Lanes<float, 4>> expected{alone};
    for (int t = 0; t < 8; ++t) {
        Lanes<float, 4> x;
        for (int l = 0; l < 4; ++l) set_lane(x, l, static_cast<float>(t * l % 3));
        const auto y = voices.step({x})[0], z = expected.step({x})[0];
        for (int l = 0; l < 4; ++l) BOOST_TEST(lane(y, l) == lane(z, l));
    }
}

BOOST_AUTO_TEST_CASE(a_stream_goes_on_with_other_numbers_of_its_model) {
    const Net before = Convolved{Seed{5}}, after = Convolved{Seed{6}};
    const Prepared<Net> old{before}, fresh{after};
    Stream<Net> stream{old};
    const auto x = sound(), y = before.predict(x), z = after.predict(x);
    for (int t = 0; t < 16; ++t) {  // the convolution keeps inputs, whatever its weights are
        if (t == 8) stream.use(fresh);
        BOOST_TEST(stream.step({x[t]})[0] == (t < 8 ? y : z)[t]);
    }
}

BOOST_AUTO_TEST_CASE(streams_allocate_nothing) {
    const Net net = Remembering{Seed{4}};
    const int before = allocations;
    const Prepared<Net> prepared{net};
    Stream<Net> stream{prepared};
    float sum = 0;
    for (int t = 0; t < 8; ++t) sum += stream.step({1})[0];
    BOOST_TEST(allocations == before);
    BOOST_TEST(sum != 0);
}
