// SPDX-License-Identifier: BSL-1.0
#pragma once
// The gradient of a correlation's weights and bias (kernels/correlate_weight_gradient.hpp), with a 3 x 3 kernel, over
// lanes of samples, in tiles of 4 x 4 slopes. With stride 1 Winograd's F(3 x 3, 4 x 4) takes 36 multiply-adds for each
// tile, sample and pair of channels in place of 144 (A. Lavin, S. Gray: Fast Algorithms for Convolutional Neural
// Networks, 2016, section 4.2, where tiles are of 2 x 2 slopes):
//
//   dw[o][c] += Gᵀ [ sum_{tiles, samples} (A D Aᵀ) ⊙ (Bᵀ X B) ] G    slopes D of o, 6 x 6 pixels X of c; ⊙ by elements
//
// with the matrices of detail/winograd_tiles.hpp. The root mean square of the errors is 6e-7 to 7e-7 of that of the
// results, where the direct sum's is 1e-7 to 4e-7 (16 to 128 channels, maps of 8 x 8 to 32 x 32, measured).
//
// With stride 2 and one pixel of padding X has 9 x 9 pixels, and 81 multiply-adds take the place of 144, by the matrices
// of detail/winograd_strided_tiles.hpp. The errors are 3e-7 (16 to 128 channels, measured).
//
// A product takes pixels of one sample, as a scalar, and its slopes of as many output channels as there are lanes.
// Slopes are transposed for that. So sums run over tiles and samples, in registers, and no sum over lanes is left. They
// are taken over the tiles of a strip and their samples, then over strips. The input needs no padding beforehand:
// pixels outside are zeros.
//
// Cost: 2.25 O C OH OW multiply-adds (stride 2: 5.06), 144 C operations for each tile's pixels (180), 80 O for its
// slopes and their transposes (150), and O C transforms of sums.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/detail/winograd_gradient_tiles.hpp>
#include <kiln/kernels/detail/winograd_tiles.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>
#include <kiln/kernels/transpose.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

namespace detail {

// Samples of a strip, of all its tiles together. Half as many are up to 2 % slower, twice as many 1 to 2 % faster. With
// stride 2 a tile takes more memory, and most sums are of more products.
template <class E, class Form>
inline constexpr int gradient_strip = width<E> > 32 / Form::stride ? width<E> : 32 / Form::stride;

// The time in operations on lanes, as measured: products, transforms of pixels and slopes, transforms of sums. With
// stride 2 the transforms of pixels take more of the time with 8 lanes on AVX2, and still more with 4 on SSE2.
constexpr bool winograd_gradient_pays_for(long long inputs, long long outputs, long long rows, long long columns,
                                          long long lanes, int stride) {
    const long long tiles = (rows + 3) / 4 * ((columns + 3) / 4), whole = (outputs + lanes - 1) / lanes * lanes;
    const long long products = stride == 1 ? 36 : 81,
                    pixels = stride == 1 ? 220 : lanes >= 16 ? 450 : 600 + 1600 / lanes,
                    slopes = stride == 1 ? 220 : lanes >= 16 ? 450 : 100 + 800 / lanes;
    const long long time =
        tiles * (products * inputs * whole + pixels * inputs + slopes * whole) + 200 * inputs * whole / lanes;
    return inputs >= 8 && inputs * outputs <= 128 * 128 && 10 * 9 * inputs * outputs * rows * columns >= 11 * time;
}
template <class E, class In, class Kernel, int Stride, int Padding>
inline constexpr bool winograd_gradient_pays = false;
template <class S, int L, int C, int H, int W, int O, int Stride, int Padding>
    requires(std::is_floating_point_v<S>&& L > 1 && ((Stride == 1 && Padding <= 2) || (Stride == 2 && Padding == 1)))
inline constexpr bool winograd_gradient_pays<Lanes<S, L>, Shape<C, H, W>, Shape<O, C, 3, 3>, Stride, Padding> =
    winograd_gradient_pays_for(C, O, slide(H, 3, Stride, Padding), slide(W, 3, Stride, Padding), L, Stride);

}  // namespace detail

/// Whether Winograd takes less time than `correlate_weight_gradient`, by a cost model. The answer is the same on every
/// machine, so that results are.
template <class E, class In, class Kernel, int Stride, int Padding>
inline constexpr bool winograd_gradient_pays = detail::winograd_gradient_pays<E, In, Kernel, Stride, Padding>;

/// Working memory for the gradient of O x C kernels.
template <class E, int C, int O, int Stride = 1>
struct WinogradGradientMemory {
    using S = scalar_t<E>;
    using Form = std::conditional_t<Stride == 1, detail::UnitStride, detail::StrideTwo>;
    static constexpr int strip = detail::gradient_strip<E, Form>, places = Form::places * Form::places,
                         outputs = (O + width<E> - 1) / width<E> * width<E>;
    // The 36 places lie a cache line further apart. Otherwise a power of two would put all into one set of the cache.
    static constexpr int line = 64 / static_cast<int>(sizeof(S)), pixel_step = C * strip + line,
                         slope_step = strip * outputs + line, sum_step = C * outputs + line;

