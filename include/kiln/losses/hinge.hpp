// SPDX-License-Identifier: BSL-1.0
#pragma once
// The hinge loss of class labels: the score of the right class has to be above every other one by a margin, 1 (Weston,
// Watkins: Support vector machines for multi-class pattern recognition, ESANN 1999).
//
//   loss = sum over k != t of max(0, 1 - (y_t - y_k)) / classes
//   dy_k = 1 / classes where that is above 0, dy_t = -(how many are) / classes
//
// As torch.nn.MultiMarginLoss with p = 1 and margin = 1.

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/tile.hpp>

#include <array>

namespace kiln {

/// For outputs of shape Shape<classes>; the target is the label of the class, from 0.
struct Hinge {
    template <class>
    using Target = int;

    static constexpr Fit fits(Extents output) { return {.out = output, .fits = output.rank == 1}; }
    template <class>
    using needs = rank<1>;
    [[gnu::always_inline]] static constexpr bool valid(int label, Extents output) {
        return 0 <= label && label < output[0];
    }

    template <class E, int Classes>
    constexpr E operator()(const Tensor<E, Shape<Classes>>& y, const std::array<int, width<E>>& labels, const E& weight,
                           Tensor<E, Shape<Classes>>& dy) const {
        using S = scalar_t<E>;
        const E zero(S(0)), one(S(1)), share = weight / E(S(Classes));
        E right = zero;
        for (int k = 0; k < Classes; ++k)
            right = select(equal_lanes<E>(labels, k), kernels::load<E>(y.data + k), right);
        E loss = zero, short_of = zero;
        for (int k = 0; k < Classes; ++k) {
            const E lack = one - (right - kernels::load<E>(y.data + k));
            const E lacking = select(equal_lanes<E>(labels, k), zero, max(zero, lack));  // NaN stays NaN
            loss += lacking;
            const E slope = select(lacking > zero, share, zero);
            short_of += slope;
            kernels::store(slope, dy.data + k);
        }
        for (int k = 0; k < Classes; ++k)
            kernels::store(select(equal_lanes<E>(labels, k), -short_of, kernels::load<E>(dy.data + k)), dy.data + k);
        return loss * share;
    }
};

}  // namespace kiln
