// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE optimizers.clip
#include <kiln/layers/linear.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/clip.hpp>
#include <kiln/optimizers/rmsprop.hpp>
#include <kiln/optimizers/schedule.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/detail/update.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Optimizer<ClipByNorm<Adam>> && Optimizer<ClipByValue<SGD>> && Optimizer<ClipByValue<ClipByNorm<SGD>>>);
static_assert(ClipByNorm<Adam>::moments == 2 && ClipByValue<RMSProp>::moments == 3);
static_assert(needs_gradient_norm<ClipByNorm<SGD>> && needs_gradient_norm<ClipByValue<ClipByNorm<SGD>>> &&
              !needs_gradient_norm<ClipByValue<SGD>>);
static_assert(
    std::is_same_v<decltype(ClipByNorm{Adam{}, 0.5f}), ClipByNorm<Adam>> &&
    std::is_same_v<decltype(ClipByValue{Scheduled{SGD{}, Constant{}}}), ClipByValue<Scheduled<SGD, Constant>>>);
static_assert(ClipByNorm{SGD{.learning_rate = 0.5f}}.rate(3) == 0.5f);
static_assert(!ObservesLoss<ClipByNorm<SGD>> && ObservesLoss<ClipByNorm<Scheduled<SGD, ReduceOnPlateau>>>);
static_assert(!Remembers<ClipByNorm<SGD>> && Remembers<ClipByNorm<Scheduled<SGD, ReduceOnPlateau>>> &&
              Remembers<ClipByValue<Scheduled<SGD, ReduceOnPlateau>>>);
static_assert(ClipByValue{RMSProp{.momentum = 0.5f}}.at(0).moments_in_use() == 2);

namespace {

using Elements = std::tuple<float, double, Lanes<float, 4>, Lanes<float, 16>>;
constexpr SGD plain{.learning_rate = 1};

/// The amount that one step of `optimizer` subtracts from a parameter with this gradient.
template <class E>
double step_of(const auto& rule, float g) {
    E w(scalar_t<E>(0));
    rule(w, E(scalar_t<E>(g)));
    for (int l = 1; l < width<E>; ++l) BOOST_TEST((lane(w, l) == lane(w, 0) || lane(w, 0) != lane(w, 0)));
    return -double(lane(w, 0));
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(clip_by_norm_shortens_gradients_that_are_too_long, E, Elements) {
    const ClipByNorm clipped{plain, 2.0f};
    // torch.nn.utils.clip_grad_norm_ of {3, 4} to 2 gives 1.2 and 1.6, less a part in five million.
    BOOST_TEST(std::abs(step_of<E>(clipped.at(0, 5), 3) - 1.19999976) < 2e-7);
    BOOST_TEST(std::abs(step_of<E>(clipped.at(0, 5), 4) - 1.59999968) < 2e-7);
    BOOST_TEST(step_of<E>(clipped.at(0, 1.5f), 1.25f) == 1.25);
    BOOST_TEST(step_of<E>(clipped.at(0, 0), 0) == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(clip_by_value_bounds_every_gradient, E, Elements) {
    const ClipByValue clipped{plain, 0.5f};
    for (const float g : {-100.0f, -0.5f, -0.25f, 0.0f, 0.25f, 0.5f, 3.0f})
        BOOST_TEST(step_of<E>(clipped.at(0), g) == std::min(0.5f, std::max(-0.5f, g)));
    BOOST_TEST(std::isnan(step_of<E>(clipped.at(0), std::numeric_limits<float>::quiet_NaN())));
}

BOOST_AUTO_TEST_CASE(clips_wrap_each_other_the_outer_first) {
    // The outer clip comes first: 8 is shortened to 4, then bounded by 3. In the other order 8 is bounded by 3, then
    // shortened to half, because the norm is that of the gradients before the bound.
    BOOST_TEST(std::abs(step_of<float>(ClipByNorm{ClipByValue{plain, 3.0f}, 5.0f}.at(0, 10), 8) - 3) < 1e-6);
    BOOST_TEST(std::abs(step_of<float>(ClipByValue{ClipByNorm{plain, 5.0f}, 3.0f}.at(0, 10), 8) - 1.5) < 1e-6);
    // The inner optimizer gets the norm that the outer one leaves.
    BOOST_TEST(std::abs(step_of<float>(ClipByNorm{ClipByNorm{plain, 4.0f}, 2.0f}.at(0, 8), 8) - 2) < 1e-6);
    BOOST_TEST(std::abs(step_of<float>(ClipByNorm{ClipByNorm{plain, 2.0f}, 4.0f}.at(0, 8), 8) - 2) < 1e-6);
}

BOOST_AUTO_TEST_CASE(clip_by_norm_of_a_norm_that_is_no_number_shows) {
    BOOST_TEST(std::isnan(step_of<float>(ClipByNorm{plain}.at(0, std::nanf("")), 1)));
    BOOST_TEST(step_of<float>(ClipByNorm{plain}.at(0, std::numeric_limits<float>::infinity()), 1) == 0);
}

BOOST_AUTO_TEST_CASE(clipped_update_of_a_record_has_the_largest_norm) {
    using Record = parameters_t<Linear<19, 3>, float, Shape<19>>;
    Random random{Seed{1}};
    Record w{}, g;
    fill_record<float>(g, random);
    const float before = norm(g);
    BOOST_TEST(before > 1.5f);
    std::array<Record, 1> moments{};
    update(ClipByNorm{plain, 1.5f}.at(0, before), w, g, moments);
    BOOST_TEST(std::abs(norm(w) - 1.5f) < 1e-5f);
    BOOST_TEST(norm(moments[0]) == 0);  // without momentum there is no velocity
    std::array<Record, 3> of_rmsprop{};
    update(ClipByValue{RMSProp{}, 0.1f}.at(0), w, g, of_rmsprop);
    BOOST_TEST(norm(of_rmsprop[0]) > 0);
    BOOST_TEST(norm(of_rmsprop[1]) == 0);
}

BOOST_AUTO_TEST_CASE(clipped_steps_work_in_constant_expressions) {
    static_assert([] {
        float w = 1;
        ClipByValue{plain, 0.25f}.at(0)(w, 7.0f);
        return w;
    }() == 0.75f);
}