    Tensor<S, Shape<places, pixel_step>> pixels;  ///< Bᵀ X B: [places][inputs][tiles][samples]
    Tensor<S, Shape<places, slope_step>> slopes;  ///< A D Aᵀ: [places][blocks of outputs][tiles][samples][block]
    Tensor<S, Shape<36, sum_step>> sums;          ///< the bracket: [6 x 6 places][blocks of outputs][inputs][block]
    Tensor<S, Shape<outputs>> bias;
};

namespace detail {

// Pixels and slopes of rows x columns places that add to the same sums.
template <class S>
struct Places {
    const S *pixels, *slopes;
    int pixel_step, slope_step, rows, columns;
};

// `gradient_products` adds the products of `steps` steps at each place to the sums of `Channels` inputs and `Packs` packs
// of outputs, or sets the sums if there are none yet.
template <class Form, int Channels, int Packs, class E, class S>
constexpr void gradient_products(const Places<S>& at, S* sums, int steps, bool set) {
    ArrayOf<ArrayOf<E, Packs>, Channels> sum;
    KILN_UNROLL for (int c = 0; c < Channels; ++c) KILN_UNROLL for (int n = 0; n < Packs; ++n) sum[c][n] = E(S(0));
    constexpr bool one = Form::places == 6;  // place for each sum
    for (int i = 0; i < (one ? 1 : at.rows); ++i) {
        for (int j = 0; j < (one ? 1 : at.columns); ++j) {
            const S* pixels = at.pixels + (i * Form::places + j) * at.pixel_step;
            const S* slopes = at.slopes + (i * Form::places + j) * at.slope_step;
            for (int k = 0; k < steps; ++k) {
                ArrayOf<E, Packs> slope;
                KILN_UNROLL for (int n = 0; n < Packs; ++n) slope[n] = load<E>(slopes + (k * Packs + n) * width<E>);
                KILN_UNROLL for (int c = 0; c < Channels; ++c) {
                    const E pixel(pixels[c * gradient_strip<E, Form> + k]);
                    KILN_UNROLL for (int n = 0; n < Packs; ++n) sum[c][n] = fma(pixel, slope[n], sum[c][n]);
                }
                KILN_END_STEP;
            }
        }
    }
    KILN_UNROLL for (int c = 0; c < Channels; ++c) KILN_UNROLL for (int n = 0; n < Packs; ++n) {
        S* to = sums + (c * Packs + n) * width<E>;
        store(set ? sum[c][n] : load<E>(to) + sum[c][n], to);
    }
}

// `gradient_weights` adds Gᵀ M G of the sums M to dw, for `inputs` inputs and `count` outputs, at most a pack of each.
// Sums of the next input are at sums[next], weights of the next output at dw[of_output].
template <class Form, class E, class S>
constexpr void gradient_weights(const S* sums, int step, int next, S* dw, int of_output, int inputs, int count) {
    constexpr int lanes = width<E>;
    ArrayOf<E, 9 * lanes> weights{};  // [inputs][3 x 3] of outputs
    for (int c = 0; c < inputs; ++c) {
        ArrayOf<E, 6> column;
        ArrayOf<ArrayOf<E, 3>, 6> columns;  // of Gᵀ M
        ArrayOf<ArrayOf<E, 6>, 3> rows;
        for (int v = 0; v < 6; ++v) {
            for (int u = 0; u < 6; ++u) column[u] = load<E>(sums + c * next + (6 * u + v) * step);
            Form::output_line(column, columns[v]);
            for (int u = 0; u < 3; ++u) rows[u][v] = columns[v][u];
        }
        for (int u = 0; u < 3; ++u) Form::output_line(rows[u], weights + 9 * c + 3 * u);
    }
    for (int k = 0; k < 9 * inputs; k += lanes) {
        ArrayOf<E, lanes> of_outputs;
        transpose(weights + k, of_outputs);
        for (int n = 0; n < count; ++n) {
            S* to = dw + n * of_output + k;
            if (k + lanes <= 9 * inputs)
                store(load<E>(to) + load<E>(&of_outputs[n]), to);
            else
                for (int l = 0; k + l < 9 * inputs; ++l) to[l] += lane(of_outputs[n], l);
        }
    }
}

// The arrays of `WinogradGradientMemory` and the steps between places in them.
template <class S>
struct GradientArrays {
    S *pixels, *slopes, *sums, *bias;
    int pixel_step, slope_step, sum_step, outputs;
};

// Has a 36th of the pixels and the slopes of a strip fetched, of `together` tiles from tile `first` on. Inlined, as
// `fetch` is.
template <class Form, class E>
[[gnu::always_inline]] constexpr void fetch_strip(const Maps<E>& x, const Maps<E>& dy, int padding, int first,
                                                  int together, int place) {
    constexpr int window = Form::window, share = (window * window + 35) / 36;
    const int across = (dy.columns + 3) / 4, tiles = (dy.rows + 3) / 4 * across;
    for (int t = first; t < first + together && t < tiles; ++t) {
        const int r = t / across * 4, s = t % across * 4;
        const TileOf<E> pixels{x, r * Form::stride - padding, s * Form::stride - padding}, slopes{dy, r, s};
        for (int p = place * share; p < (place + 1) * share && p < window * window; ++p)
            fetch(pixels, p / window, p % window);
        if (place < 16) fetch(slopes, place / 4, place % 4);
    }
}

// `gradient_sums` computes the bracket and the bias, in blocks of `Channels` inputs by `Packs` packs of outputs.
template <class Form, int Channels, int Packs, int RestOfChannels, class E, class S>
constexpr void gradient_sums(const Maps<E>& x, const Maps<E>& dy, int padding, GradientArrays<S> to) {
    constexpr int lanes = width<E>, strip = gradient_strip<E, Form>, together = strip / lanes, block = Packs * lanes;
    const int across = (dy.columns + 3) / 4, tiles = (dy.rows + 3) / 4 * across, whole = x.channels - RestOfChannels;
    for (int o = 0; o < to.outputs; ++o) to.bias[o] = S(0);
    for (int first = 0; first < tiles; first += together) {
        const int present = tiles - first < together ? tiles - first : together, steps = present * lanes;
        for (int t = 0; t < present; ++t) {
            const int r = (first + t) / across * 4, s = (first + t) % across * 4;
            Form::pixels_at(x, r * Form::stride - padding, s * Form::stride - padding, to.pixels + t * lanes,
                            to.pixel_step, strip);
            for (int o = 0; o < to.outputs; o += lanes)
                gradient_slopes<Form, E>(dy, o, r, s,
                                         to.slopes + o / block * block * strip + t * lanes * block + o % block,
                                         to.slope_step, block, to.bias + o);
        }
        for (int place = 0; place < 36; ++place) {
            fetch_strip<Form>(x, dy, padding, first + together, together, place);
            const int u = place / 6, v = place % 6, first_place = u * Form::places + v;
            for (int o = 0; o < to.outputs; o += block) {
                Places<S> at{.pixels = to.pixels + first_place * to.pixel_step,
                             .slopes = to.slopes + first_place * to.slope_step + o * strip,
                             .pixel_step = to.pixel_step,
                             .slope_step = to.slope_step,
                             .rows = u < 5 ? 1 : Form::places - 5,
                             .columns = v < 5 ? 1 : Form::places - 5};
                S* sums = to.sums + place * to.sum_step + o * x.channels;
                for (int c = 0; c < whole; c += Channels, at.pixels += Channels * strip)
                    gradient_products<Form, Channels, Packs, E>(at, sums + c * block, steps, first == 0);
                if constexpr (RestOfChannels > 0)
                    gradient_products<Form, RestOfChannels, Packs, E>(at, sums + whole * block, steps, first == 0);
            }
        }
    }
}

}  // namespace detail

