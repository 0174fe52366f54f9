// SPDX-License-Identifier: BSL-1.0
#pragma once
// The adjoint of the correlation of frames (kernels/correlate_frames.hpp) with respect to its weights and offsets:
//
//   dw[tap][i][o] += sum_row dy[row][o] x[frame(tap) + row step][i]      summed over lanes
//   dc[o]         += sum_row dy[row][o]                                   summed over lanes
//
// Each number is added once. Sums of many outputs over native lanes are products of matrices: blocks of x are
// transposed, so that sums of neighbouring inputs stand in one pack. Sums of few outputs stay in lanes until their end.
//
// Cost: rows · taps · inputs · outputs multiply-adds.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/correlate_frames.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/reduce.hpp>
#include <kiln/kernels/tile.hpp>
#include <kiln/kernels/transpose.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

namespace detail {

// The same value. g++ 12 would read lanes from memory again for each product, unless it sees nothing of where they come
// from (`rounded`).
template <class E>
constexpr E in_register(const E& value) {
    if constexpr (is_lanes<E>)
        return rounded(value);
    else
        return value;
}
// sums[o][i] += the sum over `rows` rows of dy[row][o] x[row][i], for OB outputs by IB inputs, in every lane.
template <FrameSizes F, int OB, int IB, class E>
constexpr void sum_products(const E* x, const E* dy, int rows, E* sums) {
    ArrayOf<ArrayOf<E, IB>, OB> sum;
    KILN_UNROLL for (int o = 0; o < OB; ++o) KILN_UNROLL for (int i = 0; i < IB; ++i)
        store(load<E>(sums + o * IB + i), sum[o] + i);
    for (int row = 0; row < rows; ++row) {
        const E* const inputs = one_pointer(x + row * F.x_step);
        const E* const slopes = one_pointer(dy + row * F.y_step);
        ArrayOf<E, IB> input;
        KILN_UNROLL for (int i = 0; i < IB; ++i) store(load<E>(inputs + i), input + i);
        KILN_UNROLL for (int o = 0; o < OB; ++o) {
            const E slope = in_register(load<E>(slopes + o));
            KILN_UNROLL for (int i = 0; i < IB; ++i) store(fma(slope, input[i], sum[o][i]), sum[o] + i);
        }
        KILN_END_STEP;
    }
    KILN_UNROLL for (int o = 0; o < OB; ++o) KILN_UNROLL for (int i = 0; i < IB; ++i)
        store(sum[o][i], sums + o * IB + i);
}
// Calls tile(OB, IB, o, i, place) for every tile of outputs by inputs, from input `begin` on. `place` counts the
// products of the tiles before.
template <FrameSizes F, class E>
constexpr void for_products(int begin, auto tile) {
    constexpr int block = vectors_in < E >> 1 ? 2 : 4;
    constexpr int outputs = choose_block(F.outputs, block), inputs = choose_block(F.inputs, block);
    int place = 0;
    const auto columns = [&]<int OB>(std::integral_constant<int, OB> rows, int o) {
        int i = begin;
        for (; i + inputs <= F.inputs; i += inputs, place += OB * inputs)
            tile(rows, std::integral_constant<int, inputs>{}, o, i, place);
        if constexpr (inputs > 1)
            for (int rest = F.inputs - i, k = 0; k < rest; ++k, place += OB)
                tile(rows, std::integral_constant<int, 1>{}, o, i + k, place);
    };
    constexpr int whole = F.outputs / outputs * outputs;
    for (int o = 0; o < whole; o += outputs) columns(std::integral_constant<int, outputs>{}, o);
    if constexpr (whole < F.outputs) columns(std::integral_constant<int, F.outputs - whole>{}, whole);
}
// dw += the sums of a tile, each added up over lanes.
template <FrameSizes F, int OB, int IB, class E, class S>
constexpr void add_products(const E* sums, S* dw) {
    ArrayOf<E, OB * IB> own;
    for (int n = 0; n < OB * IB; ++n) store(load<E>(sums + n), own + n);
    Totals<E, OB * IB> total;
    reduce_each<OB * IB>(own, total);
    for (int o = 0; o < OB; ++o)
        for (int i = 0; i < IB; ++i) dw[o * F.w_output + i * F.w_input] += rounded(total[o * IB + i]);
}
// All outputs by the inputs from `begin` on.
template <FrameSizes F, class E, class S>
constexpr void gradient_tiles(const E* x, const E* dy, int rows, S* dw, int begin) {
    for_products<F, E>(begin, [&]<int OB, int IB>(std::integral_constant<int, OB>, std::integral_constant<int, IB>,
                                                  int o, int i, int) {
        ArrayOf<E, OB * IB> sums;
        for (int n = 0; n < OB * IB; ++n) store(E(S(0)), sums + n);
        sum_products<F, OB, IB>(x + i, dy + o, rows, sums);
        add_products<F, OB, IB>(sums, dw + o * F.w_output + i * F.w_input);
    });
}

// sums[o][q] += the sum over `rows` rows and lanes of dy[row][o] x[row][q …], for OB outputs by PB packs of inputs.
// columns[row][l][q] is pack q of x in lane l.
template <FrameSizes F, int OB, int PB, class T, int L>
constexpr void sum_outer_products(const Lanes<T, L>* columns, const Lanes<T, L>* dy, int rows, Lanes<T, L>* sums) {
    using Pack = Lanes<T, L>;
    ArrayOf<ArrayOf<Pack, PB>, OB> sum;
    KILN_UNROLL for (int o = 0; o < OB; ++o) KILN_UNROLL for (int q = 0; q < PB; ++q)
        store(load<Pack>(sums + o * PB + q), sum[o] + q);
    constexpr int together = L < 4 ? L : 4;
    for (int row = 0; row < rows; ++row)
        for (int l = 0; l < L; l += together) {
            const Pack* const slopes = one_pointer(dy + row * F.y_step);
            KILN_UNROLL for (int k = 0; k < together; ++k) {
                ArrayOf<Pack, PB> column;
                KILN_UNROLL for (int q = 0; q < PB; ++q)
                    store(load<Pack>(columns + (row * L + l + k) * PB + q), column + q);
                KILN_UNROLL for (int o = 0; o < OB; ++o) {
                    const Pack slope(slopes[o].v[l + k]);
                    KILN_UNROLL for (int q = 0; q < PB; ++q) store(fma(column[q], slope, sum[o][q]), sum[o] + q);
                }
                KILN_END_STEP;
            }
        }
    KILN_UNROLL for (int o = 0; o < OB; ++o) KILN_UNROLL for (int q = 0; q < PB; ++q)
        store(sum[o][q], sums + o * PB + q);
}
// All outputs by PB packs of inputs.
template <FrameSizes F, int PB, class T, int L, class S>
constexpr void gradient_packs(const Lanes<T, L>* x, const Lanes<T, L>* dy, int rows, S* dw) {
    using Pack = Lanes<T, L>;
    constexpr int panel = near_elements<Pack> / L / PB > 0 ? near_elements<Pack> / L / PB : 1;
    constexpr int block = choose_block(F.outputs, native_registers * 3 / 4 / PB);
    constexpr int whole = F.outputs / block * block, rest = F.outputs - whole;
    ArrayOf<Pack, F.outputs * PB> sums;
    for (int n = 0; n < F.outputs * PB; ++n) store(Pack(T(0)), sums + n);
    ArrayOf<Pack, panel * L * PB> columns;
    for (int first = 0; first < rows; first += panel) {
        const int count = rows - first < panel ? rows - first : panel;
        for (int row = 0; row < count; ++row)
            for (int q = 0; q < PB; ++q) {
                ArrayOf<Pack, L> block_of_x;
                transpose(x + (first + row) * F.x_step + q * L, block_of_x);
                for (int l = 0; l < L; ++l) store(load<Pack>(block_of_x + l), columns + (row * L + l) * PB + q);
            }
        const Pack* const slopes = dy + first * F.y_step;
        for (int o = 0; o < whole; o += block)
            sum_outer_products<F, block, PB>(columns, slopes + o, count, sums + o * PB);
        if constexpr (rest > 0) sum_outer_products<F, rest, PB>(columns, slopes + whole, count, sums + whole * PB);
    }
    for (int o = 0; o < F.outputs; ++o)
        for (int q = 0; q < PB; ++q) {
            S* const to = dw + o * F.w_output + q * L * F.w_input;
            const Pack sum = load<Pack>(sums + o * PB + q);
            if constexpr (F.w_input == 1)
                (Pack::load(to) + sum).store(to);
            else
                for (int l = 0; l < L; ++l) to[l * F.w_input] += sum.v[l];
        }
}

// OB outputs by PB packs of inputs, for one float sample.
template <FrameSizes F, int OB, int PB>
constexpr void gradient_numbers(const float* x, const float* dy, int rows, float* dw, int first) {
    using Pack = pack_t<float, F.inputs>;
    ArrayOf<ArrayOf<Pack, PB>, OB> sum;
    ArrayOf<int, PB> from;
    KILN_UNROLL for (int q = 0; q < PB; ++q) from[q] = pack_start<float, F.inputs>(first + q);
    KILN_UNROLL for (int o = 0; o < OB; ++o) KILN_UNROLL for (int q = 0; q < PB; ++q) store(Pack(0.0f), sum[o] + q);
    for (int row = 0; row < rows; ++row) {
        const float* const slopes = one_pointer(dy + row * F.y_step);
        ArrayOf<Pack, PB> input;
        KILN_UNROLL for (int q = 0; q < PB; ++q) store(load<Pack>(x + row * F.x_step + from[q]), input + q);
        KILN_UNROLL for (int o = 0; o < OB; ++o) {
            const Pack slope(slopes[o]);
            KILN_UNROLL for (int q = 0; q < PB; ++q) store(fma(input[q], slope, sum[o][q]), sum[o] + q);
        }
    }
    constexpr int step = pack_step<float, F.inputs>;
    if constexpr (F.w_input == 1 && F.inputs % step == 0) {
        KILN_UNROLL for (int o = 0; o < OB; ++o) {
            float* const to = one_pointer(dw + o * F.w_output);
            KILN_UNROLL for (int q = 0; q < PB; ++q) store(load<Pack>(to + from[q]) + rounded(sum[o][q]), to + from[q]);
        }
        return;
    }
    // The last pack overlaps the one before: numbers that both hold are added once.
    for (int o = 0; o < OB; ++o)
        for (int q = 0; q < PB; ++q) {
            float* const to = dw + o * F.w_output + from[q] * F.w_input;
            const int twice = (first + q) * step - from[q];
            if (F.w_input == 1 && twice == 0)
                store(load<Pack>(to) + rounded(load<Pack>(sum[o] + q)), to);
            else
                for (int l = twice; l < step; ++l) to[l * F.w_input] += rounded(lane(sum[o][q], l));
        }
}
template <FrameSizes F, int Rows>
constexpr void gradient_of_one(const float* x, const float* dy, int rows, float* dw) {
    constexpr int packs = packs_in<float, F.inputs>;
    constexpr Tile tile = choose_tile(F.outputs, packs, 1, Rows);
    const auto outputs = [&]<int PB>(std::integral_constant<int, PB>, int q) {
        constexpr int whole = F.outputs / tile.outer * tile.outer, rest = F.outputs - whole;
        for (int o = 0; o < whole; o += tile.outer)
            gradient_numbers<F, tile.outer, PB>(x, dy + o, rows, dw + o * F.w_output, q);
        if constexpr (rest > 0) gradient_numbers<F, rest, PB>(x, dy + whole, rows, dw + whole * F.w_output, q);
    };
    constexpr int whole = packs / tile.inner * tile.inner;
    for (int q = 0; q < whole; q += tile.inner) outputs(std::integral_constant<int, tile.inner>{}, q);
    if constexpr (whole < packs) outputs(std::integral_constant<int, packs - whole>{}, whole);
}

}  // namespace detail

