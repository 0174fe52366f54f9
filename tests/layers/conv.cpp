// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.conv
#include <kiln/layers/conv.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <algorithm>
#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<Conv<1, 8, 3>, Shape<1, 28, 28>>);

// Output extents as torch.nn.Conv2d gives them.
static_assert(Conv<1, 8, 3>::shape({1, 28, 28}).out == Extents{8, 26, 26});
static_assert(Conv<3, 5, 5>::shape({3, 5, 9}).out == Extents{5, 1, 5});
static_assert(Conv<3, 4, 3, 2, 1>::shape({3, 7, 8}).out == Extents{4, 4, 4});
static_assert(Conv<3, 64, 7, 2, 3>::shape({3, 224, 224}).out == Extents{64, 112, 112});
static_assert(Conv<1, 1, 1, 5>::shape({1, 6, 5}).out == Extents{1, 2, 1});
static_assert(Conv<1, 1, 4, 1, 3>::shape({1, 1, 2}).fits &&
              Conv<1, 1, 4, 1, 3>::shape({1, 1, 2}).out == Extents{1, 4, 5});

// conv_refuses_kernel_larger_than_image, padding included, in either direction.
static_assert(!Conv<1, 1, 5>::shape({1, 4, 9}).fits && !Conv<1, 1, 5>::shape({1, 9, 4}).fits);
static_assert(Conv<1, 1, 5, 1, 1>::shape({1, 3, 3}).fits && !Conv<1, 1, 5, 1, 1>::shape({1, 2, 3}).fits);
static_assert(Conv<1, 2, 5>::shape({1, 4, 9}).out == Extents{2, 1, 5});
static_assert(std::is_same_v<Conv<1, 1, 5, 1, 1>::needs<Shape<1, 2, 3>>, map_of_at_least<3, 3>>);
// conv_refuses_another_number_of_channels
static_assert(!Conv<3, 8, 3>::shape({1, 28, 28}).fits);
static_assert(std::is_same_v<Conv<3, 8, 3>::needs<Shape<1, 28, 28>>, channels<3>>);
static_assert(std::is_same_v<Conv<3, 8, 3, 2>::repair<Shape<1, 28, 28>>, Conv<1, 8, 3, 2>>);
// conv_refuses_a_shape_that_is_no_map
static_assert(!Conv<3, 8, 3>::shape({3}).fits && !Conv<3, 8, 3>::shape({3, 9}).fits &&
              !Conv<3, 8, 3>::shape({3, 9, 9, 9}).fits);
static_assert(std::is_same_v<Conv<3, 8, 3>::needs<Shape<27>>, rank<3>>);
// conv_refuses_arguments_below_one
static_assert(!Conv<0, 8, 3>::shape({1, 9, 9}).fits && !Conv<1, 0, 3>::shape({1, 9, 9}).fits);
static_assert(!Conv<1, 8, 0>::shape({1, 9, 9}).fits && !Conv<1, 8, 3, 0>::shape({1, 9, 9}).fits);
static_assert(!Conv<1, 8, 3, 1, -1>::shape({1, 9, 9}).fits && !Conv<1, 8, 3, -2>::shape({1, 9, 9}).fits);
static_assert(std::is_same_v<Conv<1, 8, 3, 0>::needs<Shape<1, 9, 9>>, positive_arguments>);

