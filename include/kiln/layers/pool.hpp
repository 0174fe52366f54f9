// SPDX-License-Identifier: BSL-1.0
#pragma once
// Max pooling, as torch.nn.MaxPool2d. The gradient goes to the first of the largest in a window. Unlike
// there, a NaN counts only if it is a window's first element.

#include <kiln/core/contract.hpp>
#include <kiln/kernels/pool.hpp>

#include <type_traits>

namespace kiln {

/// Shape<C, H, W> -> Shape<C, slide(H), slide(W)>, where slide(n) = (n - Window) / Stride + 1: what does not fill a
/// window is left out.
template <int Window, int Stride = Window>
struct Pool {
    static constexpr bool sane = Window > 0 && Stride > 0;
    static constexpr int max_pool_window = Window == Stride ? Window : 0;

    static constexpr Fit shape(Extents in) {
        return {.out = Extents{in[0] < 1 ? 1 : in[0], slide(in[1], Window, Stride), slide(in[2], Window, Stride)},
                .fits = sane && in.rank == 3 && in[1] >= Window && in[2] >= Window};
    }
    template <class X>
    using needs = std::conditional_t<!sane, positive_arguments,
                                     std::conditional_t<X::rank != 3, rank<3>, map_of_at_least<Window, Window>>>;

    static constexpr void forward(const auto& x, auto& y, auto) { kernels::max_pool<Window, Stride>(x, y); }
    static constexpr void backward(const auto& x, const auto& y, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>) kernels::max_pool_gradient<Window, Stride>(x, y, dy, dx);
    }
};

}  // namespace kiln
