// SPDX-License-Identifier: BSL-1.0
#pragma once
// The message about things that differ between ranks, for groups of every kind.

#include <kiln/core/contract/ranks.hpp>
#include <kiln/files/detail/concat.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace kiln::inline KILN_TARGET::detail {

/// The message for all `things` whose hash(rank, thing) differs from rank 0's; empty if all ranks agree.
std::string disagreement(std::span<const Agreed> things, int ranks, auto hash) {
    std::string all;
    for (std::size_t thing = 0; thing < things.size(); ++thing) {
        std::string others;
        for (int rank = 1; rank < ranks; ++rank)
            if (hash(rank, thing) != hash(0, thing)) others += concat(others.empty() ? "" : ", ", rank);
        if (!others.empty())
            all += concat(all.empty() ? "kiln: ranks need the same " : "; the same ", things[thing].name,
                          ", got another than that of rank 0 on rank ", others);
    }
    if (!all.empty()) all += "; try one program, one set of files and one kind of machine for all ranks";
    return all;
}

}  // namespace kiln::inline KILN_TARGET::detail
