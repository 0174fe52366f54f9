// SPDX-License-Identifier: BSL-1.0
#pragma once
// Recurrent layer without gates (J. Elman).
//
// Shape: Shape<T, In> -> Shape<T, H>, all hidden states; followed by Last: -> Shape<H>
// Formula: with h_0 = 0, for each frame x and the state h before it
//     h' = tanh(W_i x + b_i + W_h h + b_h)
// Parameters: weight_ih_l0 (H, In), weight_hh_l0 (H, H), bias_ih_l0 (H), bias_hh_l0 (H); all within 1 / sqrt(H)
// Cost: H (In + H) multiply-adds for each frame
// Streams: yes; the carry is h
// Source: J. Elman: Finding structure in time, 1990; torch.nn.RNN(batch_first=True)

#include <kiln/core/contract.hpp>
#include <kiln/kernels/gates.hpp>
#include <kiln/layers/detail/describe_recurrent.hpp>
#include <kiln/layers/detail/recurrent.hpp>

namespace kiln::inline KILN_TARGET::detail {
struct RNNCell {
    static constexpr int gates = 1, sums = 1, kept = 1, products = 0, memory_at = 0;
    static constexpr int input_sum[] = {0}, hidden_sum[] = {0};
    static constexpr bool has_memory = false, passes_slope = false;

    // kept: h'
    template <class Gates, class E>
    KILN_NATIVE_VECTORS static constexpr E next(const E* sum, const E&, E&, E* keep) {
        const E state = Gates::tanh(sum[0]);
        kernels::store(state, keep);
        return state;
    }
    template <class Gates, class E>
    KILN_NATIVE_VECTORS static constexpr E back(const E* values, const E&, const E&, const E& slope, E&, E* slopes) {
        const E zero(scalar_t<E>(0)), one(scalar_t<E>(1)), state = values[0];
        kernels::store(slope * fma(-state, state, one), slopes);
        return zero;
    }
};
}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// Recurrent layer without gates: Shape<T, In> -> Shape<T, H>; tanh is that of AccurateGates, also if none are
/// named, or of FastGates (kernels/gates.hpp).
template <int In, int H, class... Gates>
    requires(sizeof...(Gates) <= 1)
struct RNN : detail::Recurrent<RNN<In, H, Gates...>, detail::RNNCell, In, H, detail::gates_of<Gates...>> {
    template <class X>
    using repair = detail::repaired_recurrent<RNN, X, RNN<X::extents[1], H, Gates...>>;

    static auto described(const auto& x, const auto&... directions) {
        return detail::described_recurrent<RNN>(
            x, "RNN", detail::GateOrder<0>{}, [](auto y) { return y; }, directions...);
    }
};

}  // namespace kiln
