// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE nets.each
#include <kiln/laws/check_stream.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/initialized.hpp>
#include <kiln/layers/layer_norm.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/softmax.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/frozen.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<Each<Linear<3, 2>>, Shape<5, 3>> && Layer<Each<Softmax>, Shape<5, 3>>);
static_assert(Each<Linear<3, 2>>::shape({5, 3}).out == Extents{5, 2} && Each<Linear<3, 2>>::shape({5, 3}).fits);
static_assert(Each<Linear<12, 2>>::shape({5, 3, 4}).out == Extents{5, 2});
static_assert(Each<Conv<1, 2, 3>>::shape({5, 1, 4, 6}).out == Extents{5, 2, 2, 4});

// Refused inputs, the layer's answer about them, and the output that it still gives.
static_assert(!Each<Linear<3, 2>>::shape({3}).fits && !Each<Linear<0, 2>>::shape({5, 1}).fits);
static_assert(Each<Linear<3, 2>>::shape({5, 4}).out == Extents{5, 2});
static_assert(Each<Linear<3, 2>>::shape({5, 4}).depth == 1 && Each<Linear<3, 2>>::shape({5, 4}).got == Extents{4});
static_assert(std::is_same_v<Each<Linear<3, 2>>::needs<Shape<3>>, a_sequence>);
static_assert(!Each<Reshape<1, 1, 1, 1, 3>>::shape({5, 3}).fits);  // six dimensions

// Statistics of a batch, and running averages, would need those of all frames.
static_assert(!Layer<Each<BatchNorm<3>>, Shape<5, 3>>);

// Parameters are those of the layer, under its names. The layers of a chain are numbered.
static_assert(
    std::is_same_v<parameters_t<Each<Linear<3, 2>>, float, Shape<5, 3>>, parameters_t<Linear<3, 2>, float, Shape<3>>>);
static_assert(std::string_view(schema<parameters_t<Each<Linear<3, 2>>, float, Shape<5, 3>>>[0].name.c_str()) ==
              "weight");
using Two = Each<Sequential<Linear<3, 4>, Tanh, Linear<4, 2>>>;
static_assert(std::string_view(schema<parameters_t<Two, float, Shape<5, 3>>>[2].name.c_str()) == "2.weight");
static_assert(std::is_same_v<Two::Layer<1>, Tanh> && std::is_same_v<Two::Layer<2>, Each<Linear<4, 2>>>);

static_assert(multiply_adds<Each<Linear<3, 2>>, Shape<5, 3>>() == 30);
static_assert(multiply_adds<Each<Residual<Linear<3, 3>>>, Shape<5, 3>>() == 45);
static_assert(Each<Linear<3, 2>>::framewise({5, 3}));

