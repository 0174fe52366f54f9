// SPDX-License-Identifier: BSL-1.0
#pragma once
// Cross entropy of class labels, from logits: loss = log(sum_k exp y_k) - y_t, dy_k = softmax(y)_k - [k = t]. The
// largest logit is taken out of the exponentials first, so that none overflows (log-sum-exp). As
// torch.nn.CrossEntropyLoss.

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/math.hpp>

#include <array>

namespace kiln {

/// For outputs of shape Shape<classes>; the target is the label of the class, from 0.
struct CrossEntropy {
    template <class>
    using Target = int;

    static constexpr Fit fits(Extents output) { return {.out = output, .fits = output.rank == 1}; }
    template <class>
    using needs = rank<1>;
    static constexpr bool valid(int label, Extents output) { return 0 <= label && label < output[0]; }

    template <class E, int Classes>
    constexpr E operator()(const Tensor<E, Shape<Classes>>& y, const std::array<int, width<E>>& labels, const E& weight,
                           Tensor<E, Shape<Classes>>& dy) const {
        const E zero(scalar_t<E>(0));
        E most = y.data[0];
        for (int k = 1; k < Classes; ++k) most = max(y.data[k], most);
        E sum = zero;
        for (int k = 0; k < Classes; ++k) {
            dy.data[k] = exp(y.data[k] - most);
            sum += dy.data[k];
        }
        const E scale = weight / sum;
        E hit = zero;
        for (int k = 0; k < Classes; ++k) {
            const auto is_target = equal_lanes<E>(labels, k);
            hit = select(is_target, y.data[k] - most, hit);
            dy.data[k] = fma(dy.data[k], scale, select(is_target, -weight, zero));
        }
        return (log(sum) - hit) * weight;
    }
};

template <>
struct default_loss<int> {
    using type = CrossEntropy;
};

}  // namespace kiln
