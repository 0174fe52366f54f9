// SPDX-License-Identifier: BSL-1.0
// flags: -O2
#define BOOST_TEST_MODULE cart_pole.cart_pole
// The simulation and the learner of examples/cart_pole.

#include "../../examples/cart_pole/cart_pole.hpp"

#include <boost/test/unit_test.hpp>

#include "allocations.hpp"

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <memory>

using namespace cart_pole;
using kiln::Lanes, kiln::Seed, kiln::Tensor;

namespace {

Tensor<float, State> after(const Tensor<float, State>& start, std::initializer_list<float> sides) {
    Carts<float> cart{.state = start};
    for (const float side : sides) cart.push(side);
    return cart.state;
}
void require_close(const Tensor<float, State>& state, const Tensor<float, State>& expected) {
    for (int i = 0; i < state.size(); ++i) {
        BOOST_TEST_CONTEXT("number " << i) {
            BOOST_TEST(std::abs(state[i] - expected[i]) < 4e-6f);  // twelve steps in float, values to six digits
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_cart_moves_as_that_of_gym) {
    // Values of the equations of gym's CartPole-v1 in Python.
    require_close(after({0.03f, -0.02f, 0.01f, 0.04f}, {1, -1, 1, 1, -1, -1, -1, 1, -1, 1, -1, 1}),
                  {0.032965f, -0.019892f, 0.008763f, 0.037611f});
    require_close(after({-0.5f, 1.5f, 0.6f, -4.0f}, {-1, -1, -1, -1, 1, 1, 1, 1}),
                  {-0.321365f, 1.501007f, 0.110057f, -3.259851f});
}

BOOST_AUTO_TEST_CASE(each_lane_is_a_cart_of_its_own) {
    kiln::Random random{Seed{1}};
    Carts<Lanes<float, 16>> carts;
    for (int l = 0; l < 16; ++l) carts.restart(l, random);
    const auto start = carts.state;
    Lanes<float, 16> sides;
    for (int l = 0; l < 16; ++l) set_lane(sides, l, l % 3 == 0 ? -1.0f : 1.0f);
    for (int i = 0; i < 3; ++i) carts.push(sides);
    for (int l = 0; l < 16; ++l) {
        Carts<float> cart;
        for (int i = 0; i < 4; ++i) {
            BOOST_TEST(std::abs(lane(start[i], l)) <= 0.05f);
            cart.state[i] = lane(start[i], l);
        }
        for (int i = 0; i < 3; ++i) cart.push(lane(sides, l));
        for (int i = 0; i < 4; ++i) BOOST_TEST(std::abs(lane(carts.state[i], l) - cart.state[i]) < 1e-6f);
        BOOST_TEST(lane(carts.steps, l) == 3);
    }
}

BOOST_AUTO_TEST_CASE(a_pole_has_fallen_beyond_12_degrees_and_at_the_end_of_the_track) {
    const auto fallen = [](float place, float angle) {
        return Carts<float>{.state = {place, 9, angle, 9}}.fallen() == 1;
    };
    BOOST_TEST(!fallen(0, 0));
    BOOST_TEST(!fallen(2.39f, -0.209f));
    BOOST_TEST(!fallen(-2.39f, 0.209f));
    BOOST_TEST(fallen(0, 0.21f));
    BOOST_TEST(fallen(0, -0.21f));
    BOOST_TEST(fallen(2.41f, 0));
    BOOST_TEST(fallen(-2.41f, 0));
}

BOOST_AUTO_TEST_CASE(returns_are_those_of_the_last_100_episodes) {
    Returns returns;
    BOOST_TEST(returns.mean() == 0);
    returns.add(500);
    BOOST_TEST(returns.mean() == 500);
    BOOST_TEST(!returns.solved());
    for (int i = 1; i < 100; ++i) returns.add(450);
    BOOST_TEST(returns.mean() == 450.5f);
    BOOST_TEST(!returns.solved());
    for (int i = 0; i < 50; ++i) returns.add(500);
    BOOST_TEST(returns.mean() == 475);
    BOOST_TEST(returns.solved());
    BOOST_TEST(returns.count() == 150);
}

BOOST_AUTO_TEST_CASE(the_slope_of_a_push_is_that_of_its_loss) {
    const auto loss = [](double logit, double side, double advantage) {
        const double right = 1 / (1 + std::exp(-logit)), left = 1 - right;
        return -advantage * std::log(side > 0 ? right : left) + 0.3 * (right * std::log(right) + left * std::log(left));
    };
    constexpr double step = 1e-5;
    for (const double logit : {-2.0, -0.1, 0.0, 1.5})
        for (const double side : {-1.0, 1.0})
            for (const double advantage : {-3.0, 0.0, 2.0}) {
                const double difference = loss(logit + step, side, advantage) - loss(logit - step, side, advantage);
                const double slope = slope_of_push(logit, side, advantage, 0.3);
                BOOST_TEST(std::abs(slope - difference / (2 * step)) < 1e-8);  // step² and rounding / step
            }
    BOOST_TEST(slope_of_push(0.5, 1.0, 1.0, 0.0) < 0);  // what went well becomes likelier
}

BOOST_AUTO_TEST_CASE(the_policy_learns_to_balance_and_allocates_nothing) {
    const auto learner = std::make_unique<ActorCritic<Lanes<float, 16>>>(Seed{1});
    const float before = mean_return(learner->policy(), 20, Seed{2});
    const int allocated = allocations;
    int steps = 0;
    for (; steps < 200'000 && !learner->returns().solved(); steps += learner->steps) learner->learn();
    const float after = mean_return(learner->policy(), 20, Seed{2});
    BOOST_TEST(allocations == allocated);
    BOOST_TEST(learner->returns().solved());
    BOOST_TEST(before < 50);
    BOOST_TEST(after > 475);
    BOOST_TEST(steps < 150'000);  // 142,000 is the most that any of the seeds 1 to 100 needs
}

BOOST_AUTO_TEST_CASE(the_value_of_a_pole_that_stands_does_not_end_with_the_episode) {
    for (const std::uint64_t seed : {1, 2, 3}) {
        const auto learner = std::make_unique<ActorCritic<Lanes<float, 16>>>(Seed{seed});
        for (int steps = 0; steps < 200'000; steps += learner->steps) learner->learn();
        const float value = learner->policy().predict({0, 0, 0, 0}).get<1>()[0];
        // One for each step for ever, discounted. Ends of episodes that counted as falls would take 0.3 to 1 from it.
        BOOST_TEST(std::abs(value - 1 / (1 - learner->discount)) < 0.2f);
    }
}
