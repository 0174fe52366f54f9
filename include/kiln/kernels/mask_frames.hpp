// SPDX-License-Identifier: BSL-1.0
#pragma once
// The padding of sequences that are shorter than their shape (core/contract/lengths.hpp).

#include <kiln/core/element.hpp>
#include <kiln/core/pass.hpp>

namespace kiln::inline KILN_TARGET::kernels {

/// Sets the frames behind the end of each lane's sample to zero: x has `frames` frames of `size` elements each.
template <class E>
constexpr void mask_frames(E* x, int frames, int size, const Pass& pass) {
    if (pass.lengths == nullptr) return;
    for (int l = 0; l < width<E>; ++l)
        for (int i = pass.length(l, frames) * size; i < frames * size; ++i) set_lane(x[i], l, scalar_t<E>(0));
}

}  // namespace kiln::inline KILN_TARGET::kernels
