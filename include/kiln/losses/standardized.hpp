// SPDX-License-Identifier: BSL-1.0
#pragma once
// A loss that standardises outputs and targets before it compares them. Prices of 300,000 then train as well as numbers
// near 1, and each of several outputs counts by its own deviation. Standardized suits a network that ends with
// Unstandardize (layers/standardize.hpp).
//
// Shape: outputs of shape S in their own units; the target is a tensor of that shape
// Formula: L(y, t) = Loss((y - mean) / sd, (t - mean) / sd), dL/dy = Loss' / sd, with a mean and an sd for each element

#include <kiln/core/contract.hpp>
#include <kiln/core/setting_fault.hpp>
#include <kiln/kernels/elementwise_loss.hpp>

#include <concepts>
#include <type_traits>

namespace kiln {

/// The loss `Loss` (MeanSquaredError, MeanAbsoluteError, Huber) of standardised outputs and targets of shape S.
template <class Loss, class S>
struct Standardized {
    Tensor<float, S> mean{};  ///< of the targets
    Tensor<float, S> sd{};    ///< the targets' standard deviation, above 0
    [[no_unique_address]] Loss loss{};

    /// Changes neither outputs nor targets: mean 0, deviation 1.
    [[gnu::always_inline]] constexpr Standardized() {
        for (float& deviation : sd) deviation = 1;
    }
    /// Takes the mean and the sd of `moments`, the result of data::standardization_of_targets.
    [[gnu::always_inline]] constexpr Standardized(const auto& moments, const Loss& of = {}) requires requires {
        moments.mean;
        moments.sd;
    } : mean(moments.mean), sd(moments.sd), loss(of) {}

    [[gnu::always_inline]] constexpr SettingFault fault() const {
        for (const float& deviation : sd)
            if (!(deviation > 0)) return first_fault("Standardized", {above_0("sd", deviation)});
        if constexpr (requires { loss.fault(); })
            return loss.fault();
        else
            return {};
    }

    template <class Out>
    using Target = std::enable_if_t<std::is_same_v<Out, S>, typename Loss::template Target<Out>>;
    static constexpr JudgedBy judged_by = judgement<Loss, S>;

    template <class E, std::same_as<Pass>... Lengths>
    constexpr E operator()(const Tensor<E, S>& y, const Tensor<E, S>& targets, const E& weight, Tensor<E, S>& dy,
                           const Lengths&... pass) const {
        using N = scalar_t<E>;
        Tensor<E, S> output, target;
        for (int i = 0; i < S::count; ++i) {
            const E center(N(mean.data[i])), factor(N(1) / N(sd.data[i]));
            output.data[i] = (y.data[i] - center) * factor;
            target.data[i] = (targets.data[i] - center) * factor;
        }
        const E sum = loss(output, target, weight, dy, pass...);
        for (int i = 0; i < S::count; ++i) dy.data[i] = dy.data[i] * E(N(1) / N(sd.data[i]));
        return sum;
    }
};

}  // namespace kiln
