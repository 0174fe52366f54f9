// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.gated
#include <kiln/core/lanes.hpp>
#include <kiln/layers/gated.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"
#include "layers/functions.hpp"

#include <cmath>
#include <limits>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;

// Not fused: their slope is not a function of their output.
template <class L>
concept Unfusible = !Pointwise<L> && Layer<L, Shape<7>> && Layer<L, Shape<2, 3, 4>>;
static_assert(Unfusible<GELU> && Unfusible<SiLU> && Unfusible<HardSwish>);
static_assert(GELU::shape({8, 2}).fits && GELU::shape({8, 2}).out == Extents{8, 2});
static_assert(multiply_adds<GELU, Shape<8, 26, 26>>() == 3 * 5408 && multiply_adds<SiLU, Shape<5>>() == 5);

static_assert(GELU::gate(-200.0f) == 0 && SiLU::gate(-2e8f) == 0 && HardSwish::gate(1e30) == 1);
static_assert(GELU::slope(-200.0f) == 0 && SiLU::slope(2e8f) == 1 && HardSwish::slope(-1e30) == 0);

using Elements = std::tuple<float, double, Lanes<float, 4>, Lanes<float, 16>, Lanes<double, 4>>;

namespace {

// ---- PyTorch 1.13 in double: x, y, derivative

constexpr Point gelu_points[] = {{-200, 0, 0},
                                 {-8, -4.884981308350689e-15, -3.9807546004751306e-14},
                                 {-3, -0.00404969409489031, -0.01194564720418392},
                                 {-1.5, -0.10021080190328704, -0.1274691922299796},
                                 {-0.5, -0.15426876936299344, 0.13250487534383712},
                                 {0, 0, 0.5},
                                 {0.25, 0.14967658142073093, 0.695373354883636},
                                 {1, 0.841344746068543, 1.0833154705876864},
                                 {3, 2.99595030590511, 1.011945647204184},
                                 {200, 200, 1}};
constexpr Point silu_points[] = {{-200, 0, 0},
                                 {-8, -0.002682801043731825, -0.0023465512355853157},
                                 {-1.5, -0.2736382857095345, -0.041294154299142946},
                                 {-0.5, -0.1887703343990727, 0.2600388126973482},
                                 {0, 0, 0.5},
                                 {0.25, 0.14054412522144952, 0.6237100215701977},
                                 {5, 4.966535745378576, 1.0265474324296655},
                                 {200, 200, 1}};
constexpr Point hard_swish_points[] = {{-200, 0, 0},      {-3, 0, -0.5},
                                       {-1.5, -0.375, 0}, {-0.5, -0.20833333333333334, 0.33333333333333337},
                                       {0, 0, 0.5},       {1, 0.6666666666666666, 0.8333333333333333},
                                       {3, 3, 1.5},       {5, 5, 1},
                                       {200, 200, 1}};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(gated_activations_are_those_of_pytorch, E, Elements) {
    check_points<GELU, E>(gelu_points, 4);
    check_points<SiLU, E>(silu_points, 4);
    check_points<HardSwish, E>(hard_swish_points, 2);
}

// The bounds that the header claims for floats; for doubles, where long double is a wider reference, the same in their
// spacing.
BOOST_AUTO_TEST_CASE_TEMPLATE(gated_activations_are_as_accurate_as_they_claim, E, Elements) {
    using Wide = long double;
    constexpr double spacing = std::numeric_limits<scalar_t<E>>::epsilon() / 0x1p-23;
    const auto check = [&](FunctionErrors errors) {
        BOOST_TEST(errors.value_relative <= 2e-7 * spacing);
        BOOST_TEST(errors.slope <= 2.5e-7 * spacing);
        BOOST_TEST(errors.value_ulp > 0.4);  // was compared with itself
    };
    const auto normal = [](Wide x) { return std::erfc(-x * 0.7071067811865475244L) / 2; };
    const auto gelu = [&](Wide x) { return x * normal(x); };
    const auto gelu_slope = [&](Wide x) { return normal(x) + x * std::exp(-x * x / 2) * 0.398942280401432678L; };
    check(function_errors<GELU, E>(-40, 40, gelu, gelu_slope));
    const auto sigmoid = [](Wide x) { return 1 / (1 + std::exp(-x)); };
    const auto silu = [&](Wide x) { return x * sigmoid(x); };
    const auto silu_slope = [&](Wide x) { return sigmoid(x) * (1 + x * sigmoid(-x)); };
    check(function_errors<SiLU, E>(-110, 40, silu, silu_slope));
    const auto hard_swish = [](Wide x) { return x * std::fmin(std::fmax(x + 3, 0.0L), 6.0L) / 6; };
    const auto hard_swish_slope = [](Wide x) { return x < -3 ? 0 : x > 3 ? 1 : x / 3 + 0.5L; };
    check(function_errors<HardSwish, E>(-10, 10, hard_swish, hard_swish_slope));
}

using Layers = std::tuple<GELU, SiLU, HardSwish>;

BOOST_AUTO_TEST_CASE_TEMPLATE(gated_activations_of_large_numbers_are_their_limits, L, Layers) {
    const auto check = []<class E>(E) {
        using S = scalar_t<E>;
        constexpr S largest = std::numeric_limits<S>::max(), nan = std::numeric_limits<S>::quiet_NaN();
        Instance<L, Shape<4>, E> layer(1);
        layer.x = {largest, -largest, S(-200), nan};
        layer.dy = {S(1), S(1), S(1), S(1)};
        layer.forward();
        layer.backward();
        for (int l = 0; l < width<E>; ++l) {
            BOOST_TEST(lane(layer.y[0], l) == largest);
            BOOST_TEST(lane(layer.dx[0], l) == 1);
            BOOST_TEST(lane(layer.y[1], l) == 0);
            BOOST_TEST(lane(layer.dx[1], l) == 0);
            BOOST_TEST(std::abs(lane(layer.y[2], l)) <= S(3e-38));
            BOOST_TEST(std::isnan(lane(layer.y[3], l)));
            BOOST_TEST(std::isnan(lane(layer.dx[3], l)));
        }
    };
    check(0.0f), check(0.0), check(Lanes<float, 16>(0)), check(Lanes<double, 4>(0));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(gated_activations_obey_the_laws_of_layers, L, Layers) {
    require_layer_laws<L, Shape<2, 3, 5>>();
    require_gradient_law<L, Shape<33>>();
    using Net = Sequential<Linear<5, 19>, L, Linear<19, 3>>;
    require_gradient_law<Net, Shape<5>>();
    require_lanes_law<Net, Shape<5>>();
    BOOST_TEST((counted_multiply_adds<Net, Shape<5>>()) == (kiln::multiply_adds<Net, Shape<5>>()));
}
