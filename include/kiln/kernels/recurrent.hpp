// SPDX-License-Identifier: BSL-1.0
#pragma once
// One frame of a recurrent layer with H hidden units, over any element, and its adjoint. A cell says how the layer's
// gates are made of sums, and the next hidden state of the sums:
//
//   sum[s][u] = the biases + sum_i w_input[g][u][i] x[i] + sum_i w_hidden[g][u][i] h[i], for all gates g of sum s
//
//     static constexpr int gates, sums, kept
//         gates have weights; a gate's products with x and with h may be apart, so there may be more sums than gates.
//         `kept` values of each unit are kept for backward; the first `sums` of them are overwritten by slopes
//     static constexpr int input_sum[gates], hidden_sum[gates]
//         the sum to which a gate's products with x, and with h, belong; input_sum[g] = g
//     static constexpr bool has_memory; static constexpr int memory_at
//         whether a unit has a memory beside its hidden state, and which kept value is the memory
//     static constexpr bool passes_slope
//         whether a part of the slope of h does not go through the products
//     static constexpr int products
//         multiplications of a unit beside those with weights
//     template <class Gates, class E> static E next(const E* sum, h, E& memory, E* keep)
//         the next hidden state of a unit; sets keep[kept] and the memory
//     template <class Gates, class E> static E back(const E* values, h, memory, slope, E& memory_slope, E* slopes)
//         given the kept values and the slope of the next hidden state, sets the slopes of the sums, and returns the
//         slope of h apart from the products; h and memory are those before the frame
//
// Weights are PyTorch's: [gate][unit][input]. Cost: gates H (In + H) multiply-adds forward, as many for the slopes of x
// and h. Sums run in the order of x, then of h. The gates are computed as soon as the sums of a few units are done, so
// that sums are never stored.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

/// The parameters of a recurrent layer: weights [gate][unit][input] and [gate][unit][unit], biases [gate][unit].
template <class S>
struct RecurrentWeights {
    const S *input, *hidden, *input_bias, *hidden_bias;
};

namespace detail {

// The first term of sum s of unit u: the biases of the gates that belong to it.
template <class Cell, int H, class S>
constexpr S bias_of_sum(const RecurrentWeights<S>& w, int s, int u) {
    S bias(0);
    bool first = true;
    for (int g = 0; g < Cell::gates; ++g) {
        if (Cell::input_sum[g] == s)
            bias = first ? w.input_bias[g * H + u] : bias + w.input_bias[g * H + u], first = false;
        if (Cell::hidden_sum[g] == s)
            bias = first ? w.hidden_bias[g * H + u] : bias + w.hidden_bias[g * H + u], first = false;
    }
    return bias;
}

// Distances in the weights of a recurrent layer.
struct GateSteps {
    int gate, unit, input;
};

// Adds to the sums of UB units the products of their gates with N values; w points to the weights of the first unit.
template <int UB, int N, GateSteps Steps, int Gates, int Sums, class E, class S>
KILN_NATIVE_VECTORS constexpr void add_products(const E* from, const S* w, const int* sum_of,
                                                ArrayOf<ArrayOf<E, UB>, Sums>& sum) {
    for (int i = 0; i < N; ++i) {
        const E value = load<E>(from + i);
        const S* const column = one_pointer(w + i * Steps.input);
        KILN_UNROLL for (int g = 0; g < Gates; ++g) KILN_UNROLL for (int u = 0; u < UB; ++u)
            store(fma(value, E(column[g * Steps.gate + u * Steps.unit]), sum[sum_of[g]][u]), sum[sum_of[g]] + u);
        if constexpr (UB * Gates == 1) store(carried(load<E>(sum[sum_of[0]])), sum[sum_of[0]]);
    }
}

// The states of units u … u + UB - 1, given their sums.
template <class Cell, class Gates, int UB, int H, class E>
constexpr void next_units(const ArrayOf<ArrayOf<E, UB>, Cell::sums>& sum, const E* h, [[maybe_unused]] E* memory,
                          E* next, [[maybe_unused]] auto kept, int u) {
    for (int k = 0; k < UB; ++k) {
        ArrayOf<E, Cell::sums> own;
        ArrayOf<E, Cell::kept> keep;
        KILN_UNROLL for (int s = 0; s < Cell::sums; ++s) store(load<E>(sum[s] + k), own + s);
        E cell(scalar_t<E>(0));
        if constexpr (Cell::has_memory) cell = load<E>(memory + u + k);
        store(Cell::template next<Gates>(own, load<E>(h + u + k), cell, keep), next + u + k);
        if constexpr (Cell::has_memory) store(cell, memory + u + k);
        if constexpr (!is_nothing<decltype(kept)>)
            KILN_UNROLL for (int n = 0; n < Cell::kept; ++n) store(load<E>(keep + n), kept + n * H + u + k);
    }
}

// Units u … u + UB - 1 of a frame.
template <class Cell, class Gates, int UB, int In, int H, class E, class S>
constexpr void recurrent_units(const E* x, const E* h, E* memory, const RecurrentWeights<S>& w, E* next, auto kept,
                               int u) {
    ArrayOf<ArrayOf<E, UB>, Cell::sums> sum;
    for (int s = 0; s < Cell::sums; ++s)
        for (int k = 0; k < UB; ++k) store(E(bias_of_sum<Cell, H>(w, s, u + k)), sum[s] + k);
    add_products<UB, In, GateSteps{H * In, In, 1}, Cell::gates, Cell::sums>(x, w.input + u * In, Cell::input_sum, sum);
    add_products<UB, H, GateSteps{H * H, H, 1}, Cell::gates, Cell::sums>(h, w.hidden + u * H, Cell::hidden_sum, sum);
    next_units<Cell, Gates, UB, H>(sum, h, memory, next, kept, u);
}

}  // namespace detail

