// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.conv_transpose
#include <kiln/layers/conv.hpp>
#include <kiln/layers/conv_transpose.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<ConvTranspose<8, 1, 3>, Shape<8, 26, 26>>);

// Output extents as torch.nn.ConvTranspose2d gives them.
static_assert(ConvTranspose<8, 1, 3>::shape({8, 26, 25}).out == Extents{1, 28, 27});
static_assert(ConvTranspose<3, 8, 3, 2, 1, 1>::shape({3, 14, 7}).out == Extents{8, 28, 14});
static_assert(ConvTranspose<3, 8, 4, 2, 1>::shape({3, 14, 7}).out == Extents{8, 28, 14});
static_assert(ConvTranspose<1, 2, 3, 1, 2>::shape({1, 4, 5}).out == Extents{2, 2, 3});
static_assert(ConvTranspose<1, 1, 3, 2, 3, 1>::shape({1, 4, 5}).out == Extents{1, 4, 6});
static_assert(ConvTranspose<1, 1, 2, 3, 0, 2>::shape({1, 4, 5}).out == Extents{1, 13, 16});

// conv_transpose_refuses_maps_that_leave_no_output
using Cropped = ConvTranspose<1, 8, 3, 2, 4, 1>;  // 2 n - 6
static_assert(Cropped::shape({1, 4, 4}).fits && Cropped::shape({1, 4, 4}).out == Extents{8, 2, 2});
static_assert(!Cropped::shape({1, 3, 9}).fits && !Cropped::shape({1, 9, 3}).fits);
static_assert(std::is_same_v<Cropped::needs<Shape<1, 3, 9>>, map_of_at_least<4, 4>>);
static_assert(ConvTranspose<1, 1, 2, 1, 2>::least == 4 && ConvTranspose<1, 1, 1, 3, 1>::least == 2);
static_assert(ConvTranspose<1, 1, 3, 1, 1>::least == 1 && ConvTranspose<1, 1, 2, 3, 1>::least == 2);
// conv_transpose_refuses_output_padding_of_a_stride
static_assert(!ConvTranspose<1, 8, 3, 2, 1, 2>::shape({1, 9, 9}).fits);
static_assert(!ConvTranspose<1, 8, 3, 1, 1, 1>::shape({1, 9, 9}).fits);
static_assert(std::is_same_v<ConvTranspose<1, 8, 3, 2, 1, 2>::needs<Shape<1, 9, 9>>, output_padding_below_the_stride>);
// conv_transpose_refuses_what_conv_refuses
static_assert(!ConvTranspose<3, 8, 3>::shape({1, 28, 28}).fits && !ConvTranspose<3, 8, 3>::shape({3, 28}).fits);
static_assert(std::is_same_v<ConvTranspose<3, 8, 3>::needs<Shape<1, 28, 28>>, channels<3>>);
static_assert(std::is_same_v<ConvTranspose<3, 8, 3>::needs<Shape<27>>, rank<3>>);
static_assert(std::is_same_v<ConvTranspose<3, 8, 3, 2>::repair<Shape<1, 28, 28>>, ConvTranspose<1, 8, 3, 2>>);
template <class L>
constexpr bool wants_positive =
    !L::shape({1, 9, 9}).fits && std::is_same_v<typename L::template needs<Shape<1, 9, 9>>, positive_arguments>;
