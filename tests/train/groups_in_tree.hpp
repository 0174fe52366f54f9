// SPDX-License-Identifier: BSL-1.0
#pragma once
// Groups of a batch with known values, summed up by the words of core/contract/ranks.hpp alone.

#include <cstddef>
#include <span>
#include <vector>

namespace kiln::laws {

using Values = std::vector<float>;

/// The value of a group. The sum of several is another one in another order.
inline Values value_of_group(std::size_t group, std::size_t size) {
    Values value(size);
    for (std::size_t i = 0; i < size; ++i)
        value[i] = (group % 3 == 0 ? 1e8f : 1.0f) / static_cast<float>(1 + group + i % 97);
    return value;
}
inline void add(Values& to, const Values& from) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

/// sum + the values of all groups.
inline Values sum_by_definition(Values sum, std::vector<Values> value) {
    for (std::size_t stride = 1; stride < value.size(); stride *= 2)
        for (std::size_t g = 0; g + stride < value.size(); g += 2 * stride) add(value[g], value[g + stride]);
    add(sum, value[0]);
    return sum;
}
inline std::vector<Values> values_of_groups(std::size_t groups, std::size_t size) {
    std::vector<Values> values;
    for (std::size_t g = 0; g < groups; ++g) values.push_back(value_of_group(g, size));
    return values;
}

/// The nodes of a rank with the groups first … end - 1: it makes every addition of which it has all groups.
inline std::vector<Values> nodes_of_rank(std::size_t first, std::size_t end, std::size_t groups, std::size_t size) {
    std::vector<Values> value = values_of_groups(groups, size);
    std::vector<char> is_left(groups);
    for (std::size_t g = first; g < end; ++g) is_left[g] = 1;
    for (std::size_t stride = 1; stride < groups; stride *= 2)
        for (std::size_t g = 0; g + stride < groups; g += 2 * stride) {
            const std::size_t end_of_sum = g + 2 * stride < groups ? g + 2 * stride : groups;
            if (g < first || end_of_sum > end) continue;
            add(value[g], value[g + stride]);
            is_left[g + stride] = 0;
        }
    std::vector<Values> nodes;
    for (std::size_t g = first; g < end; ++g)
        if (is_left[g] != 0) nodes.push_back(value[g]);
    return nodes;
}

/// Whether a rank gets the sum of all groups, of which rank r has the groups ends[r - 1] … ends[r] - 1.
bool sums_up_in_tree(auto& rank, const std::vector<std::size_t>& ends, std::size_t size) {
    const auto own = static_cast<std::size_t>(rank.rank());
    auto nodes = nodes_of_rank(own > 0 ? ends[own - 1] : 0, ends[own], ends.back(), size);
    const std::vector<std::span<float>> spans(nodes.begin(), nodes.end());
    Values sum(size, 0.25f);
    const Values expected = sum_by_definition(sum, values_of_groups(ends.back(), size));
    rank.sum_in_tree(sum, ends, spans);
    return sum == expected;
}

/// Whether a rank gets this sum while it shares `bytes` bytes of each rank, and then has the bytes of all.
bool sums_up_while_it_shares(auto& rank, const std::vector<std::size_t>& ends, std::size_t size, std::size_t bytes) {
    const auto count = static_cast<std::size_t>(rank.count()), own = static_cast<std::size_t>(rank.rank());
    std::vector<std::byte> all(count * bytes), expected(all.size());
    std::vector<std::size_t> parts;
    for (std::size_t r = 0; r < count; ++r) {
        for (std::size_t i = r * bytes; i < (r + 1) * bytes; ++i) {
            expected[i] = static_cast<std::byte>(r + 1);
            if (r == own) all[i] = expected[i];
        }
        parts.push_back((r + 1) * bytes);
    }
    int sums = 0;
    rank.share(all, parts, [&] { sums += sums_up_in_tree(rank, ends, size); });
    return sums == 1 && all == expected;
}

/// Ways in which ranks have groups: as equal parts as can be, all on the last rank, and parts of 0, 1, 2, ….
inline std::vector<std::vector<std::size_t>> shares_of_groups(std::size_t groups, std::size_t ranks) {
    std::vector<std::vector<std::size_t>> ways(3);
    for (std::size_t r = 0; r < ranks; ++r) {
        ways[0].push_back((groups * (r + 1) + ranks - 1) / ranks);
        ways[1].push_back(r + 1 < ranks ? 0 : groups);
        ways[2].push_back(r + 1 < ranks && r * (r + 1) / 2 < groups ? r * (r + 1) / 2 : groups);
    }
    return ways;
}

}  // namespace kiln::laws
