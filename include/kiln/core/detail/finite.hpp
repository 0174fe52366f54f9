// SPDX-License-Identifier: BSL-1.0
#pragma once
// Whether numbers are finite: neither infinite nor NaN.

#include <kiln/core/element.hpp>

#include <bit>
#include <cstdint>
#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

// By the bits, because compilers do not accept arithmetic with infinities as constant.
constexpr bool is_finite(float x) { return (std::bit_cast<std::uint32_t>(x) & 0x7f800000) != 0x7f800000; }
constexpr bool is_finite(double x) { return (std::bit_cast<std::uint64_t>(x) >> 52 & 0x7ff) != 0x7ff; }

// Whether all numbers in all elements of a tensor, or of a slice of one, are finite.
constexpr bool all_finite(const auto& tensor) {
    for (const auto& value : tensor)
        for (int l = 0; l < width<std::remove_cvref_t<decltype(value)>>; ++l)
            if (!is_finite(static_cast<float>(lane(value, l)))) return false;
    return true;
}

}  // namespace kiln::inline KILN_TARGET::detail
