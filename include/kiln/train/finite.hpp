// SPDX-License-Identifier: BSL-1.0
#pragma once
// Whether numbers are finite: neither infinite nor NaN, for which x - x is NaN.

#include <kiln/core/element.hpp>

#include <type_traits>

namespace kiln::detail {

constexpr bool is_finite(float x) { return x - x == 0; }

// Whether all numbers in all elements of a tensor, or of a slice of one, are finite.
constexpr bool all_finite(const auto& tensor) {
    for (const auto& value : tensor)
        for (int l = 0; l < width<std::remove_cvref_t<decltype(value)>>; ++l)
            if (!is_finite(static_cast<float>(lane(value, l)))) return false;
    return true;
}

}  // namespace kiln::detail
