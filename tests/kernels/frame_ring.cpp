// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.frame_ring
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/frame_ring.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <tuple>

using namespace kiln;

namespace {

constexpr int reach = 70, size = 2;

/// Appends N frames, frame t of the stream holding 2 t and 2 t + 1, and looks for all frames from `reach` ago on.
template <int N, class Ring, class E>
void append(Ring& ring, int& t, const E*) {
    E x[N * size];
    for (int i = 0; i < N * size; ++i) x[i] = E(scalar_t<E>(size * t + i));
    ring.template append<N>(x);
    t += N;
    for (int ago = 0; ago <= reach; ++ago)
        for (int i = 0; i < N * size; ++i) {
            const int expected = size * (t - N - ago) + i;
            BOOST_REQUIRE(double(lane(ring.frames[ring.template start<N>(ago) + i], 0)) ==
                          (expected < 0 ? 0 : expected));
        }
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_ring_has_the_last_frames_in_a_row, E,
                              decltype(std::tuple<float, double, Lanes<float, 16>>{})) {
    const auto ring = std::make_unique<kernels::FrameRing<E, size, reach>>();
    const E* const type = nullptr;
    for (int again = 0; again < 2; ++again) {
        ring->clear();
        int t = 0;
        for (int round = 0; round < 9; ++round) {
            append<64>(*ring, t, type);
            append<1>(*ring, t, type);
            append<17>(*ring, t, type);
            append<63>(*ring, t, type);
        }
    }
}
