// SPDX-License-Identifier: BSL-1.0
#pragma once
// Correlation of frames with weights. A row of y reads one frame of x for each tap:
//
//   y[row][o] = finish(c[o] + sum_{tap,i} w[tap][i][o] x[frame(tap) + row step][i])
//
// Products of every frame with one matrix are correlations of one tap. The input gradient is such a correlation too,
// with the taps in reverse and w transposed. c may be Nothing.
//
// Every sum has one order for any number of rows: so a stream in blocks gives the bits of the whole sequence. For all
// elements but float a sum runs in the order of taps, then of i. For float the sums of neighbouring outputs stand in
// packs, and a sum of few packs is divided into partial sums, as each waits for its last addition.
//
// Cost: rows · taps · inputs · outputs multiply-adds.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/frame_window.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>
#include <kiln/kernels/transpose.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

/// The sizes of a correlation of frames, and the distances of its operands in memory.
struct FrameSizes {
    int inputs = 1, outputs = 1;               ///< elements that a tap reads of a frame; elements of y in a row
    int x_step = 1, y_step = 1;                ///< from row to row: in x and in y
    int taps = 1;                              ///< frames that a row reads
    int w_tap = 0, w_input = 1, w_output = 1;  ///< distances in w of taps, inputs and outputs
};

namespace detail {

// Elements of x that stay in the first-level cache while all weights pass by.
template <class E>
inline constexpr int near_elements = 24576 / static_cast<int>(sizeof(E));

// c[o], or c itself if it is Nothing.
constexpr auto offsets_from(const auto& c, int o) {
    if constexpr (is_nothing<decltype(c)>)
        return c;
    else
        return c + o;
}

// The inputs begin … end - 1 of `taps` taps, added to MB rows and NB outputs. The first sums start from c, the last
// ones end with `finish`; others continue in y.
struct Part {
    int begin, end;
    bool starts, ends;
};
template <FrameSizes F, int MB, int NB, class E, class S>
constexpr void frame_tile(const E* x, const int* at, int taps, const S* w, const auto& c, E* y, auto finish,
                          Part part) {
    ArrayOf<ArrayOf<E, NB>, MB> sum;
    KILN_UNROLL for (int m = 0; m < MB; ++m) KILN_UNROLL for (int n = 0; n < NB; ++n) {
        if (!part.starts)
            store(load<E>(y + m * F.y_step + n), sum[m] + n);
        else if constexpr (is_nothing<decltype(c)>)
            store(E(S(0)), sum[m] + n);
        else
            store(E(c[n]), sum[m] + n);
    }
    for (int tap = 0; tap < taps; ++tap)
        for (int i = part.begin; i < part.end; ++i) {
            const S* const factors = one_pointer(w + tap * F.w_tap + i * F.w_input);
            const E* const from = x + at[tap] + i;
            ArrayOf<E, MB> element;
            KILN_UNROLL for (int m = 0; m < MB; ++m) store(load<E>(from + m * F.x_step), element + m);
            KILN_UNROLL for (int n = 0; n < NB; ++n) {
                const E factor(factors[n * F.w_output]);
                KILN_UNROLL for (int m = 0; m < MB; ++m) store(fma(element[m], factor, sum[m][n]), sum[m] + n);
            }
            if constexpr (MB * NB == 1) store(carried(load<E>(sum[0])), sum[0]);
            KILN_END_STEP;
        }
    KILN_UNROLL for (int m = 0; m < MB; ++m) KILN_UNROLL for (int n = 0; n < NB; ++n)
        store(sum[m][n], y + m * F.y_step + n);
    // A function of some size needs registers that the sums hold.
    if constexpr (!std::is_same_v<decltype(finish), Unchanged>)
        if (part.ends)
            for (int m = 0; m < MB; ++m)
                for (int n = 0; n < NB; ++n) store(finish(load<E>(y + m * F.y_step + n)), y + m * F.y_step + n);
}

// MB rows: all outputs, and all inputs in parts that stay in the first-level cache.
template <FrameSizes F, int MB, int NB, class E, class S>
constexpr void frame_outputs(const E* x, const int* at, int taps, const S* w, const auto& c, E* y, auto finish) {
    constexpr int whole = F.outputs / NB * NB, rest = F.outputs - whole;
    const auto all = [&](const int* from, int count, const S* weights, Part part) {
        for (int o = 0; o < whole; o += NB)
            frame_tile<F, MB, NB>(x, from, count, weights + o * F.w_output, offsets_from(c, o), y + o, finish, part);
        if constexpr (rest > 0)
            frame_tile<F, MB, rest>(x, from, count, weights + whole * F.w_output, offsets_from(c, whole), y + whole,
                                    finish, part);
    };
    constexpr int resident = near_elements<E> / MB;
    if constexpr (F.taps * F.inputs <= 2 * resident) {
        all(at, taps, w, {0, F.inputs, true, true});
    } else {
        if (taps == 0) all(at, 0, w, {0, 0, true, true});
        constexpr int parts = (F.inputs + resident - 1) / resident, step = (F.inputs + parts - 1) / parts;
        for (int tap = 0; tap < taps; ++tap)
            for (int i = 0; i < F.inputs; i += step)
                all(at + tap, 1, w + tap * F.w_tap,
                    {i, i + step < F.inputs ? i + step : F.inputs, tap == 0 && i == 0,
                     tap == taps - 1 && i + step >= F.inputs});
    }
}

}  // namespace detail

