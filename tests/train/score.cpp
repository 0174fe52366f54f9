// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.score
#include <kiln/core/lanes.hpp>
#include <kiln/train/score.hpp>

#include <boost/test/unit_test.hpp>

#include <array>

using namespace kiln;
using kiln::detail::score;

namespace {

using E = Lanes<float, 4>;

template <int Count>
Tensor<E, Shape<Count>> lanes_of(const float (&values)[Count][4]) {
    Tensor<E, Shape<Count>> tensor;
    for (int k = 0; k < Count; ++k)
        for (int l = 0; l < 4; ++l) set_lane(tensor[k], l, values[k][l]);
    return tensor;
}

}  // namespace

BOOST_AUTO_TEST_CASE(hits_are_lanes_with_a_sample_whose_label_has_the_largest_output) {
    const auto y = lanes_of<3>({{1, 5, 2, 9}, {3, 4, 2, 0}, {2, 6, 1, 0}});
    const auto hits = [&](const std::array<int, 4>& labels, int live) {
        return score<JudgedBy::classes>(y, labels, live).hits;
    };
    const std::array<int, 4> labels{1, 1, 0, 0};  // hit, missed, hit (the first of equals), hit
    BOOST_TEST(hits(labels, 4) == 3);
    BOOST_TEST(hits(labels, 3) == 2);
    BOOST_TEST(hits(labels, 1) == 1);
    BOOST_TEST(hits({1, 1, 1, 0}, 3) == 1);  // the second of equals, as argmax has it
}

BOOST_AUTO_TEST_CASE(hits_of_frames_are_frames_whose_label_has_the_largest_output) {
    Tensor<E, Shape<2, 2>> y;
    const auto outputs = lanes_of<4>({{1, 5, 2, 0}, {3, 4, 2, 0}, {0, 0, 1, 1}, {0, 1, 0, 1}});
    for (int k = 0; k < 4; ++k) y[k] = outputs[k];
    // The classes of frame 0 are 1, 0, 0 (the first of equals), 0; those of frame 1 are 0, 1, 0, 0.
    Tensor<Lanes<int, 4>, Shape<2>> labels;
    constexpr int truth[2][4] = {{1, 1, 0, -1}, {0, -1, 1, -1}};
    for (int t = 0; t < 2; ++t)
        for (int l = 0; l < 4; ++l) set_lane(labels[t], l, truth[t][l]);
    constexpr int hits[] = {0, 2, 2, 3, 3}, answers[] = {0, 2, 3, 5, 5};
    for (int live = 0; live <= 4; ++live) {
        const auto scored = score<JudgedBy::frames>(y, labels, live);
        BOOST_TEST(scored.hits == hits[live]);
        BOOST_TEST(scored.answers == answers[live]);
    }
    static_assert(kiln::detail::answers<JudgedBy::frames, Shape<7, 3>> == 7);
}

BOOST_AUTO_TEST_CASE(hits_of_labels_are_outputs_on_the_right_side_of_0) {
    const auto y = lanes_of<2>({{1, -1, 0, 3}, {-1, -2, 4, 3}});
    const auto targets = lanes_of<2>({{1, 1, 1, 0.5f}, {0, 0, 0.6f, 0.4f}});  // 2, 1, 1 and 0 right
    const int hits[] = {0, 2, 3, 4, 4};
    for (int live = 0; live <= 4; ++live) BOOST_TEST(score<JudgedBy::labels>(y, targets, live).hits == hits[live]);
    static_assert(kiln::detail::answers<JudgedBy::labels, Shape<2>> == 2);
}

BOOST_AUTO_TEST_CASE(hits_of_distributions_are_largest_outputs_where_targets_are_largest) {
    const auto y = lanes_of<4>({{1, 3, 0, 0}, {2, 0, 0, 0}, {0, 0, 1, 0}, {0, 0, 1, 0}});
    const auto targets = lanes_of<4>({{0.1f, 0.5f, 0, 1}, {0.9f, 0.4f, 1, 0}, {0, 0.1f, 0, 0}, {0, 0, 0, 0}});
    BOOST_TEST(score<JudgedBy::distributions>(y, targets, 4).hits == 3);  // lane 2: class 2, not 1
    // A map of two channels and two pixels: the classes of a pixel lie two apart.
    Tensor<E, Shape<2, 1, 2>> map, right;
    for (int k = 0; k < 4; ++k) {
        map[k] = y[k];
        right[k] = targets[k];
    }
    // Lane 0: 1 > 0 but 0.1 > 0, 2 > 0 and 0.9 > 0: both right; so in lane 1. Lane 2: pixel 0 right is class 0, pixel 1 too.
    BOOST_TEST(score<JudgedBy::distributions>(map, right, 1).hits == 2);
    BOOST_TEST(score<JudgedBy::distributions>(map, right, 2).hits == 4);
    BOOST_TEST(score<JudgedBy::distributions>(map, right, 3).hits == 4);
    static_assert(kiln::detail::answers<JudgedBy::distributions, Shape<2, 1, 2>> == 2);
}

BOOST_AUTO_TEST_CASE(errors_of_values_are_summed_over_lanes_with_a_sample) {
    const auto y = lanes_of<2>({{1, -1, 0, 3}, {-1, -2, 4, 3}});
    const auto targets = lanes_of<2>({{1, 1, 1, 100}, {0, 0, 0.5f, 100}});
    BOOST_TEST(score<JudgedBy::values>(y, targets, 3).error == 1 + 4 + 4.5f);
    BOOST_TEST(score<JudgedBy::values>(y, targets, 1).error == 1.0f);
}

BOOST_AUTO_TEST_CASE(a_single_sample_is_scored_as_one_lane_is) {
    constexpr Tensor<float, Shape<3>> y{1, 3, 2};
    static_assert(score<JudgedBy::classes>(y, std::array{1}, 1).hits == 1);
    static_assert(score<JudgedBy::labels>(y, Tensor<float, Shape<3>>{1, 1, 0}, 1).hits == 2);
    static_assert(score<JudgedBy::values>(y, Tensor<float, Shape<3>>{1, 1, 0}, 1).error == 4);
}
