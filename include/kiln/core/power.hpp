// SPDX-License-Identifier: BSL-1.0
#pragma once
// Powers with whole exponents, which Adam's bias corrections need at each step. Repeated squaring takes about 2 log2(n)
// products, each of which adds a rounding to the relative error.

#include <kiln/core/target.hpp>

namespace kiln::inline KILN_TARGET {

/// base to the n, where n is at least 0, for any type of number with multiplication. Underflows to 0.
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
