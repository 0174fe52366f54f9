// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.activation
#include <kiln/core/lanes.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"
#include "laws/layer.hpp"
#include "layers/functions.hpp"

#include <cmath>
#include <limits>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<ReLU, Shape<3>> && Layer<Tanh, Shape<2, 3, 4>>);
static_assert(ReLU::shape({8, 26, 26}).fits && ReLU::shape({8, 26, 26}).out == Extents{8, 26, 26});
static_assert(Tanh::shape({5}).fits && Tanh::shape({5}).out == Extents{5});
static_assert(multiply_adds<ReLU, Shape<8, 26, 26>>() == 0);
static_assert(std::is_empty_v<parameters_t<ReLU, float, Shape<3>>> && std::is_empty_v<tape_t<Tanh, float, Shape<3>>>);

// Each computes f' from its output and never decreases, so it may be fused with the layer before and with pooling.
template <class L>
concept Fusible = Pointwise<L> && L::monotone && Layer<L, Shape<7>> && Layer<L, Shape<2, 3, 4>>;
static_assert(Fusible<ReLU> && Fusible<LeakyReLU<>> && Fusible<LeakyReLU<2>> && Fusible<ELU<>> && Fusible<ELU<0.1>>);
static_assert(Fusible<Tanh> && Fusible<Sigmoid> && Fusible<Softplus>);
static_assert(ELU<>::shape({8, 26, 26}).fits && ELU<>::shape({8, 26, 26}).out == Extents{8, 26, 26});
static_assert(multiply_adds<LeakyReLU<>, Shape<8, 26, 26>>() == 5408 && multiply_adds<ELU<>, Shape<7>>() == 7);

// activations_refuse_factors_that_are_not_positive
static_assert(!LeakyReLU<-0.01>::shape({3}).fits && !LeakyReLU<0>::shape({3}).fits && !ELU<-1>::shape({3}).fits);
static_assert(std::is_same_v<LeakyReLU<-0.01>::needs<Shape<3>>, positive_arguments> &&
              std::is_same_v<ELU<0.0>::needs<Shape<3>>, positive_arguments>);

// Nothing overflows on the way, in constant expressions either.
static_assert(ELU<>::value(1e8f) == 1e8f && ELU<>::value(-1e8f) == -1 && LeakyReLU<0.5>::value(-1e30f) == -5e29f);
static_assert(Sigmoid::value(-1e8f) == 0 && Sigmoid::value(200.0) == 1 && Softplus::value(1e8f) == 1e8f);
static_assert(Softplus::slope(1e8f, 2.0f) == 2 && Softplus::value(-1e8) == 0 && Softplus::slope(0.0, 1.0) == 0);

using Elements = std::tuple<float, double, Lanes<float, 4>, Lanes<float, 16>, Lanes<double, 4>>;

