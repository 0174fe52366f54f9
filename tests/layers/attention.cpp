// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.attention
#include <kiln/laws/check_lengths.hpp>
#include <kiln/laws/check_stream.hpp>
#include <kiln/layers/attention.hpp>
#include <kiln/layers/conv1d.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool1d.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/graph.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/described.hpp"
#include "laws/layer.hpp"

#include <cmath>
#include <memory>
#include <string_view>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

// ---- Shapes ----

static_assert(Layer<Attention<2>, Shape<5, 4>> && Layer<CausalAttention<2>, Shape<5, 4>>);
static_assert(std::is_same_v<output_t<Attention<2>, Shape<5, 4>>, Shape<5, 4>>);
static_assert(std::is_same_v<output_t<Attention<2>, Shapes<Shape<5, 4>, Shape<7, 4>>>, Shape<5, 4>>);

template <class L, class Need, class... In>
inline constexpr bool lacks =
    !L::shape(In::extents...).fits && std::is_same_v<typename L::template needs<Shapes<In...>>, Need>;
static_assert(lacks<Attention<3>, features_divisible_by<3>, Shape<5, 4>>);
static_assert(lacks<CausalAttention<3>, features_divisible_by<3>, Shape<5, 4>>);
static_assert(std::is_same_v<Attention<3>::needs<Shape<5, 4>>, features_divisible_by<3>>);
static_assert(lacks<Attention<2>, rank<2>, Shape<20>> && lacks<CausalAttention<2>, rank<2>, Shape<2, 2, 2>>);
static_assert(lacks<Attention<0>, positive_arguments, Shape<5, 4>>);
static_assert(lacks<Attention<2>, real_numbers, Tokens<9, 5, 4>>);
static_assert(lacks<Attention<2>, equal_columns, Shape<5, 4>, Shape<5, 6>>);
static_assert(lacks<Attention<2>, equal_rows, Shape<5, 4>, Shape<5, 4>, Shape<6, 4>>);
static_assert(lacks<CausalAttention<2>, inputs<1>, Shape<5, 4>, Shape<5, 4>>);
static_assert(lacks<Attention<2>, inputs<3>, Shape<5, 4>, Shape<5, 4>, Shape<5, 4>, Shape<5, 4>>);
static_assert(lacks<Attention<1>, fewer_elements, Shape<1, 40'000>>);

// PyTorch's names.
constexpr auto& learned = schema<parameters_t<Sequential<CausalAttention<2>>, float, Shape<5, 4>>>;
static_assert(learned.size() == 4 && std::string_view(learned[0].name.c_str()) == "0.in_proj_weight" &&
              std::string_view(learned[1].name.c_str()) == "0.in_proj_bias" &&
              std::string_view(learned[2].name.c_str()) == "0.out_proj.weight" &&
              std::string_view(learned[3].name.c_str()) == "0.out_proj.bias");
static_assert(learned[0].extents == Extents{12, 4} && learned[2].extents == Extents{4, 4});
constexpr auto& unbiased = schema<parameters_t<Attention<2, Bias::none>, float, Shape<5, 4>>>;
static_assert(unbiased.size() == 2 && std::string_view(unbiased[1].name.c_str()) == "out_proj.weight");

// ---- Laws ----

BOOST_AUTO_TEST_CASE(attention_obeys_the_laws_of_layers) {
    require_layer_laws<Attention<1>, Shape<1, 1>>();
    require_layer_laws<Attention<2>, Shape<5, 4>>();
    require_layer_laws<Attention<3, Bias::none>, Shape<9, 15>>();
    require_gradient_law<Attention<1>, Shape<17, 18>>();
    require_lanes_law<Attention<1>, Shape<17, 18>>();
}

BOOST_AUTO_TEST_CASE(causal_attention_obeys_the_laws_of_layers) {
    require_layer_laws<CausalAttention<1>, Shape<1, 1>>();
    require_layer_laws<CausalAttention<2>, Shape<5, 4>>();
    require_layer_laws<CausalAttention<3, Bias::none>, Shape<9, 15>>();
    require_gradient_law<CausalAttention<1>, Shape<17, 18>>();
    require_lanes_law<CausalAttention<1>, Shape<17, 18>>();
    require_lanes_law<CausalAttention<2>, Shape<40, 32>>();
    require_lanes_law<Over<Lanes<float, 32>, On<CausalAttention<2>, Shape<9, 6>>>>(5e-6);
    require_lanes_law<Over<Lanes<double, 8>, On<CausalAttention<2>, Shape<9, 6>>>>(1e-14);
}

namespace {
using Two = Graph<Input<"q">, Input<"x">, Node<"y", Attention<2>, "q", "x">, Output<"y">>;
using Three = Graph<Input<"q">, Input<"k">, Input<"v">, Node<"y", Attention<2>, "q", "k", "v">, Output<"y">>;
// Queries, keys and values from one input, which is read by others as well.
using Around = Graph<Input<"x">, Node<"a", Reshape<3, 4>, "x">, Node<"y", Attention<2>, "a", "a", "a">,
                     Node<"sum", Add, "a", "y">, Output<"sum">>;
}  // namespace

BOOST_AUTO_TEST_CASE(attention_to_other_frames_obeys_the_laws) {
    require_gradient_law<Attention<2>, Shapes<Shape<3, 4>, Shape<5, 4>>>();
    require_gradient_law<Attention<2, Bias::none>, Shapes<Shape<3, 4>, Shape<5, 4>, Shape<5, 4>>>();
    require_gradient_law<Two, Shapes<Shape<3, 4>, Shape<5, 4>>>();
    require_gradient_law<Three, Shapes<Shape<3, 4>, Shape<5, 4>, Shape<5, 4>>>();
    require_layer_laws<Around, Shape<12>>();
}

// ---- Other programs ----

BOOST_AUTO_TEST_CASE(attention_is_described_for_other_programs) {
    BOOST_TEST((check_described<Attention<2>, Shape<5, 4>>()) <= 3e-6);
    BOOST_TEST((check_described<CausalAttention<3>, Shape<7, 6>>()) <= 3e-6);
    BOOST_TEST((check_described<CausalAttention<2, Bias::none>, Shape<7, 6>>()) <= 3e-6);
    BOOST_TEST((check_described<Around, Shape<12>>()) <= 3e-6);
}

// ---- Meaning ----

namespace {
template <class L, class In>
auto layer_at(std::uint64_t seed) {
    auto layer = std::make_unique<Instance<L, In, float>>(seed);
    layer->infer();
    return layer;
}
}  // namespace

BOOST_AUTO_TEST_CASE(one_input_or_the_same_three_times_give_the_same) {
    const auto one = layer_at<Attention<2>, Shape<5, 4>>(1);
    Instance<Attention<2>, Shapes<Shape<5, 4>, Shape<5, 4>, Shape<5, 4>>, float> three(2);
    three.parameters = one->parameters;
    three.x = {one->x, one->x, one->x};
    three.infer();
    BOOST_TEST(distance(three.y, one->y) <= 1e-6);
    Instance<Attention<2>, Shapes<Shape<5, 4>, Shape<5, 4>>, Lanes<float, 16>> two(2);
    two.parameters = one->parameters;
    for (int i = 0; i < 20; ++i) two.x.get<0>()[i] = two.x.get<1>()[i] = one->x[i];
    two.infer();
    BOOST_TEST(distance(lane_of(two.y, 5), one->y) <= 1e-6);
}

BOOST_AUTO_TEST_CASE(a_causal_frame_sees_no_later_frame) {
    const auto whole = layer_at<CausalAttention<2>, Shape<21, 6>>(1);
    Instance<CausalAttention<2>, Shape<21, 6>, float> changed(1);
    for (int i = 9 * 6; i < 21 * 6; ++i) changed.x[i] += 1;
    changed.infer();
    for (int i = 0; i < 9 * 6; ++i) BOOST_TEST(changed.y[i] == whole->y[i]);
    BOOST_TEST(changed.y[9 * 6] != whole->y[9 * 6]);
    // The first frames are those of a shorter sequence, bit for bit.
    Instance<CausalAttention<2>, Shape<9, 6>, float> shorter(1);
    shorter.parameters = whole->parameters;
    for (int i = 0; i < 9 * 6; ++i) shorter.x[i] = whole->x[i];
    shorter.infer();
    for (int i = 0; i < 9 * 6; ++i) BOOST_TEST(shorter.y[i] == whole->y[i]);
}

namespace {
template <class E>
void require_exact_zeros() {
    constexpr int T = 10;
    Instance<CausalAttention<1>, Shape<T, 2>, E> layer(1);
    layer.forward();
    constexpr int room = kernels::share_room<E, T>, rows = kernels::detail::head_tile<E>().outer;
    for (int t = 0; t < T; ++t) {
        double sum = 0;
        for (int k = 0; k < T; ++k) {
            const auto share = lane(layer.tape.shares[t * room + k], 0);
            if (k <= t)
                sum += static_cast<double>(share);
            else if (k < t / rows * rows + rows)  // within the block of rows; others are never read
                BOOST_TEST(share == 0);
        }
        BOOST_TEST(std::abs(sum - 1) < 1e-5);
    }
}
}  // namespace

BOOST_AUTO_TEST_CASE(shares_of_later_frames_are_exact_zeros) {
    require_exact_zeros<float>();
    require_exact_zeros<Lanes<float, 16>>();
}

// ---- Lengths ----

namespace {
// One sample of 5 frames, and the same one with padding.
template <class L, int T>
void require_padding_is_unseen() {
    constexpr int D = 6, length = 5;
    Instance<L, Shape<length, D>, float> own(1);
    Instance<L, Shape<T, D>, float> padded(2);
    padded.parameters = own.parameters;
    padded.lengths = &length;
    for (int i = 0; i < T * D; ++i) {
        padded.dy[i] = i < length * D ? own.dy[i] : 0;
        if (i < length * D) padded.x[i] = own.x[i];
    }
    own.forward(), padded.forward();
    own.backward(), padded.backward();
    for (int i = 0; i < T * D; ++i) {
        if (i < length * D) BOOST_TEST(padded.y[i] == own.y[i]);
        BOOST_TEST(padded.dx[i] == (i < length * D ? own.dx[i] : 0));
    }
    padded.infer();
    for (int i = 0; i < length * D; ++i) BOOST_TEST(padded.y[i] == own.y[i]);
}
}  // namespace

BOOST_AUTO_TEST_CASE(padding_is_seen_by_nobody) {
    BOOST_TEST((check_lengths<Attention<2>, Shape<7, 4>>()));
    BOOST_TEST((check_lengths<CausalAttention<2>, Shape<7, 4>>()));
    require_padding_is_unseen<Attention<2>, 9>();
    require_padding_is_unseen<Attention<2>, 40>();
    require_padding_is_unseen<CausalAttention<3>, 20>();
}

// Attention as a node: keys of the same frames as the queries, keys of every other frame, and queries of fewer frames
// than the keys.
BOOST_AUTO_TEST_CASE(padding_of_another_input_is_seen_by_nobody) {
    using Same = Graph<Input<"x">, Node<"a", Each<Linear<4, 4>>, "x">, Node<"y", Attention<2>, "x", "a">, Output<"y">>;
    using Pooled = Graph<Input<"x">, Node<"k", AveragePool1d<2>, "x">, Node<"v", Conv1d<4, 4, 2, 2>, "x">,
                         Node<"y", Attention<2>, "x", "k", "v">, Output<"y">>;
    using Fewer = Graph<Input<"x">, Node<"q", Conv1d<4, 4, 3, 2>, "x">, Node<"y", Attention<1>, "q", "x">,
                        Node<"last", Last, "y">, Output<"last">>;
    BOOST_TEST((check_lengths<Same, Shape<7, 4>>()));
    BOOST_TEST((check_lengths<Pooled, Shape<7, 4>>()));
    BOOST_TEST((check_lengths<Fewer, Shape<7, 4>>()));
}

// ---- Starting values ----

// Within sqrt(6 / (4 D)) and 1 / sqrt(D); a uniform number's variance is a third of its bound's square.
BOOST_AUTO_TEST_CASE(weights_start_as_those_of_pytorch) {
    parameters_t<Attention<4>, float, Shape<1, 64>> weights{};
    Random random{Seed{1}};
    Attention<4>::initialize(weights, random);
    const auto variance = [](const auto& tensor) {
        double sum = 0;
        for (const float x : tensor) sum += static_cast<double>(x) * static_cast<double>(x) / tensor.count;
        return sum;
    };
    BOOST_TEST(std::abs(variance(part_of<0>(weights).in_proj_weight) * 3 / (6.0 / 256) - 1) < 0.05);
    BOOST_TEST(magnitude(part_of<0>(weights).in_proj_weight) <= std::sqrt(6.0 / 256));
    BOOST_TEST(std::abs(variance(part_of<1>(weights).weight) * 3 * 64 - 1) < 0.05);
    BOOST_TEST(magnitude(part_of<1>(weights).weight) <= 0.125);
    BOOST_TEST(magnitude(part_of<0>(weights).in_proj_bias) == 0);
    BOOST_TEST(magnitude(part_of<1>(weights).bias) == 0);
}

BOOST_AUTO_TEST_CASE(a_stream_in_blocks_has_the_bits_of_the_whole_sequence) {
    BOOST_TEST((check_stream<CausalAttention<2>, Shape<12, 6>, float>()));
    BOOST_TEST((check_stream<CausalAttention<1, Bias::none>, Shape<12, 3>, double>()));
    BOOST_TEST((check_stream<CausalAttention<5>, Shape<12, 20>, Lanes<float, 16>>()));
}
