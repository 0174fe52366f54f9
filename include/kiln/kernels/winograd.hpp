// SPDX-License-Identifier: BSL-1.0
#pragma once
// Correlation (kernels/correlate.hpp) with a 3 x 3 kernel and stride 1, over lanes of samples, in tiles of 4 x 4
// outputs. Winograd's F(4 x 4, 3 x 3) takes 36 multiply-adds for each tile and channel in place of 144 (A. Lavin, S.
// Gray: Fast Algorithms for Convolutional Neural Networks, 2016, section 4.2):
//
//   Y = Aᵀ [ sum_c (G w Gᵀ) ⊙ (Bᵀ X B) ] A    4 x 4 outputs Y, 6 x 6 pixels X, weights w; ⊙ by elements
//
// with the matrices of detail/winograd_tiles.hpp. The root mean square of the errors is twice that of `correlate` (1.8 to
// 2.5 times, 64 to 16 channels, measured).
//
// The input needs no padding beforehand: pixels outside are zeros.
//
// Cost: 2.25 O C OH OW multiply-adds, 144 C operations for each tile's pixels, 120 O for its outputs, and O C
// transforms of weights. The transforms are functions of their own, which all shapes share: that is cheap to compile.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/correlate_pool.hpp>
#include <kiln/kernels/detail/winograd_tiles.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

namespace detail {

// The sums of a block of output channels are kept in registers, half of which they take: measured best. A block is a
// power of two, smaller if the last one were much too large.
template <class E>
constexpr int winograd_block(int outputs) {
    int block = 2;
    while (block * 2 * vectors_in<E> <= native_registers / 2) block *= 2;
    while (block > 4 && 7 * ((outputs + block - 1) / block * block) > 8 * outputs) block /= 2;
    return block;
}
template <class E>
constexpr int round_up_to_block(int outputs) {
    const int block = winograd_block<E>(outputs);
    return (outputs + block - 1) / block * block;
}

// A tile takes 36 multiply-adds where its outputs take 9 each. Its transforms weigh less the more channels there are. The
// weights take no more memory than four times the maps of 16 samples.
constexpr bool winograd_pays_for(long long inputs, long long outputs, long long rows, long long columns) {
    const long long tiles = (rows + 3) / 4 * ((columns + 3) / 4), fewer = inputs < outputs ? inputs : outputs;
    return rows >= 4 && columns >= 4 && 9 * rows * columns * (fewer < 16 ? fewer : 16) >= 1024 * tiles &&
           inputs * outputs <= 128 * 128 && 9 * inputs * outputs <= 16 * (inputs + outputs) * rows * columns;
}
template <class E, class In, class Kernel, int Stride, int Padding>
inline constexpr bool winograd_pays = false;
template <class S, int L, int C, int H, int W, int O, int Padding>
    requires(std::is_floating_point_v<S>&& L > 1 && Padding <= 2)
inline constexpr bool winograd_pays<Lanes<S, L>, Shape<C, H, W>, Shape<O, C, 3, 3>, 1, Padding> =
    winograd_pays_for(C, O, slide(H, 3, 1, Padding), slide(W, 3, 1, Padding));

// Scalars from one place of the weights or the pixels to the next. They leave room for a cache line, because at distances
// of powers of two the 36 places of a channel would share few sets of the cache.
constexpr int winograd_step(int scalars) { return scalars + 16; }

}  // namespace detail

/// Whether Winograd takes less time than `correlate` and its adjoint, as measured on x86-64: over lanes, with 8 channels
/// or more, on maps that tiles of 4 x 4 cover well. The answer is the same on every machine, so that results are. At
/// most 128 x 128 channels need at most about 3 MiB of memory.
template <class E, class In, class Kernel, int Stride, int Padding>
inline constexpr bool winograd_pays = detail::winograd_pays<E, In, Kernel, Stride, Padding>;

/// Working memory for C input and O output channels; with `Adjoint` also that of the input's gradient. With stride 2 it
/// serves `winograd_strided` (kernels/winograd_strided.hpp).
template <class E, int C, int O, bool Adjoint = false, int Stride = 1>
struct WinogradMemory {
    static constexpr int places = Stride == 1 ? 36 : 81;
    static constexpr int larger(int a, int b) { return Adjoint && b > a ? b : a; }
    static constexpr int weight_count(int in, int out) {
        return 36 * detail::winograd_step(in * detail::round_up_to_block<E>(out));
    }

