// SPDX-License-Identifier: BSL-1.0
#pragma once
// A user's own pointwise layer.

#include <kiln/core/contract.hpp>
#include <kiln/core/element.hpp>

namespace kiln::laws {

/// f(x) = x / (1 + |x|), f'(x) = (1 - |y|)^2.
struct Softsign {
    static constexpr bool monotone = true;
    template <class E>
    static constexpr E value(const E& x) {
        return x / (E(scalar_t<E>(1)) + max(x, -x));
    }
    template <class E>
    static constexpr E slope(const E& y, const E& dy) {
        const E rest = E(scalar_t<E>(1)) - max(y, -y);
        return dy * rest * rest;
    }
};

}  // namespace kiln::laws
