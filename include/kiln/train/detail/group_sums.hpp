// SPDX-License-Identifier: BSL-1.0
#pragma once
// The sums of groups of passes that the threads of one rank keep, a record for each node of the tree
// (train/detail/group_tree.hpp). Each thread runs neighbouring groups, and adds a node to its sibling at once; `merge`
// adds the nodes of different threads.

#include <kiln/train/detail/group_tree.hpp>
#include <kiln/train/options.hpp>

namespace kiln::inline KILN_TARGET::detail {

/// The most records that a thread needs while it sums up `groups` neighbouring groups one after another: one for each
/// node of all but the last, and one for the last. The most nodes are k of the sizes 1, 2, 4, …, as many in the
/// opposite order, and perhaps a larger one between.
constexpr int most_kept(int groups) {
    const int others = groups - 1;
    int k = 0;
    while (2 * ((2 << k) - 1) <= others) ++k;
    return 2 * k + (others - 2 * ((1 << k) - 1) >= 1 << k ? 1 : 0) + 1;
}

/// The groups first … first + count - 1 of `all`, which a rank runs on `threads` threads, in the order of the threads.
/// Each thread has `kept` of the records, at least most_kept of its groups.
template <class Record>
struct GroupSums {
    Record* records;
    int threads, kept, first, count, all;

    /// Sums up the groups of a thread: run(group, record) makes the sum of one group, add(to, from) adds two.
    constexpr void run(int thread, auto run_group, auto add) const {
        NodeStack<Record*> nodes(all);
        for (int group = first_of(thread); group < first_of(thread + 1); ++group) {
            Record* const record = records + thread * kept + nodes.values().size();
            run_group(group, *record);
            nodes.push(group, group + 1, record, [&](Record* to, const Record* from) { add(*to, *from); });
        }
    }
    /// Adds up the nodes of all threads by add(to, from). Returns those that are left, the nodes of the rank; if it
    /// runs all groups, the sum of them all.
    constexpr NodeStack<Record*> merge(auto add) const {
        NodeStack<Record*> nodes(all);
        for (int thread = 0; thread < threads; ++thread) {
            Record* record = records + thread * kept;
            for_each_node(first_of(thread), first_of(thread + 1), all, [&](int begin, int end) {
                nodes.push(begin, end, record++, [&](Record* to, const Record* from) { add(*to, *from); });
            });
        }
        return nodes;
    }

  private:
    constexpr int first_of(int thread) const { return first + first_pass_of(thread, threads, count); }
};

}  // namespace kiln::inline KILN_TARGET::detail
