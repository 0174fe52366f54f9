// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.mask_frames
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/mask_frames.hpp>

#include <boost/test/unit_test.hpp>

using namespace kiln;

BOOST_AUTO_TEST_CASE(frames_behind_the_end_of_each_sample_become_zero) {
    using V = Lanes<float, 4>;
    const int lengths[] = {3, 1, 9, 2};  // of four frames
    V x[4 * 2];
    for (V& value : x) value = V(1.0f);
    kernels::mask_frames(x, 4, 2, Pass{.live = 3, .lengths = lengths});
    for (int i = 0; i < 8; ++i) {
        BOOST_TEST(x[i].v[0] == (i < 6 ? 1 : 0));
        BOOST_TEST(x[i].v[1] == (i < 2 ? 1 : 0));
        BOOST_TEST(x[i].v[2] == 1);
        BOOST_TEST(x[i].v[3] == 1);  // no sample
    }
}

BOOST_AUTO_TEST_CASE(whole_sequences_stay) {
    float x[] = {1, 2, 3};
    kernels::mask_frames(x, 3, 1, Pass{});
    BOOST_TEST(x[2] == 3);
}
