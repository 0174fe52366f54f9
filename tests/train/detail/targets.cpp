// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.detail.targets
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/train/detail/targets.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <vector>

using namespace kiln;

namespace {
using E = Lanes<float, 4>;
}

BOOST_AUTO_TEST_CASE(without_shares_every_sample_counts_the_same) {
    BOOST_TEST(kiln::detail::share_of_each(MeanSquaredError{}, 8, [](int) { return Tensor<float, Shape<1>>{}; }) ==
               0.125f);
}

BOOST_AUTO_TEST_CASE(shares_are_those_of_the_batch) {
    const std::array<int, 4> labels{0, 2, 2, 1};
    const auto share = [&](const auto& loss) {
        return kiln::detail::share_of_each(loss, 4, [&](int i) { return labels[static_cast<std::size_t>(i)]; });
    };
    BOOST_TEST(share(CrossEntropy{}) == 0.25f);
    BOOST_TEST(share(WeightedCrossEntropy<3>{}) == 0.25f);
    BOOST_TEST(share(WeightedCrossEntropy<3>{.class_weights = {1, 2, 5}}) == 1.0f / 13);
    BOOST_TEST(share(WeightedCrossEntropy<3>{.class_weights = {}}) == 0.0f);
}

BOOST_AUTO_TEST_CASE(tensors_are_gathered_lane_by_lane_and_scaled) {
    const std::vector<Tensor<std::uint8_t, Shape<2>>> targets{{1, 2}, {3, 4}, {5, 6}};
    const auto target = [&](int i) -> const Tensor<std::uint8_t, Shape<2>>& {
        return targets[static_cast<std::size_t>(i)];
    };
    const BatchView batch{3, [](int) { return 0; }, target, 1.0f, 0.5f};
    const auto source = [](int l) { return l < 3 ? l : 0; };
    const auto gathered = kiln::detail::gather_targets<Tensor<E, Shape<2>>, E>(source, batch);
    const float expected[2][4] = {{0.5f, 1.5f, 2.5f, 0.5f}, {1, 2, 3, 1}};
    for (int k = 0; k < 2; ++k)
        for (int l = 0; l < 4; ++l) BOOST_TEST(lane(gathered[k], l) == expected[k][l]);
}