namespace detail {

// Calls add(input, its weights, sum) for all inputs of all taps. Input i goes to partial sum i modulo Parts.
template <FrameSizes F, int Parts>
[[gnu::always_inline]] constexpr void add_inputs(const float* x, const int* at, int taps, const float* w, auto& sum,
                                                 auto add) {
    constexpr int whole = F.inputs / Parts * Parts;
    for (int tap = 0; tap < taps; ++tap) {
        const float* const from = one_pointer(x + at[tap]);
        const float* const weights = one_pointer(w + tap * F.w_tap);
        for (int i = 0; i < whole; i += Parts)
            KILN_UNROLL for (int p = 0; p < Parts; ++p) add(from + i + p, weights + (i + p) * F.w_input, sum[p]);
        KILN_UNROLL for (int p = 0; p < F.inputs - whole; ++p)
            add(from + whole + p, weights + (whole + p) * F.w_input, sum[p]);
    }
}

// MB rows by PB packs of outputs, for one float sample.
template <FrameSizes F, int MB, int PB, int Parts>
    requires(Parts == 1 || Parts == 2 || Parts == 4)
constexpr void pack_tile(const float* x, const int* at, int taps, const float* w, const auto& c, float* y, auto finish,
                         const ArrayOf<int, PB>& to) {
    using Pack = pack_t<float, F.outputs>;
    ArrayOf<ArrayOf<ArrayOf<Pack, PB>, MB>, Parts> sum;
    KILN_UNROLL for (int p = 0; p < Parts; ++p) KILN_UNROLL for (int m = 0; m < MB; ++m)
        KILN_UNROLL for (int q = 0; q < PB; ++q) {
        if constexpr (is_nothing<decltype(c)>)
            store(Pack(0.0f), sum[p][m] + q);
        else
            store(p > 0 ? Pack(0.0f) : load<Pack>(c + to[q]), sum[p][m] + q);
    }
    const auto add = [&](const float* from, const float* weights, auto* sums) {
        ArrayOf<Pack, PB> weight;
        KILN_UNROLL for (int q = 0; q < PB; ++q) store(load<Pack>(weights + to[q]), weight + q);
        KILN_UNROLL for (int m = 0; m < MB; ++m) {
            const Pack input(from[m * F.x_step]);
            KILN_UNROLL for (int q = 0; q < PB; ++q) store(fma(weight[q], input, sums[m][q]), sums[m] + q);
        }
        if constexpr (MB * PB * Parts == 1) store(carried(load<Pack>(sums[0])), sums[0]);
    };
    add_inputs<F, Parts>(x, at, taps, w, sum, add);
    if constexpr (Parts == 4) {
        KILN_UNROLL for (int m = 0; m < MB; ++m) KILN_UNROLL for (int q = 0; q < PB; ++q) {
            store(sum[0][m][q] + sum[2][m][q], sum[0][m] + q);
            store(sum[1][m][q] + sum[3][m][q], sum[1][m] + q);
        }
    }
    if constexpr (Parts > 1)
        KILN_UNROLL for (int m = 0; m < MB; ++m) KILN_UNROLL for (int q = 0; q < PB; ++q)
            store(sum[0][m][q] + sum[1][m][q], sum[0][m] + q);
    KILN_UNROLL for (int m = 0; m < MB; ++m) KILN_UNROLL for (int q = 0; q < PB; ++q)
        store(finish(sum[0][m][q]), y + m * F.y_step + to[q]);
}
// MB rows of one output, for one float sample: neighbouring rows stand in a pack, and each sum has the order of
// pack_tile.
template <FrameSizes F, int MB, int Parts>
constexpr void single_output_tile(const float* x, const int* at, int taps, const float* w, const auto& c, float* y,
                                  auto finish) {
    using Pack = pack_t<float, MB>;
    static_assert(pack_step<float, MB> == MB);
    ArrayOf<Pack, Parts> sum;
    KILN_UNROLL for (int p = 0; p < Parts; ++p) store(Pack(0.0f), sum + p);
    if constexpr (!is_nothing<decltype(c)>) store(Pack(c[0]), sum);
    const auto add = [&](const float* from, const float* weight, Pack& to) {
        store(carried(fma(Pack(*weight), load<Pack, F.x_step>(from), load<Pack>(&to))), &to);
    };
    add_inputs<F, Parts>(x, at, taps, w, sum, add);
    if constexpr (Parts == 4) {
        store(sum[0] + sum[2], sum);
        store(sum[1] + sum[3], sum + 1);
    }
    if constexpr (Parts > 1) store(sum[0] + sum[1], sum);
    store(finish(load<Pack>(sum)), sum);
    KILN_UNROLL for (int m = 0; m < MB; ++m) y[m * F.y_step] = lane(sum[0], m);
}
// The partial sums of an output: together with the packs that sum beside each other, some eight additions at once.
constexpr int partial_sums(int inputs, int packs) {
    return inputs < 4 || packs > 4 ? 1 : inputs < 8 || packs > 2 ? 2 : 4;
}

// Calls tile(MB, row) for rows in tiles of MB, and for the rest. The last tile is moved back, so that it ends with the
// rows: some rows are computed twice, with the same result. Elements that count their operations do without.
template <int MB, class E>
constexpr void for_rows(int rows, auto tile) {
    int row = 0;
    if (rows >= MB) {
        const int whole = rows / MB * MB;
        for (; row < whole; row += MB) tile(std::integral_constant<int, MB>{}, row);
        if constexpr (MB > 1 && RealElement<E>)
            if (row < rows) {
                tile(std::integral_constant<int, MB>{}, rows - MB);
                return;
            }
    }
    if constexpr (MB > 1)
        for (int rest = rows - row, k = 0; k < rest; ++k) tile(std::integral_constant<int, 1>{}, row + k);
}

// The tile of Rows rows of one float sample by packs of outputs.
template <FrameSizes F, int Rows>
inline constexpr Tile pack_block = [] {
    constexpr int packs = packs_in<float, F.outputs>, parts = partial_sums(F.inputs, packs);
    constexpr int most = native_registers * 3 / 4 / (parts * packs);
    if (F.outputs == 1) return Tile{pack_step<float, Rows>, 1};
    if (parts > 1) return Tile{Rows < most ? Rows : most > 0 ? most : 1, packs};
    // Rows may lie a multiple of 2 KiB apart, and then share a few sets of the first-level cache. So a tile has few.
    return choose_tile(packs < 4 || Rows < 6 ? Rows : 6, packs, 1, F.taps * F.inputs);
}();
// Some Rows rows of one float sample by PB packs of outputs, from pack `first` on. The weights are those of outputs
// from `begin` on.
template <FrameSizes F, int Rows, int PB>
constexpr void rows_of_packs(const float* x, int x_step, const int* at, int taps, const float* w, const auto& c,
                             float* y, int rows, auto finish, int first, int begin) {
    constexpr int packs = packs_in<float, F.outputs>, parts = partial_sums(F.inputs, packs);
    ArrayOf<int, PB> to;
    KILN_UNROLL for (int q = 0; q < PB; ++q) to[q] = pack_start<float, F.outputs>(first + q) - begin;
    for_rows<pack_block<F, Rows>.outer, float>(rows, [&]<int MB>(std::integral_constant<int, MB>, int row) {
        if constexpr (F.outputs == 1)
            single_output_tile<F, MB, parts>(x + row * x_step, at, taps, w, c, y + row * F.y_step, finish);
        else
            pack_tile<F, MB, PB, parts>(x + row * x_step, at, taps, w, offsets_from(c, begin),
                                        y + row * F.y_step + begin, finish, to);
    });
}

}  // namespace detail

