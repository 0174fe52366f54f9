// SPDX-License-Identifier: BSL-1.0
#pragma once
// The last frame of sequences whose lengths may differ.

#include <kiln/core/pass.hpp>
#include <kiln/kernels/pack.hpp>

namespace kiln::inline KILN_TARGET::kernels {

/// to = from in the lanes whose sequence ends with frame t, of at most T frames; F elements. An empty sequence ends
/// with its first frame.
template <int T, int F, class E>
constexpr void take_frame(const E* from, int t, const Pass& pass, E* to) {
    if (pass.lengths == nullptr) {
        if (t == T - 1)
            for (int i = 0; i < F; ++i) store(load<E>(from + i), to + i);
        return;
    }
    for (int l = 0; l < width<E>; ++l) {
        const int length = pass.length(l, T);
        if (t == (length < 1 ? 1 : length) - 1)
            for (int i = 0; i < F; ++i) set_lane(to[i], l, lane(from[i], l));
    }
}

}  // namespace kiln::inline KILN_TARGET::kernels
