// SPDX-License-Identifier: BSL-1.0
#pragma once
// Where a window that slides over a padded row or column lies: window i starts at i S - P, and sees of the n places those
// that are there. (shape's `slide` says how many windows there are.)

#include <kiln/core/contract.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

/// The shapes of a layer that makes one pixel of each window of each map: Shape<C, H, W> -> Shape<C, slide(H), slide(W)>.
/// What does not fill a window is left out; padding is at most half a window, so that every window sees a pixel.
template <int Window, int Stride, int Padding>
struct Windowed {
    static constexpr bool sane = Window > 0 && Stride > 0 && Padding >= 0, narrow = Padding <= Window / 2;
    static constexpr int least =  // rows and columns a map must have
        sane && narrow && Window > 2LL * Padding ? static_cast<int>(Window - 2LL * Padding) : 1;

    static constexpr Fit shape(Extents in) {
        return {.out = Extents{in[0] < 1 ? 1 : in[0], slide(in[1], Window, Stride, Padding),
                               slide(in[2], Window, Stride, Padding)},
                .fits = sane && narrow && in.rank == 3 && in[1] >= least && in[2] >= least};
    }
    template <class X>
    using needs = std::conditional_t<
        !sane, positive_arguments,
        std::conditional_t<!narrow, padding_of_at_most_half_the_window,
                           std::conditional_t<X::rank != 3, rank<3>, map_of_at_least<least, least>>>>;
};

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

}  // namespace kiln::inline KILN_TARGET::kernels
