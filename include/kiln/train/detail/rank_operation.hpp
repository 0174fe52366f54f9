// SPDX-License-Identifier: BSL-1.0
#pragma once
// The calls that ranks make together, for groups of every kind. Ranks that call different functions would wait for each
// other for ever, or take each other's memory for something else; by comparing their operations they find out.

#include <kiln/core/target.hpp>
#include <kiln/files/detail/concat.hpp>

#include <cstdint>
#include <string>

namespace kiln::inline KILN_TARGET::detail {

/// The functions that all ranks call.
enum class Call : std::int32_t { sum, tree, share, agree, begin, end };

/// A call that all ranks make: its number, the function, and how much there is to do.
struct Operation {
    std::int64_t number = -1;
    std::uint64_t size = 0;
    Call call = Call::begin;

    bool differs_from(const Operation& other) const { return call != other.call || size != other.size; }
    std::string words() const {
        switch (call) {
        case Call::sum:
            return concat("a sum of ", size, " floats");
        case Call::tree:
            return concat("a sum of ", size, " floats in a tree");
        case Call::share:
            return concat("a share of ", size, " bytes");
        case Call::agree:
            return concat("an agreement about ", size, " things");
        case Call::begin:
            return "the begin of mpi::Ranks";
        case Call::end:
            return "the end of mpi::Ranks";
        }
        return "";
    }
    /// The message if another rank makes another call of the same number. Ranks are given by their names.
    std::string mismatch(const std::string& rank, const Operation& other, const std::string& other_rank) const {
        return concat("kiln: operation ", number, " needs the same call on every rank, got ", words(), " on ", rank,
                      " and ", other.words(), " on ", other_rank, "; try the same steps on all ranks");
    }
    /// The same on all ranks that do the same, so that the messages of different operations never meet. MPI has tags up to
    /// 32767 at least; 0 is for notes.
    int tag() const {
        const std::uint64_t mixed = (size * 8 + static_cast<std::uint64_t>(call) + 1) * 0x9E3779B97F4A7C15u;
        return static_cast<int>(mixed >> 50) + 1;
    }
};

}  // namespace kiln::inline KILN_TARGET::detail
