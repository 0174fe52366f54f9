// SPDX-License-Identifier: BSL-1.0
#pragma once
// Where a window that slides over a padded row or column lies: window i starts at i S - P, and sees of the n places those
// that are there. (shape's `slide` says how many windows there are.)

namespace kiln::kernels {

/// Places begin … end - 1.
struct Span {
    int begin, end;
};

/// What window i of N places, Stride apart, sees of n places with Padding on either side.
template <int N, int Stride, int Padding>
constexpr Span window(int i, int n) {
    const int begin = i * Stride - Padding, end = begin + N;
    if constexpr (Padding == 0)
        return {begin, end};
    else
        return {begin < 0 ? 0 : begin, end < n ? end : n};
}

}  // namespace kiln::kernels
