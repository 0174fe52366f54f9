// SPDX-License-Identifier: BSL-1.0
#pragma once
// Powers with whole exponents, such as the bias corrections of Adam need at each step: by repeated squaring, about
// 2 log2(n) products, each of which adds a rounding to the relative error.

#include <kiln/core/target.hpp>

namespace kiln::inline KILN_TARGET {

/// base to the n, which is at least 0, for any number that can be multiplied. Underflows to 0.
template <class T>
constexpr T power(T base, long long n) {
    T result(1);
    for (; n > 0; n /= 2) {
        if (n % 2 != 0) result *= base;
        if (n > 1) base *= base;
    }
    return result;
}

}  // namespace kiln::inline KILN_TARGET
