// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE losses.mean_squared_error
#include <kiln/losses/mean_squared_error.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/loss.hpp"

#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Loss<MeanSquaredError, Shape<2, 3>> &&
              std::is_same_v<MeanSquaredError::Target<Shape<2>>, Tensor<float, Shape<2>>>);
static_assert(judgement<MeanSquaredError, Shape<3>> == JudgedBy::values);
static_assert(valid_target<MeanSquaredError>(Tensor<float, Shape<2>>{}, {2}));

using OutputShapes = std::tuple<Shape<1>, Shape<3>, Shape<2, 3, 4>, Shape<37>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(mean_squared_error_obeys_the_laws_of_losses, Out, OutputShapes) {
    require_loss_laws<Out>(MeanSquaredError{}, draw_near<Out, MeanSquaredError>);
}

BOOST_AUTO_TEST_CASE(mean_squared_error_works_in_constant_expressions) {
    require_constant_loss<Shape<5>, MeanSquaredError>(draw_near<Shape<5>, MeanSquaredError>);
    require_constant_loss<Shape<17>, MeanSquaredError>(draw_near<Shape<17>, MeanSquaredError>);
}

BOOST_AUTO_TEST_CASE(mean_squared_error_is_that_of_pytorch) {
    constexpr double y[2][4] = {{0.5, -1.25, 2.0, 0.75}, {-0.5, 3.0, 0.25, -2.5}};
    constexpr Tensor<double, Shape<4>> targets[] = {{0.75, -1.0, -0.5, 0.75}, {1.5, 2.5, 0.25, 1.0}};
    constexpr double mean[] = {0.5, 0.5};
    require_reference(MeanSquaredError{}, y, targets, mean,
                      {2.859375, {{-0.0625, -0.0625, 0.625, 0}, {-0.5, 0.125, 0, -0.875}}});
}
