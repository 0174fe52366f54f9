// SPDX-License-Identifier: BSL-1.0
#pragma once
// The last frames of a stream, in a ring. The frames at the ring's start stand behind its end as well, so any few
// frames in a row are contiguous, and no frame is ever moved.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/element.hpp>
#include <kiln/kernels/pack.hpp>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

/// Frames of `Size` elements: the last `Reach` ones, and up to `block` new ones.
template <class E, int Size, int Reach>
struct FrameRing {
    static constexpr int block = 64;  ///< frames that are appended at once
    static constexpr int length = Reach + block;

    alignas(sizeof(E) < 64 ? 64 : alignof(E)) ArrayOf<E, (length + block) * Size> frames;
    int end = 0;  ///< where the next frame goes, below `length`

    /// Sets all frames to zero.
    constexpr void clear() {
        for (int i = 0; i < (length + block) * Size; ++i) store(E(scalar_t<E>(0)), frames + i);
        end = 0;
    }
    /// Appends N frames.
    template <int N>
    constexpr void append(const E* x) {
        static_assert(N <= block);
        write(x, end, N);
        if (end + N > length) write(x + (length - end) * Size, 0, end + N - length);
        if (end < block) write(x, end + length, end + N < block ? N : block - end);
        end += N;
        if (end >= length) end -= length;
    }
    /// Where the N frames stand, in `frames`, that came `ago` frames before the last N.
    template <int N>
    constexpr int start(int ago) const {
        const int frame = end - N - ago;
        return (frame < 0 ? frame + length : frame) * Size;
    }

  private:
    constexpr void write(const E* x, int frame, int count) {
        for (int i = 0; i < count * Size; ++i) store(load<E>(x + i), frames + frame * Size + i);
    }
};

}  // namespace kiln::inline KILN_TARGET::kernels