namespace detail {

// Whether the sums of neighbouring inputs are added up in packs, after blocks of x have been transposed.
template <FrameSizes F, class E>
inline constexpr bool transposes_frames = [] {
    if constexpr (is_lanes<E>) return (width<E>) > 1 && vectors_in<E> == 1 && F.outputs >= 32 && F.inputs >= (width<E>);
    return false;
}();

}  // namespace detail

/// dw += the sum over `rows` rows, Rows at most, of one tap, whose frames of x begin with the one at x.
template <FrameSizes F, int Rows, class E, class S>
constexpr void correlate_frames_gradient(const E* x, const E* dy, int rows, S* dw) {
    if constexpr (std::is_same_v<E, float> && F.inputs > 1) {
        detail::gradient_of_one<F, Rows>(x, dy, rows, dw);
    } else if constexpr (detail::transposes_frames<F, E>) {
        constexpr int L = width<E>, packs = F.inputs / L, whole = packs / 2 * 2;
        for (int q = 0; q < whole; q += 2) detail::gradient_packs<F, 2>(x + q * L, dy, rows, dw + q * L * F.w_input);
        if constexpr (whole < packs) detail::gradient_packs<F, 1>(x + whole * L, dy, rows, dw + whole * L * F.w_input);
        if constexpr (packs * L < F.inputs) detail::gradient_tiles<F>(x, dy, rows, dw, packs * L);
    } else {
        detail::gradient_tiles<F>(x, dy, rows, dw, 0);
    }
}

