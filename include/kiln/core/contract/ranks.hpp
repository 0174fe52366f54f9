// SPDX-License-Identifier: BSL-1.0
#pragma once
// RANKS: programs, or threads of one program, that train one model together. Each rank runs a part of the passes of
// every step. All ranks call the functions below in the same order. Each function returns when all ranks are done with
// it, and throws RankError, on every rank that still runs, if a rank has ended or stays silent beyond a deadline.
//
//     int rank() const
//         the number of this rank, from 0
//     int count() const
//         the number of ranks
//     void sum_in_order(std::span<float> sum, add)
//         makes `sum` on every rank what rank 0 has in it, plus the terms of rank 0, 1, 2, … in this order.
//         add(first, last) adds this rank's terms to the elements first … last - 1 of `sum`. It is called for pieces
//         of `sum`, in their order, when the terms of earlier ranks are in them. Nothing is read of other ranks' `sum`
//     void share(std::span<std::byte> all, std::span<const std::size_t> ends)
//         gives every rank the whole of `all`, of which rank r has the bytes ends[r - 1] … ends[r] - 1
//     void agree(std::span<const Agreed> things)
//         throws RankError, on every rank, if a thing's hash differs between ranks: the message names the thing and the
//         ranks that differ from rank 0. The names are the same on every rank
//
// train/mpi.hpp has ranks that are processes, on one or several machines; train/local_ranks.hpp has ranks that are
// threads of one program.

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
                             std::span<const std::size_t> ends, std::span<const Agreed> things) {
    { static_cast<const R&>(ranks).rank() } -> std::same_as<int>;
    { static_cast<const R&>(ranks).count() } -> std::same_as<int>;
    ranks.sum_in_order(sum, [](std::size_t, std::size_t) {});
    ranks.share(all, ends);
    ranks.agree(things);
};

}  // namespace kiln::inline KILN_TARGET
