// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE losses.hinge
#include <kiln/losses/hinge.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/loss.hpp"

#include <array>
#include <climits>
#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Loss<Hinge, Shape<10>>);
static_assert(judgement<Hinge, Shape<3>> == JudgedBy::classes);
static_assert(Hinge::fits({10}).fits && !Hinge::fits({2, 5}).fits &&
              std::is_same_v<Hinge::needs<Shape<2, 5>>, rank<1>>);
static_assert(Hinge::valid(0, {10}) && Hinge::valid(9, {10}) && !Hinge::valid(10, {10}) && !Hinge::valid(-1, {10}));
static_assert(!Hinge::valid(INT_MAX, {10}) && !Hinge::valid(INT_MIN, {10}));

namespace {

template <class Out, class L = Hinge>
constexpr auto draw = [](Random& random) {
    Compared<L, Out> sample;
    fill(sample.y, random, 5);
    sample.target = random.below(Out::count);
    return sample;
};

}  // namespace

using OutputShapes = std::tuple<Shape<2>, Shape<3>, Shape<10>, Shape<37>, Shape<100>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(hinge_obeys_the_laws_of_losses, Out, OutputShapes) {
    require_loss_laws<Out>(Hinge{}, draw<Out>);
}

BOOST_AUTO_TEST_CASE(hinge_works_in_constant_expressions) {
    require_constant_loss<Shape<5>, Hinge>(draw<Shape<5>>);
    require_constant_loss<Shape<17>, Hinge>(draw<Shape<17>>);
}

BOOST_AUTO_TEST_CASE(hinge_is_that_of_pytorch) {
    constexpr double y[2][4] = {{0.5, -1.25, 2.0, 0.75}, {-0.5, 3.0, 0.25, -2.5}};
    constexpr std::array<int, 1> targets[] = {{2}, {0}};
    constexpr double mean[] = {0.5, 0.5};
    require_reference(Hinge{}, y, targets, mean, {0.78125, {{0, 0, 0, 0}, {-0.25, 0.125, 0.125, 0}}});
}

BOOST_AUTO_TEST_CASE(hinge_of_huge_scores_is_finite) {
    Tensor<float, Shape<2>> dy;
    BOOST_TEST((Hinge{}({-1e38f, 1e38f}, {0}, 1.0f, dy) == 1e38f));
    BOOST_TEST((dy == Tensor<float, Shape<2>>{-0.5f, 0.5f}));
    BOOST_TEST((Hinge{}({-1e38f, 1e38f}, {1}, 1.0f, dy) == 0));
    BOOST_TEST((dy == Tensor<float, Shape<2>>{}));
}
