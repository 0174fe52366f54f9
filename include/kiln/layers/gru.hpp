// SPDX-License-Identifier: BSL-1.0
#pragma once
// Gated recurrent unit.
//
// Shape: Shape<T, In> -> Shape<T, H>, all hidden states; followed by Last: -> Shape<H>
// Formula: with h_0 = 0, for each frame x and the state h before it
//     r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)
//     z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
//     n = tanh(W_in x + b_in + r (W_hn h + b_hn))
//     h' = (1 - z) n + z h
// Parameters: weight_ih_l0 (3 H, In), weight_hh_l0 (3 H, H), bias_ih_l0 (3 H), bias_hh_l0 (3 H), each in the order r,
//     z, n; all within 1 / sqrt(H)
// Cost: 3 H (In + H) + 2 H multiply-adds for each frame
// Streams: yes; the carry is h
// Source: K. Cho et al.: Learning Phrase Representations using RNN Encoder-Decoder, 2014;
//     torch.nn.GRU(batch_first=True)

#include <kiln/core/contract.hpp>
#include <kiln/kernels/gates.hpp>
#include <kiln/layers/detail/describe_recurrent.hpp>
#include <kiln/layers/detail/recurrent.hpp>

namespace kiln::inline KILN_TARGET::detail {
struct GRUCell {
    static constexpr int gates = 3, sums = 4, kept = 4, products = 2, memory_at = 0;
    static constexpr int input_sum[] = {0, 1, 2}, hidden_sum[] = {0, 1, 3};
    static constexpr bool has_memory = false, passes_slope = true;

    // kept: r, z, n and W_hn h + b_hn
    template <class Gates, class E>
    KILN_NATIVE_VECTORS static constexpr E next(const E* sum, const E& h, E&, E* keep) {
        const E r = Gates::sigmoid(sum[0]), z = Gates::sigmoid(sum[1]), n = Gates::tanh(fma(r, sum[3], sum[2]));
        kernels::store(r, keep), kernels::store(z, keep + 1), kernels::store(n, keep + 2);
        kernels::store(sum[3], keep + 3);
        return fma(z, h - n, n);
    }
    template <class Gates, class E>
    KILN_NATIVE_VECTORS static constexpr E back(const E* values, const E& h, const E&, const E& slope, E&, E* slopes) {
        const E one(scalar_t<E>(1)), r = values[0], z = values[1], n = values[2];
        const E dn = slope * (one - z) * fma(-n, n, one);
        kernels::store(dn * values[3] * (r * (one - r)), slopes);
        kernels::store(slope * (h - n) * (z * (one - z)), slopes + 1);
        kernels::store(dn, slopes + 2), kernels::store(dn * r, slopes + 3);
        return slope * z;
    }
};
}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// Gated recurrent unit: Shape<T, In> -> Shape<T, H>. Gates are AccurateGates, also if none are named,
/// or FastGates (kernels/gates.hpp).
template <int In, int H, class... Gates>
    requires(sizeof...(Gates) <= 1)
struct GRU : detail::Recurrent<GRU<In, H, Gates...>, detail::GRUCell, In, H, detail::gates_of<Gates...>> {
    template <class X>
    using repair = detail::repaired_recurrent<GRU, X, GRU<X::extents[1], H, Gates...>>;

    static constexpr Kind kind() { return {.name = "GRU", .inputs = In, .outputs = H}; }
    static auto described(const auto& x, const auto&... directions) {
        return detail::described_recurrent<GRU>(
            x, "GRU", detail::GateOrder<1, 0, 2>{}, [](auto y) { return y.with("linear_before_reset", 1); },
            directions...);
    }
};

}  // namespace kiln
