// SPDX-License-Identifier: BSL-1.0
#pragma once
// The shape of the tree in which groups of passes are summed up; core/contract/ranks.hpp defines the tree. A node is a
// run of neighbouring groups that the tree sums up before it adds others: groups first … end - 1, where first is a
// multiple of a power of two, and end is that power of two behind first, or the end of the batch. The node that begins
// with group m > 0 is added to the node before it, of equal size, which begins with group m minus the largest power of
// two that divides m. A range of groups, such as those of a thread or of a rank, is a row of nodes.

#include <kiln/core/target.hpp>

#include <array>
#include <cstddef>
#include <span>

namespace kiln::inline KILN_TARGET::detail {

/// The most nodes of a range of groups: two of each size.
inline constexpr int most_nodes = 64;

/// The distance of the node that begins with group m > 0 to the node to which it is added.
constexpr int stride_of(int m) { return m & -m; }

/// Whether the tree of `groups` groups adds the node middle … end - 1 to the node first … middle - 1.
constexpr bool are_siblings(int first, int middle, int end, int groups) {
    const int stride = stride_of(middle);
    return first == middle - stride && end == (groups - middle < stride ? groups : middle + stride);
}

/// Calls call(first, end) for the largest nodes of the groups first … end - 1, in their order.
constexpr void for_each_node(int first, int end, int groups, auto call) {
    while (first < end) {
        int size = first == 0 ? 1 : stride_of(first);
        while (first == 0 && size < groups) size *= 2;
        while (end < groups && size > end - first) size /= 2;
        const int end_of_node = end - first < size ? end : first + size;
        call(first, end_of_node);
        first = end_of_node;
    }
}

/// The same for all ranks, of which rank r has the groups ends[r - 1] … ends[r] - 1: call(rank, index, first, end),
/// where `index` counts the nodes of the rank.
constexpr void for_each_node_of_ranks(const auto& ends, auto call) {
    const int groups = static_cast<int>(ends.back());
    for (std::size_t r = 0; r < ends.size(); ++r) {
        std::size_t index = 0;
        for_each_node(r > 0 ? static_cast<int>(ends[r - 1]) : 0, static_cast<int>(ends[r]), groups,
                      [&](int first, int end) { call(static_cast<int>(r), index++, first, end); });
    }
}

/// Merges nodes that are pushed in their order. A node has a value, such as a pointer to its sum.
template <class Value>
class NodeStack {
  public:
    explicit constexpr NodeStack(int groups) : groups_(groups) {}

    /// The nodes that have not been merged into others.
    constexpr std::span<const Value> values() const& { return std::span(values_).first(count_); }
    void values() && = delete;

    /// Pushes the node first … end - 1, and calls merge(to, from) for each node that can now be added to another.
    constexpr void push(int first, int end, const Value& value, auto merge) {
        first_[count_] = first;
        values_[count_++] = value;
        while (count_ > 1 && are_siblings(first_[count_ - 2], first_[count_ - 1], end, groups_)) {
            --count_;
            merge(values_[count_ - 1], values_[count_]);
        }
    }

  private:
    int groups_;
    std::size_t count_ = 0;
    int first_[most_nodes] = {};
    std::array<Value, most_nodes> values_{};
};

}  // namespace kiln::inline KILN_TARGET::detail
