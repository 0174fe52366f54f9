// SPDX-License-Identifier: BSL-1.0
#pragma once
// Adam (Kingma, Ba: Adam: a method for stochastic optimization, ICLR 2015) and AdamW (Loshchilov, Hutter: Decoupled
// weight decay regularization, ICLR 2019), as torch.optim.Adam and torch.optim.AdamW. At step t = 1, 2, …:
//
//   Adam only:   g += decay w
//   AdamW only:  w -= rate decay w
//   m = beta1 m + (1 - beta1) g;   v = beta2 v + (1 - beta2) g²
//   w -= rate m / (1 - beta1^t) / (√(v / (1 - beta2^t)) + epsilon)
//
// A parameter costs one root and one division: the corrections 1 - beta^t, for moments that start at zero, are computed
// once a step, in double.

#include <kiln/core/contract.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/power.hpp>
#include <kiln/core/setting_fault.hpp>

namespace kiln::inline KILN_TARGET {

namespace detail {
struct AdamSettings {
    float rate, beta1, beta2, epsilon;
};

// The update of one parameter by Adam or AdamW.
struct AdamRule {
    double beta1, beta2, epsilon;
    double size;      // rate / (1 - beta1^t)
    double widening;  // 1 / √(1 - beta2^t)
    double l2;        // g += l2 w
    double shrink;    // w -= shrink w

    constexpr AdamRule(const AdamSettings& settings, long long step, float l2_decay, float decoupled_decay)
        : beta1(static_cast<double>(settings.beta1)),
          beta2(static_cast<double>(settings.beta2)),
          epsilon(static_cast<double>(settings.epsilon)),
          size(static_cast<double>(settings.rate) / (1 - power(beta1, step + 1))),
          widening(1 / sqrt(1 - power(beta2, step + 1))),
          l2(static_cast<double>(l2_decay)),
          shrink(static_cast<double>(settings.rate) * static_cast<double>(decoupled_decay)) {}

    template <class E>
    constexpr void operator()(E& w, const E& slope, E& mean, E& square) const {
        using S = scalar_t<E>;
        const E g = fma(E(S(l2)), w, slope);
        mean = fma(E(S(beta1)), mean, E(S(1 - beta1)) * g);
        square = fma(E(S(beta2)), square, E(S(1 - beta2)) * g * g);
        const E direction = mean / fma(sqrt(square), E(S(widening)), E(S(epsilon)));
        w = fma(E(S(-size)), direction, fma(E(S(-shrink)), w, w));
    }
};

constexpr SettingFault adam_fault(const char* of, float rate, float beta1, float beta2, float epsilon,
                                  float weight_decay) {
    return first_fault(of,
                       {from_0("learning_rate", rate), from_0_below_1("beta1", beta1), from_0_below_1("beta2", beta2),
                        from_0("epsilon", epsilon), from_0("weight_decay", weight_decay)});
}
}  // namespace detail

/// Settings of Adam; weight decay is added to the gradient (L2). Moments: the mean of the gradient, and of its square.
struct Adam {
    float learning_rate = 1e-3f;
    float beta1 = 0.9f;
    float beta2 = 0.999f;
    float epsilon = 1e-8f;
    float weight_decay = 0.0f;

    static constexpr int moments = 2;
    static constexpr const char* moment_name(int k) { return k == 0 ? "exp_avg" : "exp_avg_sq"; }

    constexpr SettingFault fault() const {
        return detail::adam_fault("Adam", learning_rate, beta1, beta2, epsilon, weight_decay);
    }
    using Rule = detail::AdamRule;
    constexpr float rate(long long) const { return learning_rate; }
    constexpr Rule at(long long step) const { return {{learning_rate, beta1, beta2, epsilon}, step, weight_decay, 0}; }
};

/// Settings of AdamW; weight decay is apart from the gradient. Moments: the mean of the gradient, and of its square.
struct AdamW {
    float learning_rate = 1e-3f;
    float beta1 = 0.9f;
    float beta2 = 0.999f;
    float epsilon = 1e-8f;
    float weight_decay = 0.01f;

    static constexpr int moments = 2;
    static constexpr const char* moment_name(int k) { return k == 0 ? "exp_avg" : "exp_avg_sq"; }

    constexpr SettingFault fault() const {
        return detail::adam_fault("AdamW", learning_rate, beta1, beta2, epsilon, weight_decay);
    }
    using Rule = detail::AdamRule;
    constexpr float rate(long long) const { return learning_rate; }
    constexpr Rule at(long long step) const { return {{learning_rate, beta1, beta2, epsilon}, step, 0, weight_decay}; }
};

}  // namespace kiln::inline KILN_TARGET