/// dw += dy * x, where x has `Padding` zeros around its maps, and db += sum of dy, both summed over lanes; db may be
/// Nothing. With stride 2 the padding is 1.
template <int Padding, int Stride = 1, class E, class S, int C, int H, int W, int O, int OH, int OW>
constexpr void winograd_weight_gradient(const Tensor<E, Shape<C, H, W>>& x, const Tensor<E, Shape<O, OH, OW>>& dy,
                                        Tensor<S, Shape<O, C, 3, 3>>& dw, auto& db,
                                        WinogradGradientMemory<E, C, O, Stride>& memory) {
    static_assert(Stride == 1 || (Stride == 2 && Padding == 1));
    static_assert(OH == slide(H, 3, Stride, Padding) && OW == slide(W, 3, Stride, Padding));
    using Memory = WinogradGradientMemory<E, C, O, Stride>;
    using Form = typename Memory::Form;
    constexpr int lanes = width<E>, outputs = Memory::outputs;
    constexpr int packs = outputs / lanes % 2 == 0 ? 2 : 1, block = packs * lanes,
                  registers = native_registers / vectors_in<E>,
                  channels = choose_block(C, (registers - product_registers - 1) / packs - 1);
    const detail::GradientArrays<S> to{memory.pixels.data, memory.slopes.data, memory.sums.data, memory.bias.data,
                                       Memory::pixel_step, Memory::slope_step, Memory::sum_step, outputs};
    detail::gradient_sums<Form, channels, packs, C % channels, E>({x.data, C, H, W}, {dy.data, O, OH, OW}, Padding, to);
    for (int o = 0; o < O; o += lanes)
        for (int c = 0; c < C; c += lanes)
            detail::gradient_weights<Form, E>(memory.sums.data + o / block * block * C + c * block + o % block,
                                              Memory::sum_step, block, dw.data + (o * C + c) * 9, C * 9,
                                              C - c < lanes ? C - c : lanes, O - o < lanes ? O - o : lanes);
    if constexpr (!is_nothing<decltype(db)>)
        for (int o = 0; o < O; ++o) db.data[o] += memory.bias.data[o];
}

}  // namespace kiln::inline KILN_TARGET::kernels
