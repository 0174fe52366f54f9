// SPDX-License-Identifier: BSL-1.0
#pragma once
// The records of a recurrent layer in both directions of time.

#include <kiln/core/contract.hpp>
#include <kiln/core/facts.hpp>

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

}  // namespace kiln::inline KILN_TARGET::detail
