// SPDX-License-Identifier: BSL-1.0
#pragma once
// The squared difference to the target where the difference is small, the absolute difference where it is large.
//
// Shape: outputs of any shape; the target is a tensor of that shape
// Formula: loss_i = c (d - c / 2) and dy_i = c, where d = y_i - t_i and c = min(delta, max(-delta, d))
// Source: Huber: Robust estimation of a location parameter, 1964; torch.nn.HuberLoss (mean over samples and elements)
// Lengths: given a pass, the mean is over the frames before each sample's length (core/contract/loss.hpp)
//
// So loss_i is d² / 2 for |d| <= delta and delta (|d| - delta / 2) beyond.

#include <kiln/core/contract.hpp>
#include <kiln/core/setting_fault.hpp>
#include <kiln/kernels/elementwise_loss.hpp>

#include <concepts>

namespace kiln {

/// The Huber loss for outputs of any shape; the target is a tensor of that shape.
struct Huber {
    float delta = 1;  ///< the largest |y - t| whose loss is a square; above 0

    [[gnu::always_inline]] constexpr SettingFault fault() const {
        return first_fault("Huber", {above_0("delta", delta)});
    }

    template <class Out>
    using Target = Tensor<float, Out>;
    static constexpr JudgedBy judged_by = JudgedBy::values;

    template <class E, class Out, std::same_as<Pass>... Lengths>
    constexpr E operator()(const Tensor<E, Out>& y, const Tensor<E, Out>& targets, const E& weight, Tensor<E, Out>& dy,
                           const Lengths&... pass) const {
        const auto term = [limit = delta]<class P>(const P& output, const P& target) {
            using S = scalar_t<P>;
            const P difference = output - target;
            const P bounded = min(P(S(limit)), max(P(S(-limit)), difference));  // NaN stays NaN
            return kernels::Term<P>{bounded * fma(P(S(-0.5)), bounded, difference), bounded};
        };
        return kernels::elementwise_loss(term, y, targets, kernels::mean_share<Out>(weight), dy, pass...);
    }
};

}  // namespace kiln
