// SPDX-License-Identifier: BSL-1.0
#pragma once
// Sequences in reverse. The padding of a sample with fewer frames than T stays where it is, behind the sample.

#include <kiln/core/element.hpp>
#include <kiln/core/pass.hpp>
#include <kiln/kernels/pack.hpp>

namespace kiln::inline KILN_TARGET::kernels {

/// to = from for T rows of F elements, which begin from_row and to_row elements apart.
template <int T, int F, class E>
constexpr void copy_rows(const E* from, int from_row, E* to, int to_row) {
    for (int t = 0; t < T; ++t)
        for (int i = 0; i < F; ++i) store(load<E>(from + t * from_row + i), to + t * to_row + i);
}

namespace detail {

// The frame that stands at frame t of the reversed sequence of a lane: padding stays where it is.
template <int T>
constexpr int reversed_frame(const Pass& pass, int lane, int t) {
    const int length = pass.length(lane, T);
    return t < length ? length - 1 - t : t;
}

// Element i of frame t of the sequence in reverse.
template <int T, class E>
constexpr void reversed_element(const E* from, int row, int i, const Pass& pass, int t, E& to) {
    if (pass.lengths == nullptr)
        store(load<E>(from + (T - 1 - t) * row + i), &to);
    else
        for (int l = 0; l < width<E>; ++l) set_lane(to, l, lane(from[reversed_frame<T>(pass, l, t) * row + i], l));
}

}  // namespace detail

/// to = from with the frames of each sample in reverse; frames begin from_row and to_row elements apart.
template <int T, int F, class E>
constexpr void reverse_frames(const E* from, int from_row, const Pass& pass, E* to, int to_row) {
    for (int t = 0; t < T; ++t)
        for (int i = 0; i < F; ++i) detail::reversed_element<T>(from, from_row, i, pass, t, to[t * to_row + i]);
}
/// to += from with the frames of each sample in reverse.
template <int T, int F, class E>
constexpr void add_reversed_frames(const E* from, const Pass& pass, E* to) {
    for (int t = 0; t < T; ++t)
        for (int i = 0; i < F; ++i) {
            E reversed;
            detail::reversed_element<T>(from, F, i, pass, t, reversed);
            store(load<E>(to + t * F + i) + load<E>(&reversed), to + t * F + i);
        }
}

}  // namespace kiln::inline KILN_TARGET::kernels
