// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE losses.standardized
#include <kiln/losses/huber.hpp>
#include <kiln/losses/mean_absolute_error.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/losses/standardized.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/loss.hpp"

#include <tuple>

using namespace kiln;
using namespace kiln::laws;

namespace {

/// Means and deviations near 1, which differ from output to output.
template <class S>
struct Moments {
    Tensor<float, S> mean, sd;
    constexpr Moments() {
        for (int k = 0; k < S::count; ++k) {
            mean.data[k] = 0.25f * static_cast<float>(k % 5);
            sd.data[k] = 0.5f + 0.25f * static_cast<float>(k % 3);
        }
    }
};

}  // namespace

static_assert(Loss<Standardized<MeanSquaredError, Shape<2, 3>>, Shape<2, 3>>);
static_assert(!Loss<Standardized<MeanSquaredError, Shape<2, 3>>, Shape<6>>);
static_assert(judgement<Standardized<MeanSquaredError, Shape<2, 3>>, Shape<2, 3>> == JudgedBy::values);

using OutputShapes = std::tuple<Shape<1>, Shape<3>, Shape<2, 3, 4>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(standardized_losses_obey_the_laws_of_losses, Out, OutputShapes) {
    using Squares = Standardized<MeanSquaredError, Out>;
    require_loss_laws<Out>(Squares{Moments<Out>{}}, draw_near<Out, Squares>);
    using Bounded = Standardized<Huber, Out>;
    require_loss_laws<Out>(Bounded{Moments<Out>{}, Huber{.delta = 0.5f}}, draw_near<Out, Bounded>);
}

BOOST_AUTO_TEST_CASE(it_is_the_loss_of_standardised_outputs_and_targets) {
    struct {
        Tensor<float, Shape<2>> mean{300'000, 2}, sd{90'000, 0.5f};
    } prices;
    const Standardized<MeanSquaredError, Shape<2>> loss{prices};
    Tensor<double, Shape<2>> dy;
    // One and two deviations off.
    BOOST_TEST((loss({390'000.0, 1.0}, {300'000.0, 2.0}, 1.0, dy)) == (1.0 + 4.0) / 2,
               boost::test_tools::tolerance(1e-14));
    BOOST_TEST(dy[0] == 1.0 / 90'000, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(dy[1] == -2.0 / 0.5, boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(without_moments_it_is_the_loss) {
    Tensor<float, Shape<2>> dy, same;
    const Tensor<float, Shape<2>> y{1.5f, -2}, target{0.25f, 3};
    BOOST_TEST((Standardized<MeanAbsoluteError, Shape<2>>{}(y, target, 1.0f, dy)) ==
               MeanAbsoluteError{}(y, target, 1.0f, same));
    BOOST_TEST((dy == same));
}

BOOST_AUTO_TEST_CASE(its_deviations_and_the_settings_of_the_loss_are_checked) {
    Standardized<Huber, Shape<2>> loss;
    BOOST_TEST(loss.fault().name == nullptr);
    loss.sd[1] = 0;
    BOOST_TEST(std::string(loss.fault().name) == "sd");
    loss.sd[1] = 2;
    loss.loss.delta = -1;
    BOOST_TEST(std::string(loss.fault().of) == "Huber");
}