/// dc += the sum over Rows rows of dy; dc may be Nothing.
template <FrameSizes F, int Rows, class E>
constexpr void add_frames(const E* dy, auto& dc) {
    if constexpr (!is_nothing<decltype(dc)>) {
        using Pack = pack_t<E, F.outputs>;
        constexpr int packs = packs_in<E, F.outputs>, step = pack_step<E, F.outputs>;
        const auto add = [&]<int PB>(std::integral_constant<int, PB>, int first) {
            ArrayOf<Pack, PB> sum;
            KILN_UNROLL for (int q = 0; q < PB; ++q)
                store(load<Pack>(dy + pack_start<E, F.outputs>(first + q)), sum + q);
            for (int row = 1; row < Rows; ++row)
                KILN_UNROLL for (int q = 0; q < PB; ++q)
                    store(load<Pack>(sum + q) + load<Pack>(dy + row * F.y_step + pack_start<E, F.outputs>(first + q)),
                          sum + q);
            if constexpr (std::is_same_v<Pack, E>) {
                Totals<E, PB> total;
                reduce_each<PB>(sum, total);
                for (int q = 0; q < PB; ++q) dc[first + q] += rounded(total[q]);
            } else {
                for (int q = 0; q < PB; ++q) {
                    const int from = pack_start<E, F.outputs>(first + q);
                    for (int l = (first + q) * step - from; l < step; ++l) dc[from + l] += rounded(lane(sum[q], l));
                }
            }
        };
        constexpr int block = choose_block(packs, 8), whole = packs / block * block;
        for (int q = 0; q < whole; q += block) add(std::integral_constant<int, block>{}, q);
        if constexpr (whole < packs) add(std::integral_constant<int, packs - whole>{}, whole);
    }
}

