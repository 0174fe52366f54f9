// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE model.stream
#include <kiln/layers/activation.hpp>
#include <kiln/layers/attention.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/embedding.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/layers/position.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/stream.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/graph.hpp>
#include <kiln/nets/join.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

using namespace kiln;

namespace {

using Filter = Model<Sequential<CausalConv1d<2, 3, 3>, Tanh, Each<Linear<3, 2>>>, Shape<8, 2>>;
using Recurrent = Model<GRU<2, 5>, Shape<4, 2>>;

Tensor<float, Shape<8, 2>> some_frames() {
    Tensor<float, Shape<8, 2>> x;
    Random random{Seed{3}};
    for (float& value : x) value = random.normal();
    return x;
}

// ---- Types and constants

static_assert(std::is_same_v<Stream<Filter>::Frame, Tensor<float, Shape<2>>> &&
              std::is_same_v<Stream<Recurrent>::OutputFrame, Tensor<float, Shape<5>>>);
static_assert(std::is_same_v<Stream<Filter, Lanes<float, 16>>::Frame, Tensor<Lanes<float, 16>, Shape<2>>>);
static_assert(Stream<Filter>::receptive_field == 3 && Stream<Recurrent>::receptive_field == unlimited);
static_assert(Stream<Filter>::latency == 0);
static_assert(Stream<Recurrent>::carry_bytes == 8 * sizeof(float));  // five units in a pack of eight
static_assert(Stream<Model<Tanh, Shape<4, 2>>>::carry_bytes == 0);
static_assert(std::is_same_v<decltype(Stream{std::declval<const Prepared<Filter>&>()}), Stream<Filter>>);
static_assert(!std::is_constructible_v<Stream<Filter>, Prepared<Filter>>);  // it would not outlive the stream
static_assert(std::is_trivially_copyable_v<Stream<Recurrent>>);

// Weights once, each in the order of its use; biases of recurrent layers are added up.
static_assert(sizeof(Prepared<Model<GRU<16, 16>, Shape<4, 16>>>) < sizeof(Model<GRU<16, 16>, Shape<4, 16>>));

// Wide frames go in small blocks.
static_assert(Stream<Filter>::block == 64 && Stream<Model<Tanh, Shape<2, 512>>>::block == 16);
static_assert(Stream<Model<Tanh, Shape<2, 512>>, Lanes<float, 16>>::block == 1);

// ---- A network in a constant

constexpr Filter constant_filter = [] {
    Filter filter;
    filter.initialize(Seed{5});
    return filter;
}();
constexpr Prepared<Filter> constant_prepared{constant_filter};
static_assert([] {
    Stream<Filter> stream{constant_prepared};
    Tensor<float, Shape<8, 2>> x;
    for (int i = 0; i < x.count; ++i) x[i] = static_cast<float>(i % 5) - 2;
    const auto y = constant_filter.predict(x);
    for (int t = 0; t < 8; ++t) {
        const auto next = stream.step({x(t, 0), x(t, 1)});
        if (next[0] != y(t, 0) || next[1] != y(t, 1)) return false;
    }
    return true;
}());
static_assert([] {  // recurrent layers, attention and positions too
    using M = Model<Sequential<Position<3, 2>, CausalAttention<1>, LSTM<2, 2>>, Shape<3, 2>>;
    M model;
    model.initialize(Seed{5});
    const Prepared<M> prepared{model};
    Stream<M> stream{prepared};
    const Tensor<float, Shape<3, 2>> x{1, 2, -1, 0, 3, 1};
    return stream.step(x) == model.predict(x);
}());

}  // namespace

BOOST_AUTO_TEST_CASE(frames_blocks_and_spans_are_the_same_sequence) {
    const Filter model{Seed{1}};
    const Prepared<Filter> prepared{model};
    const auto x = some_frames();
    const auto y = model.predict(x);

    Stream<Filter> single{prepared}, blocks{prepared}, spans{prepared};
    for (int t = 0; t < 8; ++t) BOOST_TEST(single.step({x(t, 0), x(t, 1)})[1] == y(t, 1));
    BOOST_TEST((blocks.step(x) == y));
    std::vector<float> out(16);
    spans.step({x.data, 10}, {out.data(), 10});  // five frames, then three
    spans.step({x.data + 10, 6}, {out.data() + 10, 6});
    BOOST_TEST(out == std::vector<float>(y.begin(), y.end()), boost::test_tools::per_element());
    spans.step(std::span<const float>{}, std::span<float>{});  // of no frame
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_reset_begins_anew) {
    const Recurrent model{Seed{1}};
    const Prepared<Recurrent> prepared{model};
    Stream<Recurrent> stream{prepared};
    const auto first = stream.step({1, -2});
    const auto second = stream.step({1, -2});
    BOOST_TEST(!(first == second));
    stream.reset();
    BOOST_TEST((stream.step({1, -2}) == first));
}

BOOST_AUTO_TEST_CASE(a_copy_of_a_stream_has_the_past_of_the_stream) {
    const Recurrent model{Seed{1}};
    const Prepared<Recurrent> prepared{model};
    Stream<Recurrent> stream{prepared};
    stream.step({1, -2});
    Stream<Recurrent> copy = stream;
    BOOST_TEST((stream.step({0, 1}) == copy.step({0, 1})));
}

