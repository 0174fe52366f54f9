// SPDX-License-Identifier: BSL-1.0
#pragma once
// Cross entropy of yes-or-no questions, one for each output, from logits. The target t_i is the probability of yes,
// from 0 to 1.
//
// Shape: outputs of any shape; the target is a tensor of that shape
// Formula: loss_i = (1 - t_i) softplus(y_i) + p t_i softplus(-y_i), where p = pos_weight, softplus(x) = log(1 + exp x)
// Formula: dy_i = (1 - t_i) sigmoid(y_i) - p t_i sigmoid(-y_i), where sigmoid(x) = 1 / (1 + exp -x)
// Source: torch.nn.BCEWithLogitsLoss; the mean is over samples and elements
// Lengths: given a pass, the mean is over the frames before each sample's length (core/contract/loss.hpp)
//
// Every term is computed from e = exp(-|y|), which is at most 1, so nothing overflows: softplus(±y) = max(±y, 0) +
// log(1 + e).

#include <kiln/core/contract.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/setting_fault.hpp>
#include <kiln/kernels/elementwise_loss.hpp>

#include <concepts>

namespace kiln {

/// Cross entropy of yes or no for outputs of any shape; the target is a tensor of that shape.
struct BinaryCrossEntropy {
    float pos_weight = 1;  ///< factor of the terms of yes, from 0

    [[gnu::always_inline]] constexpr SettingFault fault() const {
        return first_fault("BinaryCrossEntropy", {from_0("pos_weight", pos_weight)});
    }

    template <class Out>
    using Target = Tensor<float, Out>;
    static constexpr JudgedBy judged_by = JudgedBy::labels;
    using instead_of_probabilities = logits;

    template <class E, class Out, std::same_as<Pass>... Lengths>
    constexpr E operator()(const Tensor<E, Out>& y, const Tensor<E, Out>& targets, const E& weight, Tensor<E, Out>& dy,
                           const Lengths&... pass) const {
        const auto term = [weight_of_yes = pos_weight]<class P>(const P& x, const P& target) {
            using S = scalar_t<P>;
            const P zero(S(0)), one(S(1)), yes = P(S(weight_of_yes)) * target, no = one - target;
            const P decay = exp(-max(x, -x)), sum = one + decay, inverse = one / sum, rest = decay * inverse;
            // log(1 + e) = the logarithm of the rounded sum, plus the part that rounding took from the sum.
            const P bend = log(sum) + (decay - (sum - one)) * inverse;
            const auto positive = x > zero;
            return kernels::Term<P>{no * (max(x, zero) + bend) + yes * (max(-x, zero) + bend),
                                    no * select(positive, inverse, rest) - yes * select(positive, rest, inverse)};
        };
        return kernels::elementwise_loss(term, y, targets, kernels::mean_share<Out>(weight), dy, pass...);
    }
};

}  // namespace kiln
