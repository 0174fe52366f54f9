// SPDX-License-Identifier: BSL-1.0
#pragma once
// Long short-term memory.
//
// Shape: Shape<T, In> -> Shape<T, H>, all hidden states; followed by Last: -> Shape<H>
// Formula: with h_0 = c_0 = 0, or learned ones (LearnedStart), for each frame x, and h and c before it
//     i = sigmoid(W_ii x + b_ii + W_hi h + b_hi), f and o likewise
//     g = tanh(W_ig x + b_ig + W_hg h + b_hg)
//     c' = f c + i g
//     h' = o tanh(c')
// Parameters: weight_ih_l0 (4 H, In), weight_hh_l0 (4 H, H), bias_ih_l0 (4 H), bias_hh_l0 (4 H), each in the order i,
//     f, g, o; with LearnedStart hidden_start (H), memory_start (H); all within 1 / sqrt(H)
// Cost: 4 H (In + H) + 3 H multiply-adds for each frame
// Streams: yes; the carry is h and c
// Differs from PyTorch: an nn.LSTM gets h_0 and c_0 as inputs, and has none of its own. With LearnedStart the layer is
//     not exported to ONNX, and has no Bidirectional
// Source: S. Hochreiter, J. Schmidhuber: Long Short-Term Memory, 1997; torch.nn.LSTM(batch_first=True)

#include <kiln/core/contract.hpp>
#include <kiln/kernels/gates.hpp>
#include <kiln/layers/detail/describe_recurrent.hpp>
#include <kiln/layers/detail/recurrent.hpp>

namespace kiln::inline KILN_TARGET::detail {
struct LSTMCell {
    static constexpr int gates = 4, sums = 4, kept = 5, products = 3, memory_at = 4;
    static constexpr int input_sum[] = {0, 1, 2, 3}, hidden_sum[] = {0, 1, 2, 3};
    static constexpr bool has_memory = true, passes_slope = false;

    // kept: i, f, g, o and c'; backward takes tanh(c') again
    template <class Gates, class E>
    KILN_NATIVE_VECTORS static constexpr E next(const E* sum, const E&, E& memory, E* keep) {
        const E i = Gates::sigmoid(sum[0]), f = Gates::sigmoid(sum[1]), g = Gates::tanh(sum[2]),
                o = Gates::sigmoid(sum[3]), c = fma(f, memory, i * g);
        kernels::store(i, keep), kernels::store(f, keep + 1), kernels::store(g, keep + 2);
        kernels::store(o, keep + 3), kernels::store(c, keep + 4), kernels::store(c, &memory);
        return o * Gates::tanh(c);
    }
    template <class Gates, class E>
    KILN_NATIVE_VECTORS static constexpr E back(const E* values, const E&, const E& memory, const E& slope,
                                                E& memory_slope, E* slopes) {
        const E zero(scalar_t<E>(0)), one(scalar_t<E>(1)), i = values[0], f = values[1], g = values[2], o = values[3],
                                                           squashed = Gates::tanh(values[4]);
        const E dc = fma(slope * o, fma(-squashed, squashed, one), memory_slope);
        kernels::store(dc * g * (i * (one - i)), slopes);
        kernels::store(dc * memory * (f * (one - f)), slopes + 1);
        kernels::store(dc * i * fma(-g, g, one), slopes + 2);
        kernels::store(slope * squashed * (o * (one - o)), slopes + 3);
        kernels::store(dc * f, &memory_slope);
        return zero;
    }
};
}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// An option of LSTM: the state and the memory before the first frame are learned.
struct LearnedStart {};

}  // namespace kiln

namespace kiln::inline KILN_TARGET::detail {
template <class... Options>
struct lstm_options {
    using Gates = gates_of<Options...>;
    static constexpr bool learns_start = false;
};
template <>
struct lstm_options<LearnedStart> {
    using Gates = AccurateGates;
    static constexpr bool learns_start = true;
};
template <class G>
struct lstm_options<G, LearnedStart> {
    using Gates = G;
    static constexpr bool learns_start = true;
};
}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// Long short-term memory: Shape<T, In> -> Shape<T, H>. Options are gates, AccurateGates if none are named, or FastGates
/// (kernels/gates.hpp), and LearnedStart behind them.
template <int In, int H, class... Options>
    requires(sizeof...(Options) <= 2)
struct LSTM : detail::Recurrent<LSTM<In, H, Options...>, detail::LSTMCell, In, H,
                                typename detail::lstm_options<Options...>::Gates,
                                detail::lstm_options<Options...>::learns_start> {
    template <class X>
    using repair = detail::repaired_recurrent<LSTM, X, LSTM<X::extents[1], H, Options...>>;

    static constexpr Kind kind() { return {.name = "LSTM", .inputs = In, .outputs = H}; }
    static auto described(const auto& x, const auto&... directions) {
        return detail::described_recurrent<LSTM>(
            x, "LSTM", detail::GateOrder<0, 3, 1, 2>{}, [](auto y) { return y; }, directions...);
    }
};

}  // namespace kiln
