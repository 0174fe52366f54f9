// SPDX-License-Identifier: BSL-1.0
#pragma once
// RANKS: programs, or threads of one program, that train one model together. Each rank runs a part of the passes of
// every step. All ranks call the functions below in the same order, with spans of the same sizes. Each function returns
// when this rank's spans are its own again, and throws RankError (train/rank_error.hpp), on every rank that still runs,
// if a rank has ended or stays silent beyond a deadline. After a RankError of that kind no rank goes on.
//
//     int rank() const
//         the number of this rank, from 0
//     int count() const
//         the number of ranks
//     void sum_in_order(std::span<float> sum, add)
//         makes `sum` on every rank what rank 0 has in it, plus the terms of rank 0, 1, 2, … in this order.
//         add(first, end) adds this rank's terms to the elements first … end - 1 of this rank's `sum`, in which the
//         terms of earlier ranks then are. It is called for pieces of `sum`, in their order, by the calling thread.
//         Other ranks than 0 lose what they had in `sum`
//     void sum_in_tree(std::span<float> sum, std::span<const std::size_t> ends,
//                      std::span<const std::span<float>> nodes)
//         adds to `sum`, which is the same on all ranks, the sum of all groups of the batch in the tree below. Rank r
//         has the groups ends[r - 1] … ends[r] - 1, maybe none; ends.back() is the number of groups. `nodes` are this
//         rank's largest nodes, in their order, each as long as `sum`; their values are lost
//     void share(std::span<std::byte> all, std::span<const std::size_t> ends, meanwhile = [] {})
//         gives every rank the whole of `all`, of which rank r has the bytes ends[r - 1] … ends[r] - 1, maybe none;
//         all.size() is the last end. Calls meanwhile(), which may sum, before it waits for what comes from other ranks
//     void agree(std::span<const Agreed> things)
//         throws RankError, on every rank, if a thing's hash differs between ranks: the message names the thing and the
//         ranks that differ from rank 0. The names are the same on every rank, and all ranks may go on
//
// THE TREE of G groups with the values value[0] … value[G - 1]: neighbours are added, then neighbouring sums.
//
//     for (stride = 1; stride < G; stride *= 2)
//         for (g = 0; g + stride < G; g += 2 * stride)
//             value[g] += value[g + stride];
//
// The sum of all groups is value[0]. Its bits depend on the groups alone, and on no number of ranks or threads. A node
// is a run of groups g … g + size - 1 (fewer at the end of the batch), where size is a power of two and g a multiple of
// it: the tree adds up its groups before it adds any other. A rank that has all groups of a node adds them up itself.
//
// train/mpi.hpp has ranks that are processes, on one or several machines; train/local_ranks.hpp has ranks that are
// threads of one program. A user's own group needs train/ranks.hpp.

#include <kiln/core/target.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace kiln::inline KILN_TARGET {

/// A thing that must be equal on all ranks, such as the model's parameters.
struct Agreed {
    const char* name;
    std::uint64_t hash;
};

/// The ranks that train a model together, as one of them sees them.
template <class R>
concept RankGroup = requires(R& ranks, std::span<float> sum, std::span<std::byte> all,
                             std::span<const std::size_t> ends, std::span<const std::span<float>> nodes,
                             std::span<const Agreed> things) {
    { static_cast<const R&>(ranks).rank() } -> std::same_as<int>;
    { static_cast<const R&>(ranks).count() } -> std::same_as<int>;
    ranks.sum_in_order(sum, [](std::size_t, std::size_t) {});
    ranks.sum_in_tree(sum, ends, nodes);
    ranks.share(all, ends);
    ranks.share(all, ends, [] {});
    ranks.agree(things);
};

}  // namespace kiln::inline KILN_TARGET