    /// G w Gᵀ: [6 x 6 places][blocks of outputs][inputs][block]
    Tensor<scalar_t<E>, Shape<larger(weight_count(C, O), weight_count(O, C))>> weights;
    /// Bᵀ X B: [places][inputs]
    Tensor<scalar_t<E>, Shape<places, detail::winograd_step(larger(C, O) * width<E>)>> pixels;
    /// The bracket: [block][places]
    Tensor<E, Shape<larger(detail::winograd_block<E>(O), detail::winograd_block<E>(C)), places>> sums;
};

namespace detail {

// The tiles of a convolution: places x places products, of window x window pixels, for outputs x outputs outputs. `step`
// is the distance of the windows of neighbouring tiles.
struct TileForm {
    int places, window, outputs, step;
};
inline constexpr TileForm unit_stride{6, 6, 4, 4};

// G g of three packs of weights.
struct WinogradWeightLine {
    template <class Pack>
    constexpr void operator()(const Pack& x, const Pack& y, const Pack& z, ArrayOf<Pack, 6>& to) const {
        using P = WinogradPoints<scalar_t<Pack>>;
        // Rounded, so that no compiler fuses the products with the sums.
        const auto product = [](const Pack& a, scalar_t<Pack> b) { return rounded(a * Pack(b)); };
        const Pack even_a = fma(z, Pack(P::at_a * P::aa), product(x, P::at_a)), odd_a = product(y, P::at_a * P::a),
                   even_b = fma(z, Pack(P::at_b * P::bb), product(x, P::at_b)), odd_b = product(y, P::at_b * P::b);
        to[0] = x * Pack(P::at_zero);
        to[1] = even_a + odd_a;
        to[2] = even_a - odd_a;
        to[3] = even_b + odd_b;
        to[4] = even_b - odd_b;
        to[5] = z;
    }
};
// G w Gᵀ of the 3 x 3 packs g of weights, to to[0], to[step] …
template <class Line, class Pack>
[[gnu::noinline]] constexpr void winograd_weight_block(const Pack* g, scalar_t<Pack>* to, int step) {
    ArrayOf<ArrayOf<Pack, 6>, 3> columns;  // of G w
    KILN_UNROLL for (int v = 0; v < 3; ++v) Line{}(g[v], g[3 + v], g[6 + v], columns[v]);
    KILN_UNROLL for (int u = 0; u < 6; ++u) {
        ArrayOf<Pack, 6> row;
        Line{}(columns[0][u], columns[1][u], columns[2][u], row);
        KILN_UNROLL for (int v = 0; v < 6; ++v, to += step) row[v].store(to);
    }
}
// `winograd_weights` computes G w Gᵀ. `Mirrored` computes that of the adjoint, whose kernel is w[c][o][2 - u][2 - v].
// A last block that is not full repeats the last channel.
template <bool Mirrored, class E, int C, int O, class Line = WinogradWeightLine, class S, class Kernel>
constexpr void winograd_weights(const Tensor<S, Kernel>& w, S* weights) {
    constexpr int block = winograd_block<E>(O), place = round_up_to_block<E>(O) * C;
    for (int k = 0; k < place / block; ++k) {
        const int first = k / C * block, c = k % C;
        ArrayOf<Lanes<S, block>, 9> g;
        for (int n = 0; n < block; ++n) {
            const int o = first + n < O ? first + n : O - 1;
            const S* from = w.data + (Mirrored ? c * O + o : o * C + c) * 9;
            KILN_UNROLL for (int p = 0; p < 9; ++p) g[Mirrored ? 8 - p : p].v[n] = from[p];
        }
        winograd_weight_block<Line>(g, weights + k * block, winograd_step(place));
    }
}

// The place of the weights that pixels at a place are multiplied by. Places from the sixth on share theirs.
constexpr int weight_place(int place, int across) {
    const int row = place / across, column = place % across;
    return (row < 5 ? row : 5) * 6 + (column < 5 ? column : 5);
}

// `winograd_sums` computes the sums over all channels for `Block` outputs. Meanwhile it has the tiles fetched that are
// read next and written next.
template <int Block, TileForm Form, class E, class S>
[[gnu::noinline]] constexpr void winograd_sums(const S* weights_of_all, int weight_step, const S* pixels, int channels,
                                               E* sums, const TileOf<E>& read, const TileOf<E>& written) {
    constexpr int places = Form.places * Form.places, window = Form.window, outputs = Form.outputs;
    for (int place = 0; place < places; ++place, pixels += winograd_step(channels * width<E>)) {
        if (place < window * window) fetch(read, place / window, place % window);
        if (place < outputs * outputs) fetch<true>(written, place / outputs, place % outputs);
        ArrayOf<E, Block> sum;
        KILN_UNROLL for (int n = 0; n < Block; ++n) sum[n] = E(S(0));
        const S* weights = weights_of_all + weight_place(place, Form.places) * weight_step;
        for (int c = 0; c < channels; ++c, weights += Block) {
            const E pixel = load<E>(pixels + c * width<E>);
            KILN_UNROLL for (int n = 0; n < Block; ++n) sum[n] = fma(pixel, E(weights[n]), sum[n]);
            KILN_END_STEP;
        }
        KILN_UNROLL for (int n = 0; n < Block; ++n) store(sum[n], sums + n * places + place);
    }
}

// Aᵀ m of six elements.
template <class E>
constexpr void winograd_output_line(const ArrayOf<E, 6>& m, E& p, E& q, E& r, E& s) {
    using P = WinogradPoints<scalar_t<E>>;
    const E a(P::a), b(P::b), aa(P::aa), bb(P::bb), aaa(P::aaa), bbb(P::bbb);
    const E even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
    p = m[0] + even_a + even_b;
    q = fma(odd_b, b, rounded(odd_a * a));
    r = fma(even_b, bb, rounded(even_a * aa));
    s = fma(odd_b, bbb, fma(odd_a, aaa, m[5]));
}

// `winograd_outputs` gives Aᵀ M A of the 6 x 6 sums M.
template <class E>
constexpr void winograd_outputs(const E* sums, ArrayOf<ArrayOf<E, 4>, 4>& outputs) {
    ArrayOf<ArrayOf<E, 6>, 4> rows;  // Aᵀ M
    KILN_UNROLL for (int j = 0; j < 6; ++j) {
        ArrayOf<E, 6> column;
        KILN_UNROLL for (int i = 0; i < 6; ++i) column[i] = load<E>(sums + 6 * i + j);
        winograd_output_line(column, rows[0][j], rows[1][j], rows[2][j], rows[3][j]);
    }
    KILN_UNROLL for (int i = 0; i < 4; ++i)
        winograd_output_line(rows[i], outputs[i][0], outputs[i][1], outputs[i][2], outputs[i][3]);
}

// Adds the bias of channel o to 4 x 4 outputs; b may be Nothing.
template <class E>
constexpr void add_bias(const auto& b, int o, ArrayOf<ArrayOf<E, 4>, 4>& outputs) {
    if constexpr (!is_nothing<decltype(b)>) {
        const E bias(b.data[o]);
        KILN_UNROLL for (int k = 0; k < 16; ++k) outputs[k / 4][k % 4] += bias;
    }
}

// `winograd_tiles` calls put(sums, o, r, s) for each tile, whose outputs begin at row r and column s of channel o, with
// its sums. The weights are in memory. Windows of x begin `padding` before its maps. `y` is where the outputs go, or
// Nothing if not there alone.
template <TileForm Form, int O, int OH, int OW, class E, int C, int H, int W>
constexpr void winograd_tiles(const Tensor<E, Shape<C, H, W>>& x, int padding, const auto& y, auto& memory,
                              auto pixels_at, auto put) {
    constexpr int across = (OW + Form.outputs - 1) / Form.outputs,
                  tiles = (OH + Form.outputs - 1) / Form.outputs * across, block = winograd_block<E>(O);
    const auto window_of = [padding](int t) {
        return TileOf<E>{{nullptr, 0, H, W}, t / across * Form.step - padding, t % across * Form.step - padding};
    };
    for (int t = 0; t < tiles; ++t) {
        const int r = t / across * Form.outputs, s = t % across * Form.outputs;
        TileOf<E> window = window_of(t), next = window_of(t + 1), written{};
        window.maps.data = next.maps.data = x.data;
        window.maps.channels = C;
        pixels_at(window, memory.pixels.data, winograd_step(C * width<E>));
        for (int o = 0; o < O; o += block) {
            next.maps.channels = o == 0 ? C : 0;
            if constexpr (!is_nothing<decltype(y)>)
                written = {{y.data + o * OH * OW, O - o < block ? O - o : block, OH, OW}, r, s};
            winograd_sums<block, Form>(memory.weights.data + o * C, winograd_step(round_up_to_block<E>(O) * C),
                                       memory.pixels.data, C, memory.sums.data, next, written);
            for (int n = 0; n < block && o + n < O; ++n)
                put(memory.sums.data + n * Form.places * Form.places, o + n, r, s);
        }
    }
}

// `winograd_maps` calls put(outputs, o, r, s) for each tile of 4 x 4 outputs, at row r and column s of channel o. x has
// `Padding` zeros around its maps; y is as above.
template <int Padding, int O, int OH, int OW, class E, int C, int H, int W>
constexpr void winograd_maps(const Tensor<E, Shape<C, H, W>>& x, const auto& b, const auto& y, auto& memory, auto put) {
    static_assert(OH == slide(H, 3, 1, Padding) && OW == slide(W, 3, 1, Padding));
    const auto pixels_at = [](const TileOf<E>& at, auto* to, int step) {
        winograd_pixels_at<E>(at.maps, at.row, at.column, to, step, width<E>);
    };
    winograd_tiles<unit_stride, O, OH, OW>(x, Padding, y, memory, pixels_at, [&](const E* sums, int o, int r, int s) {
        ArrayOf<ArrayOf<E, 4>, 4> outputs;
        winograd_outputs(sums, outputs);
        add_bias(b, o, outputs);
        put(outputs, o, r, s);
    });
}

// `put_within` stores what `finish` makes of those of 4 x 4 outputs that are within the maps of y.
template <class E, int O, int OH, int OW>
constexpr auto put_within(Tensor<E, Shape<O, OH, OW>>& y, auto finish) {
    return [&y, finish](const auto& outputs, int o, int r, int s) {
        KILN_UNROLL for (int i = 0; i < 4; ++i) {
            if (OH % 4 != 0 && r + i >= OH) break;
            E* to = y.data + (o * OH + r + i) * OW + s;
            KILN_UNROLL for (int j = 0; j < 4; ++j) if (OW % 4 == 0 || s + j < OW) store(finish(outputs[i][j]), to + j);
        }
    };
}

}  // namespace detail