namespace {
template <class E>
constexpr auto infinity = std::numeric_limits<scalar_t<E>>::infinity();
template <class E>
constexpr auto not_a_number = std::numeric_limits<scalar_t<E>>::quiet_NaN();
}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(relu_keeps_what_is_positive, E, Elements) {
    using S = scalar_t<E>;
    Instance<ReLU, Shape<6>, E> relu(1);
    relu.x = {S(-2), S(-0.0), S(0), S(3.5), infinity<E>, -infinity<E>};
    relu.dy = {S(1), S(2), S(3), S(4), S(5), S(6)};
    relu.forward();
    relu.backward();
    for (int l = 0; l < width<E>; ++l) {
        BOOST_TEST((lane_of<S>(relu.y, l) == Tensor<S, Shape<6>>{0, 0, 0, S(3.5), infinity<E>, 0}));
        BOOST_TEST((lane_of<S>(relu.dx, l) == Tensor<S, Shape<6>>{0, 0, 0, 4, 5, 0}));  // the slope at 0 is 0
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(relu_lets_nan_through, E, Elements) {
    Instance<ReLU, Shape<2>, E> relu(1);
    relu.x = {not_a_number<E>, scalar_t<E>(1)};
    relu.forward();
    for (int l = 0; l < width<E>; ++l) {
        BOOST_TEST(std::isnan(lane(relu.y[0], l)));
        BOOST_TEST(lane(relu.y[1], l) == 1);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(tanh_is_that_of_the_c_library, E, Elements) {
    using S = scalar_t<E>;
    Instance<Tanh, Shape<7, 9>, E> layer(1);
    Random random{Seed{2}};
    fill(layer.x, random, 4);
    layer.forward();
    layer.backward();
    for (int l = 0; l < width<E>; ++l)
        for (int i = 0; i < layer.x.count; ++i) {
            const double expected = std::tanh(double(lane(layer.x.data[i], l)));
            const double slope = double(lane(layer.dy.data[i], l)) * (1 - expected * expected);
            // Two units in the last place of a number below 1; the slope takes the difference of two such numbers.
            constexpr double tolerance = 2 * std::numeric_limits<S>::epsilon();
            BOOST_TEST(std::abs(double(lane(layer.y.data[i], l)) - expected) <= tolerance);
            BOOST_TEST(std::abs(double(lane(layer.dx.data[i], l)) - slope) <= 2 * tolerance);
        }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(tanh_saturates_and_lets_nan_through, E, Elements) {
    using S = scalar_t<E>;
    Instance<Tanh, Shape<4>, E> layer(1);
    layer.x = {infinity<E>, S(-1e30f), S(0), not_a_number<E>};
    layer.forward();
    layer.backward();
    for (int l = 0; l < width<E>; ++l) {
        BOOST_TEST(lane(layer.y[0], l) == 1);
        BOOST_TEST(lane(layer.y[1], l) == -1);
        BOOST_TEST(lane(layer.y[2], l) == 0);
        BOOST_TEST(std::isnan(lane(layer.y[3], l)));
        BOOST_TEST(lane(layer.dx[0], l) == 0);
        BOOST_TEST(lane(layer.dx[2], l) == lane(layer.dy[2], l));
    }
}

namespace {

// ---- PyTorch 1.13 in double: x, y, derivative

constexpr Point leaky_relu_points[] = {{-200, -2, 0.01}, {-1.5, -0.015, 0.01}, {0, 0, 0.01}, {0.25, 0.25, 1},
                                       {3, 3, 1},        {200, 200, 1}};
constexpr Point leaky_relu_fifth_points[] = {{-8, -1.6, 0.2}, {-0.5, -0.1, 0.2}, {0, 0, 0.2}, {5, 5, 1}};
constexpr Point elu_points[] = {{-200, -1, 0},
                                {-8, -0.9996645373720975, 0.00033546262790251185},
                                {-1.5, -0.7768698398515702, 0.22313016014842982},
                                {-0.5, -0.3934693402873666, 0.6065306597126334},
                                {0, 0, 1},
                                {0.25, 0.25, 1},
                                {200, 200, 1}};
constexpr Point elu_half_points[] = {{-200, -0.5, 0},
                                     {-3, -0.475106465816068, 0.024893534183931972},
                                     {-0.5, -0.1967346701436833, 0.3032653298563167},
                                     {0, 0, 0.5},
                                     {5, 5, 1}};
constexpr Point sigmoid_points[] = {{-200, 0, 0},
                                    {-8, 0.0003353501304664781, 0.00033523767075647424},
                                    {-0.5, 0.3775406687981454, 0.2350037122015945},
                                    {0, 0.5, 0.25},
                                    {1, 0.7310585786300049, 0.19661193324148185},
                                    {25, 0.999999999986112, 1.3888001859448131e-11},
                                    {200, 1, 0}};
// At 25 PyTorch is past its threshold and has 25 and 1; here are more digits.
constexpr Point softplus_points[] = {{-200, 0, 0},
                                     {-8, 0.00033540637289576885, 0.00033535013046647816},
                                     {-1.5, 0.2014132779827524, 0.18242552380635632},
                                     {0, 0.6931471805599453, 0.5},
                                     {3, 3.048587351573742, 0.9525741268224333},
                                     {25, 25.000000000013888, 0.999999999986112},
                                     {200, 200, 1}};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(activations_are_those_of_pytorch, E, Elements) {
    check_points<LeakyReLU<>, E>(leaky_relu_points, 1);
    check_points<LeakyReLU<0.2>, E>(leaky_relu_fifth_points, 1);
    check_points<ELU<>, E>(elu_points, 3);
    check_points<ELU<0.5>, E>(elu_half_points, 3);
    check_points<Sigmoid, E>(sigmoid_points, 3);
    check_points<Softplus, E>(softplus_points, 3);
}

// The bounds that the header claims for floats; for doubles, where long double is a wider reference, the same in their
// spacing.
BOOST_AUTO_TEST_CASE_TEMPLATE(activations_are_as_accurate_as_they_claim, E, Elements) {
    using Wide = long double;
    constexpr double spacing = std::numeric_limits<scalar_t<E>>::epsilon() / 0x1p-23;
    const auto check = [&](FunctionErrors errors) {
        BOOST_TEST(errors.value_ulp <= 3.5);
        BOOST_TEST(errors.slope <= 1.5e-7 * spacing);
        BOOST_TEST(errors.value_ulp > 0.4);  // was compared with itself
    };
    const auto elu = [](Wide x) { return x > 0 ? x : std::expm1(x); };
    const auto elu_slope = [](Wide x) { return x > 0 ? 1 : std::exp(x); };
    check(function_errors<ELU<>, E>(-110, 20, elu, elu_slope));
    const auto sigmoid = [](Wide x) { return 1 / (1 + std::exp(-x)); };
    const auto sigmoid_slope = [&](Wide x) { return sigmoid(x) * sigmoid(-x); };
    check(function_errors<Sigmoid, E>(-110, 40, sigmoid, sigmoid_slope));
    const auto softplus = [](Wide x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); };
    check(function_errors<Softplus, E>(-110, 40, softplus, sigmoid));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(activations_of_large_numbers_are_their_limits, E, Elements) {
    using S = scalar_t<E>;
    constexpr S largest = std::numeric_limits<S>::max(), tenth = S(0.1);
    const auto check = [&]<class L>(L, S lowest, S lowest_slope) {
        Instance<L, Shape<4>, E> layer(1);
        layer.x = {infinity<E>, largest, -largest, -infinity<E>};
        layer.dy = {S(1), S(1), S(1), S(1)};
        layer.forward();
        layer.backward();
        const bool bounded = lane(layer.y[0], 0) == 1;
        for (int l = 0; l < width<E>; ++l) {
            BOOST_TEST((bounded || lane(layer.y[0], l) == infinity<E>));
            BOOST_TEST((bounded || lane(layer.y[1], l) == largest));
            BOOST_TEST(lane(layer.dx[1], l) == (bounded ? 0 : 1));
            BOOST_TEST(lane(layer.y[2], l) == lowest);
            BOOST_TEST(lane(layer.dx[2], l) == lowest_slope);
            BOOST_TEST(lane(layer.dx[3], l) == lowest_slope);
        }
    };
    check(LeakyReLU<0.1>{}, -largest * tenth, tenth);
    check(ELU<>{}, S(-1), S(0));
    check(ELU<0.1>{}, -tenth, S(0));
    check(Sigmoid{}, S(0), S(0));
    check(Softplus{}, S(0), S(0));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(activations_let_nan_through, E, Elements) {
    const auto check = [&]<class L>(L) {
        Instance<L, Shape<2>, E> layer(1);
        layer.x = {not_a_number<E>, scalar_t<E>(1)};
        layer.forward();
        for (int l = 0; l < width<E>; ++l) {
            BOOST_TEST(std::isnan(lane(layer.y[0], l)));
            BOOST_TEST(!std::isnan(lane(layer.y[1], l)));
        }
    };
    check(LeakyReLU<>{}), check(ELU<>{}), check(FastTanh{}), check(Sigmoid{}), check(Softplus{});
}

// The bound of FastGates (tests/kernels/gates.cpp).
BOOST_AUTO_TEST_CASE(fast_tanh_is_tanh_within_its_bound) {
    static_assert(!FastTanh::monotone && FastTanh::value(0.0f) == 0 && FastTanh::value(1.5) == Tanh::value(1.5));
    for (int i = -900; i <= 900; ++i) {
        const float x = static_cast<float>(i) / 100;
        BOOST_TEST(std::abs(static_cast<double>(FastTanh::value(x)) - std::tanh(static_cast<double>(x))) <= 3e-7);
    }
}

// ---- Laws

using Layers = std::tuple<ReLU, LeakyReLU<>, LeakyReLU<1.5>, ELU<>, ELU<0.3>, Tanh, FastTanh, Sigmoid, Softplus>;
using Fused = std::tuple<LeakyReLU<>, ELU<0.3>, FastTanh, Sigmoid, Softplus>;

BOOST_AUTO_TEST_CASE_TEMPLATE(activations_obey_the_laws_of_layers, L, Layers) {
    require_layer_laws<L, Shape<2, 3, 5>>();
    require_gradient_law<L, Shape<33>>();
}

namespace {
// Layers that share their memory leave fewer edges to keep.
template <class In, class... Layers>
constexpr bool fused = sizeof(tape_t<Sequential<Layers...>, float, In>) <
                       sizeof(tape_t<Sequential<Sequential<Layers>...>, float, In>);
}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(activations_are_fused_with_the_layer_before, L, Fused) {
    static_assert(fused<Shape<5>, Linear<5, 19>, L, Linear<19, 3>>);
    using Net = Sequential<Linear<5, 19>, L, Linear<19, 3>>;
    require_gradient_law<Net, Shape<5>>();
    require_lanes_law<Net, Shape<5>>();
    BOOST_TEST((counted_multiply_adds<Net, Shape<5>>()) == (kiln::multiply_adds<Net, Shape<5>>()));
}

// Before or after pooling, because the largest value of a function that never decreases is that of the largest
// argument.
BOOST_AUTO_TEST_CASE_TEMPLATE(activations_are_fused_with_pooling, L, Fused) {
    static_assert(fused<Shape<2, 6, 8>, Conv<2, 3, 3>, L, Pool<2>, Linear<18, 2>>);
    require_gradient_law<Sequential<Conv<2, 3, 3>, L, Pool<2>, Linear<18, 2>>, Shape<2, 6, 8>>();
}

BOOST_AUTO_TEST_CASE(activations_may_send_slopes_to_nobody) {
    Instance<ReLU, Shape<3>, float> relu(1);
    relu.forward();
    relu.backward_without_dx();
    Instance<Tanh, Shape<3>, float> tanh(1);
    tanh.forward();
    tanh.backward_without_dx();
    for (const float slope : tanh.dx) BOOST_TEST(std::isnan(slope));  // untouched
}
