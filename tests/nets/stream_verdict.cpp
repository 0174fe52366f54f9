// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE nets.stream_verdict
#include <kiln/expressions/expressed.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/attention.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/bidirectional.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/conv1d.hpp>
#include <kiln/layers/derived_activation.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/embedding.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/gated.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/layer_norm.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/over_time.hpp>
#include <kiln/layers/pool1d.hpp>
#include <kiln/layers/position.hpp>
#include <kiln/layers/softmax.hpp>
#include <kiln/layers/standardize.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/frozen.hpp>
#include <kiln/nets/graph.hpp>
#include <kiln/nets/identity.hpp>
#include <kiln/nets/mat_mul.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/nets/stream_verdict.hpp>

#include <boost/test/unit_test.hpp>

#include <type_traits>

using namespace kiln;

namespace {

using In = Shape<9, 4>;
template <class L, class X = In>
constexpr bool streams = std::is_same_v<decltype(stream_verdict<L, X>()), streamable>;
// ---- Layers that stream, and layers that do not

static_assert(streams<GRU<4, 2>> && streams<CausalConv1d<4, 2, 3>> && streams<CausalAttention<2>>);
static_assert(streams<Position<9, 4>> && streams<Embedding<5, 3>, Tokens<5, 9>>);
static_assert(streams<Tanh> && streams<GELU> && streams<Dropout<>> && streams<Identity> && streams<LayerNorm<4>>);
static_assert(streams<Each<Linear<4, 2>>> && streams<Each<Softmax>> && streams<Each<Frozen<BatchNorm<4>>>>);
static_assert(streams<Conv1d<4, 2, 1>> && streams<Frozen<GRU<4, 2>>> && streams<Frozen<Tanh>>);
static_assert(!streams<Conv1d<4, 2, 1, 1, 1>> && !streams<Conv1d<4, 2, 1, 2>> && !streams<Conv1d<4, 2, 3>>);
static_assert(!streams<Bidirectional<GRU<4, 2>>> && !streams<Last> && !streams<MeanOverTime> && !streams<Pool1d<1>>);
static_assert(!streams<Attention<2>> && !streams<Softmax> && !streams<Standardize> && !streams<BatchNorm<9>>);
static_assert(!streams<Linear<36, 2>> && !streams<Flatten> && !streams<Reshape<9, 2, 2>> && !streams<LayerNorm<36>>);
static_assert(!streams<Tanh, Shape<4>> && streams<Tanh, Shape<9, 1, 4, 5>>);

// ---- Containers

static_assert(streams<Sequential<GRU<4, 8>, Sequential<CausalConv1d<8, 4, 2>, Tanh>>>);
static_assert(!streams<Sequential<GRU<4, 8>, Sequential<CausalConv1d<8, 4, 2>, Last>>>);
static_assert(streams<Residual<LayerNorm<4>, CausalAttention<2>>> && !streams<Residual<LayerNorm<4>, Attention<2>>>);
static_assert(streams<Sum<GRU<4, 2>, Each<Linear<4, 2>>>> && streams<Multiply<GRU<4, 4>, Identity>>);
static_assert(!streams<Concat<GRU<4, 4>, Identity>>);  // along time
using Shares = Graph<Input<"x">, Node<"a", GRU<4, 4>, "x">, Node<"b", Shared<"a">, "a">, Output<"b">>;
static_assert(streams<Shares>);
using Two = Graph<Input<"x">, Input<"y">, Node<"a", Add, "x", "y">, Node<"b", Tanh, "a">, Output<"a", "b">>;
static_assert(streams<Two, Shapes<In, In>>);
using Scores = Graph<Input<"x">, Node<"a", MatMulTransposed, "x", "x">, Output<"a">>;
static_assert(!streams<Scores>);

// Claims of a layer are not those of a class derived from it.
struct Echo : Tanh {};
struct Own {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    static constexpr bool framewise(Extents) { return true; }
    static constexpr void forward(const auto&, auto&, auto) {}
    static constexpr void backward(const auto&, const auto&, const auto&, auto&, auto) {}
};
struct OwnEcho : Own {};
static_assert(streams<Own> && !streams<OwnEcho> && !streams<Echo>);

// A layer that does the work of the one behind it as well does not say that it is framewise.
struct OwnWithTanh {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    static constexpr void forward(const auto&, auto&, auto) {}
    static constexpr void backward(const auto&, const auto&, const auto&, auto&, auto) {}
};
struct Fusing {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    static constexpr bool framewise(Extents) { return true; }
    template <class, class... Next>
    using fused = std::conditional_t<std::is_same_v<void(Next...), void(Tanh)>, OwnWithTanh, void>;
    static constexpr void forward(const auto&, auto&, auto) {}
    static constexpr void backward(const auto&, const auto&, const auto&, auto&, auto) {}
};
static_assert(streams<Fusing> && streams<Sequential<Fusing, GELU>> && !streams<Sequential<Fusing, Tanh>>);

}  // namespace

BOOST_AUTO_TEST_CASE(networks_that_run_frame_by_frame_are_known_while_compiling) { BOOST_TEST(streams<Tanh>); }
