// SPDX-License-Identifier: BSL-1.0
#pragma once
// Pooling along time: over windows of frames, and over all frames of a sample, each element of a frame by itself. The
// slope of a maximum goes to the first of the largest.

#include <kiln/core/contract.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/pack.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

/// The shape rule of layers that pool windows of frames: Shape<T, F> -> Shape<(T - Window) / Stride + 1, F>.
template <int Window, int Stride>
struct FramesWindowed {
    static constexpr bool sane = Window > 0 && Stride > 0;
    static constexpr Fit shape(Extents in) {
        return {.out = Extents{slide(in[0], Window, Stride), in[1] < 1 ? 1 : in[1]},
                .fits = sane && in.rank == 2 && in[0] >= Window};
    }
    template <class X>
    using needs = std::conditional_t<!sane, positive_arguments,
                                     std::conditional_t<X::rank != 2, a_sequence, frames_of_at_least<Window>>>;
    /// The frames of the output of a sample with `length` frames: those whose window is full.
    static constexpr int length(Extents, int length) { return length < Window ? 0 : (length - Window) / Stride + 1; }
};

/// y[t] = the largest of x[t Stride …] over a window of frames.
template <int Window, int Stride, class E, int T, int F, int Rows>
constexpr void max_frames(const Tensor<E, Shape<T, F>>& x, Tensor<E, Shape<Rows, F>>& y) {
    for (int t = 0; t < Rows; ++t)
        for (int f = 0; f < F; ++f) {
            const E* const from = x.data + t * Stride * F + f;
            E most = load<E>(from);
            for (int k = 1; k < Window; ++k) most = max(most, load<E>(from + k * F));
            store(most, y.data + t * F + f);
        }
}
template <int Window, int Stride, class E, int T, int F, int Rows>
constexpr void max_frames_gradient(const Tensor<E, Shape<T, F>>& x, const Tensor<E, Shape<Rows, F>>& y,
                                   const Tensor<E, Shape<Rows, F>>& dy, Tensor<E, Shape<T, F>>& dx) {
    const E zero(scalar_t<E>(0));
    for (int i = 0; i < T * F; ++i) store(zero, dx.data + i);
    for (int t = 0; t < Rows; ++t)
        for (int f = 0; f < F; ++f) {
            const int from = t * Stride * F + f;
            const E most = load<E>(y.data + t * F + f);
            E slope = load<E>(dy.data + t * F + f);
            for (int k = 0; k < Window; ++k) {
                const auto is_most = load<E>(x.data + from + k * F) == most;
                store(load<E>(dx.data + from + k * F) + select(is_most, slope, zero), dx.data + from + k * F);
                slope = select(is_most, zero, slope);
            }
        }
}

/// y[t] = the mean of x[t Stride …] over a window of frames.
template <int Window, int Stride, class E, int T, int F, int Rows>
constexpr void mean_frames(const Tensor<E, Shape<T, F>>& x, Tensor<E, Shape<Rows, F>>& y) {
    const E share(scalar_t<E>(1.0 / Window));
    for (int t = 0; t < Rows; ++t)
        for (int f = 0; f < F; ++f) {
            const E* const from = x.data + t * Stride * F + f;
            E sum = load<E>(from);
            for (int k = 1; k < Window; ++k) sum += load<E>(from + k * F);
            store(sum * share, y.data + t * F + f);
        }
}
template <int Window, int Stride, class E, int T, int F, int Rows>
constexpr void mean_frames_gradient(const Tensor<E, Shape<Rows, F>>& dy, Tensor<E, Shape<T, F>>& dx) {
    const E zero(scalar_t<E>(0)), share(scalar_t<E>(1.0 / Window));
    for (int i = 0; i < T * F; ++i) store(zero, dx.data + i);
    for (int t = 0; t < Rows; ++t)
        for (int f = 0; f < F; ++f) {
            const E slope = load<E>(dy.data + t * F + f) * share;
            for (int k = 0; k < Window; ++k) {
                E* const to = dx.data + (t * Stride + k) * F + f;
                store(load<E>(to) + slope, to);
            }
        }
}

