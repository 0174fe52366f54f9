// SPDX-License-Identifier: BSL-1.0
#pragma once
// The adjoint of a causal correlation along time whose dilation is known at run time, so that all layers of a stack
// share its code:
//
//   z[t][o] = b[o] + sum_{k,i} w[o][i][k] x[t - (Taps - 1 - k) dilation][i],  x = 0 before frame 0
//
// Cost: forward's for the weights' gradient, and again for the slopes of x.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/correlate_frames.hpp>
#include <kiln/kernels/correlate_frames_gradient.hpp>
#include <kiln/kernels/pack.hpp>

namespace kiln::inline KILN_TARGET::kernels {

/// dw and db += the sums over T frames.
template <int T, int Inputs, int Outputs, int Taps, class E, class S>
constexpr void dilated_gradient(const E* x, const E* dz, int dilation, S* dw, S* db) {
    constexpr FrameSizes sizes{.inputs = Inputs,
                               .outputs = Outputs,
                               .x_step = Inputs,
                               .y_step = Outputs,
                               .w_input = Taps,
                               .w_output = Inputs * Taps};
    for (int k = 0; k < Taps; ++k) {
        const long long ago = (Taps - 1LL - k) * dilation;
        if (ago < T) correlate_frames_gradient<sizes, T>(x, dz + ago * Outputs, T - static_cast<int>(ago), dw + k);
    }
    add_frames<sizes, T>(dz, db);
}

/// dx = the slopes of T frames of x. `turned` is working memory for Taps · Outputs · Inputs weights.
template <int T, int Inputs, int Outputs, int Taps, class E, class S>
constexpr void dilated_input_slopes(const S* w, const E* dz, int dilation, S* turned, E* dx) {
    constexpr FrameSizes sizes{.inputs = Outputs,
                               .outputs = Inputs,
                               .x_step = Outputs,
                               .y_step = Inputs,
                               .taps = Taps,
                               .w_tap = Outputs * Inputs,
                               .w_input = Inputs,
                               .w_output = 1};
    for (int j = 0; j < Taps; ++j)  // tap j reads the slopes j dilations later
        for (int o = 0; o < Outputs; ++o)
            for (int i = 0; i < Inputs; ++i)
                turned[(j * Outputs + o) * Inputs + i] = w[(o * Inputs + i) * Taps + Taps - 1 - j];
    for (int t = 0; t < T;) {
        int taps = 0, end = T;
        ArrayOf<int, Taps> at{};
        for (int j = 0; j < Taps; ++j) {
            const long long later = t + static_cast<long long>(j) * dilation;
            if (later >= T) break;
            at[taps++] = static_cast<int>(later) * Outputs;
            end = T - static_cast<int>(later) + t;  // from there on this tap reads behind the last frame
        }
        correlate_frames<sizes, T>(dz, at, taps, turned, Nothing{}, dx + t * Inputs, end - t);
        t = end;
    }
}

/// dx = the slopes of T frames of x of a product of every frame with w (Outputs, Inputs).
template <int T, int Inputs, int Outputs, class E, class S>
constexpr void product_input_slopes(const S* w, const E* dy, E* dx) {
    constexpr FrameSizes sizes{
        .inputs = Outputs, .outputs = Inputs, .x_step = Outputs, .y_step = Inputs, .w_input = Inputs, .w_output = 1};
    correlate_frames<sizes, T>(dy, w, Nothing{}, dx);
}

/// dw += the sums over T frames of a product of every frame with w (Outputs, Inputs), and db += the sums of dy; db may
/// be Nothing.
template <int T, int Inputs, int Outputs, class E, class S>
constexpr void product_gradient(const E* x, const E* dy, S* dw, auto db) {
    constexpr FrameSizes sizes{
        .inputs = Inputs, .outputs = Outputs, .x_step = Inputs, .y_step = Outputs, .w_input = 1, .w_output = Inputs};
    correlate_frames_gradient<sizes, T>(x, dy, T, dw);
    add_frames<sizes, T>(dy, db);
}

/// to += from.
template <class E>
constexpr void add_elements(const E* from, E* to, int count) {
    for (int i = 0; i < count; ++i) store(load<E>(to + i) + load<E>(from + i), to + i);
}
template <class E>
constexpr void copy_elements(const E* from, E* to, int count) {
    for (int i = 0; i < count; ++i) store(load<E>(from + i), to + i);
}
template <class E>
constexpr void clear_elements(E* to, int count) {
    for (int i = 0; i < count; ++i) store(E(scalar_t<E>(0)), to + i);
}
/// to = factor · from.
template <class E>
constexpr void scale_elements(const E* from, const scalar_t<E>& factor, E* to, int count) {
    for (int i = 0; i < count; ++i) store(load<E>(from + i) * E(factor), to + i);
}
/// The sum of a b over `count` elements and lanes.
template <class E>
constexpr scalar_t<E> sum_of_products(const E* a, const E* b, int count) {
    E sum(scalar_t<E>(0));
    for (int i = 0; i < count; ++i) store(fma(load<E>(a + i), load<E>(b + i), load<E>(&sum)), &sum);
    return reduce(sum);
}

}  // namespace kiln::inline KILN_TARGET::kernels
