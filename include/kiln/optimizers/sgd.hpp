// SPDX-License-Identifier: BSL-1.0
#pragma once
// Stochastic gradient descent with momentum, Nesterov momentum and weight decay, as torch.optim.SGD (Sutskever et al.
// 2013, with PyTorch's convention that the learning rate multiplies the velocity):
//
//   g += decay w;   v = momentum v + g;   w -= rate (nesterov ? g + momentum v : v)

#include <kiln/core/contract.hpp>
#include <kiln/core/setting_fault.hpp>

namespace kiln::inline KILN_TARGET {

/// Settings of SGD, which may change between steps. Moment: the velocity, in use if momentum is not 0.
struct SGD {
    float learning_rate = 0.01f;
    float momentum = 0.0f;
    float weight_decay = 0.0f;
    bool nesterov = false;

    static constexpr int moments = 1;
    static constexpr const char* moment_name(int) { return "momentum_buffer"; }

    /// The update of one parameter w by its gradient g.
    struct Rule {
        float learning_rate, momentum, weight_decay;
        bool nesterov;

        // Without momentum no velocity is kept, because v = g.
        constexpr int moments_in_use() const { return momentum != 0 ? 1 : 0; }
        template <class E>
        constexpr void operator()(E& w, E g) const {
            E velocity(scalar_t<E>(0));
            (*this)(w, g, velocity);
        }
        template <class E>
        constexpr void operator()(E& w, E g, E& velocity) const {
            using S = scalar_t<E>;
            g = fma(E(S(weight_decay)), w, g);
            velocity = fma(E(S(momentum)), velocity, g);
            const E direction = nesterov ? fma(E(S(momentum)), velocity, g) : velocity;
            w = fma(E(S(-learning_rate)), direction, w);
        }
    };
    constexpr SettingFault fault() const {
        return first_fault("SGD", {from_0("learning_rate", learning_rate), from_0("momentum", momentum),
                                   from_0("weight_decay", weight_decay)});
    }
    constexpr float rate(long long) const { return learning_rate; }
    constexpr Rule at(long long) const { return {learning_rate, momentum, weight_decay, nesterov}; }
};

}  // namespace kiln::inline KILN_TARGET
