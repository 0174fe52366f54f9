// SPDX-License-Identifier: BSL-1.0
#pragma once
// RMSProp, plain, centred and with momentum, as torch.optim.RMSprop (Tieleman, Hinton: Lecture 6.5, Neural networks for
// machine learning, Coursera 2012; centred: Graves: Generating sequences with recurrent neural networks, 2013, but with
// epsilon outside the root):
//
//   g += decay w;   s = alpha s + (1 - alpha) g²;   if centred: c = alpha c + (1 - alpha) g
//   v = momentum v + g / (√(s - c²) + epsilon);     w -= rate v
//
// Rounding can make s - c² negative where the gradient hardly changes; a negative s - c² counts as 0.

#include <kiln/core/contract.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/setting_fault.hpp>

namespace kiln::inline KILN_TARGET {

/// Settings of RMSProp. Moments: the mean of the gradient's square, the velocity, the mean of the gradient.
struct RMSProp {
    float learning_rate = 0.01f;
    float alpha = 0.99f;
    float epsilon = 1e-8f;
    float weight_decay = 0.0f;
    float momentum = 0.0f;
    bool centered = false;

    static constexpr int moments = 3;
    static constexpr const char* moment_name(int k) {
        return k == 0 ? "square_avg" : k == 1 ? "momentum_buffer" : "grad_avg";
    }

    /// The update of one parameter w by its gradient.
    struct Rule {
        float learning_rate, alpha, epsilon, weight_decay, momentum;
        bool centered;

        // Without momentum no velocity is kept, unless the mean of the gradient, which comes behind it, is.
        constexpr int moments_in_use() const { return centered ? 3 : momentum != 0 ? 2 : 1; }
        template <class E>
        constexpr void operator()(E& w, const E& slope, E& square) const {
            E velocity(scalar_t<E>(0));
            (*this)(w, slope, square, velocity);
        }
        template <class E>
        constexpr void operator()(E& w, const E& slope, E& square, E& velocity) const {
            const E g = fma(E(scalar_t<E>(weight_decay)), w, slope);
            square = averaged(square, g * g);
            move(w, g, square, velocity);
        }
        template <class E>
        constexpr void operator()(E& w, const E& slope, E& square, E& velocity, E& mean) const {
            const E g = fma(E(scalar_t<E>(weight_decay)), w, slope);
            square = averaged(square, g * g);
            mean = averaged(mean, g);
            move(w, g, centered ? max(square - mean * mean, E(scalar_t<E>(0))) : square, velocity);
        }

      private:
        template <class E>
        constexpr E averaged(const E& average, const E& value) const {
            using S = scalar_t<E>;
            return fma(E(S(alpha)), average, E(1 - S(alpha)) * value);
        }
        template <class E>
        constexpr void move(E& w, const E& g, const E& variance, E& velocity) const {
            using S = scalar_t<E>;
            velocity = fma(E(S(momentum)), velocity, g / (sqrt(variance) + E(S(epsilon))));
            w = fma(E(S(-learning_rate)), velocity, w);
        }
    };
    constexpr SettingFault fault() const {
        return first_fault("RMSProp", {from_0("learning_rate", learning_rate), from_0_to_1("alpha", alpha),
                                       from_0("epsilon", epsilon), from_0("weight_decay", weight_decay),
                                       from_0("momentum", momentum)});
    }
    constexpr float rate(long long) const { return learning_rate; }
    constexpr Rule at(long long) const { return {learning_rate, alpha, epsilon, weight_decay, momentum, centered}; }
};

}  // namespace kiln::inline KILN_TARGET
