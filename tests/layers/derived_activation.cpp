// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.derived_activation
#include <kiln/core/functions.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/average_pool.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/conv_transpose.hpp>
#include <kiln/layers/derived_activation.hpp>
#include <kiln/layers/gated.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/nets/frozen.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"
#include "laws/layer.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

namespace {

// Functions as a user writes them.
struct Rectified {
    constexpr auto operator()(const auto& x) const { return math::max(x, 0); }
};
struct Leaky {
    constexpr auto operator()(const auto& x) const { return math::max(x, x * 0.01f); }
};
struct Clipped {
    constexpr auto operator()(const auto& x) const { return math::min(math::max(x, -1), 1); }
};
struct Square {
    constexpr auto operator()(const auto& x) const { return x * x; }
};
struct Swish {
    constexpr auto operator()(const auto& x) const { return x / (1 + math::exp(-x)); }
};
struct Logistic {
    constexpr auto operator()(const auto& x) const { return 1 / (1 + math::exp(-x)); }
};
struct ScaledTanh {  // Y. LeCun: Efficient BackProp, 1998
    constexpr auto operator()(const auto& x) const { return 1.7159f * math::tanh(x * (2 / 3.0f)); }
};
struct DistantTanh {
    constexpr auto operator()(const auto& x) const { return math::tanh(x) + 100; }
};
struct Gauss {
    constexpr auto operator()(const auto& x) const { return math::exp(-(x * x)); }
};
struct Smooth {
    constexpr auto operator()(const auto& x) const { return math::log1p(math::exp(x)); }
};
struct Exponential {
    constexpr auto operator()(const auto& x) const { return math::exp(x * 0.5f); }
};
struct ByErf {
    constexpr auto operator()(const auto& x) const { return 0.5f * x * (1 + math::erf(x * 0.70710678f)); }
};
struct Elu {
    constexpr auto operator()(const auto& x) const { return math::max(x, 0) + math::expm1(math::min(x, 0)); }
};
struct ChosenElu {
    static constexpr bool monotone = true;
    constexpr auto operator()(const auto& x) const { return math::select(x > 0, x, math::expm1(x)); }
};
struct Sine {
    constexpr auto operator()(const auto& x) const { return math::sin(x); }
};
struct Softsign {
    constexpr auto operator()(const auto& x) const { return x / (1 + math::abs(x)); }
};
struct Kept : Rectified {
    static constexpr bool keeps_slope = true;
};
struct ComputedAgain : ScaledTanh {
    static constexpr bool keeps_slope = false;
};
struct Descending {
    constexpr auto operator()(const auto& x) const { return 2 - 3 * x; }
};
struct Cube {
    constexpr auto operator()(const auto& x) const { return math::pow(x, 3); }
};
struct Steps {  // no constant: it has a number
    float height = 1;
    constexpr auto operator()(const auto& x) const { return x * height; }
};
struct Branching {
    constexpr auto operator()(const auto& x) const { return x > 0 ? x : x * 0.5f; }
};
struct NotConstexpr {
    template <class E>
    E operator()(const E& x) const {
        return x + x;
    }
};
constexpr auto mish = [](const auto& x) { return x * math::tanh(math::log1p(math::exp(x))); };

template <class... F>
inline constexpr bool monotone = (... && Activation<F>::monotone);
template <class... F>
inline constexpr bool monotone_at_all = (... || Activation<F>::monotone);
static_assert(monotone<Rectified, Leaky, Clipped, Logistic, ScaledTanh, DistantTanh, Smooth, Exponential, Elu>);
static_assert(monotone<ChosenElu, Kept, ComputedAgain>);
static_assert(!monotone_at_all<Square, Swish, Gauss, ByErf, Sine, Descending, decltype(mish)>);
static_assert(!monotone_at_all<Softsign, Cube>);  // they are, but their factors have no sign

template <class... F>
inline constexpr bool by_output = (... && (Pointwise<Activation<F>> && !FusesBehind<Activation<F>>));
template <class... F>
inline constexpr bool keeps = (... &&
                               (Activation<F>::keeps_slope && FusesBehind<Activation<F>> && !Pointwise<Activation<F>>));
template <class... F>
inline constexpr bool computes_again = (... && (FusesBehind<Activation<F>> && !Activation<F>::keeps_slope &&
                                                !Pointwise<Activation<F>>));
static_assert(by_output<Logistic, ScaledTanh, Exponential, Descending>);
static_assert(keeps<Swish, DistantTanh, Gauss, Smooth, ByErf, Elu, ChosenElu, Sine, Softsign, Kept, decltype(mish)>);
static_assert(computes_again<Rectified, Leaky, Clipped, Square, Cube, ComputedAgain>);

static_assert(std::is_empty_v<tape_t<Activation<ScaledTanh>, float, Shape<3>>>);
static_assert(sizeof(tape_t<Activation<Swish>, float, Shape<3>>) == 3 * sizeof(float));
static_assert(multiply_adds<Activation<Swish>, Shape<2, 3>>() == 0 && multiply_adds<Activation<Cube>, Shape<2>>() == 6);

static_assert(Activation<Swish>::shape({3}).fits && !Activation<Steps>::shape({3}).fits);
static_assert(!Activation<NotConstexpr>::shape({3}).fits && !Activation<Branching>::shape({3}).fits &&
              std::is_same_v<Activation<Branching>::needs<Shape<3>>, select_in_the_place_of_a_branch> &&
              !Activation<int>::shape({3}).fits);
static_assert(std::is_same_v<decltype(verdict<Sequential<Linear<2, 3>, Activation<NotConstexpr>>, Shape<2>>()),
                             shape_mismatch<layer<1>, Activation<NotConstexpr>,
                                            expects<a_constexpr_function_of_any_element>, got<Shape<3>>>>);

}  // namespace