static_assert(wants_positive<ConvTranspose<0, 8, 3>> && wants_positive<ConvTranspose<1, 0, 3>>);
static_assert(wants_positive<ConvTranspose<1, 8, 0>> && wants_positive<ConvTranspose<1, 8, 3, 0>>);
static_assert(wants_positive<ConvTranspose<1, 8, 3, -1>> && wants_positive<ConvTranspose<1, 8, 3, 1, -1>>);
static_assert(wants_positive<ConvTranspose<1, 8, 3, 1, 0, -1>>);
// conv_transpose_refuses_more_than_can_be_counted
using Vast = ConvTranspose<1, 8, 3, 2'000'000'000>;
static_assert(!Vast::shape({1, 2'000'000'000, 2}).fits && Vast::shape({1, 2'000'000'000, 2}).out[1] == 0x7fffffff);
static_assert(std::is_same_v<Vast::needs<Shape<1, 9, 9>>, fewer_elements>);
static_assert(std::is_same_v<ConvTranspose<1, 1 << 20, 64>::needs<Shape<1, 9, 9>>, fewer_elements>);
static_assert(!ConvTranspose<1, 1, 3, 1, 2'000'000'000>::shape({1, 9, 9}).fits);

// Without a bias the layer is the same otherwise.
using Unbiased = ConvTranspose<3, 2, 3, 2, 1, 1, Bias::none>;
static_assert(tensor_count<parameters_t<Unbiased, float, Shape<3, 3, 2>>> == 1);
static_assert(std::is_same_v<Unbiased::repair<Shape<1, 9, 9>>, ConvTranspose<1, 2, 3, 2, 1, 1, Bias::none>>);

static_assert(multiply_adds<ConvTranspose<4, 8, 3>, Shape<4, 5, 6>>() == 4 * 8 * 9 * 5 * 6);
static_assert(multiply_adds<ConvTranspose<1, 1, 3, 1, 1>, Shape<1, 2, 3>>() == 4 * 7);  // the rest falls outside

using Elements = std::tuple<float, double>;

BOOST_AUTO_TEST_CASE_TEMPLATE(conv_transpose_puts_a_kernel_for_each_pixel, E, Elements) {
    Instance<ConvTranspose<1, 1, 2, 2>, Shape<1, 1, 2>, E> layer(1);
    layer.x = {1, 10};
    layer.parameters.weight = {1, 2, 3, 4};
    layer.parameters.bias = {100};
    layer.forward();
    BOOST_TEST((layer.y == Tensor<E, Shape<1, 2, 4>>{101, 102, 110, 120, 103, 104, 130, 140}));
}

// Values of torch.nn.ConvTranspose2d(2, 2, 3, stride=2, padding=1, output_padding=1), PyTorch 1.13.
BOOST_AUTO_TEST_CASE_TEMPLATE(conv_transpose_does_as_pytorch_does, E, Elements) {
    Instance<ConvTranspose<2, 2, 3, 2, 1, 1>, Shape<2, 2, 3>, E> layer(1);
    for (int i = 0; i < 12; ++i) layer.x[i] = E(i + 1);
    for (int i = 0; i < 36; ++i) layer.parameters.weight[i] = E(i * 7 % 11 - 5);
    layer.parameters.bias = {1, -2};
    for (int i = 0; i < 48; ++i) layer.dy[i] = E(i * 5 % 7 - 3);
    layer.forward();
    layer.backward();
    BOOST_TEST((layer.y == Tensor<E, Shape<2, 4, 6>>{-33, 14,  -37, 17,  -41, 10, 4,  -7,  7,  -12, 10, 22,
                                                     -45, 23,  -49, 26,  -53, 7,  51, -7,  56, -8,  61, -11,
                                                     17,  -32, 18,  -30, 19,  4,  45, -88, 47, -95, 49, -38,
                                                     20,  -26, 21,  -24, 22,  16, 6,  -56, 5,  -58, 4,  -2}));
    BOOST_TEST((layer.dx == Tensor<E, Shape<2, 2, 3>>{14, -4, -16, 27, 20, 5, 6, 16, -26, 0, 5, 26}));
    BOOST_TEST(
        (layer.gradients.weight ==
         Tensor<E, Shape<2, 2, 3, 3>>{-15, -6,  6, 5,  -5,  -5, -19, 16, -5,  -4,  9,  -21, 21, -5,  16, -3, 9,  -5,
                                      -33, -12, 6, 11, -17, -5, -49, 34, -17, -10, 21, -45, 51, -23, 52, -9, 21, -23}));
    BOOST_TEST((layer.gradients.bias == Tensor<E, Shape<2>>{-1, 2}));
}

// <x, conv(y)> = <conv_transpose(x), y> with the same weights and no bias.
BOOST_AUTO_TEST_CASE(conv_transpose_is_the_adjoint_of_conv) {
    Instance<Conv<3, 4, 3, 2, 1>, Shape<3, 8, 6>, double> conv(1);
    Instance<ConvTranspose<4, 3, 3, 2, 1, 1>, Shape<4, 4, 3>, double> transpose(2);
    conv.parameters.bias = {};
    transpose.parameters.bias = {};
    transpose.parameters.weight = conv.parameters.weight;
    conv.forward();
    transpose.forward();
    double one = 0, other = 0;
    for (int i = 0; i < conv.y.count; ++i) one += conv.y[i] * transpose.x[i];
    for (int i = 0; i < conv.x.count; ++i) other += conv.x[i] * transpose.y[i];
    BOOST_TEST(std::abs(one - other) <= 1e-12);
    BOOST_TEST(std::abs(one) > 0.1);
}

BOOST_AUTO_TEST_CASE(conv_transpose_obeys_the_laws_of_layers) {
    require_layer_laws<ConvTranspose<1, 1, 1>, Shape<1, 1, 1>>();
    require_layer_laws<ConvTranspose<2, 3, 3>, Shape<2, 3, 4>>();
    require_layer_laws<ConvTranspose<3, 2, 3, 2, 1, 1>, Shape<3, 3, 2>>();
    require_layer_laws<ConvTranspose<2, 2, 4, 2, 1>, Shape<2, 2, 3>>();
    require_layer_laws<ConvTranspose<1, 2, 2, 3, 0, 2>, Shape<1, 2, 3>>();  // gaps, where only the bias is
    require_layer_laws<ConvTranspose<2, 1, 3, 1, 2>, Shape<2, 4, 3>>();
    require_layer_laws<ConvTranspose<1, 2, 2, 2, 3>, Shape<1, 4, 5>>();  // padding > kernel: some inputs unused
    require_layer_laws<ConvTranspose<2, 13, 2>, Shape<2, 2, 3>>();       // more channels than a register tile
}

BOOST_AUTO_TEST_CASE(conv_transpose_without_bias_obeys_the_laws_of_layers) {
    require_layer_laws<Unbiased, Shape<3, 3, 2>>();
    require_layer_laws<ConvTranspose<1, 2, 2, 3, 0, 2, Bias::none>, Shape<1, 2, 3>>();  // zeros in the gaps
}

BOOST_AUTO_TEST_CASE(conv_transpose_needs_scratch_only_for_padding_and_for_one_sample) {
    using L = ConvTranspose<2, 3, 3, 2>;
    using Padded = ConvTranspose<2, 3, 3, 2, 1>;
    using In = Shape<2, 4, 5>;
    static_assert(std::is_empty_v<scratch_t<L, double, In>> && std::is_empty_v<scratch_t<L, Lanes<float, 16>, In>>);
    static_assert(std::is_empty_v<scratch_t<Padded, double, In, Wanted::outputs>>);
    static_assert(sizeof(scratch_t<Padded, double, In>) >= 3 * 9 * 11 * sizeof(double));
    static_assert(sizeof(scratch_t<L, float, In, Wanted::outputs>) >= 2 * 11 * 13 * sizeof(float));
}

// torch.nn.ConvTranspose2d takes its fan-in from the weight's second extent, which is Out.
BOOST_AUTO_TEST_CASE(conv_transpose_starts_uniform_within_one_over_root_fan_in) {
    parameters_t<ConvTranspose<50, 4, 5>, float, Shape<50, 9, 9>> parameters{};  // fan-in 100
    Random random{Seed{3}};
    initialize<ConvTranspose<50, 4, 5>>(parameters, random);
    const double bound = 0.1 * (1 + 1e-6);  // rounded to float
    BOOST_TEST(magnitude(parameters.weight) <= bound);
    BOOST_TEST(magnitude(parameters.weight) > 0.95 * bound);
    BOOST_TEST(magnitude(parameters.bias) <= bound);
    BOOST_TEST(*std::min_element(parameters.weight.begin(), parameters.weight.end()) < -0.09f);
}
