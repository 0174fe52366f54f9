// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE nets.streamed
#include <kiln/layers/activation.hpp>
#include <kiln/layers/attention.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/position.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/frozen.hpp>
#include <kiln/nets/graph.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/nets/streamed.hpp>

#include <boost/test/unit_test.hpp>

#include <type_traits>

using namespace kiln;

namespace {

using In = Shape<9, 4>;
template <class L, class X = In>
constexpr int field = Streamed<L, X>::receptive_field;
using Shares = Graph<Input<"x">, Node<"a", GRU<4, 4>, "x">, Node<"b", Shared<"a">, "a">, Output<"b">>;

// ---- Receptive fields

static_assert(field<Tanh> == 1 && field<Each<Linear<4, 2>>> == 1 && field<Position<9, 4>> == 1);
static_assert(field<CausalConv1d<4, 2, 3, 5>> == 11 && field<CausalAttention<2>> == 9 && field<GRU<4, 2>> == unlimited);
static_assert(field<Sequential<CausalConv1d<4, 4, 3>, Tanh, CausalConv1d<4, 4, 2, 4>>> == 7);
static_assert(field<Sum<CausalConv1d<4, 4, 3>, CausalConv1d<4, 4, 6>>> == 6);
static_assert(field<Sequential<GRU<4, 4>, CausalConv1d<4, 4, 3>>> == unlimited);
static_assert(field<Residual<Frozen<CausalConv1d<4, 4, 3>>, Tanh>> == 3);

// ---- Shapes of frames

static_assert(std::is_same_v<frames_t<In, 3>, Shape<3, 4>> && std::is_same_v<frames_t<Tokens<5, 9>, 2>, Tokens<5, 2>>);
static_assert(std::is_same_v<frames_t<Shapes<In, Shape<9, 1, 2>>, 1>, Shapes<Shape<1, 4>, Shape<1, 1, 2>>>);

}  // namespace

// Two nodes with the same weights have a past of their own, and one copy of the numbers.
BOOST_AUTO_TEST_CASE(shared_parameters_are_prepared_once) {
    using Alone = Streamed<GRU<4, 4>, In>;
    using Both = Streamed<Shares, In>;
    BOOST_TEST(sizeof(Both::Prepared) == sizeof(Alone::Prepared));
    BOOST_TEST(sizeof(Both::Carry<float>) == 2 * sizeof(Alone::Carry<float>));
}