// The oracle has floats' constants (0.01f) as doubles, as the layer has.
using Layers =
    std::tuple<Activation<Rectified>, Activation<Leaky>, Activation<Clipped>, Activation<Square>, Activation<Swish>,
               Activation<Logistic>, Activation<ScaledTanh>, Activation<DistantTanh>, Activation<Gauss>,
               Activation<Smooth>, Activation<Exponential>, Activation<ByErf>, Activation<Elu>, Activation<ChosenElu>,
               Activation<Sine>, Activation<Softsign>, Activation<Kept>, Activation<ComputedAgain>,
               Activation<Descending>, Activation<Cube>, Activation<std::remove_const_t<decltype(mish)>>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(derived_activations_obey_the_laws_of_layers, L, Layers) {
    require_gradient_law<L, Shape<37>>();
    require_lanes_law<L, Shape<37>>();
    BOOST_TEST((counted_multiply_adds<L, Shape<37>>()) == (kiln::multiply_adds<L, Shape<37>>()));
    require_claims<L, Shape<37>>();
}

BOOST_AUTO_TEST_CASE(derived_activations_are_constants_too) {
    require_constant_law<Activation<Swish>, Shape<2, 3, 5>>();
    require_constant_law<Activation<ScaledTanh>, Shape<2, 3, 5>>();
    require_constant_law<Activation<Leaky>, Shape<2, 3, 5>>();
}

// A function that is claimed to be monotone and is not would be found.
namespace {
struct SaysItRises : Square {
    static constexpr bool monotone = true;
};
static_assert(Activation<SaysItRises>::monotone);
}  // namespace
BOOST_AUTO_TEST_CASE_TEMPLATE(functions_that_are_found_or_said_to_be_monotone_are, L, Layers) {
    if constexpr (L::monotone) BOOST_TEST(!check_monotone<L>().decreases);
    BOOST_TEST(check_monotone<Activation<SaysItRises>>().decreases);
}

// The same function by hand: values of the layers of the library.
template <class Derived, class Hand, class E>
void require_same(double tolerance) {
    Instance<Derived, Shape<3, 13>, E> derived(1, 4);
    Instance<Hand, Shape<3, 13>, E> hand(1, 4);
    derived.forward(), derived.backward(), hand.forward(), hand.backward();
    for (int l = 0; l < width<E>; ++l) {
        BOOST_TEST(distance(lane_of(derived.y, l), lane_of(hand.y, l)) <= tolerance);
        BOOST_TEST(distance(lane_of(derived.dx, l), lane_of(hand.dx, l)) <= tolerance);
    }
    derived.infer();
    for (int l = 0; l < width<E>; ++l) BOOST_TEST(distance(lane_of(derived.y, l), lane_of(hand.y, l)) <= tolerance);
}
using Elements = std::tuple<float, Lanes<float, 8>, Lanes<float, 16>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(derived_activations_are_those_by_hand, E, Elements) {
    require_same<Activation<Rectified>, ReLU, E>(0);
    require_same<Activation<Leaky>, LeakyReLU<0.01>, E>(1e-6);
    require_same<Activation<Swish>, SiLU, E>(1e-6);
    require_same<Activation<ByErf>, GELU, E>(1e-6);
    require_same<Activation<Logistic>, Sigmoid, E>(1e-6);
    require_same<Activation<Smooth>, Softplus, E>(1e-6);
    require_same<Activation<Elu>, ELU<>, E>(1e-6);
}

