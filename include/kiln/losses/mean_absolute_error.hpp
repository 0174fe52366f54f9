// SPDX-License-Identifier: BSL-1.0
#pragma once
// The absolute difference to the target.
//
// Shape: outputs of any shape; the target is a tensor of that shape
// Formula: loss_i = |y_i - t_i|, dy_i = sign(y_i - t_i), which is 0 where y_i = t_i
// Source: torch.nn.L1Loss; the mean is over samples and elements
// Lengths: given a pass, the mean is over the frames before each sample's length (core/contract/loss.hpp)

#include <kiln/core/contract.hpp>
#include <kiln/kernels/elementwise_loss.hpp>

#include <concepts>

namespace kiln {

/// The mean of |y - t| for outputs of any shape; the target is a tensor of that shape.
struct MeanAbsoluteError {
    template <class Out>
    using Target = Tensor<float, Out>;
    static constexpr JudgedBy judged_by = JudgedBy::values;

    template <class E, class Out, std::same_as<Pass>... Lengths>
    constexpr E operator()(const Tensor<E, Out>& y, const Tensor<E, Out>& targets, const E& weight, Tensor<E, Out>& dy,
                           const Lengths&... pass) const {
        const auto term = []<class P>(const P& output, const P& target) {
            using S = scalar_t<P>;
            const P zero(S(0)), difference = output - target;
            const P not_above = select(difference < zero, P(S(-1)), zero);
            return kernels::Term<P>{max(difference, -difference), select(difference > zero, P(S(1)), not_above)};
        };
        return kernels::elementwise_loss(term, y, targets, kernels::mean_share<Out>(weight), dy, pass...);
    }
};

}  // namespace kiln