// The model may change or end: its numbers have been copied.
BOOST_AUTO_TEST_CASE(a_prepared_model_needs_the_model_no_more) {
    Filter model{Seed{1}};
    const Prepared<Filter> prepared{model};
    const auto x = some_frames();
    const auto y = model.predict(x);
    model = Filter{};
    BOOST_TEST((Stream<Filter>{prepared}.step(x) == y));
}

// A convolution keeps its inputs, whatever the weights are: so the past is that of the other weights' stream.
BOOST_AUTO_TEST_CASE(a_stream_goes_on_with_other_numbers) {
    using M = Model<CausalConv1d<1, 2, 3>, Shape<6, 1>>;
    const M before{Seed{1}}, after{Seed{2}};
    const Prepared<M> old{before}, fresh{after};
    Stream<M> stream{old};
    const Tensor<float, Shape<6, 1>> x{1, -2, 3, -4, 5, -6};
    const auto y = before.predict(x), z = after.predict(x);
    for (int t = 0; t < 6; ++t) {
        if (t == 3) stream.use(fresh);
        const auto out = stream.step({x[t]});
        BOOST_TEST(out[0] == (t < 3 ? y : z)(t, 0));
        BOOST_TEST(out[1] == (t < 3 ? y : z)(t, 1));
    }
}

BOOST_AUTO_TEST_CASE(a_stream_of_tokens_takes_tokens) {
    using M = Model<Sequential<Embedding<9, 4>, Position<5, 4>, GRU<4, 3>>, Tokens<9, 5>>;
    static_assert(std::is_same_v<Stream<M>::Frame, Tensor<float, Tokens<9, 1>>>);
    const M model{Seed{1}};
    const Prepared<M> prepared{model};
    Stream<M> stream{prepared};
    const Tensor<float, Tokens<9, 5>> x{{3, 8, 0, 1, 3}};
    const auto y = model.predict(x);
    Stream<M>::Frame token;
    for (int t = 0; t < 5; ++t) {
        token[0] = x[t];
        const Tensor<float, Shape<1, 3>> next = stream.step(token);
        for (int i = 0; i < 3; ++i) BOOST_TEST(next[i] == y(t, i));
    }
}

BOOST_AUTO_TEST_CASE(several_signals_stream_side_by_side) {
    using Net = Graph<Input<"voice">, Input<"noise">, Node<"a", CausalConv1d<2, 3, 2>, "voice">,
                      Node<"b", Each<Linear<1, 3>>, "noise">, Node<"sum", Add, "a", "b">, Node<"end", Tanh, "sum">,
                      Output<"end", "a">>;
    using M = Model<Net, Shapes<Shape<4, 2>, Shape<4, 1>>>;
    const M model{Seed{1}};
    const Prepared<M> prepared{model};
    Stream<M> stream{prepared};
    Tensor<float, Shapes<Shape<4, 2>, Shape<4, 1>>> x;
    for (int i = 0; i < x.count; ++i) x[i] = static_cast<float>(i % 3) - 1;
    const auto y = model.predict(x);
    BOOST_TEST((stream.step(x) == y));
    stream.reset();
    for (int t = 0; t < 4; ++t) {
        Stream<M>::Frame frame;
        for (int i = 0; i < 2; ++i) frame.get<0>()[i] = x.get<0>()(t, i);
        frame.get<1>()[0] = x.get<1>()(t, 0);
        const auto next = stream.step(frame);
        for (int i = 0; i < 3; ++i) {
            BOOST_TEST(next.get<0>()[i] == y.get<0>()(t, i));
            BOOST_TEST(next.get<1>()[i] == y.get<1>()(t, i));
        }
    }
}

BOOST_AUTO_TEST_CASE(lanes_are_voices_that_do_not_mix) {
    using E = Lanes<float, 4>;
    const Recurrent model{Seed{1}};
    const Prepared<Recurrent> prepared{model};
    Stream<Recurrent, E> all{prepared}, one{prepared};
    Tensor<E, Shape<2>> x{E(1.0f), E(2.0f)};
    const auto y = one.step(x);
    set_lane(x[0], 3, 7.0f);
    const auto z = all.step(x);
    for (int i = 0; i < 5; ++i)
        for (int l = 0; l < 4; ++l) BOOST_TEST((lane(y[i], l) == lane(z[i], l)) == (l < 3));
}

// A frame sees the last T frames: then a stream of any length repeats itself with its input.
BOOST_AUTO_TEST_CASE(attention_beyond_its_frames_sees_the_last_ones) {
    using M = Model<CausalAttention<1>, Shape<3, 2>>;
    const M model{Seed{1}};
    const Prepared<M> prepared{model};
    Stream<M> stream{prepared};
    std::array<Tensor<float, Shape<2>>, 12> y;
    for (int t = 0; t < 12; ++t) y[static_cast<std::size_t>(t)] = stream.step({t < 2 ? 50.0f : 1.0f * (t % 3), -1});
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(y[11][i] == y[8][i]);
        BOOST_TEST(y[5][i] == y[8][i]);  // frames 0 and 1 are forgotten
        BOOST_TEST(y[2][i] != y[8][i]);
    }
}
