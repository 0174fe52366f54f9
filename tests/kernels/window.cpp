// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.window
#include <kiln/core/shape.hpp>
#include <kiln/kernels/window.hpp>

#include <boost/test/unit_test.hpp>

using namespace kiln;
using namespace kiln::kernels;

constexpr bool is(Span span, int begin, int end) { return span.begin == begin && span.end == end; }

static_assert(is(window<3, 2, 0>(0, 7), 0, 3) && is(window<3, 2, 0>(2, 7), 4, 7));
static_assert(is(window<3, 2, 1>(0, 7), 0, 2) && is(window<3, 2, 1>(1, 7), 1, 4) && is(window<3, 2, 1>(3, 7), 5, 7));
static_assert(is(window<4, 1, 2>(0, 1), 0, 1) && is(window<4, 1, 2>(1, 1), 0, 1));

namespace {
// Whether every window overlaps the input, for padding of at most half the window.
template <int N, int Stride, int Padding>
bool every_window_sees(int n) {
    for (int i = 0; i < slide(n, N, Stride, Padding); ++i)
        if (const Span seen = window<N, Stride, Padding>(i, n); seen.begin >= seen.end) return false;
    return true;
}
}  // namespace

BOOST_AUTO_TEST_CASE(windows_padded_by_at_most_half_see_at_least_one_place) {
    for (int n = 1; n < 20; ++n) {
        BOOST_TEST((every_window_sees<2, 1, 1>(n) && every_window_sees<2, 2, 1>(n) && every_window_sees<2, 5, 1>(n)));
        BOOST_TEST((every_window_sees<3, 1, 1>(n) && every_window_sees<5, 3, 2>(n) && every_window_sees<6, 1, 3>(n)));
    }
}
