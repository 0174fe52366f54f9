// SPDX-License-Identifier: BSL-1.0
#pragma once
// WIRED CONTAINER: a container whose parts form a graph, in which values branch, join and are shared. It derives from
// Wired<itself> (nets/wired.hpp), which adds its shape, its memory and its passes. It declares
//
//     static constexpr int depth
//         the number of its parts
//     template <int I> using Layer
//         the type of part I; a part that reads several values is a join: its shape rule takes as many extents, and
//         x.get<0>(), x.get<1>(), … are the values in its forward
//     static constexpr Wiring<depth, MOST_INPUTS> wiring
//         the values that each part reads
//
//   and optionally
//
//     template <int I> using Step
//         the word for part I in messages (core/facts.hpp); layer<I> without it
//     template <class... Parts> using with_parts
//         as for any container
//
//   Wired containers and chains within wired containers take part in one graph: their values share memory by the times
//   at which they are alive, and batch statistics cut through all branches at once.

#include <kiln/core/contract/claims.hpp>
#include <kiln/core/contract/records.hpp>

#include <array>
#include <cstddef>

namespace kiln::inline KILN_TARGET {

/// The values that the parts of a container read. Values are numbered: the container's inputs come first, then the output
/// of part I is value inputs + I. A part reads only values of smaller numbers than its own output.
template <int Parts, int MostInputs, int Outputs = 1>
struct Wiring {
    int inputs = 1;
    /// How many values each part reads, and which.
    std::array<int, static_cast<std::size_t>(Parts)> fan{};
    std::array<std::array<int, static_cast<std::size_t>(MostInputs)>, static_cast<std::size_t>(Parts)> from{};
    /// The values that the container puts out.
    std::array<int, static_cast<std::size_t>(Outputs)> outputs{};
    static constexpr int most_inputs = MostInputs;

    /// Whether the container puts out value v.
    constexpr bool is_output(int v) const {
        for (const int output : outputs)
            if (output == v) return true;
        return false;
    }
};

/// A container whose parts are connected by a Wiring.
template <class L>
concept HasWiring = Composite<L> && MakesClaims<L> && requires {
    L::wiring.inputs;
};

namespace detail {
// The part that owns the parameters and the state of part I: another one for a Shared node of a Graph, whose records are
// made for this. Records of other containers are not, so no other container declares `owners`.
template <class L, int I>
inline constexpr int owner_of = I;
template <class L, int I>
    requires requires { L::owners; }
inline constexpr int owner_of<L, I> = L::owners[static_cast<std::size_t>(I)];
}  // namespace detail

/// A container whose parts run one after the other, and which claims so (`is_chain`).
template <class L>
concept Chain = Composite<L> && MakesClaims<L> && requires {
    requires L::is_chain;
};

}  // namespace kiln::inline KILN_TARGET
