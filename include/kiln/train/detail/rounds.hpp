// SPDX-License-Identifier: BSL-1.0
#pragma once
// The terms of a sum of gradients, and the rounds in which they are run. A term is a pass, or a group of neighbouring
// passes (Groups<G>). Each rank runs a contiguous part of a round, and each of its threads a contiguous part of that.

#include <kiln/train/detail/group_sums.hpp>
#include <kiln/train/options.hpp>

#include <cstddef>

namespace kiln::inline KILN_TARGET::detail {

/// The rounds of batches of at most Passes passes, on threads of one rank or, if HasRanks, of several.
template <int Passes, int Threads, int PassGroups, bool HasRanks>
struct Rounds {
    static constexpr bool has_groups = PassGroups > 0;
    /// The terms of a whole batch, and (below) of a batch of so many passes.
    static constexpr int terms = has_groups && PassGroups < Passes ? PassGroups : Passes;
    static constexpr int terms_of(int passes) { return has_groups && PassGroups < passes ? PassGroups : passes; }
    /// The first pass of a term.
    static constexpr int first_pass_of_term(int term, int passes) {
        return has_groups ? first_pass_of(term, terms_of(passes), passes) : term;
    }

    /// The terms of a round, of all ranks. Groups have one round.
    static constexpr int round_of(int ranks) {
        return ranks == 1 || has_groups ? together : terms / ranks < most ? terms : most * ranks;
    }
    /// The terms of a round of `all` that a rank runs.
    struct Part {
        int first, count;
    };
    static constexpr Part part_of(int rank, int ranks, int all) {
        const int first = first_pass_of(rank, ranks, all);
        return {first, first_pass_of(rank + 1, ranks, all) - first};
    }
    /// The first of `count` terms of a rank that a thread runs. Terms are numbered in the order of the threads.
    static constexpr int first_of(int thread, int count) { return first_pass_of(thread, Threads, count); }
    /// The rank that runs a pass of a batch of `passes`.
    static constexpr int rank_of(int pass, int passes, int ranks) {
        const int all = terms_of(passes), term = has_groups ? member_of(pass, all, passes) : pass;
        const int round = round_of(ranks), first = term / round * round;
        return member_of(term - first, ranks, all - first < round ? all - first : round);
    }

  private:
    static constexpr int passes_of_each = Threads > 8 ? 1 : 8 / Threads, most = passes_of_each * Threads;
    static constexpr int together = Threads == 1 || has_groups || terms < most ? terms : most;
    // The terms of a round that are not added at once. Each of several ranks has at most `most` terms of a round, and
    // each but rank 0 at most half of them all.
    static constexpr int kept_by_threads = together - (together + Threads - 1) / Threads;
    static constexpr int kept_by_ranks = !HasRanks ? 0 : terms / 2 < most ? terms / 2 : most;
    static constexpr int kept_terms = kept_by_threads > kept_by_ranks ? kept_by_threads : kept_by_ranks;

  public:
    /// The records of gradients that a thread with groups needs, and (below) that all threads of a rank need.
    static constexpr int kept_by_thread = most_kept((terms + Threads - 1) / Threads);
    static constexpr auto kept = static_cast<std::size_t>(has_groups ? Threads * kept_by_thread : kept_terms);
};

}  // namespace kiln::inline KILN_TARGET::detail
