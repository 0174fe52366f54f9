// SPDX-License-Identifier: BSL-1.0
#pragma once
// Memory for values that are alive at different times: each value gets an offset, and values that are alive at the same
// time get different bytes. The largest value is placed first, each at the first offset where it fits ("first fit
// decreasing"). `lower_bound` is the largest sum of values that are alive at once; no packing needs less.

#include <kiln/core/target.hpp>

#include <array>
#include <cstddef>

namespace kiln::inline KILN_TARGET::detail {

/// A value of `size` bytes that is alive from time `begin` to time `end`, and once more at time `again` if that is not
/// negative.
struct Lifetime {
    std::size_t size = 0;
    int begin = 0, end = 0, again = -1;

    constexpr bool includes(int time) const { return (begin <= time && time <= end) || again == time; }
    constexpr bool meets(const Lifetime& other) const {
        return (begin <= other.end && other.begin <= end) || (again >= 0 && other.includes(again)) ||
               (other.again >= 0 && includes(other.again));
    }
};

template <std::size_t N>
struct Packing {
    std::size_t bytes = 64, lower_bound = 0;
    std::array<std::size_t, N> offset{};
};

template <std::size_t N>
constexpr Packing<N> pack(const std::array<Lifetime, N>& values) {
    Packing<N> result;
    std::array<std::size_t, N> order{};  // from the largest to the smallest
    for (std::size_t i = 0; i < N; ++i) {
        std::size_t at = i;
        for (; at > 0 && values[order[at - 1]].size < values[i].size; --at) order[at] = order[at - 1];
        order[at] = i;
    }
    for (std::size_t k = 0; k < N; ++k) {
        const Lifetime& value = values[order[k]];
        std::size_t offset = 0;
        for (bool moved = value.size > 0; moved;) {
            moved = false;
            for (std::size_t j = 0; j < k; ++j) {
                const Lifetime& other = values[order[j]];
                const std::size_t begin = result.offset[order[j]], end = begin + other.size;
                if (offset < end && begin < offset + value.size && value.meets(other)) {
                    offset = end;
                    moved = true;
                }
            }
        }
        result.offset[order[k]] = offset;
        if (offset + value.size > result.bytes) result.bytes = offset + value.size;
    }
    for (const Lifetime& value : values) {  // the sum is largest when some value begins
        for (const int time : {value.begin, value.again}) {
            std::size_t sum = 0;
            for (const Lifetime& other : values)
                if (time >= 0 && other.includes(time)) sum += other.size;
            if (sum > result.lower_bound) result.lower_bound = sum;
        }
    }
    return result;
}

}  // namespace kiln::inline KILN_TARGET::detail
