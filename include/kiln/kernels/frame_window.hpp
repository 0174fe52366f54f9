// SPDX-License-Identifier: BSL-1.0
#pragma once
// The frames that the rows of a convolution in time read: tap j of row r reads frame r stride + first + j dilation.
// Frames before the first and behind the last do not exist, so rows near the ends read fewer taps.

#include <kiln/core/target.hpp>

namespace kiln::inline KILN_TARGET::kernels {

/// A window of `taps` frames, which slides over `frames` frames and stops at `rows` places.
struct FrameWindow {
    int frames = 1, rows = 1, taps = 1, stride = 1, first = 0, dilation = 1;

    /// The first row whose frame, for a tap, is `frame` or a later one.
    constexpr int row_from(int tap, int frame) const {
        const int distance = frame - first - tap * dilation;
        const int row = distance <= 0 ? 0 : (distance + stride - 1) / stride;
        return row < rows ? row : rows;
    }
    /// Rows from `begin` on and before `end`.
    struct Rows {
        int begin, end;
        constexpr int count() const { return end > begin ? end - begin : 0; }
    };
    /// The rows for which the frame of a tap exists.
    constexpr Rows rows_of(int tap) const { return {row_from(tap, 0), row_from(tap, frames)}; }
    /// The frame that a tap of a row reads.
    constexpr int frame(int row, int tap) const { return row * stride + first + tap * dilation; }

    /// Rows that read the same taps: those from first_tap on and before end_tap.
    struct Run {
        int begin, end, first_tap, end_tap;
    };
    /// Such a run from row `begin` on.
    constexpr Run run_from(int begin) const {
        Run run{begin, rows, 0, taps};
        while (run.first_tap < taps && frame(begin, run.first_tap) < 0) ++run.first_tap;
        while (run.end_tap > run.first_tap && frame(begin, run.end_tap - 1) >= frames) --run.end_tap;
        const auto end_at = [&](int row) {
            if (row > begin && row < run.end) run.end = row;
        };
        for (int tap = 0; tap < taps; ++tap) {
            end_at(row_from(tap, 0));
            end_at(row_from(tap, frames));
        }
        return run;
    }
};

}  // namespace kiln::inline KILN_TARGET::kernels
