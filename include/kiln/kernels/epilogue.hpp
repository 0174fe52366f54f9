// SPDX-License-Identifier: BSL-1.0
#pragma once
// A pointwise activation as the epilogue of the layer before it. The activation is applied to sums that are still in
// registers, so the value between the two layers is never stored. Backward needs the activation's output y alone, and
// overwrites dy with the slope before the activation.

#include <kiln/core/contract.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>

namespace kiln::inline KILN_TARGET::kernels {

/// The epilogue that applies pointwise layer F.
template <Pointwise F>
struct Apply {
    template <class E>
    constexpr E operator()(const E& value) const {
        return F::value(value);
    }
};

/// The epilogue for pointwise layer F, or for none (void).
template <class F>
struct finish_of {
    using type = Apply<F>;
};
template <>
struct finish_of<void> {
    using type = Unchanged;
};

/// dy = dy f'(x) for y = f(x), in place.
template <Pointwise F, class E, class S>
constexpr void apply_slope(const Tensor<E, S>& y, Tensor<E, S>& dy) {
    for (int i = 0; i < S::count; ++i) store(F::slope(load<E>(y.data + i), load<E>(dy.data + i)), dy.data + i);
}

}  // namespace kiln::inline KILN_TARGET::kernels
