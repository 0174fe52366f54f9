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
/// of part I is value inputs + I. A part reads only values of smaller numbers than its own output, and every part leads
/// to an output.
template <int Parts, int MostInputs, int Outputs = 1>
struct Wiring {
    int inputs = 1;
    /// How many values each part reads, and which.
    std::array<int, static_cast<std::size_t>(Parts)> fan{};
    std::array<std::array<int, static_cast<std::size_t>(MostInputs)>, static_cast<std::size_t>(Parts)> from{};
    /// The values that the container puts out.
    std::array<int, static_cast<std::size_t>(Outputs)> outputs{};
    static constexpr int most_inputs = MostInputs;

    /// A part that is not connected as it must be.
    enum class Mistake : unsigned char {
        none,
        reads_nothing,
        reads_too_many,
        reads_later,
        is_never_read,
        puts_out_unknown
    };
    struct Misfit {
        Mistake mistake = Mistake::none;
        int part = 0;
    };

    /// The first mistake of the wiring.
    constexpr Misfit misfit() const {
        std::array<bool, static_cast<std::size_t>(Parts)> leads_on{};  // to an output
        for (const int output : outputs) {
            if (output < inputs || output >= inputs + Parts) return {Mistake::puts_out_unknown, 0};
            leads_on[static_cast<std::size_t>(output - inputs)] = true;
        }
        for (int part = Parts; part-- > 0;) {
            const auto i = static_cast<std::size_t>(part);
            if (fan[i] < 1) return {Mistake::reads_nothing, part};
            if (fan[i] > MostInputs) return {Mistake::reads_too_many, part};
            if (!leads_on[i]) return {Mistake::is_never_read, part};
            for (std::size_t port = 0; port < static_cast<std::size_t>(fan[i]); ++port) {
                const int value = from[i][port];
                if (value < 0 || value >= inputs + part) return {Mistake::reads_later, part};
                if (value >= inputs) leads_on[static_cast<std::size_t>(value - inputs)] = true;
            }
        }
        return {};
    }

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
// How many values a layer puts out.
template <class L>
inline constexpr int output_count = 1;
template <HasWiring L>
inline constexpr int output_count<L> = static_cast<int>(L::wiring.outputs.size());

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
