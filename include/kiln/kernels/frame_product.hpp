// SPDX-License-Identifier: BSL-1.0
#pragma once
// Products of a matrix of scalars with each frame of a sequence, and their adjoints: T frames of I elements give T frames
// of O elements.
//
//   y[t][o]  = b[o] + sum_i w[o][i] x[t][i]
//   dx[t][i] = sum_o w[o][i] dy[t][o]
//   dw[o][i] += sum_t dy[t][o] x[t][i],   db[o] += sum_t dy[t][o]      (summed over lanes)
//
// b and db may be Nothing. Cost: T O I multiply-adds each. Every sum runs in the order of its terms, so a frame of y has
// the same bits for any T. Sums of a float's frames add b at the end, other sums begin with b.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/matrix_product.hpp>
#include <kiln/kernels/mixed_product.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/reduce.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

/// y = b + w x for each frame; `b` is a pointer to scalars, or Nothing.
template <int T, int O, int I, class E, class S>
constexpr void frame_product(const E* x, const S* w, const auto& b, E* y) {
    if constexpr (std::is_same_v<E, float>) {
        matrix_product<false, true, T, O, I>(x, w, y);
        if constexpr (!is_nothing<decltype(b)>) {
            using Pack = pack_t<float, O>;
            constexpr int step = pack_step<float, O>, whole = O / step * step;
            for (int t = 0; t < T; ++t) {
                float* const frame = y + t * O;
                for (int o = 0; o < whole; o += step) store(load<Pack>(frame + o) + load<Pack>(b + o), frame + o);
                for (int o = whole; o < O; ++o) frame[o] += b[o];
            }
        }
    } else {
        mixed_product<T, O, I, MatrixSteps{I, 1}, MatrixSteps{1, I}, MatrixSteps{O, 1}>(x, w, b, y);
    }
}

/// dx = transpose(w) dy for each frame.
template <int T, int O, int I, class E, class S>
constexpr void frame_product_input_gradient(const S* w, const E* dy, E* dx) {
    if constexpr (std::is_same_v<E, float>)
        matrix_product<false, false, T, I, O>(dy, w, dx);
    else
        mixed_product<T, I, O, MatrixSteps{O, 1}, MatrixSteps{I, 1}, MatrixSteps{I, 1}>(dy, w, Nothing{}, dx);
}

/// dw += sum_t dy_t transpose(x_t), db += sum_t dy_t, both summed over lanes and added once; `db` is a pointer to
/// scalars, or Nothing.
template <int T, int O, int I, class E, class S>
constexpr void frame_product_weight_gradient(const E* x, const E* dy, S* dw, const auto& db) {
    mixed_product_gradient<O, I, T, MatrixSteps{O, 1}, MatrixSteps{I, 1}>(dy, x, dw);
    if constexpr (!is_nothing<decltype(db)>) {
        using Pack = pack_t<E, O>;
        constexpr int step = pack_step<E, O>, whole = O / step * step;
        ArrayOf<E, O> sums;
        const auto add_up = [&]<class P>(int o) {
            P sum = load<P>(dy + o);
            for (int t = 1; t < T; ++t) sum += load<P>(dy + t * O + o);
            store(sum, sums + o);
        };
        for (int o = 0; o < whole; o += step) add_up.template operator()<Pack>(o);
        for (int o = whole; o < O; ++o) add_up.template operator()<E>(o);
        add_reduced<O>(static_cast<const E*>(sums), db);
    }
}

}  // namespace kiln::inline KILN_TARGET::kernels
