// SPDX-License-Identifier: BSL-1.0
#pragma once
// The Kullback-Leibler divergence of a distribution y, given as logarithms of probabilities, from a target t of
// probabilities.
//
// Shape: outputs of any shape, such as those of a LogSoftmax; the target is a tensor of that shape
// Formula: loss = sum_i t_i (log t_i - y_i), dy_i = -t_i; both are 0 where t_i = 0
// Source: torch.nn.KLDivLoss with reduction 'batchmean'; the mean is over samples only

#include <kiln/core/contract.hpp>
#include <kiln/core/math.hpp>
#include <kiln/kernels/elementwise_loss.hpp>

namespace kiln {

/// The divergence for outputs of any shape, such as those of a LogSoftmax; the target is a tensor of that shape.
struct KLDivergence {
    template <class Out>
    using Target = Tensor<float, Out>;
    static constexpr JudgedBy judged_by = JudgedBy::distributions;
    using instead_of_probabilities = logarithms_of_probabilities;

    template <class E, class Out>
    constexpr E operator()(const Tensor<E, Out>& y, const Tensor<E, Out>& targets, const E& weight,
                           Tensor<E, Out>& dy) const {
        const auto term = []<class P>(const P& output, const P& target) {
            using S = scalar_t<P>;
            const P zero(S(0));
            const auto positive = target > zero;
            const P information = log(select(positive, target, P(S(1))));
            return kernels::Term<P>{target * (information - select(positive, output, zero)), -target};
        };
        return kernels::elementwise_loss(term, y, targets, weight, dy);
    }
};

}  // namespace kiln
