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

// The largest sum of values that are alive at once. The changes of the sum are added up in the order of their times.
template <std::size_t N>
constexpr std::size_t most_at_once(const std::array<Lifetime, N>& values) {
    int last = 0;
    for (const Lifetime& value : values) {
        if (value.end > last) last = value.end;
        if (value.again > last) last = value.again;
    }
    std::size_t* const change =
        new std::size_t[static_cast<std::size_t>(last) + 2]{};  // wraps, as unsigned numbers may
    for (const Lifetime& value : values) {
        change[value.begin] += value.size;
        change[value.end + 1] -= value.size;
        if (value.again < 0) continue;
        change[value.again] += value.size;
        change[value.again + 1] -= value.size;
    }
    std::size_t sum = 0, most = 0;
    for (int time = 0; time <= last; ++time) {
        sum += change[time];
        if (sum > most) most = sum;
    }
    delete[] change;
    return most;
}

constexpr std::size_t tries_for(std::size_t values) { return values < 50 ? 8 : 1 + 20'000 / (values * values); }

// Pointers and gathered neighbours save steps of the compiler: clang gives up after a million.
template <std::size_t N>
constexpr Packing<N> pack(const std::array<Lifetime, N>& values) {
    constexpr std::size_t tries = tries_for(N);
    Packing<N> best;
    best.lower_bound = most_at_once(values);
    const Lifetime* const value = values.data();
    std::size_t order[N + 1]{};  // from the largest to the smallest
    for (std::size_t i = 0; i < N; ++i) {
        std::size_t at = i;
        for (; at > 0 && value[order[at - 1]].size < value[i].size; --at) order[at] = order[at - 1];
        order[at] = i;
    }
    for (std::size_t round = 0; round < tries; ++round) {
        std::array<std::size_t, N> offsets{};
        std::size_t* const offset_of = offsets.data();
        std::size_t bytes = 64;
        for (std::size_t k = 0; k < N && (round == 0 || bytes < best.bytes); ++k) {
            const Lifetime& placed = value[order[k]];
            if (placed.size == 0) continue;
            std::size_t begin[N + 1]{}, end[N + 1]{}, neighbours = 0;
            for (std::size_t j = 0; j < k; ++j) {
                const Lifetime& other = value[order[j]];
                if (!placed.meets(other)) continue;
                begin[neighbours] = offset_of[order[j]];
                end[neighbours] = begin[neighbours] + other.size;
                ++neighbours;
            }
            std::size_t offset = 0;
            for (bool moved = true; moved;) {
                moved = false;
                for (std::size_t j = 0; j < neighbours; ++j)
                    if (offset < end[j] && begin[j] < offset + placed.size) {
                        offset = end[j];
                        moved = true;
                    }
            }
            offset_of[order[k]] = offset;
            if (offset + placed.size > bytes) bytes = offset + placed.size;
        }
        if (round == 0 || bytes < best.bytes) {
            best.bytes = bytes;
            best.offset = offsets;
        }
        if (best.bytes <= best.lower_bound || best.bytes <= 64) break;
        std::size_t first = 0;
        for (std::size_t k = 0; k < N; ++k) {
            const std::size_t i = order[k];
            if (offset_of[i] + value[i].size <= best.lower_bound) continue;
            for (std::size_t at = k; at > first; --at) order[at] = order[at - 1];
            order[first++] = i;
        }
    }
    return best;
}

}  // namespace kiln::inline KILN_TARGET::detail