/// y = finish(b + w * x) with stride 1 and `Padding` zeros around the maps of x; b may be Nothing.
template <int Padding, class E, class S, int C, int H, int W, int O, int OH, int OW, class Finish = Unchanged>
constexpr void winograd(const Tensor<E, Shape<C, H, W>>& x, const Tensor<S, Shape<O, C, 3, 3>>& w, const auto& b,
                        Tensor<E, Shape<O, OH, OW>>& y, auto& memory, Finish finish = {}) {
    detail::winograd_weights<false, E, C, O>(w, memory.weights.data);
    detail::winograd_maps<Padding, O, OH, OW>(x, b, y, memory, detail::put_within(y, finish));
}

/// The same with max pooling over disjoint 2 x 2 windows behind it (kernels/correlate_pool.hpp).
template <int Padding, class E, class S, int C, int H, int W, int O, int OH, int OW>
constexpr void winograd_pool(const Tensor<E, Shape<C, H, W>>& x, const Tensor<S, Shape<O, C, 3, 3>>& w, const auto& b,
                             Tensor<E, Shape<O, OH, OW>>& y, auto& which, auto& memory, auto finish) {
    detail::winograd_weights<false, E, C, O>(w, memory.weights.data);
    detail::winograd_maps<Padding, O, 2 * OH, 2 * OW>(
        x, b, Nothing{}, memory, [&](const ArrayOf<ArrayOf<E, 4>, 4>& outputs, int o, int r, int s) {
            KILN_UNROLL for (int k = 0; k < 4; ++k) {
                const int i = r / 2 + k / 2, j = s / 2 + k % 2;
                if ((OH % 2 == 1 && i == OH) || (OW % 2 == 1 && j == OW)) continue;
                ArrayOf<ArrayOf<E, 2>, 2> window;
                KILN_UNROLL for (int p = 0; p < 4; ++p) window[p / 2][p % 2] =
                    outputs[k / 2 * 2 + p / 2][k % 2 * 2 + p % 2];
                E most, index;
                detail::choose_largest<2>(window, most, index);
                store(finish(most), y.data + (o * OH + i) * OW + j);
                if constexpr (!is_nothing<decltype(which)>) store(index, which.data + (o * OH + i) * OW + j);
            }
        });
}

/// dx = the adjoint of `winograd` applied to dy.
template <int Padding, class E, class S, int C, int H, int W, int O, int OH, int OW>
constexpr void winograd_input_gradient(const Tensor<S, Shape<O, C, 3, 3>>& w, const Tensor<E, Shape<O, OH, OW>>& dy,
                                       Tensor<E, Shape<C, H, W>>& dx, auto& memory) {
    detail::winograd_weights<true, E, O, C>(w, memory.weights.data);
    detail::winograd_maps<2 - Padding, C, H, W>(dy, Nothing{}, dx, memory, detail::put_within(dx, Unchanged{}));
}

}  // namespace kiln::inline KILN_TARGET::kernels
