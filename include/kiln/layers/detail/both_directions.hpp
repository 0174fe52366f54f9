// SPDX-License-Identifier: BSL-1.0
#pragma once
// The records of a recurrent layer in both directions of time, and sequences in reverse.

#include <kiln/core/contract.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/kernels/pack.hpp>

namespace kiln {
template <class L>
struct Bidirectional;
}

namespace kiln::inline KILN_TARGET::detail {

// A recurrent layer: it brings the record of both directions.
template <class L>
concept RecurrentLayer = requires {
    typename L::template BothParameters<float>;
};

template <class L, class X>
struct bidirectional_facts {
    using needs = recurrent_layer;
    using repair = void;
    template <class>
    using Parameters = Nothing;
};
template <class L>
struct bidirectional_of {
    using type = Bidirectional<L>;
};
template <>
struct bidirectional_of<void> {
    using type = void;
};
template <RecurrentLayer L, class X>
struct bidirectional_facts<L, X> {
    using needs = typename L::template needs<X>;
    using repair = typename bidirectional_of<typename L::template repair<X>>::type;
    template <class S>
    using Parameters = typename L::template BothParameters<S>;
};

// The tensors of one direction in the record of both.
template <class Input, class Hidden, class Biases>
struct Direction {
    Input& weight_ih_l0;
    Hidden& weight_hh_l0;
    Biases &bias_ih_l0, &bias_hh_l0;
};
template <class I, class H, class B>
Direction(I&, H&, B&, B&) -> Direction<I, H, B>;

constexpr auto forward_direction(auto& both) {
    return Direction{both.weight_ih_l0, both.weight_hh_l0, both.bias_ih_l0, both.bias_hh_l0};
}
constexpr auto reverse_direction(auto& both) {
    return Direction{both.weight_ih_l0_reverse, both.weight_hh_l0_reverse, both.bias_ih_l0_reverse,
                     both.bias_hh_l0_reverse};
}

/// Copies T rows of F elements.
template <int T, int F, class E>
constexpr void copy_columns(const E* from, int from_row, E* to, int to_row) {
    for (int t = 0; t < T; ++t)
        for (int i = 0; i < F; ++i) kernels::store(kernels::load<E>(from + t * from_row + i), to + t * to_row + i);
}

/// The frame that stands at frame t of the reversed sequence of a lane: padding stays where it is.
template <int T>
constexpr int reversed_frame(const Pass& pass, int lane, int t) {
    const int length = pass.length(lane, T);
    return t < length ? length - 1 - t : t;
}

// Element i of frame t of the sequence in reverse.
template <int T, class E>
constexpr void reversed_element(const E* from, int row, int i, const Pass& pass, int t, E& to) {
    if (pass.lengths == nullptr)
        kernels::store(kernels::load<E>(from + (T - 1 - t) * row + i), &to);
    else
        for (int l = 0; l < width<E>; ++l) set_lane(to, l, lane(from[reversed_frame<T>(pass, l, t) * row + i], l));
}

/// to = from with the frames of each sample in reverse.
template <int T, int F, class E>
constexpr void reverse_frames(const E* from, int from_row, const Pass& pass, E* to, int to_row) {
    for (int t = 0; t < T; ++t)
        for (int i = 0; i < F; ++i) reversed_element<T>(from, from_row, i, pass, t, to[t * to_row + i]);
}
/// to += from with the frames of each sample in reverse.
template <int T, int F, class E>
constexpr void add_reversed_frames(const E* from, const Pass& pass, E* to) {
    for (int t = 0; t < T; ++t)
        for (int i = 0; i < F; ++i) {
            E reversed;
            reversed_element<T>(from, F, i, pass, t, reversed);
            kernels::store(kernels::load<E>(to + t * F + i) + kernels::load<E>(&reversed), to + t * F + i);
        }
}

}  // namespace kiln::inline KILN_TARGET::detail