/// `rows` rows of a correlation, some Rows, each of `taps` taps, at most F.taps: `at` has where the frame of each tap
/// stands in x for the first row. For float, outputs must stand side by side in w.
template <FrameSizes F, int Rows, class E, class S, class Finish = Unchanged>
constexpr void correlate_frames(const E* x, const int* at, int taps, const S* w, const auto& c, E* y, int rows,
                                Finish finish = {}) {
    const int x_step = taps > 0 ? F.x_step : 0;  // a row without taps reads nothing
    if constexpr (std::is_same_v<E, float>) {
        static_assert(F.w_output == 1);
        constexpr int packs = packs_in<float, F.outputs>, inner = detail::pack_block<F, Rows>.inner;
        const auto columns = [&]<int PB>(std::integral_constant<int, PB>, int first) {
            detail::rows_of_packs<F, Rows, PB>(x, x_step, at, taps, w, c, y, rows, finish, first, 0);
        };
        constexpr int whole = packs / inner * inner;
        for (int q = 0; q < whole; q += inner) columns(std::integral_constant<int, inner>{}, q);
        if constexpr (whole < packs) columns(std::integral_constant<int, packs - whole>{}, whole);
    } else {
        constexpr Tile tile = choose_tile(F.outputs, Rows, vectors_in<E>, F.taps * F.inputs);
        detail::for_rows<tile.inner, E>(rows, [&]<int MB>(std::integral_constant<int, MB>, int row) {
            detail::frame_outputs<F, MB, tile.outer>(x + row * x_step, at, taps, w, c, y + row * F.y_step, finish);
        });
    }
}

