// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE losses.kl_divergence
#include <kiln/losses/kl_divergence.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/loss.hpp"

#include <limits>
#include <tuple>

using namespace kiln;
using namespace kiln::laws;

static_assert(Loss<KLDivergence, Shape<2, 3>>);
static_assert(judgement<KLDivergence, Shape<3>> == JudgedBy::distributions);

namespace {

template <class Out, class L = KLDivergence>
constexpr auto draw = [](Random& random) {
    Compared<L, Out> sample;
    fill(sample.y, random, 5);
    for (float& target : sample.target) target = max(0.0f, random.uniform(-0.25f, 1));
    return sample;
};

}  // namespace

using OutputShapes = std::tuple<Shape<3>, Shape<2, 3, 4>, Shape<37>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(kl_divergence_obeys_the_laws_of_losses, Out, OutputShapes) {
    require_loss_laws<Out>(KLDivergence{}, draw<Out>);
}

BOOST_AUTO_TEST_CASE(kl_divergence_works_in_constant_expressions) {
    require_constant_loss<Shape<5>, KLDivergence>(draw<Shape<5>>);
    require_constant_loss<Shape<17>, KLDivergence>(draw<Shape<17>>);
}

BOOST_AUTO_TEST_CASE(kl_divergence_is_that_of_pytorch_with_reduction_batchmean) {
    constexpr double y[2][4] = {{0.5, -1.25, 2.0, 0.75}, {-0.5, 3.0, 0.25, -2.5}};
    constexpr Tensor<double, Shape<4>> targets[] = {{0.5, 0.25, 0.25, 0.0}, {0.125, 0.0, 0.375, 0.5}};
    constexpr double mean[] = {0.5, 0.5};
    require_reference(KLDivergence{}, y, targets, mean,
                      {-0.61639276185463387, {{-0.25, -0.125, -0.125, -0}, {-0.0625, -0, -0.1875, -0.25}}});
}

BOOST_AUTO_TEST_CASE(kl_divergence_of_a_distribution_from_itself_is_nothing) {
    Tensor<double, Shape<3>> dy;
    const Tensor<double, Shape<3>> t{0.5, 0.25, 0.25}, y{std::log(0.5), std::log(0.25), std::log(0.25)};
    BOOST_TEST(std::abs(KLDivergence{}(y, t, 1.0, dy)) < 1e-15);
}

BOOST_AUTO_TEST_CASE(kl_divergence_ignores_what_the_target_excludes) {
    Tensor<float, Shape<2>> dy;
    const float never = -std::numeric_limits<float>::infinity();
    BOOST_TEST((KLDivergence{}({0, never}, {1, 0}, 1.0f, dy) == 0));
    BOOST_TEST((dy == Tensor<float, Shape<2>>{-1, 0}));
    BOOST_TEST((KLDivergence{}({0, -1e38f}, {0.5f, 0.5f}, 1.0f, dy) == 5e37f));
}
