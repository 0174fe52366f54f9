// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE losses.huber
#include <kiln/losses/huber.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/loss.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

static_assert(Loss<Huber, Shape<2, 3>>);
static_assert(judgement<Huber, Shape<3>> == JudgedBy::values);

using OutputShapes = std::tuple<Shape<1>, Shape<3>, Shape<2, 3, 4>, Shape<37>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(huber_obeys_the_laws_of_losses, Out, OutputShapes) {
    require_loss_laws<Out>(Huber{}, draw_near<Out, Huber>);
    require_loss_laws<Out>(Huber{.delta = 0.25f}, draw_near<Out, Huber>);
    require_loss_laws<Out>(Huber{.delta = 20}, draw_near<Out, Huber>);
}

BOOST_AUTO_TEST_CASE(huber_works_in_constant_expressions) {
    require_constant_loss<Shape<5>, Huber>(draw_near<Shape<5>, Huber>);
    require_constant_loss<Shape<17>, Huber>(draw_near<Shape<17>, Huber>);
}

BOOST_AUTO_TEST_CASE(huber_is_that_of_pytorch) {
    constexpr double y[2][4] = {{0.5, -1.25, 2.0, 0.75}, {-0.5, 3.0, 0.25, -2.5}};
    constexpr Tensor<double, Shape<4>> targets[] = {{0.75, -1.0, -0.5, 0.75}, {1.5, 2.5, 0.25, 1.0}};
    constexpr double mean[] = {0.5, 0.5};
    require_reference(Huber{}, y, targets, mean,
                      {0.8359375, {{-0.03125, -0.03125, 0.125, 0}, {-0.125, 0.0625, 0, -0.125}}});
    require_reference(Huber{.delta = 0.5f}, y, targets, mean,
                      {0.4765625, {{-0.03125, -0.03125, 0.0625, 0}, {-0.0625, 0.0625, 0, -0.0625}}});
}

BOOST_AUTO_TEST_CASE(huber_of_huge_outputs_is_finite) {
    Tensor<float, Shape<2>> dy;
    BOOST_TEST((Huber{.delta = 2}({1e37f, -1e37f}, {0, 0}, 1.0f, dy) == 2e37f));
    BOOST_TEST((dy == Tensor<float, Shape<2>>{1, -1}));
}

BOOST_AUTO_TEST_CASE(huber_is_half_a_square_up_to_delta) {
    Tensor<double, Shape<1>> dy;
    BOOST_TEST((Huber{.delta = 3}({2.0}, {-1.0}, 1.0, dy) == 4.5));
    BOOST_TEST(dy[0] == 3);
    BOOST_TEST((Huber{.delta = 3}({5.0}, {0.0}, 1.0, dy) == 10.5));
    BOOST_TEST(dy[0] == 3);
}
