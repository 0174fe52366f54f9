// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE losses.mean_absolute_error
#include <kiln/losses/mean_absolute_error.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/loss.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

static_assert(Loss<MeanAbsoluteError, Shape<2, 3>>);
static_assert(judgement<MeanAbsoluteError, Shape<3>> == JudgedBy::values);

using OutputShapes = std::tuple<Shape<1>, Shape<3>, Shape<2, 3, 4>, Shape<37>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(mean_absolute_error_obeys_the_laws_of_losses, Out, OutputShapes) {
    require_loss_laws<Out>(MeanAbsoluteError{}, draw_near<Out, MeanAbsoluteError>);
}

BOOST_AUTO_TEST_CASE(mean_absolute_error_works_in_constant_expressions) {
    require_constant_loss<Shape<5>, MeanAbsoluteError>(draw_near<Shape<5>, MeanAbsoluteError>);
    require_constant_loss<Shape<17>, MeanAbsoluteError>(draw_near<Shape<17>, MeanAbsoluteError>);
}

BOOST_AUTO_TEST_CASE(mean_absolute_error_is_that_of_pytorch) {
    constexpr double y[2][4] = {{0.5, -1.25, 2.0, 0.75}, {-0.5, 3.0, 0.25, -2.5}};
    constexpr Tensor<double, Shape<4>> targets[] = {{0.75, -1.0, -0.5, 0.75}, {1.5, 2.5, 0.25, 1.0}};
    constexpr double mean[] = {0.5, 0.5};
    require_reference(MeanAbsoluteError{}, y, targets, mean,
                      {1.125, {{-0.125, -0.125, 0.125, 0}, {-0.125, 0.125, 0, -0.125}}});
}

BOOST_AUTO_TEST_CASE(mean_absolute_error_of_huge_outputs_is_finite) {
    Tensor<float, Shape<2>> dy;
    BOOST_TEST((MeanAbsoluteError{}({1e38f, -1e38f}, {0, 0}, 1.0f, dy) == 1e38f));
    BOOST_TEST((dy == Tensor<float, Shape<2>>{0.5f, -0.5f}));
}
