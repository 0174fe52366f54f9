// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a layer answers when it is asked for its output's shape.

#include <kiln/core/shape.hpp>

namespace kiln {

/// What a layer makes of an input: the extents it puts out, and whether the input fits. A layer that does not fit still
/// says what it would have put out (at least 1 in each dimension), so that one mistake is reported once. Containers
/// also report where their first misfit is.
struct Fit {
    static constexpr int max_depth = 8;

    Extents out;
    bool fits = true;
    Extents got{};                 ///< what arrived at the misfit
    int depth = 0;                 ///< how deep the misfit is nested; 0: this very layer
    int position[max_depth] = {};  ///< its position, outermost first

    /// The same of a container that puts out such extents, and fits only if its part puts out the same.
    constexpr Fit that_puts_out(Extents expected) const {
        Fit fit = *this;
        fit.fits = fits && out == expected;
        fit.out = expected;
        return fit;
    }

    /// The same misfit, seen from the container that has it at position i.
    constexpr Fit within(int i) const {
        Fit outer = *this;
        outer.depth = depth < max_depth ? depth + 1 : max_depth;
        outer.position[0] = i;
        for (int k = 1; k < outer.depth; ++k) outer.position[k] = position[k - 1];
        return outer;
    }
};

}  // namespace kiln
