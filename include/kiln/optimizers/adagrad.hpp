// SPDX-License-Identifier: BSL-1.0
#pragma once
// Adagrad (Duchi, Hazan, Singer: Adaptive subgradient methods for online learning and stochastic optimization, JMLR
// 2011), as torch.optim.Adagrad. At step t = 0, 1, …:
//
//   g += decay w;   s += g²;   w -= rate / (1 + t lr_decay) g / (√(initial + s) + epsilon)

#include <kiln/core/contract.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/setting_fault.hpp>

namespace kiln::inline KILN_TARGET {

/// Settings of Adagrad. Moment: the sum of the gradient's squares.
struct Adagrad {
    float learning_rate = 0.01f;
    float lr_decay = 0.0f;
    float weight_decay = 0.0f;
    float initial_accumulator = 0.0f;  ///< in effect from the first step; a later change shifts all sums
    float epsilon = 1e-10f;

    static constexpr int moments = 1;
    static constexpr const char* moment_name(int) { return "sum"; }

    /// The update of one parameter w by its gradient.
    struct Rule {
        double rate;
        float weight_decay, initial, epsilon;

        template <class E>
        constexpr void operator()(E& w, const E& slope, E& sum) const {
            using S = scalar_t<E>;
            const E g = fma(E(S(weight_decay)), w, slope);
            sum = fma(g, g, sum);
            const E direction = g / (sqrt(sum + E(S(initial))) + E(S(epsilon)));
            w = fma(E(S(-rate)), direction, w);
        }
    };
    constexpr SettingFault fault() const {
        return first_fault("Adagrad", {from_0("learning_rate", learning_rate), from_0("lr_decay", lr_decay),
                                       from_0("weight_decay", weight_decay),
                                       from_0("initial_accumulator", initial_accumulator), from_0("epsilon", epsilon)});
    }
    constexpr float rate(long long step) const { return static_cast<float>(rate_of(step)); }
    constexpr Rule at(long long step) const { return {rate_of(step), weight_decay, initial_accumulator, epsilon}; }

  private:
    constexpr double rate_of(long long step) const {
        return static_cast<double>(learning_rate) / (1 + static_cast<double>(step) * static_cast<double>(lr_decay));
    }
};

}  // namespace kiln::inline KILN_TARGET
