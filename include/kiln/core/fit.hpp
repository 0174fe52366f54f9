// SPDX-License-Identifier: BSL-1.0
#pragma once
// The answer of a layer that is asked for the shape of its output.

#include <kiln/core/shape.hpp>

namespace kiln {

/// The extents of a layer's output, and whether the input fits. A layer that does not fit still gives the output that
/// it would have had (at least 1 in each dimension), so that one mistake is reported once. Containers also report the
/// place of their first misfit.
struct Fit {
    static constexpr int max_depth = 8;

    Extents out;
    bool fits = true;
    Extents got{};                 ///< the input at the misfit
    int depth = 0;                 ///< the depth at which the misfit is nested; 0: this very layer
    int position[max_depth] = {};  ///< its position, outermost first

    /// The fit of a container whose output has extents `expected`, and which fits only if its part puts out the same.
    constexpr Fit that_puts_out(Extents expected) const {
        Fit fit = *this;
        fit.fits = fits && out == expected;
        fit.out = expected;
        return fit;
    }

    /// This misfit as reported by the container that has it at position i.
    constexpr Fit within(int i) const {
        Fit outer = *this;
        outer.depth = depth < max_depth ? depth + 1 : max_depth;
        outer.position[0] = i;
        for (int k = 1; k < outer.depth; ++k) outer.position[k] = position[k - 1];
        return outer;
    }
};

}  // namespace kiln
