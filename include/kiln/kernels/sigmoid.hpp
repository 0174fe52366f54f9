// SPDX-License-Identifier: BSL-1.0
#pragma once
// The logistic function, which activations and the gates of layers are made of.

#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/math.hpp>

namespace kiln::inline KILN_TARGET::kernels {

/// 1 / (1 + exp(-x)), with full relative accuracy: the exponential is taken of -|x|, so it cannot overflow, and the
/// values of large negative x go down through denormals to 0. Within 3.5 ulp.
template <class E>
KILN_NATIVE_VECTORS constexpr E sigmoid(const E& x) {
    const E zero(scalar_t<E>(0)), one(scalar_t<E>(1));
    const E power = exp(min(x, -x));
    return select(x >= zero, one, power) / (one + power);
}

}  // namespace kiln::inline KILN_TARGET::kernels
