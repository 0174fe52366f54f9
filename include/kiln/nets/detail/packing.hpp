// SPDX-License-Identifier: BSL-1.0
#pragma once
// Memory for values that are alive at different times: each value gets an offset, and values that are alive at the same
// time get different bytes. The largest value is placed first, each at the first offset where it fits ("first fit
// decreasing"). `lower_bound` is the largest sum of values that are alive at once; no packing needs less. Values that ended
// beyond it are placed first in another try (D. Joslin, D. Clements: Squeaky Wheel Optimization, 1999): a value that lives
// long, as the skip of a U-Net does, may else lie on top of large ones that come and go.

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
    // Few tries of many values: clang gives up after a million steps.
    constexpr std::size_t tries = N < 34 ? 8 : 1 + 8'000 / (N * N);
    Packing<N> best;
    for (const Lifetime& value : values) {  // the sum is largest when some value begins
        for (const int time : {value.begin, value.again}) {
            std::size_t sum = 0;
            for (const Lifetime& other : values)
                if (time >= 0 && other.includes(time)) sum += other.size;
            if (sum > best.lower_bound) best.lower_bound = sum;
        }
    }
    std::array<std::size_t, N> order{};  // from the largest to the smallest
    for (std::size_t i = 0; i < N; ++i) {
        std::size_t at = i;
        for (; at > 0 && values[order[at - 1]].size < values[i].size; --at) order[at] = order[at - 1];
        order[at] = i;
    }
    for (std::size_t round = 0; round < tries; ++round) {
        std::array<std::size_t, N> offsets{};
        std::size_t bytes = 64;
        for (std::size_t k = 0; k < N && (round == 0 || bytes < best.bytes); ++k) {
            const Lifetime& value = values[order[k]];
            std::size_t offset = 0;
            for (bool moved = value.size > 0; moved;) {
                moved = false;
                for (std::size_t j = 0; j < k; ++j) {
                    const Lifetime& other = values[order[j]];
                    const std::size_t begin = offsets[order[j]], end = begin + other.size;
                    if (offset < end && begin < offset + value.size && value.meets(other)) {
                        offset = end;
                        moved = true;
                    }
                }
            }
            offsets[order[k]] = offset;
            if (offset + value.size > bytes) bytes = offset + value.size;
        }
        if (round == 0 || bytes < best.bytes) {
            best.bytes = bytes;
            best.offset = offsets;
        }
        if (best.bytes <= best.lower_bound || best.bytes <= 64) break;
        std::size_t first = 0;
        for (std::size_t k = 0; k < N; ++k) {
            const std::size_t i = order[k];
            if (offsets[i] + values[i].size <= best.lower_bound) continue;
            for (std::size_t at = k; at > first; --at) order[at] = order[at - 1];
            order[first++] = i;
        }
    }
    return best;
}

}  // namespace kiln::inline KILN_TARGET::detail
