// SPDX-License-Identifier: BSL-1.0
// The compiler's verdicts on networks that do not fit, as types: cheap, and exact to the last fact. tests/refuses
// checks that the same types stand in its error message.

#include <kiln/layers/activation.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/layers/softmax.hpp>
#include <kiln/losses/binary_cross_entropy.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/kl_divergence.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/train/options.hpp>

#include <type_traits>
#include <utility>

using namespace kiln;

namespace {

template <class Net, class In, class Expected>
inline constexpr bool says = std::is_same_v<decltype(verdict<Net, In>()), Expected>;
template <class Where, class Layer, class Need, class In, class... Repair>
using mismatch = shape_mismatch<Where, Layer, expects<Need>, got<In>, try_this<Repair>...>;

using Digit = Shape<1, 28, 28>;
using Maps = Shape<8, 13, 13>;
using Card = Sequential<Conv<1, 8, 3>, ReLU, Pool<2>, Linear<1000, 10>>;
static_assert(says<Card, Digit, mismatch<layer<3>, Linear<1000, 10>, elements<1000>, Maps, Linear<1352, 10>>>);

// ---- One layer by itself has no position ----

static_assert(says<Linear<3, 2>, Shape<4>, mismatch<layer<>, Linear<3, 2>, elements<3>, Shape<4>, Linear<4, 2>>>);
static_assert(says<Conv<1, 8, 3>, Maps, mismatch<layer<>, Conv<1, 8, 3>, channels<1>, Maps, Conv<8, 8, 3>>>);
static_assert(says<Conv<1, 8, 3>, Shape<784>, mismatch<layer<>, Conv<1, 8, 3>, rank<3>, Shape<784>>>);
static_assert(says<Conv<1, 8, 3>, Shape<28, 28>, mismatch<layer<>, Conv<1, 8, 3>, rank<3>, Shape<28, 28>>>);
static_assert(says<Conv<8, 8, 14>, Maps, mismatch<layer<>, Conv<8, 8, 14>, map_of_at_least<14, 14>, Maps>>);
static_assert(says<Conv<8, 8, 18, 1, 2>, Maps, mismatch<layer<>, Conv<8, 8, 18, 1, 2>, map_of_at_least<14, 14>, Maps>>);
static_assert(says<Pool<14>, Maps, mismatch<layer<>, Pool<14>, map_of_at_least<14, 14>, Maps>>);
static_assert(says<Pool<2>, Shape<8, 1, 2>, mismatch<layer<>, Pool<2>, map_of_at_least<2, 2>, Shape<8, 1, 2>>>);
static_assert(says<Pool<2>, Shape<64>, mismatch<layer<>, Pool<2>, rank<3>, Shape<64>>>);

template <class L, class In>
inline constexpr bool wants_positive = says<L, In, mismatch<layer<>, L, positive_arguments, In>>;
static_assert(wants_positive<Linear<0, 2>, Shape<4>> && wants_positive<Linear<4, 0>, Shape<4>>);
static_assert(wants_positive<Linear<-4, 2>, Shape<4>> && wants_positive<Linear<4, -2>, Shape<4>>);
static_assert(wants_positive<Conv<0, 8, 3>, Maps> && wants_positive<Conv<8, 0, 3>, Maps>);
static_assert(wants_positive<Conv<8, 8, 0>, Maps> && wants_positive<Conv<8, 8, -3>, Maps>);
static_assert(wants_positive<Conv<8, 8, 3, 0>, Maps> && wants_positive<Conv<8, 8, 3, -1>, Maps>);
static_assert(wants_positive<Conv<8, 8, 3, 1, -1>, Maps>);
static_assert(wants_positive<Pool<0>, Maps> && wants_positive<Pool<-2>, Maps>);
static_assert(wants_positive<Pool<2, 0>, Maps> && wants_positive<Pool<2, -1>, Maps>);

// ---- Numbers that no tensor can hold ----

static_assert(says<Linear<65'536, 65'536>, Shape<65'536>,
                   mismatch<layer<>, Linear<65'536, 65'536>, fewer_elements, Shape<65'536>>>);
static_assert(
    says<Conv<8, 20'000'000, 3, 1, 1>, Maps, mismatch<layer<>, Conv<8, 20'000'000, 3, 1, 1>, fewer_elements, Maps>>);
static_assert(says<Conv<8, 2, 1, 1, 1'000'000'000>, Maps,
                   mismatch<layer<>, Conv<8, 2, 1, 1, 1'000'000'000>, fewer_elements, Maps>>);
template <class In, class Need>
inline constexpr bool input_refused = says<ReLU, In, shape_mismatch<expects<Need>, got<In>>>;
static_assert(input_refused<Shape<65'536, 65'536>, fewer_elements>);
static_assert(input_refused<Shape<3, 0, 3>, positive_sizes> && input_refused<Shape<-1>, positive_sizes>);
static_assert(input_refused<Shape<>, one_to_five_dimensions> &&
              input_refused<Shape<1, 1, 1, 1, 1, 1>, one_to_five_dimensions>);
static_assert(input_refused<int, a_shape> && input_refused<ReLU, a_shape>);

// ---- Positions: the first mistake only, counted from 0, outermost first ----

template <class L, int... Position>
using wrong_linear = mismatch<layer<Position...>, L, elements<9>, Shape<8>, Linear<8, 8>>;
using Nine = Linear<9, 8>;
static_assert(says<Sequential<Nine, ReLU>, Shape<8>, wrong_linear<Nine, 0>>);
static_assert(says<Sequential<ReLU, ReLU, Sequential<Nine>>, Shape<8>, wrong_linear<Nine, 2, 0>>);
static_assert(
    says<Sequential<ReLU, Sequential<ReLU, ReLU, Sequential<Nine, Nine>>>, Shape<8>, wrong_linear<Nine, 1, 2, 0>>);
static_assert(says<Sequential<Sequential<ReLU, Nine>, Pool<2>, int>, Shape<8>, wrong_linear<Nine, 0, 1>>);
// Behind a mistake inference goes on with the output that the layer would have had: no second mistake here.
static_assert(Sequential<Nine, Linear<8, 3>>::shape(Extents{8}).out == Extents{3});
// Deep in a long chain.
template <class>
struct late;
template <std::size_t... I>
struct late<std::index_sequence<I...>> {
    using type = Sequential<std::conditional_t<I == 97, Nine, ReLU>...>;
};
static_assert(says<late<std::make_index_sequence<100>>::type, Shape<8>, wrong_linear<Nine, 97>>);

// ---- Empty chains ----

template <int... Position>
using empty = mismatch<layer<Position...>, Sequential<>, at_least_one_layer, Shape<8>>;
static_assert(says<Sequential<>, Shape<8>, empty<>>);
static_assert(says<Sequential<ReLU, Sequential<>>, Shape<8>, empty<1>>);
static_assert(says<Sequential<ReLU, Sequential<Sequential<>, ReLU>>, Shape<8>, empty<1, 0>>);

// ---- Types that lack a member of the contract ----

struct Shapeless {
    static void forward(const auto&, auto&, auto) {}
    static void backward(const auto&, const auto&, const auto&, auto&, auto) {}
};
struct ShapeOfOtherType : Shapeless {
    static constexpr bool shape(Extents) { return true; }
};
struct Same {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
};
struct Forward : Same {
    static void forward(const auto&, auto&, auto) {}
};
struct Backward : Same {
    static void backward(const auto&, const auto&, const auto&, auto&, auto) {}
};
struct ForwardReturnsSomething : Backward {
    static int forward(const auto&, auto&, auto) { return 0; }
};
template <class L, class Member, class... Ways>
inline constexpr bool lacks = says<L, Shape<8>, not_a_layer<layer<>, L, missing<Member>, Ways...>>&&
    says<Sequential<ReLU, Sequential<L>>, Shape<8>, not_a_layer<layer<1, 0>, L, missing<Member>, Ways...>>;
using Derivatives = try_one_of<way::Activation, way::express, way::backward>;
static_assert(lacks<int, member::shape> && lacks<Shape<8>, member::shape>);
static_assert(lacks<Shapeless, member::shape> && lacks<ShapeOfOtherType, member::shape>);
static_assert(lacks<Same, member::forward> && lacks<Backward, member::forward>);
static_assert(lacks<ForwardReturnsSomething, member::forward> && lacks<Forward, member::backward, Derivatives>);

// ---- Losses ----

static_assert(std::is_same_v<decltype(loss_verdict<CrossEntropy, Shape<10>>()), shapes_fit>);
static_assert(std::is_same_v<decltype(loss_verdict<CrossEntropy, Maps>()),
                             loss_mismatch<CrossEntropy, expects<rank<1>>, got<Maps>>>);

// Softmax where a loss takes logits is a mistake, wherever the last layer stands. A layer derived from Softmax is
// intended.
struct Meant : Softmax {};
template <class Last, class L, class Verdict>
inline constexpr bool judged =
    std::is_same_v<decltype(detail::training_verdict<Model<Last, Shape<3>>, L>()), Verdict>&& std::is_same_v<
        decltype(detail::training_verdict<Model<Sequential<Linear<3, 3>, Sequential<Last>>, Shape<3>>, L>()), Verdict>;
static_assert(judged<Softmax, CrossEntropy, loss_mismatch<CrossEntropy, expects<logits>, got<Softmax>>>);
static_assert(judged<Sigmoid, BinaryCrossEntropy, loss_mismatch<BinaryCrossEntropy, expects<logits>, got<Sigmoid>>>);
static_assert(
    judged<Softmax, KLDivergence, loss_mismatch<KLDivergence, expects<logarithms_of_probabilities>, got<Softmax>>>);
static_assert(judged<LogSoftmax, CrossEntropy, shapes_fit> && judged<LogSoftmax, KLDivergence, shapes_fit>);
static_assert(judged<Meant, CrossEntropy, shapes_fit> && judged<Sigmoid, MeanSquaredError, shapes_fit>);

}  // namespace
