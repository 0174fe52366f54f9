// SPDX-License-Identifier: BSL-1.0
#pragma once
// A cell of two gates and three sums, whose next state is a sum of products of whole numbers, so that any order of
// additions gives the same numbers: h' = sum[0] + 2 sum[1] + 3 sum[2] + h, where gate 1's products with x and with h
// belong to sums 1 and 2.

#include <kiln/kernels/recurrent.hpp>

namespace kiln::laws {

struct PlainCell {
    static constexpr int gates = 2, sums = 3, kept = 4, products = 0, memory_at = 3;
    static constexpr int input_sum[] = {0, 1}, hidden_sum[] = {0, 2};
    static constexpr bool has_memory = true, passes_slope = true;

    template <class, class E>
    static constexpr E next(const E* sum, const E& h, E& memory, E* keep) {
        for (int s = 0; s < sums; ++s) kernels::store(sum[s], keep + s);
        kernels::store(memory + sum[0], keep + 3), kernels::store(memory + sum[0], &memory);
        return sum[0] + sum[1] + sum[1] + sum[2] + sum[2] + sum[2] + h;
    }
    template <class, class E>
    static constexpr E back(const E* values, const E& h, const E& memory, const E& slope, E& memory_slope, E* slopes) {
        kernels::store(slope + memory_slope, slopes);
        kernels::store(slope + slope + values[1], slopes + 1);
        kernels::store(slope + h + memory, slopes + 2);
        return slope + values[0];
    }
};
struct NoGates {};

/// The state of unit u after a frame, and its memory.
template <int In, int H>
struct PlainFrame {
    double state, memory;
    PlainFrame(auto x, auto h, auto memory_before, const auto& w, int u) {
        double sum[3] = {double(w.input_bias[u] + w.hidden_bias[u]), double(w.input_bias[H + u]),
                         double(w.hidden_bias[H + u])};
        for (int i = 0; i < In; ++i) {
            sum[0] += x(i) * double(w.input[u * In + i]);
            sum[1] += x(i) * double(w.input[(H + u) * In + i]);
        }
        for (int i = 0; i < H; ++i) {
            sum[0] += h(i) * double(w.hidden[u * H + i]);
            sum[2] += h(i) * double(w.hidden[(H + u) * H + i]);
        }
        state = sum[0] + 2 * sum[1] + 3 * sum[2] + h(u);
        memory = memory_before(u) + sum[0];
    }
};

}  // namespace kiln::laws