/// next = the hidden state after a frame x, given the state h before it. Kept values go to kept[n H + unit], or kept is
/// Nothing. next and h are apart; memory is updated.
template <class Cell, class Gates, int In, int H, class E, class S>
constexpr void recurrent_frame(const E* x, const E* h, E* memory, const RecurrentWeights<S>& w, E* next, auto kept) {
    constexpr int block = choose_block(H, native_registers * 3 / 4 / vectors_in<E> / Cell::sums);
    constexpr int whole = H / block * block, rest = H - whole;
    for (int u = 0; u < whole; u += block)
        detail::recurrent_units<Cell, Gates, block, In, H>(x, h, memory, w, next, kept, u);
    if constexpr (rest > 0) detail::recurrent_units<Cell, Gates, rest, In, H>(x, h, memory, w, next, kept, whole);
}

namespace detail {

// to[i] = start[i] + the products of the slopes of all gates with the weights of input i, for IB packs from `first` on.
template <int Gates, class Pack, int IB, int H, int N, class E, class S>
constexpr void gate_slopes_tile(const S* w, const E* slopes, const int* sum_of, const auto& start, E* to, int first) {
    constexpr bool has_packs = !std::is_same_v<Pack, E>;
    constexpr int step = has_packs ? width<Pack> : 1;
    ArrayOf<Pack, IB> sum;
    KILN_UNROLL for (int q = 0; q < IB; ++q) {
        if constexpr (is_nothing<decltype(start)>)
            store(Pack(S(0)), sum + q);
        else
            store(load<Pack>(start + first + q * step), sum + q);
    }
    for (int g = 0; g < Gates; ++g)
        for (int u = 0; u < H; ++u) {
            const S* const row = one_pointer(w + (g * H + u) * N + first);
            Pack slope;
            if constexpr (has_packs)
                slope = Pack(slopes[sum_of[g] * H + u]);
            else
                store(load<E>(slopes + sum_of[g] * H + u), &slope);
            KILN_UNROLL for (int q = 0; q < IB; ++q) {
                if constexpr (has_packs)
                    store(fma(slope, load<Pack>(row + q * step), sum[q]), sum + q);
                else
                    store(fma(slope, E(row[q]), sum[q]), sum + q);
            }
        }
    KILN_UNROLL for (int q = 0; q < IB; ++q) store(load<Pack>(sum + q), to + first + q * step);
}
// Inputs from Begin on: packs of neighbours for plain numbers, then smaller packs.
template <int Gates, int Begin, int H, int N, class E, class S>
constexpr void gate_slopes_from(const S* w, const E* slopes, const int* sum_of, const auto& start, E* to) {
    if constexpr (Begin < N) {
        using Pack = neighbours_t<E, N - Begin>;
        constexpr int step = neighbours_step<E, N - Begin>, packs = (N - Begin) / step;
        constexpr int block = choose_block(packs, native_registers * 3 / 4 / vectors_in<Pack>);
        constexpr int whole = packs / block * block, rest = packs - whole;
        for (int q = 0; q < whole; q += block)
            gate_slopes_tile<Gates, Pack, block, H, N>(w, slopes, sum_of, start, to, Begin + q * step);
        if constexpr (rest > 0)
            gate_slopes_tile<Gates, Pack, rest, H, N>(w, slopes, sum_of, start, to, Begin + whole * step);
        gate_slopes_from<Gates, Begin + packs * step, H, N>(w, slopes, sum_of, start, to);
    }
}

}  // namespace detail

/// to = start + transpose(w) slopes, for weights [gate][unit][N] and the slopes of sums [sum][unit], where gate g
/// belongs to sum sum_of[g]. start may be Nothing, or to itself.
template <int Gates, int H, int N, class E, class S>
constexpr void gate_slopes(const S* w, const E* slopes, const int* sum_of, const auto& start, E* to) {
    detail::gate_slopes_from<Gates, 0, H, N>(w, slopes, sum_of, start, to);
}

/// The slopes of the sums of a frame, written over the kept values. dy is the slope of the frame's output, or Nothing.
/// dh is the slope of the state from later frames, and becomes the slope of h apart from the products; memory_slope is
/// the same for the memory. h and memory are those before the frame. The slopes are added to totals.
template <class Cell, class Gates, int H, class E>
constexpr void recurrent_frame_slopes(E* kept, const E* h, [[maybe_unused]] const E* memory, const auto& dy, E* dh,
                                      [[maybe_unused]] E* memory_slope, E* totals) {
    using S = scalar_t<E>;
    for_neighbours<E, H>([&]<class Pack>(int u) {
        ArrayOf<Pack, Cell::kept> values;
        ArrayOf<Pack, Cell::sums> slopes;
        KILN_UNROLL for (int n = 0; n < Cell::kept; ++n) store(load<Pack>(kept + n * H + u), values + n);
        Pack slope = load<Pack>(dh + u), of_memory(S(0)), before(S(0));
        if constexpr (!is_nothing<decltype(dy)>) slope += load<Pack>(dy + u);
        if constexpr (Cell::has_memory) of_memory = load<Pack>(memory_slope + u), before = load<Pack>(memory + u);
        store(Cell::template back<Gates>(values, load<Pack>(h + u), before, slope, of_memory, slopes), dh + u);
        if constexpr (Cell::has_memory) store(of_memory, memory_slope + u);
        KILN_UNROLL for (int s = 0; s < Cell::sums; ++s) {
            store(load<Pack>(slopes + s), kept + s * H + u);
            store(load<Pack>(totals + s * H + u) + load<Pack>(slopes + s), totals + s * H + u);
        }
    });
}

}  // namespace kiln::inline KILN_TARGET::kernels
