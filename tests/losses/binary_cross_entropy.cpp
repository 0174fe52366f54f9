// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE losses.binary_cross_entropy
#include <kiln/losses/binary_cross_entropy.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/loss.hpp"

#include <limits>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;

static_assert(Loss<BinaryCrossEntropy, Shape<2, 3>>);
static_assert(judgement<BinaryCrossEntropy, Shape<3>> == JudgedBy::labels);

namespace {

template <class Out>
constexpr auto draw = draw_near<Out, BinaryCrossEntropy, 0, 1>;

}  // namespace

using OutputShapes = std::tuple<Shape<1>, Shape<3>, Shape<2, 3, 4>, Shape<37>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(binary_cross_entropy_obeys_the_laws_of_losses, Out, OutputShapes) {
    require_loss_laws<Out>(BinaryCrossEntropy{}, draw<Out>);
    require_loss_laws<Out>(BinaryCrossEntropy{.pos_weight = 3}, draw<Out>);
}

BOOST_AUTO_TEST_CASE(binary_cross_entropy_works_in_constant_expressions) {
    require_constant_loss<Shape<5>, BinaryCrossEntropy>(draw<Shape<5>>);
    require_constant_loss<Shape<17>, BinaryCrossEntropy>(draw<Shape<17>>);
}

BOOST_AUTO_TEST_CASE(binary_cross_entropy_is_that_of_pytorch) {
    constexpr double y[2][4] = {{0.5, -1.25, 2.0, 0.75}, {-0.5, 3.0, 0.25, -2.5}};
    constexpr Tensor<double, Shape<4>> targets[] = {{0.75, 0.0, 1.0, 0.25}, {0.5, 1.0, 0.0, 0.125}};
    constexpr double mean[] = {0.5, 0.5};
    require_reference(
        BinaryCrossEntropy{}, y, targets, mean,
        {0.48966232157607426,
         {{-0.015942583599768176, 0.027837517353163605, -0.014900365252764711, 0.053647337396924122},
          {-0.015307416400231824, -0.0059282341471958294, 0.070272062610724759, -0.0061427274973445568}}});
    require_reference(BinaryCrossEntropy{.pos_weight = 2.5f}, y, targets, mean,
                      {0.75913555179303827,
                       {{-0.069034240149507375, 0.027837517353163605, -0.037250913131911756, 0.038608838920770661},
                        {-0.073662978700405696, -0.01482058536798958, 0.070272062610724759, -0.027802301403096662}}});
}

using Floats = std::tuple<float, Lanes<float, 4>, Lanes<float, 16>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(binary_cross_entropy_of_huge_logits_is_finite, E, Floats) {
    for (const float x : {100.0f, 1e30f}) {
        Tensor<E, Shape<4>> y{E(x), E(x), E(-x), E(-x)}, targets{E(1.0f), E(0.0f), E(1.0f), E(0.0f)}, dy;
        const E loss = BinaryCrossEntropy{}(y, targets, E(4.0f), dy);
        const float expected[] = {0, 1, -1, 0};
        for (int l = 0; l < width<E>; ++l) {
            BOOST_TEST(std::abs(lane(loss, l) - 2 * x) <= x * 1e-6f);
            for (int k = 0; k < 4; ++k) BOOST_TEST(std::abs(lane(dy[k], l) - expected[k]) <= 1e-37f);
        }
    }
}

// If the answer is right and sure, the loss is exp(-|y|).
BOOST_AUTO_TEST_CASE(binary_cross_entropy_of_sure_answers_keeps_its_digits) {
    for (const float x : {1.0f, 5.0f, 10.0f, 17.0f, 20.0f, 50.0f}) {
        Tensor<float, Shape<1>> dy;
        const double expected = std::log1p(std::exp(-double(x))), slope = 1 / (1 + std::exp(double(x)));
        const double few_ulp = 4 * double(std::numeric_limits<float>::epsilon());
        BOOST_TEST(std::abs(double(BinaryCrossEntropy{}({x}, {1}, 1.0f, dy)) / expected - 1) < few_ulp);
        BOOST_TEST(std::abs(-double(dy[0]) / slope - 1) < few_ulp);
        BOOST_TEST(std::abs(double(BinaryCrossEntropy{}({-x}, {0}, 1.0f, dy)) / expected - 1) < few_ulp);
        BOOST_TEST(std::abs(double(dy[0]) / slope - 1) < few_ulp);
    }
}
