// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.last_frame
#include <kiln/core/lanes.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/last_frame.hpp>

#include <boost/test/unit_test.hpp>

using namespace kiln;

namespace {
/// Sequences of three frames of two numbers: lane l of frame t is 100 t + 10 i + l.
template <class E>
Tensor<E, Shape<2>> last_of(const Pass& pass) {
    Tensor<E, Shape<2>> y{};
    for (int t = 0; t < 3; ++t) {
        E frame[2];
        for (int i = 0; i < 2; ++i)
            for (int l = 0; l < width<E>; ++l) set_lane(frame[i], l, static_cast<float>(100 * t + 10 * i + l));
        kernels::take_frame<3, 2>(frame, t, pass, y.data);
    }
    return y;
}
}  // namespace

BOOST_AUTO_TEST_CASE(sequences_of_all_frames_end_with_the_last) {
    const auto y = last_of<Lanes<float, 4>>({.live = 4});
    for (int l = 0; l < 4; ++l) BOOST_TEST(lane(y[1], l) == static_cast<float>(210 + l));
    BOOST_TEST(last_of<float>({})[0] == 200);
}

// Lane 2 claims more frames than there are, lane 3 holds no sample.
BOOST_AUTO_TEST_CASE(a_lane_ends_with_its_own_last_frame) {
    const int lengths[] = {1, 2, 9, 1};
    const auto y = last_of<Lanes<float, 4>>({.live = 3, .lengths = lengths});
    BOOST_TEST(lane(y[0], 0) == 0);
    BOOST_TEST(lane(y[0], 1) == 101);
    BOOST_TEST(lane(y[0], 2) == 202);
    BOOST_TEST(lane(y[0], 3) == 203);
}

BOOST_AUTO_TEST_CASE(an_empty_sequence_ends_with_its_first_frame) {
    const int none = 0;
    BOOST_TEST(last_of<float>({.lengths = &none})[1] == 10);
}