/// 1 in the lanes whose sample has frame t, else 0.
template <class E>
constexpr E has_frame(const Pass& pass, int t, int frames) {
    E mask(scalar_t<E>(1));
    for (int l = 0; l < width<E>; ++l)
        if (t >= pass.length(l, frames)) set_lane(mask, l, scalar_t<E>(0));
    return mask;
}
/// 1 / the number of frames of each lane's sample.
template <class E>
constexpr E share_of_frame(const Pass& pass, int frames) {
    E share(scalar_t<E>(1.0 / frames));
    if (pass.lengths != nullptr)
        for (int l = 0; l < width<E>; ++l) {
            const int length = pass.length(l, frames);
            set_lane(share, l, scalar_t<E>(1.0 / (length < 1 ? 1 : length)));
        }
    return share;
}

/// y = the mean of the frames of a sample.
template <class E, int T, int F>
constexpr void mean_over_time(const Tensor<E, Shape<T, F>>& x, Tensor<E, Shape<F>>& y, const Pass& pass) {
    for (int f = 0; f < F; ++f) store(load<E>(x.data + f), y.data + f);
    for (int t = 1; t < T; ++t) {
        if (pass.lengths == nullptr) {
            for (int f = 0; f < F; ++f) store(load<E>(y.data + f) + load<E>(x.data + t * F + f), y.data + f);
        } else {
            const E zero(scalar_t<E>(0)), mask = has_frame<E>(pass, t, T);
            for (int f = 0; f < F; ++f)
                store(load<E>(y.data + f) + select(mask > zero, load<E>(x.data + t * F + f), zero), y.data + f);
        }
    }
    const E share = share_of_frame<E>(pass, T);
    for (int f = 0; f < F; ++f) store(load<E>(y.data + f) * share, y.data + f);
}
template <class E, int T, int F>
constexpr void mean_over_time_gradient(const Tensor<E, Shape<F>>& dy, Tensor<E, Shape<T, F>>& dx, const Pass& pass) {
    const E share = share_of_frame<E>(pass, T);
    for (int t = 0; t < T; ++t) {
        const E part = pass.lengths == nullptr ? share : share * has_frame<E>(pass, t, T);
        for (int f = 0; f < F; ++f) store(load<E>(dy.data + f) * part, dx.data + t * F + f);
    }
}

/// y = the largest of the frames of a sample, element by element.
template <class E, int T, int F>
constexpr void max_over_time(const Tensor<E, Shape<T, F>>& x, Tensor<E, Shape<F>>& y, const Pass& pass) {
    for (int f = 0; f < F; ++f) store(load<E>(x.data + f), y.data + f);
    for (int t = 1; t < T; ++t) {
        if (pass.lengths == nullptr) {
            for (int f = 0; f < F; ++f) store(max(load<E>(y.data + f), load<E>(x.data + t * F + f)), y.data + f);
        } else {
            const E zero(scalar_t<E>(0)), mask = has_frame<E>(pass, t, T);
            for (int f = 0; f < F; ++f) {
                const E most = load<E>(y.data + f);
                store(select(mask > zero, max(most, load<E>(x.data + t * F + f)), most), y.data + f);
            }
        }
    }
}
template <class E, int T, int F>
constexpr void max_over_time_gradient(const Tensor<E, Shape<T, F>>& x, const Tensor<E, Shape<F>>& y,
                                      const Tensor<E, Shape<F>>& dy, Tensor<E, Shape<T, F>>& dx, const Pass& pass) {
    const E zero(scalar_t<E>(0));
    Tensor<E, Shape<F>> slope;
    for (int f = 0; f < F; ++f) store(load<E>(dy.data + f), slope.data + f);
    for (int t = 0; t < T; ++t) {
        const E mask = pass.lengths == nullptr ? E(scalar_t<E>(1)) : has_frame<E>(pass, t, T);
        for (int f = 0; f < F; ++f) {
            const E given = select(mask > zero, load<E>(slope.data + f), zero);
            const auto is_most = load<E>(x.data + t * F + f) == load<E>(y.data + f);
            store(select(is_most, given, zero), dx.data + t * F + f);
            store(select(is_most, load<E>(slope.data + f) - given, load<E>(slope.data + f)), slope.data + f);
        }
    }
}

}  // namespace kiln::inline KILN_TARGET::kernels
