// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.reverse_frames
#include <kiln/core/lanes.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/reverse_frames.hpp>

#include <boost/test/unit_test.hpp>

using namespace kiln;

namespace {

using L = Lanes<float, 4>;
using Frames = Tensor<L, Shape<3, 2>>;

/// Lane l of element i of frame t is 100 t + 10 i + l.
Frames sequence() {
    Frames x;
    for (int t = 0; t < 3; ++t)
        for (int i = 0; i < 2; ++i)
            for (int l = 0; l < 4; ++l) set_lane(x(t, i), l, static_cast<float>(100 * t + 10 * i + l));
    return x;
}
/// Whether each frame t of lane l is frame from[t] of the sequence plus `more` times frame t.
bool has_frames(const Frames& y, int l, const int (&from)[3], int more = 0) {
    bool equal = true;
    for (int t = 0; t < 3; ++t)
        for (int i = 0; i < 2; ++i)
            equal = equal && lane(y(t, i), l) == static_cast<float>(100 * from[t] + 10 * i + l) +
                                                     static_cast<float>(more * (100 * t + 10 * i + l));
    return equal;
}

// Lane 2 claims more frames than there are, lane 3 holds no sample.
constexpr int lengths[] = {1, 2, 9, 1};
constexpr Pass shorter{.live = 3, .lengths = lengths};

}  // namespace

BOOST_AUTO_TEST_CASE(sequences_of_all_frames_are_reversed) {
    Frames y;
    kernels::reverse_frames<3, 2>(sequence().data, 2, {.live = 4}, y.data, 2);
    for (int l = 0; l < 4; ++l) BOOST_TEST(has_frames(y, l, {2, 1, 0}));
}

BOOST_AUTO_TEST_CASE(padding_stays_behind_the_frames_of_a_lane) {
    Frames y;
    kernels::reverse_frames<3, 2>(sequence().data, 2, shorter, y.data, 2);
    BOOST_TEST(has_frames(y, 0, {0, 1, 2}));
    BOOST_TEST(has_frames(y, 1, {1, 0, 2}));
    BOOST_TEST(has_frames(y, 2, {2, 1, 0}));
    BOOST_TEST(has_frames(y, 3, {2, 1, 0}));
}

BOOST_AUTO_TEST_CASE(reversed_frames_are_added) {
    Frames y = sequence();
    kernels::add_reversed_frames<3, 2>(sequence().data, shorter, y.data);
    BOOST_TEST(has_frames(y, 1, {1, 0, 2}, 1));
    BOOST_TEST(has_frames(y, 2, {2, 1, 0}, 1));
}

BOOST_AUTO_TEST_CASE(rows_may_stand_apart) {
    const float from[] = {1, 2, 9, 3, 4, 9};
    float reversed[8] = {}, copied[8] = {};
    kernels::reverse_frames<2, 2>(from, 3, {}, reversed, 4);
    kernels::copy_rows<2, 2>(from, 3, copied, 4);
    const float expected[] = {3, 4, 0, 0, 1, 2, 0, 0}, as_they_are[] = {1, 2, 0, 0, 3, 4, 0, 0};
    for (int i = 0; i < 8; ++i) {
        BOOST_TEST(reversed[i] == expected[i]);
        BOOST_TEST(copied[i] == as_they_are[i]);
    }
}
