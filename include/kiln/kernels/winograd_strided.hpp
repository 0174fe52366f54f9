// SPDX-License-Identifier: BSL-1.0
#pragma once
// Correlation (kernels/correlate.hpp) with a 3 x 3 kernel, stride 2 and one pixel of padding, over lanes of samples, in
// tiles of 4 x 4 outputs. Even and odd rows and columns are maps of their own, under kernels of two taps and of one. For
// two taps Winograd's F(4, 2) serves; 81 multiply-adds take the place of 144 for each tile and channel:
//
//   Y = Aᵀ [ sum_c (G w Gᵀ) ⊙ (Bᵀ X B) ] A    4 x 4 outputs Y, 9 x 9 pixels X, weights w; ⊙ by elements
//
// with the matrices of detail/winograd_strided_tiles.hpp. The adjoint makes tiles of 8 x 8 from 5 x 5 slopes. The root
// mean square of the errors is that of `correlate`, the adjoint's 1.7 times that of the direct sum (16 to 128 channels,
// measured).
//
// The input needs no padding beforehand: pixels outside are zeros.
//
// Cost: 5.06 O C OH OW multiply-adds, 180 C operations for each tile's pixels, 200 O for its outputs, and O C transforms
// of weights.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/detail/winograd_strided_tiles.hpp>
#include <kiln/kernels/detail/winograd_tiles.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>
#include <kiln/kernels/winograd.hpp>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

namespace detail {

// A tile takes 81 multiply-adds where its outputs take 9 each. The transforms take the time of some 450 for each channel.
// The weights take no more memory than four times the maps of 16 samples. That holds for 16 lanes on AVX-512. Direct
// sums are as fast or faster for many shapes with 4 lanes on SSE2, 8 on AVX2, and 32 and 64 on AVX-512.
constexpr bool winograd_strided_pays_for(long long inputs, long long outputs, long long rows, long long columns) {
    const long long tiles = (rows + 3) / 4 * ((columns + 3) / 4),
                    time = tiles * (81 * inputs * outputs + 450 * (inputs + outputs));
    return rows >= 4 && columns >= 4 && 10 * 9 * inputs * outputs * rows * columns >= 11 * time &&
           inputs * outputs <= 128 * 128 && 9 * inputs * outputs <= 16 * (4 * inputs + outputs) * rows * columns;
}
template <class E, class In, class Kernel, int Stride, int Padding>
inline constexpr bool winograd_strided_pays = false;
template <int C, int H, int W, int O>
inline constexpr bool winograd_strided_pays<Lanes<float, 16>, Shape<C, H, W>, Shape<O, C, 3, 3>, 2, 1> =
    winograd_strided_pays_for(C, O, slide(H, 3, 2, 1), slide(W, 3, 2, 1));

}  // namespace detail

/// Whether tiles take less time than `correlate` with stride 2 and its adjoint, by a cost model for 16 lanes. The answer
/// is the same on every machine, so that results are.
template <class E, class In, class Kernel, int Stride, int Padding>
inline constexpr bool winograd_strided_pays = detail::winograd_strided_pays<E, In, Kernel, Stride, Padding>;

namespace detail {

inline constexpr TileForm stride_two{9, 9, 4, 8}, stride_two_adjoint{9, 5, 8, 4};

// G g of three packs of weights, whose last row stands for four.
struct StridedWeightLine {
    template <class Pack>
    constexpr void operator()(const Pack& x, const Pack& y, const Pack& z, ArrayOf<Pack, 6>& to) const {
        using P = StridedPoints<scalar_t<Pack>>;
        // Rounded, so that no compiler fuses the products with the sums.
        const auto product = [](const Pack& a, scalar_t<Pack> b) { return rounded(a * Pack(b)); };
        const Pack first_a = product(x, P::at_a), second_a = product(z, P::at_a * P::a), first_b = product(x, P::at_b),
                   second_b = product(z, P::at_b * P::b);
        to[0] = second_a + first_a;
        to[1] = second_a - first_a;
        to[2] = second_b + first_b;
        to[3] = second_b - first_b;
        to[4] = z;
        to[5] = y;
    }
};

}  // namespace detail

/// y = finish(b + w * x) with stride 2 and one zero around the maps of x; b may be Nothing.
template <class E, class S, int C, int H, int W, int O, int OH, int OW, class Finish = Unchanged>
constexpr void winograd_strided(const Tensor<E, Shape<C, H, W>>& x, const Tensor<S, Shape<O, C, 3, 3>>& w,
                                const auto& b, Tensor<E, Shape<O, OH, OW>>& y, auto& memory, Finish finish = {}) {
    static_assert(OH == slide(H, 3, 2, 1) && OW == slide(W, 3, 2, 1));
    detail::winograd_weights<false, E, C, O, detail::StridedWeightLine>(w, memory.weights.data);
    const auto pixels_at = [](const detail::TileOf<E>& at, auto* to, int step) {
        detail::strided_pixels_at<2, E>(at.maps, at.row, at.column, to, step, width<E>);
    };
    const auto put = detail::put_within(y, finish);
    detail::winograd_tiles<detail::stride_two, O, OH, OW>(x, 1, y, memory, pixels_at,
                                                          [&](const E* sums, int o, int r, int s) {
                                                              ArrayOf<ArrayOf<E, 4>, 4> outputs;
                                                              detail::strided_outputs(sums, outputs);
                                                              detail::add_bias(b, o, outputs);
                                                              put(outputs, o, r, s);
                                                          });
}

/// dx = the adjoint of `winograd_strided` applied to dy.
template <class E, class S, int C, int H, int W, int O, int OH, int OW>
constexpr void winograd_strided_input_gradient(const Tensor<S, Shape<O, C, 3, 3>>& w,
                                               const Tensor<E, Shape<O, OH, OW>>& dy, Tensor<E, Shape<C, H, W>>& dx,
                                               auto& memory) {
    static_assert(OH == slide(H, 3, 2, 1) && OW == slide(W, 3, 2, 1));
    detail::winograd_weights<true, E, O, C, detail::StridedWeightLine>(w, memory.weights.data);
    const auto slopes_at = [](const detail::TileOf<E>& at, auto* to, int step) {
        detail::strided_pixels_at<1, E>(at.maps, at.row, at.column, to, step, width<E>);
    };
    const auto put = [&](const E* sums, int c, int r, int s) {
        detail::strided_input_gradients(sums, [&](const ArrayOf<E, 8>& row, int i) {
            if (H % 8 != 0 && r + i >= H) return;
            E* to = dx.data + (c * H + r + i) * W + s;
            KILN_UNROLL for (int j = 0; j < 8; ++j) if (W % 8 == 0 || s + j < W) store(row[j], to + j);
        });
    };
    detail::winograd_tiles<detail::stride_two_adjoint, C, H, W>(dy, 0, dx, memory, slopes_at, put);
}

}  // namespace kiln::inline KILN_TARGET::kernels