/// The weights of a few outputs, which stand side by side for each input: working memory for weights whose inputs stand
/// side by side. A panel stays in the caches while all rows pass by.
template <FrameSizes F, int Rows>
struct FramePanel {
    static constexpr int packs = detail::pack_block<F, Rows>.inner, width = packs * pack_step<float, F.outputs>;
    ArrayOf<float, F.inputs * width> weights;
};

namespace detail {
// PB packs of outputs from pack `first` on.
template <FrameSizes F, int PB, int Rows>
constexpr void panel_rows(const float* x, const float* w, const auto& c, float* y, auto finish, int first,
                          FramePanel<F, Rows>& panel) {
    constexpr int L = pack_step<float, F.outputs>, block = pack_step<float, (F.inputs < L ? F.inputs : L)>;
    constexpr int width = FramePanel<F, Rows>::width, at = 0;
    const int begin = pack_start<float, F.outputs>(first);
    for (int q = 0; q < PB; ++q) {
        const int column = pack_start<float, F.outputs>(first + q) - begin;
        for (int i = 0; i < F.inputs; i += block) {
            const int input = i < F.inputs - block ? i : F.inputs - block;
            for (int row = column; row < column + L; row += block)
                transpose_numbers<block>(w + (begin + row) * F.w_output + input, F.w_output,
                                         panel.weights + input * width + row, width);
        }
    }
    constexpr FrameSizes sizes = [] {
        FrameSizes of_panel = F;
        of_panel.w_input = width;
        of_panel.w_output = 1;
        return of_panel;
    }();
    rows_of_packs<sizes, Rows, PB>(x, F.x_step, &at, 1, panel.weights, c, y, Rows, finish, first, begin);
}
}  // namespace detail

/// The product of a matrix with Rows frames of one float sample, whose inputs stand side by side in w. The bits are
/// those of weights with outputs side by side.
template <FrameSizes F, int Rows, class Finish = Unchanged>
constexpr void correlate_frames(const float* x, const float* w, const auto& c, float* y, FramePanel<F, Rows>& panel,
                                Finish finish = {}) {
    static_assert(F.w_input == 1 && F.taps == 1);
    constexpr int packs = packs_in<float, F.outputs>, inner = FramePanel<F, Rows>::packs;
    constexpr int whole = packs / inner * inner, rest = packs - whole;
    for (int q = 0; q < whole; q += inner) detail::panel_rows<F, inner>(x, w, c, y, finish, q, panel);
    if constexpr (rest > 0) detail::panel_rows<F, rest>(x, w, c, y, finish, whole, panel);
}

/// Rows rows of a correlation of one tap, a product of a matrix with every frame. For float outputs stand side by side
/// in w.
template <FrameSizes F, int Rows, class E, class S, class Finish = Unchanged>
constexpr void correlate_frames(const E* x, const S* w, const auto& c, E* y, Finish finish = {}) {
    constexpr int at = 0;
    correlate_frames<F, Rows>(x, &at, 1, w, c, y, Rows, finish);
}

/// All rows of a window that slides over the frames of x, FrameSize elements each.
template <FrameSizes F, FrameWindow Window, int FrameSize, class E, class S, class Finish = Unchanged>
constexpr void correlate_window(const E* x, const S* w, const auto& c, E* y, Finish finish = {}) {
    for (int row = 0; row < Window.rows;) {
        const auto run = Window.run_from(row);
        ArrayOf<int, F.taps> at{};
        const int taps = run.end_tap - run.first_tap;
        for (int tap = 0; tap < taps; ++tap) at[tap] = Window.frame(row, run.first_tap + tap) * FrameSize;
        correlate_frames<F, Window.rows>(x, at, taps, w + (taps > 0 ? run.first_tap * F.w_tap : 0), c,
                                         y + row * F.y_step, run.end - row, finish);
        row = run.end;
    }
}

}  // namespace kiln::inline KILN_TARGET::kernels