BOOST_AUTO_TEST_CASE(training_and_inference_have_the_same_bits) {
    Instance<Activation<Swish>, Shape<37>, float> layer(1, 4);
    layer.forward();
    const auto trained = layer.y;
    layer.infer();
    BOOST_TEST((layer.y == trained));
}

namespace {
template <class Case>
using NetOf = typename Case::Layer;
template <class F>
using Fused = std::tuple<On<Sequential<Linear<5, 19>, Activation<F>, Linear<19, 3>>, Shape<5>>,
                         On<Sequential<Conv<2, 3, 3>, Activation<F>, Linear<72, 2>>, Shape<2, 6, 8>>,
                         On<Sequential<Conv<2, 3, 3>, Activation<F>, Pool<2>, Linear<18, 2>>, Shape<2, 6, 8>>,
                         On<Sequential<Conv<2, 3, 3>, Pool<2>, Activation<F>, Linear<18, 2>>, Shape<2, 6, 8>>,
                         On<Sequential<ConvTranspose<2, 3, 3>, Activation<F>, Linear<75, 2>>, Shape<2, 3, 3>>>;
template <class In, class... Layers>
constexpr std::size_t stages = Sequential<Layers...>::template stage_count<In>;
}  // namespace

static_assert(stages<Shape<5>, Linear<5, 19>, Activation<Swish>, Linear<19, 3>> == 2);
static_assert(stages<Shape<5>, Linear<5, 19>, Activation<ScaledTanh>, Linear<19, 3>> == 2);
static_assert(stages<Shape<2, 6, 8>, Conv<2, 3, 3>, Activation<Leaky>, Pool<2>, Linear<18, 2>> == 2);
static_assert(stages<Shape<2, 6, 8>, Conv<2, 3, 3>, Pool<2>, Activation<Smooth>, Linear<18, 2>> == 2);
static_assert(stages<Shape<2, 6, 8>, Conv<2, 3, 3>, Activation<Swish>, Pool<2>, Linear<18, 2>> == 3);  // not monotone
static_assert(stages<Shape<2, 7, 8>, Conv<2, 3, 3>, Activation<Leaky>, Pool<2>, Linear<18, 2>> == 3);  // a rest

using FusedNets = Joined<Fused<Leaky>, Fused<Smooth>, Fused<Swish>, Fused<Logistic>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(derived_activations_are_fused_with_the_layer_before, Case, FusedNets) {
    using Net = NetOf<Case>;
    using In = typename Case::Input;
    require_gradient_law<Net, In>();
    require_lanes_law<Net, In>();
    // Inference, where the function is an epilogue, has the results of training.
    Instance<Net, In, float> net(1);
    net.forward();
    const auto trained = net.y;
    net.infer();
    BOOST_TEST(distance(net.y, trained) <= 1e-6);
}

// Batch statistics measure slopes behind the activation.
BOOST_AUTO_TEST_CASE(derived_activations_are_fused_with_batch_norm) {
    static_assert(stages<Shape<2, 6, 8>, BatchNorm<2>, Activation<Swish>, Linear<96, 2>> == 2);
    require_gradient_law<Sequential<BatchNorm<2>, Activation<Swish>, Linear<96, 2>>, Shape<2, 6, 8>>();
    require_gradient_law<Sequential<BatchNorm<2>, Activation<Logistic>, Linear<96, 2>>, Shape<2, 6, 8>>();
}

// A frozen part stays fused.
BOOST_AUTO_TEST_CASE(derived_activations_are_fused_in_frozen_parts) {
    using Net = Sequential<Frozen<Sequential<Linear<5, 19>, Activation<Swish>>>, Linear<19, 3>>;
    static_assert(Frozen<Sequential<Linear<5, 19>, Activation<Swish>>>::stage_count<Shape<5>> == 1);
    require_gradient_law<Net, Shape<5>>();
    require_lanes_law<Net, Shape<5>>();
}