namespace detail {

// Calls f(OB, o) for blocks of outputs, as many as fit in registers.
template <FrameSizes F>
constexpr void for_outputs(auto f) {
    constexpr int block = choose_block(F.outputs, 8), whole = F.outputs / block * block;
    for (int o = 0; o < whole; o += block) f(std::integral_constant<int, block>{}, o);
    if constexpr (whole < F.outputs) f(std::integral_constant<int, F.outputs - whole>{}, whole);
}
// sums[o] += the sum over `rows` rows of dy[row][o], in every lane.
template <FrameSizes F, int OB, class E>
constexpr void sum_slopes(const E* dy, int rows, E* sums) {
    ArrayOf<E, OB> sum;
    KILN_UNROLL for (int o = 0; o < OB; ++o) store(load<E>(sums + o), sum + o);
    for (int row = 0; row < rows; ++row)
        KILN_UNROLL for (int o = 0; o < OB; ++o) store(load<E>(sum + o) + load<E>(dy + row * F.y_step + o), sum + o);
    KILN_UNROLL for (int o = 0; o < OB; ++o) store(load<E>(sum + o), sums + o);
}

// Fetches elements that will be read soon: to the first-level cache if Level is 3, to the second if it is 2. Sequences are
// often too long for either.
template <int Level, class E>
constexpr void fetch(const E* elements, int count) {
    constexpr int line = sizeof(E) < 64 ? 64 / static_cast<int>(sizeof(E)) : 1;
    if (!std::is_constant_evaluated())
        for (int i = 0; i < count; i += line) __builtin_prefetch(elements + i, 0, Level);
}

// A window's gradient, for few weights: their sums are kept while blocks of rows, which stay in the first-level cache,
// pass by. `change` turns the slopes of a block into those that the sums take.
template <FrameSizes F, FrameWindow Window, int FrameSize, class E, class S>
constexpr void gradient_blocks(const E* x, const E* dy, S* dw, S* dc, auto change) {
    constexpr int weights = F.outputs * F.inputs;
    constexpr int fitting = 24576 / static_cast<int>(sizeof(E)) / (F.outputs + F.inputs),
                  block = fitting > 8 ? fitting : 8;
    ArrayOf<E, F.taps * weights> sums;
    ArrayOf<E, F.outputs> slopes;
    for (int n = 0; n < F.taps * weights; ++n) store(E(S(0)), sums + n);
    for (int o = 0; o < F.outputs; ++o) store(E(S(0)), slopes + o);
    for (int begin = 0; begin < Window.rows; begin += block) {
        const int end = begin + block < Window.rows ? begin + block : Window.rows;
        change(begin, end);
        // The rows of the next block, and those of the next tap, are fetched a few at a time, before each product.
        const int next = Window.rows - end < block ? Window.rows - end : block;
        const auto fetch_x = [&](auto level, int row, int tap) {
            const int frame = Window.frame(row, tap);
            if (0 <= frame && frame < Window.frames) fetch<level>(x + frame * FrameSize, F.inputs);
        };
        const auto fetch_rows = [&](int tap, int place, int products) {
            constexpr int all = F.taps * weights;
            constexpr std::integral_constant<int, 3> first_cache;
            constexpr std::integral_constant<int, 2> second_cache;
            const int product = tap * weights + place;
            for (int k = product * next / all; k < (product + products) * next / all; ++k) {
                fetch<second_cache>(dy + (end + k) * F.y_step, F.outputs);
                fetch_x(second_cache, end + k, F.taps - 1);
            }
            const bool ends = tap + 1 == F.taps;
            const int rows = ends ? next : end - begin, first = ends ? end : begin;
            for (int k = place * rows / weights; k < (place + products) * rows / weights; ++k) {
                if (ends) fetch<first_cache>(dy + (first + k) * F.y_step, F.outputs);
                fetch_x(first_cache, first + k, ends ? 0 : tap + 1);
            }
        };
        for_outputs<F>([&]<int OB>(std::integral_constant<int, OB>, int o) {
            sum_slopes<F, OB>(dy + begin * F.y_step + o, end - begin, slopes + o);
        });
        for (int tap = 0; tap < F.taps; ++tap) {
            const auto rows = Window.rows_of(tap);
            const int first = rows.begin > begin ? rows.begin : begin, last = rows.end < end ? rows.end : end;
            if (first < last)
                for_products<F, E>(0, [&]<int OB, int IB>(std::integral_constant<int, OB>,
                                                          std::integral_constant<int, IB>, int o, int i, int place) {
                    fetch_rows(tap, place, OB * IB);
                    sum_products<F, OB, IB>(x + Window.frame(first, tap) * FrameSize + i, dy + first * F.y_step + o,
                                            last - first, sums + tap * weights + place);
                });
        }
    }
    for (int tap = 0; tap < F.taps; ++tap)
        for_products<F, E>(0, [&]<int OB, int IB>(std::integral_constant<int, OB>, std::integral_constant<int, IB>,
                                                  int o, int i, int place) {
            add_products<F, OB, IB>(sums + tap * weights + place, dw + tap * F.w_tap + o * F.w_output + i * F.w_input);
        });
    if (dc != nullptr) add_products<FrameSizes{.w_output = 1}, F.outputs, 1>(slopes, dc);
}

}  // namespace detail

/// dw and dc += the sums over all rows of a window that slides over the frames of x, FrameSize elements each; dc may be
/// null. `change(begin, end)` is called before the slopes of rows from `begin` on and before `end` are read.
template <FrameSizes F, FrameWindow Window, int FrameSize, class E, class S>
constexpr void correlate_window_gradient(const E* x, const E* dy, S* dw, S* dc, auto change) {
    if constexpr (!std::is_same_v<E, float> && !detail::transposes_frames<F, E> &&
                  F.taps * F.outputs * F.inputs <= 512) {
        detail::gradient_blocks<F, Window, FrameSize>(x, dy, dw, dc, change);
    } else {
        change(0, Window.rows);
        for (int tap = 0; tap < F.taps; ++tap) {
            const auto rows = Window.rows_of(tap);
            if (rows.count() > 0)
                correlate_frames_gradient<F, Window.rows>(x + Window.frame(rows.begin, tap) * FrameSize,
                                                          dy + rows.begin * F.y_step, rows.count(), dw + tap * F.w_tap);
        }
        if (dc != nullptr) add_frames<F, Window.rows>(dy, dc);
    }
}

}  // namespace kiln::inline KILN_TARGET::kernels
