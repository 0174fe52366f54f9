// SPDX-License-Identifier: BSL-1.0
#pragma once
// The lengths of samples within a network whose layers change them.

#include <kiln/core/pass.hpp>

#include <array>
#include <cstddef>

namespace kiln::inline KILN_TARGET::detail {

/// The lengths of all values of a chain or a graph of stages, for each of `Lanes` samples: row k has the lengths of
/// value k. The pass of stage k has the row of the value that the stage reads.
template <int Rows, int Lanes>
struct LengthTable {
    std::array<int, static_cast<std::size_t>(Rows* Lanes)> length;

    constexpr int& at(int k, int l) { return length[static_cast<std::size_t>(k * Lanes + l)]; }
    /// Sets row k to the samples' own lengths, or (below) to those of an earlier row by a rule; `limit` lowers them to
    /// those of another row by the same rule.
    constexpr void begin(int k, const Pass& pass) {
        for (int l = 0; l < pass.live; ++l) at(k, l) = pass.lengths[l];
    }
    constexpr void follow(int k, int from, int live, int (*rule)(int)) {
        for (int l = 0; l < live; ++l) at(k, l) = rule(at(from, l));
    }
    constexpr void limit(int k, int from, int live, int (*rule)(int)) {
        for (int l = 0; l < live; ++l)
            if (const int here = rule(at(from, l)); here < at(k, l)) at(k, l) = here;
    }
    /// The same context with the table in the place of the samples' lengths.
    constexpr auto within(const auto& context) {
        Pass pass = context.pass;
        if (pass.lengths != nullptr) pass.lengths = length.data();
        return Context{context.parameters, context.gradients, context.state,   context.observed,
                       context.statistics, context.tape,      context.scratch, pass};
    }
};

// The same pass with the lengths `ahead` places ahead in the table; 0 where a network changes no length.
constexpr Pass pass_with_row(Pass pass, int ahead) {
    if (pass.lengths != nullptr) pass.lengths += ahead;
    return pass;
}
// The same for a stage of several values, with the row of the second value as well.
constexpr Pass pass_with_rows(Pass pass, int ahead, int second) {
    pass.second = pass.lengths != nullptr && second != ahead ? pass.lengths + second : nullptr;
    return pass_with_row(pass, ahead);
}

}  // namespace kiln::inline KILN_TARGET::detail
