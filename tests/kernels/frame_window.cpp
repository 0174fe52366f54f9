// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.frame_window
#include <kiln/kernels/frame_window.hpp>

#include <boost/test/unit_test.hpp>

using kiln::kernels::FrameWindow;

namespace {

/// Whether runs cover all rows in order and name for each row the taps whose frames exist, and whether rows_of agrees.
constexpr bool runs_are_right(FrameWindow window) {
    const auto exists = [&](int row, int tap) {
        const int frame = window.frame(row, tap);
        return 0 <= frame && frame < window.frames;
    };
    const auto is_read = [&](FrameWindow::Run run, int tap) { return run.first_tap <= tap && tap < run.end_tap; };
    int row = 0;
    while (row < window.rows) {
        const auto run = window.run_from(row);
        if (run.begin != row || run.end <= row || run.end > window.rows) return false;
        for (; row < run.end; ++row)
            for (int tap = 0; tap < window.taps; ++tap)
                if (exists(row, tap) != is_read(run, tap)) return false;
    }
    for (int tap = 0; tap < window.taps; ++tap)
        for (row = 0; row < window.rows; ++row) {
            const auto rows = window.rows_of(tap);
            if (exists(row, tap) != (rows.begin <= row && row < rows.end)) return false;
        }
    return true;
}

static_assert(runs_are_right({.frames = 9, .rows = 9, .taps = 3, .first = -4, .dilation = 2}));
static_assert(runs_are_right({.frames = 9, .rows = 5, .taps = 3, .stride = 2, .first = -1, .dilation = 1}));
static_assert(runs_are_right({.frames = 1, .rows = 7, .taps = 3, .first = -4, .dilation = 1}));  // rows without taps
static_assert(runs_are_right({.frames = 4, .rows = 2, .taps = 1, .stride = 3}));
static_assert(runs_are_right({.frames = 2, .rows = 8, .taps = 2, .first = -9, .dilation = 9}));

}  // namespace

BOOST_AUTO_TEST_CASE(rows_that_read_the_same_taps_are_one_run) {
    const FrameWindow window{.frames = 20, .rows = 20, .taps = 3, .first = -8, .dilation = 4};
    BOOST_TEST(window.run_from(0).end == 4);
    BOOST_TEST(window.run_from(4).end == 8);
    BOOST_TEST(window.run_from(8).end == 20);
}

BOOST_AUTO_TEST_CASE(runs_name_the_taps_that_exist) {
    int windows = 0;
    for (int frames = 1; frames < 8; ++frames)
        for (int taps = 1; taps < 4; ++taps)
            for (int stride = 1; stride < 4; ++stride)
                for (int dilation = 1; dilation < 4; ++dilation)
                    for (int first = -7; first < 3; ++first, ++windows)
                        BOOST_REQUIRE(runs_are_right({frames, 9, taps, stride, first, dilation}));
    BOOST_TEST(windows == 7 * 3 * 3 * 3 * 10);
}
