// SPDX-License-Identifier: BSL-1.0
#pragma once
// The places that a window sees as it slides over a padded row or column. Window i starts at i S - P, and sees those of
// its places that lie within the n places of the row. `slide` (core/shape.hpp) gives the number of windows.

#include <kiln/core/contract.hpp>

namespace kiln::inline KILN_TARGET::kernels {

/// The shape rule of a layer that makes one pixel of each window of each map: Shape<C, H, W> -> Shape<C, slide(H),
/// slide(W)>. Rows and columns that do not fill a window are left out. Padding is at most half a window, so that every
/// window sees a pixel.
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
    using needs = typename kiln::detail::first_unmet<
        kiln::detail::need<sane, positive_arguments>, kiln::detail::need<narrow, padding_of_at_most_half_the_window>,
        kiln::detail::need<X::rank == 3, rank<3>>, kiln::detail::need<false, map_of_at_least<least, least>>>::type;
};

/// Places begin … end - 1.
struct Span {
    int begin, end;
};

/// The places that window i of N places, Stride apart, sees of n places with Padding on either side.
template <int N, int Stride, int Padding>
constexpr Span window(int i, int n) {
    const int begin = i * Stride - Padding, end = begin + N;
    if constexpr (Padding == 0)
        return {begin, end};
    else
        return {begin < 0 ? 0 : begin, end < n ? end : n};
}

}  // namespace kiln::inline KILN_TARGET::kernels
