// SPDX-License-Identifier: BSL-1.0
#pragma once
// The squared difference to the target.
//
// Shape: outputs of any shape; the target is a tensor of that shape
// Formula: loss_i = (y_i - t_i)², dy_i = 2 (y_i - t_i)
// Source: torch.nn.MSELoss; the mean is over samples and elements
// Lengths: given a pass, the mean is over the frames before each sample's length (core/contract/loss.hpp)

#include <kiln/core/contract.hpp>
#include <kiln/kernels/elementwise_loss.hpp>

#include <concepts>

namespace kiln {

/// The mean of (y - t)² for outputs of any shape; the target is a tensor of that shape.
struct MeanSquaredError {
    template <class Out>
    using Target = Tensor<float, Out>;
    static constexpr JudgedBy judged_by = JudgedBy::values;

    template <class E, class Out, std::same_as<Pass>... Lengths>
    constexpr E operator()(const Tensor<E, Out>& y, const Tensor<E, Out>& targets, const E& weight, Tensor<E, Out>& dy,
                           const Lengths&... pass) const {
        const auto term = []<class P>(const P& output, const P& target) {
            const P difference = output - target;
            return kernels::Term<P>{difference * difference, difference + difference};
        };
        return kernels::elementwise_loss(term, y, targets, kernels::mean_share<Out>(weight), dy, pass...);
    }
};

}  // namespace kiln
