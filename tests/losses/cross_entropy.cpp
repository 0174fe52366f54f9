// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE losses.cross_entropy
#include <kiln/losses/cross_entropy.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <array>
#include <climits>
#include <cmath>
#include <limits>
#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Loss<CrossEntropy, Shape<10>>);
static_assert(CrossEntropy::fits({10}).fits && !CrossEntropy::fits({8, 13, 13}).fits &&
              !CrossEntropy::fits({2, 5}).fits);
static_assert(std::is_same_v<CrossEntropy::needs<Shape<2, 5>>, rank<1>>);
static_assert(std::is_same_v<default_loss<int>::type, CrossEntropy>);

// valid_are_labels_of_a_class
static_assert(CrossEntropy::valid(0, {10}) && CrossEntropy::valid(9, {10}));
static_assert(!CrossEntropy::valid(10, {10}) && !CrossEntropy::valid(-1, {10}));
static_assert(!CrossEntropy::valid(INT_MAX, {10}) && !CrossEntropy::valid(INT_MIN, {10}));
static_assert(CrossEntropy::valid(0, {1}) && !CrossEntropy::valid(1, {1}));

namespace {

using Elements = std::tuple<float, double, Lanes<float, 4>, Lanes<float, 16>, Lanes<double, 4>>;

/// Weighted loss and slopes in long double, straight from the definition.
template <int Classes>
struct Reference {
    long double loss = 0;
    Tensor<double, Shape<Classes>> dy{};

    Reference(const Tensor<double, Shape<Classes>>& y, int label, long double weight) {
        long double most = y[0], sum = 0;
        for (const double logit : y) most = std::max(most, static_cast<long double>(logit));
        for (const double logit : y) sum += std::exp(logit - most);
        loss = weight * (std::log(sum) + most - y[label]);
        for (int k = 0; k < Classes; ++k)
            dy[k] = static_cast<double>(weight * (std::exp(y[k] - most) / sum - (k == label ? 1 : 0)));
    }
};

/// Compares every lane of one evaluation, each with a label and a weight of its own.
template <class E, int Classes>
void compare_with_reference(std::uint64_t seed, float bound) {
    using S = scalar_t<E>;
    Random random{Seed{seed}};
    Tensor<E, Shape<Classes>> y, dy;
    fill(y, random, bound);
    std::array<int, width<E>> labels{};
    E weight;
    for (int l = 0; l < width<E>; ++l) {
        labels[static_cast<std::size_t>(l)] = random.below(Classes);
        set_lane(weight, l, S(random.uniform(0, 2)));
    }
    const E loss = CrossEntropy{}(y, labels, weight, dy);
    for (int l = 0; l < width<E>; ++l) {
        const Reference<Classes> expected(lane_of(y, l), labels[static_cast<std::size_t>(l)], lane(weight, l));
        // A few roundings of numbers up to the largest difference of logits, 2 bound, times the weight, up to 2.
        const double tolerance = 8 * std::numeric_limits<S>::epsilon() * (1 + bound);
        BOOST_TEST(std::abs(double(lane(loss, l) - expected.loss)) <= tolerance);
        for (int k = 0; k < Classes; ++k)
            BOOST_TEST(std::abs(double(lane(dy[k], l)) - expected.dy[k]) <= 16 * std::numeric_limits<S>::epsilon());
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(cross_entropy_is_that_of_its_definition, E, Elements) {
    for (const std::uint64_t seed : {1, 2, 3}) {
        for (const float bound : {0.1f, 3.0f, 50.0f}) {
            compare_with_reference<E, 1>(seed, bound);
            compare_with_reference<E, 2>(seed, bound);
            compare_with_reference<E, 10>(seed, bound);
            compare_with_reference<E, 37>(seed, bound);
        }
    }
}

BOOST_AUTO_TEST_CASE(cross_entropy_of_equal_logits_is_the_logarithm_of_the_classes) {
    const Tensor<double, Shape<4>> y{3, 3, 3, 3};
    Tensor<double, Shape<4>> dy;
    BOOST_TEST(std::abs(CrossEntropy{}(y, {2}, 1.0, dy) - std::log(4.0)) < 1e-15);
    BOOST_TEST((dy == Tensor<double, Shape<4>>{0.25, 0.25, -0.75, 0.25}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(cross_entropy_of_huge_logits_is_finite, E, Elements) {
    using S = scalar_t<E>;
    const Tensor<E, Shape<3>> y{S(1e30f), S(-1e30f), S(0)};
    Tensor<E, Shape<3>> dy;
    for (int label = 0; label < 3; ++label) {
        std::array<int, width<E>> labels{};
        labels.fill(label);
        const E loss = CrossEntropy{}(y, labels, E(S(1)), dy);
        const double expected[] = {0, 2e30, 1e30};
        for (int l = 0; l < width<E>; ++l) {
            BOOST_TEST(std::abs(double(lane(loss, l)) - expected[label]) <= 1e24);  // 1e30 as a float
            for (int k = 0; k < 3; ++k) BOOST_TEST(double(lane(dy[k], l)) == (k == 0) - (k == label));
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(cross_entropy_of_weight_zero_is_exactly_nothing, E, Elements) {
    using S = scalar_t<E>;
    Random random{Seed{4}};
    Tensor<E, Shape<10>> y, dy;
    fill(y, random, 30);
    y[3] = S(1e30f);
    E weight(S(0));
    if constexpr (width < E >> 1) set_lane(weight, 1, S(1));  // the others are masked
    const std::array<int, width<E>> labels{};
    const E loss = CrossEntropy{}(y, labels, weight, dy);
    for (int l = 0; l < width<E>; ++l) {
        const bool live = lane(weight, l) > 0;
        BOOST_TEST((lane(loss, l) != 0) == live);
        for (int k = 0; k < 10; ++k) BOOST_TEST((live || lane(dy[k], l) == 0));
    }
}

BOOST_AUTO_TEST_CASE(cross_entropy_works_in_constant_expressions) {
    constexpr auto loss = [] {
        Tensor<float, Shape<2>> dy{};
        return CrossEntropy{}(Tensor<float, Shape<2>>{0, 0}, {1}, 1.0f, dy);
    };
    static_assert(loss() > 0.693147f && loss() < 0.693148f);
}
