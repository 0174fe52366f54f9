// SPDX-License-Identifier: BSL-1.0
#pragma once
// The hinge loss of class labels: the score of the right class has to be above every other score by a margin of 1.
//
// Shape: outputs Shape<classes>; the target is the label t of the class, from 0
// Formula: loss = 1 / classes sum_{k != t} lack_k, where lack_k = max(0, 1 - (y_t - y_k))
// Formula: dy_k = 1 / classes if lack_k > 0, else 0; dy_t = -sum_{k != t} dy_k
// Source: Weston, Watkins: Support vector machines for multi-class pattern recognition, ESANN 1999
//
// The values are those of torch.nn.MultiMarginLoss with p = 1 and margin = 1.

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/class_scores.hpp>
#include <kiln/kernels/pack.hpp>

#include <array>

namespace kiln {

/// The hinge loss for outputs of shape Shape<classes>; the target is the label of the class, from 0.
struct Hinge {
    template <class>
    using Target = int;
    static constexpr JudgedBy judged_by = JudgedBy::classes;

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
        if constexpr (kernels::in_class_packs<E, Classes>) {
            return kernels::hinge_of_classes<Classes>(y.data, labels[0], share, dy.data);
        } else {
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
                kernels::store(select(equal_lanes<E>(labels, k), -short_of, kernels::load<E>(dy.data + k)),
                               dy.data + k);
            return loss * share;
        }
    }
};

}  // namespace kiln
