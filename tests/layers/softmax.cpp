// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.softmax
#include <kiln/core/lanes.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/softmax.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <cmath>
#include <limits>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<Softmax, Shape<10>> && Layer<LogSoftmax, Shape<3, 4, 5>>);
static_assert(Softmax::shape({8, 3, 4}).fits && Softmax::shape({8, 3, 4}).out == Extents{8, 3, 4});
static_assert(multiply_adds<Softmax, Shape<8, 3, 4>>() == 96 && multiply_adds<LogSoftmax, Shape<8, 3, 4>>() == 0);

using Elements = std::tuple<float, double, Lanes<float, 4>, Lanes<float, 16>>;

namespace {

/// Whether all lanes have the expected values, within a few roundings of numbers around 1.
template <class E, class S>
bool close(const Tensor<E, S>& tensor, const Tensor<double, S>& expected) {
    for (int l = 0; l < width<E>; ++l)
        for (int i = 0; i < S::count; ++i)
            if (!(std::abs(double(lane(tensor.data[i], l)) - expected.data[i]) <=
                  8 * double(std::numeric_limits<scalar_t<E>>::epsilon())))
                return false;
    return true;
}
template <class E, class S>
void set(Tensor<E, S>& tensor, const Tensor<double, S>& numbers) {
    for (int i = 0; i < S::count; ++i) tensor.data[i] = scalar_t<E>(numbers.data[i]);
}

using Vector = Tensor<double, Shape<4>>;
using Map = Tensor<double, Shape<3, 1, 2>>;

/// Layer L on given x and dy.
template <class L, class E, class S>
Instance<L, S, E> ran(const Tensor<double, S>& x, const Tensor<double, S>& dy) {
    Instance<L, S, E> layer(1);
    set(layer.x, x);
    set(layer.dy, dy);
    layer.forward();
    layer.backward();
    return layer;
}

}  // namespace

// Values and gradients of PyTorch 1.13 in double, with dim=1.
BOOST_AUTO_TEST_CASE_TEMPLATE(softmax_of_a_vector_is_that_of_pytorch, E, Elements) {
    const Vector x{1, -2, 0.5, 3}, dy{0.5, -1, 2, 0.25};
    const auto softmax = ran<Softmax, E>(x, dy);
    BOOST_TEST(close(softmax.y, {0.11055375036173921, 0.005504147127583673, 0.06705423914061147, 0.8168878633700657}));
    BOOST_TEST(
        close(softmax.dx, {0.012370613969411663, -0.007640324087927958, 0.10808451536283478, -0.11281480524431849}));
    const auto logarithm = ran<LogSoftmax, E>(x, dy);
    BOOST_TEST(
        close(logarithm.y, {-2.2022534476793516, -5.202253447679352, -2.7022534476793516, -0.20225344767935172}));
    BOOST_TEST(close(logarithm.dx, {0.30653093686695637, -1.0096322574732715, 1.88265508150393, -1.179553760897615}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(softmax_of_a_map_is_over_the_channels_of_each_pixel, E, Elements) {
    const Map x{1, -2, 0.5, 3, -1, 0}, dy{1, 2, -1, 0.5, 0.25, -2};
    const auto softmax = ran<Softmax, E>(x, dy);
    BOOST_TEST(close(softmax.y, {0.5740969929676946, 0.006377460922442298, 0.3482074278837349, 0.9464991225528937,
                                 0.0776955791485706, 0.047123416524664154}));
    BOOST_TEST(close(softmax.dx, {0.4332632733211935, 0.010256502740482572, -0.43362739677071127, 0.10245128922991231,
                                  0.00036412344951772035, -0.11270779197039493}));
    const auto logarithm = ran<LogSoftmax, E>(x, dy);
    BOOST_TEST(close(logarithm.y, {-0.5549569196419906, -5.054985235377147, -1.0549569196419906, -0.05498523537714723,
                                   -2.554956919641991, -3.0549852353771474}));
    BOOST_TEST(close(logarithm.dx, {0.8564757517580763, 1.9968112695387787, -1.0870518569709338, 0.02675043872355315,
                                    0.23057610521285735, -2.0235617082623323}));
}

// Without subtracting the largest, exp would give infinity / infinity or 0 / 0.
BOOST_AUTO_TEST_CASE_TEMPLATE(softmax_of_large_numbers_neither_overflows_nor_vanishes, E, Elements) {
    const Vector dy{1, 0, 0, 0};
    BOOST_TEST(close(ran<Softmax, E>(Vector{-30'000, 30'000, 30'000, 0}, dy).y, {0, 0.5, 0.5, 0}));
    BOOST_TEST(close(ran<Softmax, E>(Vector{-30'000, -30'000, -40'000, -50'000}, dy).y, {0.5, 0.5, 0, 0}));
    const auto logarithm = ran<LogSoftmax, E>(Vector{29'000, -30'000, 30'000, 0}, Vector{0, 0, 1, 0});
    BOOST_TEST(close(logarithm.y, {-1000, -60'000, 0, -30'000}));
    BOOST_TEST(close(logarithm.dx, {0, 0, 0, 0}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(softmax_lets_nan_through, E, Elements) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const Vector& x : {Vector{nan, 1, 2, 3}, Vector{1, 2, nan, 3}}) {
        const Vector dy{1, 0, 0, 0};
        const auto softmax = ran<Softmax, E>(x, dy);
        const auto logarithm = ran<LogSoftmax, E>(x, dy);
        for (const E& y : softmax.y) BOOST_TEST(std::isnan(lane(y, 0)));
        for (const E& y : logarithm.y) BOOST_TEST(std::isnan(lane(y, 0)));
    }
}

BOOST_AUTO_TEST_CASE(softmax_of_every_pixel_sums_to_one) {
    Instance<Softmax, Shape<5, 3, 7>, float> layer(1);
    Random random{Seed{2}};
    fill(layer.x, random, 10);
    layer.forward();
    for (int pixel = 0; pixel < 21; ++pixel) {
        double sum = 0;
        for (int c = 0; c < 5; ++c) sum += double(layer.y[c * 21 + pixel]);
        BOOST_TEST(std::abs(sum - 1) <= 5e-7);  // five roundings of numbers below 1
    }
}

using Layers = std::tuple<Softmax, LogSoftmax>;

// Pixels that fill no pack, one pack, one pack and a rest; ranks of two and of five.
BOOST_AUTO_TEST_CASE_TEMPLATE(softmax_obeys_the_laws_of_layers, L, Layers) {
    require_layer_laws<L, Shape<7>>();
    require_layer_laws<L, Shape<3, 2, 2>>();
    require_layer_laws<L, Shape<2, 3, 7>>();
    require_layer_laws<L, Shape<5, 3>>();
    require_gradient_law<L, Shape<2, 1, 3, 1, 2>>();
    require_gradient_law<Sequential<Linear<5, 6>, L, Linear<6, 3>>, Shape<5>>();
}

// The same numbers whether pixels are taken together (float) or one by one (lanes).
BOOST_AUTO_TEST_CASE_TEMPLATE(softmax_of_one_sample_takes_pixels_together, L, Layers) {
    require_lanes_law<L, Shape<4, 5, 9>>();
}