// conv_refuses_groups_that_do_not_divide_its_channels
using Uneven = Conv<8, 12, 3, 1, 1, 3>;
static_assert(!Uneven::shape({8, 9, 9}).fits && !Conv<12, 8, 3, 1, 1, 3>::shape({12, 9, 9}).fits);
static_assert(std::is_same_v<Uneven::needs<Shape<8, 9, 9>>, channels_divisible_by_groups>);
static_assert(std::is_same_v<Conv<8, 12, 3, 1, 1, 0>::needs<Shape<8, 9, 9>>, positive_arguments>);
static_assert(!Conv<8, 12, 3, 1, 1, 0>::shape({8, 9, 9}).fits && !Conv<8, 12, 3, 1, 1, -4>::shape({8, 9, 9}).fits);
static_assert(std::is_same_v<Conv<8, 12, 3, 1, 1, 2>::repair<Shape<4, 9, 9>>, Conv<4, 12, 3, 1, 1, 2>>);
static_assert(std::is_void_v<Conv<8, 12, 3, 1, 1, 2>::repair<Shape<3, 9, 9>>>);
static_assert(!Conv<1, 1, 3, 1, 1'500'000'000>::shape({2, 9, 9}).fits);  // 2 Padding overflows nothing

// Without a bias a convolution is the same otherwise.
using Unbiased = Conv<2, 3, 3, 1, 1, 1, Bias::none>;
static_assert(tensor_count<parameters_t<Unbiased, float, Shape<2, 4, 5>>> == 1 &&
              sizeof(parameters_t<Unbiased, float, Shape<2, 4, 5>>) == sizeof(Tensor<float, Shape<3, 2, 3, 3>>));
static_assert(std::is_same_v<Unbiased::repair<Shape<1, 9, 9>>, Conv<1, 3, 3, 1, 1, 1, Bias::none>>);

static_assert(Conv<8, 12, 3, 2, 1, 4>::shape({8, 9, 8}).out == Extents{12, 5, 4});
static_assert(multiply_adds<Conv<8, 12, 3, 1, 1, 4>, Shape<8, 5, 6>>() == 12 * 5 * 6 * 2 * 9);
static_assert(multiply_adds<Conv<1, 8, 3>, Shape<1, 28, 28>>() == 8 * 26 * 26 * 9);
static_assert(multiply_adds<Conv<2, 4, 3, 1, 1>, Shape<2, 5, 6>>() == 4 * 5 * 6 * 2 * 9);  // padding included

using Elements = std::tuple<float, double>;

BOOST_AUTO_TEST_CASE_TEMPLATE(conv_slides_the_kernel_without_flipping_it, E, Elements) {
    Instance<Conv<1, 1, 2>, Shape<1, 3, 3>, E> conv(1);
    conv.x = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    conv.parameters.weight = {1, 0, 0, -2};
    conv.parameters.bias = {0.5f};
    conv.forward();  // x[i][j] - 2 x[i + 1][j + 1] + 0.5
    BOOST_TEST((conv.y == Tensor<E, Shape<1, 2, 2>>{E(-8.5), E(-9.5), E(-11.5), E(-12.5)}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(conv_sums_over_input_channels_for_each_output_channel, E, Elements) {
    Instance<Conv<2, 2, 1>, Shape<2, 1, 2>, E> conv(1);
    conv.x = {1, 2, 10, 20};
    conv.parameters.weight = {1, 1, 3, -1};
    conv.parameters.bias = {0, 100};
    conv.forward();
    BOOST_TEST((conv.y == Tensor<E, Shape<2, 1, 2>>{11, 22, 93, 86}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(conv_pads_with_zeros, E, Elements) {
    Instance<Conv<1, 1, 3, 1, 1>, Shape<1, 2, 3>, E> conv(1);
    conv.x = {1, 2, 3, 4, 5, 6};
    conv.parameters.weight = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    conv.parameters.bias = {};
    conv.forward();
    BOOST_TEST((conv.y == Tensor<E, Shape<1, 2, 3>>{12, 21, 16, 12, 21, 16}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(conv_strides_over_pixels, E, Elements) {
    Instance<Conv<1, 1, 1, 2>, Shape<1, 3, 4>, E> conv(1);
    conv.x = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    conv.parameters.weight = {10};
    conv.parameters.bias = {1};
    conv.forward();
    BOOST_TEST((conv.y == Tensor<E, Shape<1, 2, 2>>{11, 31, 91, 111}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(conv_sends_slopes_back_by_hand_count, E, Elements) {
    Instance<Conv<1, 1, 2>, Shape<1, 3, 3>, E> conv(1);
    conv.x = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    conv.parameters.weight = {1, 2, 3, 4};
    conv.dy = {1, 1, 1, 1};
    conv.forward();
    conv.backward();
    BOOST_TEST((conv.gradients.weight == Tensor<E, Shape<1, 1, 2, 2>>{12, 16, 24, 28}));  // sums of the four windows
    BOOST_TEST((conv.gradients.bias == Tensor<E, Shape<1>>{4}));
    BOOST_TEST((conv.dx == Tensor<E, Shape<1, 3, 3>>{1, 3, 2, 4, 10, 6, 3, 7, 4}));
}

BOOST_AUTO_TEST_CASE(conv_sends_nothing_back_to_pixels_it_skipped) {
    Instance<Conv<1, 1, 1, 2>, Shape<1, 3, 3>, float> conv(1);
    conv.parameters.weight = {5};
    conv.dy = {1, 2, 3, 4};
    conv.forward();
    conv.backward();
    BOOST_TEST((conv.dx == Tensor<float, Shape<1, 3, 3>>{5, 0, 10, 0, 0, 0, 15, 0, 20}));
}

BOOST_AUTO_TEST_CASE(conv_needs_scratch_only_for_padding_and_for_the_slopes_of_one_sample) {
    static_assert(std::is_empty_v<scratch_t<Conv<1, 2, 3>, double, Shape<1, 5, 5>>>);
    static_assert(std::is_empty_v<scratch_t<Conv<1, 2, 3>, Lanes<float, 16>, Shape<1, 5, 5>>>);
    static_assert(std::is_empty_v<scratch_t<Conv<1, 2, 3>, float, Shape<1, 5, 5>, Wanted::parameter_gradients>>);
    static_assert(sizeof(scratch_t<Conv<1, 2, 3>, float, Shape<1, 5, 5>>) >= 2 * 7 * 7 * sizeof(float));
    static_assert(sizeof(scratch_t<Conv<2, 2, 3, 1, 1>, float, Shape<2, 5, 6>>) >= 2 * 7 * 8 * sizeof(float));
}

BOOST_AUTO_TEST_CASE(conv_starts_uniform_within_one_over_root_fan_in) {
    parameters_t<Conv<4, 50, 5>, float, Shape<4, 9, 9>> parameters{};  // fan-in 100
    Random random{Seed{3}};
    initialize<Conv<4, 50, 5>>(parameters, random);
    const double bound = 0.1 * (1 + 1e-6);  // rounded to float
    BOOST_TEST(magnitude(parameters.weight) <= bound);
    BOOST_TEST(magnitude(parameters.weight) > 0.95 * bound);
    BOOST_TEST(magnitude(parameters.bias) <= bound);
    BOOST_TEST(magnitude(parameters.bias) > 0.8 * bound);
    BOOST_TEST(*std::min_element(parameters.weight.begin(), parameters.weight.end()) < -0.09f);
}

// Values of torch.nn.Conv2d(4, 6, 2, groups=2), PyTorch 1.13.
BOOST_AUTO_TEST_CASE_TEMPLATE(conv_keeps_groups_apart_as_pytorch_does, E, Elements) {
    Instance<Conv<4, 6, 2, 1, 0, 2>, Shape<4, 3, 3>, E> conv(1);
    for (int i = 0; i < conv.x.count; ++i) conv.x[i] = E(i * 5 % 9 - 4);
    for (int i = 0; i < 48; ++i) conv.parameters.weight[i] = E(i * 7 % 11 - 5);
    for (int i = 0; i < 6; ++i) conv.parameters.bias[i] = E(i);
    for (int i = 0; i < 24; ++i) conv.dy[i] = E(i * 5 % 7 - 3);
    conv.forward();
    conv.backward();
    BOOST_TEST((conv.y == Tensor<E, Shape<6, 2, 2>>{9,  10, 12, 13, 26,  -24, -25, 24,  -1, -3, -7, -9,  //
                                                    -6, -4, 0,  2,  -22, 28,  29,  -20, 17, 16, 14, 13}));
    BOOST_TEST((conv.dx == Tensor<E, Shape<4, 3, 3>>{-3,  -3, 7,  13, -41, 4,  1,  20, -7,  9,  5,   -8,
                                                     -15, 25, 10, 5,  -43, 3,  -2, 13, 17,  1,  -59, 15,
                                                     9,   5,  -8, 9,  -1,  -8, -9, 34, -25, -1, 2,   10}));
    BOOST_TEST(
        (conv.gradients.weight ==
         Tensor<E, Shape<6, 2, 2, 2>>{18,  -15, -18, 12,  18,  -15, -18, 12,  -7,  -7, -7, -7,  -7,  -7, -7, -7,
                                      -18, 15,  18,  -12, -18, 15,  18,  -12, -15, 16, 15, -17, -15, 16, 15, -17,
                                      2,   3,   5,   6,   2,   3,   5,   6,   5,   4,  2,  1,   5,   4,  2,  1}));
    BOOST_TEST((conv.gradients.bias == Tensor<E, Shape<6>>{-3, 0, 3, -1, 2, -2}));
}

namespace {
template <class E, class S, class T>
void copy_part(const Tensor<E, S>& from, int part, Tensor<E, T>& to) {
    std::copy_n(from.begin() + part * T::count, T::count, to.begin());
}
template <class E, class S, class T>
bool has_part(const Tensor<E, S>& whole, int part, const Tensor<E, T>& expected) {
    Tensor<E, T> there;
    copy_part(whole, part, there);
    return distance(lane_of(there, 0), lane_of(expected, 0)) <= 1e-6;
}

/// Whether each of G groups is a convolution of its own on its part of the input, the weights and the output.
template <class E, int In, int Out, int Kernel, int Stride, int Padding, int G, int H, int W>
bool groups_are_convolutions() {
    Instance<Conv<In, Out, Kernel, Stride, Padding, G>, Shape<In, H, W>, E> all(1);
    all.forward();
    all.backward();
    bool same = true;
    for (int g = 0; g < G; ++g) {
        Instance<Conv<In / G, Out / G, Kernel, Stride, Padding>, Shape<In / G, H, W>, E> one(2);
        copy_part(all.x, g, one.x);
        copy_part(all.dy, g, one.dy);
        copy_part(all.parameters.weight, g, one.parameters.weight);
        copy_part(all.parameters.bias, g, one.parameters.bias);
        one.forward();
        one.backward();
        same = same && has_part(all.y, g, one.y) && has_part(all.dx, g, one.dx) &&
               has_part(all.gradients.weight, g, one.gradients.weight) &&
               has_part(all.gradients.bias, g, one.gradients.bias);
    }
    return same;
}
}  // namespace

using ElementsAndLanes = std::tuple<float, double, Lanes<float, 16>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(groups_are_convolutions_of_their_own, E, ElementsAndLanes) {
    BOOST_TEST((groups_are_convolutions<E, 4, 6, 3, 1, 1, 2, 5, 6>()));
    BOOST_TEST((groups_are_convolutions<E, 5, 5, 3, 2, 1, 5, 6, 7>()));    // depthwise
    BOOST_TEST((groups_are_convolutions<E, 3, 12, 2, 1, 0, 3, 4, 17>()));  // and with four outputs for an input
    BOOST_TEST((groups_are_convolutions<E, 14, 26, 1, 1, 0, 2, 3, 4>()));  // pointwise
    BOOST_TEST((groups_are_convolutions<E, 9, 3, 5, 1, 2, 3, 4, 4>()));
}

BOOST_AUTO_TEST_CASE(convolutions_in_groups_obey_the_laws_of_layers) {
    require_layer_laws<Conv<4, 6, 3, 1, 1, 2>, Shape<4, 3, 5>>();
    require_layer_laws<Conv<5, 5, 3, 1, 1, 5>, Shape<5, 4, 5>>();
    require_layer_laws<Conv<3, 6, 2, 3, 0, 3>, Shape<3, 5, 8>>();  // stride > kernel
    require_layer_laws<Conv<6, 3, 1, 1, 0, 3>, Shape<6, 1, 2>>();
    require_layer_laws<Conv<2, 26, 3, 2, 2, 2>, Shape<2, 3, 4>>();  // more channels than a register tile
}

BOOST_AUTO_TEST_CASE_TEMPLATE(conv_without_bias_gives_what_one_with_a_bias_of_zero_gives, E, ElementsAndLanes) {
    Instance<Unbiased, Shape<2, 4, 5>, E> without(1);
    Instance<Conv<2, 3, 3, 1, 1>, Shape<2, 4, 5>, E> with(1);
    with.parameters.weight = without.parameters.weight;
    with.parameters.bias = {};
    with.forward();
    with.backward();
    without.forward();
    without.backward();
    BOOST_TEST((has_part(with.y, 0, without.y) && has_part(with.dx, 0, without.dx)));
    BOOST_TEST((without.gradients.weight == with.gradients.weight));
}

BOOST_AUTO_TEST_CASE(conv_without_bias_obeys_the_laws_of_layers) {
    require_layer_laws<Unbiased, Shape<2, 4, 5>>();
    require_layer_laws<Conv<4, 6, 3, 2, 1, 2, Bias::none>, Shape<4, 3, 5>>();
}

BOOST_AUTO_TEST_CASE(conv_in_groups_starts_within_one_over_root_of_what_an_output_sees) {
    parameters_t<Conv<16, 48, 5, 1, 0, 4>, float, Shape<16, 9, 9>> parameters{};  // fan-in 100
    static_assert(sizeof parameters.weight == 48 * 4 * 25 * sizeof(float));
    Random random{Seed{3}};
    initialize<Conv<16, 48, 5, 1, 0, 4>>(parameters, random);
    BOOST_TEST(magnitude(parameters.weight) <= 0.1 * (1 + 1e-6));
    BOOST_TEST(magnitude(parameters.weight) > 0.095);
}