namespace {

/// The frames of x, one after the other, through L by itself.
template <class L, class In, class E>
double worst_difference(std::uint64_t seed) {
    using Frame = shape_of<kiln::detail::frame_of(In::extents)>;
    const auto all = std::make_unique<Instance<Each<L>, In, E>>(seed);
    const auto one = std::make_unique<Instance<L, Frame, E>>(seed);
    one->parameters = all->parameters;
    all->forward();
    all->backward();
    double worst = 0;
    for (int t = 0; t < In::extents[0]; ++t) {
        for (int i = 0; i < Frame::count; ++i) one->x.data[i] = all->x.data[t * Frame::count + i];
        for (int o = 0; o < one->y.count; ++o) one->dy.data[o] = all->dy.data[t * one->y.count + o];
        one->forward();
        one->backward();
        const auto see = [&](const E& value, const E& expected) {
            for (int l = 0; l < width<E>; ++l)
                worst = std::max(worst, std::abs(double(lane(value, l)) - double(lane(expected, l))));
        };
        for (int o = 0; o < one->y.count; ++o) see(all->y.data[t * one->y.count + o], one->y.data[o]);
        for (int i = 0; i < Frame::count; ++i) see(all->dx.data[t * Frame::count + i], one->dx.data[i]);
    }
    worst = std::max(worst, record_distance<scalar_t<E>>(all->gradients, one->gradients));
    BOOST_TEST(magnitude(all->gradients.weight) > 0);
    return worst;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_obeys_the_laws) {
    require_layer_laws<Each<Linear<3, 2>>, Shape<5, 3>>();
    require_layer_laws<Each<Linear<6, 5, Bias::none>>, Shape<2, 3, 2>>();
    require_layer_laws<Each<Softmax>, Shape<3, 4>>();
    require_layer_laws<Each<Conv<1, 2, 2>>, Shape<3, 1, 3, 2>>();
    require_layer_laws<Each<Residual<Linear<4, 4>, Tanh>>, Shape<3, 4>>();
    require_layer_laws<Each<Sequential<Linear<3, 4>, Tanh, Linear<4, 2>>>, Shape<4, 3>>();
    require_layer_laws<Sequential<Each<Linear<3, 4>>, Tanh, Each<Initialized<Linear<4, 2>, He>>>, Shape<4, 3>>();
    require_layer_laws<Each<Each<Linear<3, 2>>>, Shape<2, 4, 3>>();
}

// Around register tiles, packs and the panels of the gradient.
BOOST_AUTO_TEST_CASE(each_of_linear_does_with_every_frame_what_linear_does) {
    using V = Lanes<float, 16>;
    BOOST_TEST((worst_difference<Linear<1, 1>, Shape<1, 1>, float>(1)) < 1e-5);
    BOOST_TEST((worst_difference<Linear<17, 35>, Shape<19, 17>, float>(2)) < 1e-5);
    BOOST_TEST((worst_difference<Linear<64, 70>, Shape<33, 64>, float>(3)) < 1e-5);
    BOOST_TEST((worst_difference<Linear<17, 35>, Shape<19, 17>, V>(2)) < 1e-5);
    BOOST_TEST((worst_difference<Linear<50, 67>, Shape<29, 50>, V>(3)) < 1e-5);
    BOOST_TEST((worst_difference<Linear<300, 5>, Shape<7, 300>, V>(4)) < 1e-5);
    BOOST_TEST((worst_difference<Linear<9, 40>, Shape<3, 9>, Lanes<float, 64>>(4)) < 1e-5);
    BOOST_TEST((worst_difference<Linear<9, 10>, Shape<11, 9>, double>(4)) < 1e-12);
}

// The bits of a frame do not depend on the number of frames at once, nor on whether the weights are prepared.
BOOST_AUTO_TEST_CASE_TEMPLATE(frames_in_blocks_have_the_bits_of_all_frames, E,
                              decltype(std::tuple<float, double, Lanes<float, 16>>{})) {
    using L = Each<Linear<11, 21>>;
    Instance<L, Shape<13, 11>, E> all(1);
    all.forward();
    prepared_t<L, scalar_t<E>, Shape<13, 11>> prepared;
    L::prepare(all.parameters, prepared);
    Nothing carry;
    const StepContext at{all.parameters, prepared};
    const auto step = [&]<int N>(std::integral_constant<int, N>, int first) {
        Tensor<E, Shape<N, 11>> x;
        Tensor<E, Shape<N, 21>> y;
        for (int i = 0; i < x.count; ++i) x.data[i] = all.x.data[first * 11 + i];
        L::step(x, y, carry, at);
        for (int i = 0; i < y.count; ++i)
            for (int l = 0; l < width<E>; ++l) BOOST_TEST(lane(y.data[i], l) == lane(all.y.data[first * 21 + i], l));
    };
    step(std::integral_constant<int, 1>{}, 0);
    step(std::integral_constant<int, 5>{}, 1);
    step(std::integral_constant<int, 7>{}, 6);
}

BOOST_AUTO_TEST_CASE(each_drops_other_elements_in_every_frame) {
    Instance<Each<Dropout<0.5>>, Shape<4, 64>, float> layer(1);
    layer.forward();
    int alike = 0;
    for (int i = 0; i < 64; ++i) alike += (layer.y(0, i) == 0) == (layer.y(1, i) == 0);
    BOOST_TEST(alike < 50);
    BOOST_TEST(alike > 14);
}

BOOST_AUTO_TEST_CASE(a_frozen_each_hands_slopes_on) {
    require_gradient_law<Sequential<Each<Linear<3, 4>>, Frozen<Each<Linear<4, 2>>>>, Shape<4, 3>>();
    require_gradient_law<Sequential<Each<Linear<3, 4>>, Each<Frozen<LayerNorm<4>>>>, Shape<4, 3>>();
}

BOOST_AUTO_TEST_CASE(a_stream_of_each_linear_in_blocks_has_the_bits_of_the_whole_sequence) {
    BOOST_TEST((check_stream<Each<Linear<5, 3>>, Shape<12, 5>, float>()));
    BOOST_TEST((check_stream<Each<Linear<2, 17, Bias::none>>, Shape<12, 2>, double>()));
    BOOST_TEST((check_stream<Each<Linear<3, 4>>, Shape<12, 3>, Lanes<float, 16>>()));
}
