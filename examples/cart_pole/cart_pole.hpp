// SPDX-License-Identifier: BSL-1.0
#pragma once
// A policy that learns to balance a pole on a cart, in a simulation of its own. Nothing here prints, throws or
// allocates, so a chip learns as well.
//
// The cart is that of A. Barto, R. Sutton, C. Anderson: Neuronlike adaptive elements that can solve difficult learning
// control problems, 1983, without friction and with the constants of gym's CartPole-v1. The policy learns by advantage
// actor-critic (V. Mnih et al.: Asynchronous methods for deep reinforcement learning, 2016), with the advantages of J.
// Schulman et al.: High-dimensional continuous control using generalized advantage estimation, 2016.

#include <kiln/core/functions.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/random.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/recording.hpp>
#include <kiln/nets/graph.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/clip.hpp>
#include <kiln/train/learner.hpp>

#include <array>
#include <cstddef>

namespace cart_pole {

using kiln::lane, kiln::reduce, kiln::select, kiln::set_lane;

/// The cart's place (m) and velocity (m/s), the pole's angle (rad, 0 is upright) and angular velocity (rad/s).
using State = kiln::Shape<4>;

/// An actor and a critic share a hidden layer: `push` is the logit of the probability to push to the right, `value` is
/// the return that is expected from here.
using Policy = kiln::Model<kiln::Graph<kiln::Input<"state">,  //
                                       kiln::Node<"hidden", kiln::Sequential<kiln::Linear<4, 32>, kiln::Tanh>, "state">,
                                       kiln::Node<"push", kiln::Linear<32, 1>, "hidden">,   //
                                       kiln::Node<"value", kiln::Linear<32, 1>, "hidden">,  //
                                       kiln::Output<"push", "value">>,
                           State>;

/// A cart for each lane of E.
template <class E>
class Carts {
  public:
    static constexpr int count = kiln::width<E>;
    static constexpr float most_steps = 500;

    kiln::Tensor<E, State> state{};
    E steps = E(0.0f);  ///< of the episode

    /// Lets cart l begin an episode, nearly upright and at rest.
    void restart(int l, kiln::Random& random) {
        for (E& value : state) set_lane(value, l, random.uniform(-0.05f, 0.05f));
        set_lane(steps, l, 0.0f);
    }
    /// Pushes for 20 ms, to the right where `side` is 1, to the left where it is -1 (R. Florian: Correct equations for
    /// the dynamics of the cart-pole system, 2007, equations 23 and 24).
    void push(const E& side) {
        const E gravity = 9.8f, force = 10.0f, seconds = 0.02f;
        const E mass = 1.1f, pole_mass = 0.1f, half_length = 0.5f;
        const E speed = state[1], turning = state[3];
        const E sine = kiln::math::sin(state[2]), cosine = kiln::math::cos(state[2]);
        const E thrust = (force * side + pole_mass * half_length * turning * turning * sine) / mass;
        const E angular =
            (gravity * sine - cosine * thrust) / (half_length * (E(4.0f / 3) - pole_mass * cosine * cosine / mass));
        const E linear = thrust - pole_mass * half_length * angular * cosine / mass;
        state[0] += seconds * speed;
        state[1] += seconds * linear;
        state[2] += seconds * turning;
        state[3] += seconds * angular;
        steps += E(1.0f);
    }
    /// 1 where the pole is more than 12 degrees from upright or the cart more than 2.4 m from the middle, else 0.
    E fallen() const {
        using kiln::math::abs, kiln::math::max;
        const E excess = max(abs(state[0]) - E(2.4f), abs(state[2]) - E(0.20943951f));
        return select(excess > E(0.0f), E(1.0f), E(0.0f));
    }
};

/// The mean of the steps for which the pole stays up, if the policy takes the likelier side.
inline float mean_return(const Policy& policy, int episodes, kiln::Seed seed) {
    kiln::Random random{seed};
    Carts<float> cart;
    float sum = 0;
    for (int i = 0; i < episodes; ++i) {
        cart.restart(0, random);
        while (cart.fallen() == 0 && cart.steps < cart.most_steps)
            cart.push(policy.predict(cart.state).get<0>()[0] > 0 ? 1.0f : -1.0f);
        sum += cart.steps;
    }
    return sum / static_cast<float>(episodes);
}

/// The returns of the last 100 episodes.
class Returns {
  public:
    void add(float value) { last_[static_cast<std::size_t>(count_++ % size)] = value; }
    long long count() const { return count_; }
    float mean() const {
        float sum = 0;
        for (const float value : last_) sum += value;  // 0 is in the place of those that are still to come
        return sum / static_cast<float>(count_ < 1 ? 1 : count_ < size ? count_ : size);
    }
    /// Gym's criterion.
    bool solved() const { return count_ >= size && mean() >= 475; }

  private:
    static constexpr long long size = 100;
    std::array<float, size> last_{};
    long long count_ = 0;
};

/// The probability to push to the right.
template <class E>
E probability(const E& logit) {
    return E(1.0f) / (E(1.0f) + kiln::math::exp(-logit));
}

/// The derivative of -advantage log p(side) - entropy_weight entropy(p) with respect to the logit.
template <class E>
E slope_of_push(const E& logit, const E& side, const E& advantage, const E& entropy_weight) {
    const E p = probability(logit), right = select(side > E(0.0f), E(1.0f), E(0.0f));
    return advantage * (p - right) + entropy_weight * logit * p * (E(1.0f) - p);
}

/// A policy that learns, in as many simulations at once as E has lanes.
template <class E>
class ActorCritic {
  public:
    static constexpr int moments = 8;  ///< of each cart, between two steps of the optimizer
    static constexpr int steps = moments * Carts<E>::count;
    static constexpr float discount = 0.98f, trace = 0.95f;  // gamma and lambda of the papers
    static constexpr float value_weight = 0.5f, entropy_weight = 0.01f;

    explicit ActorCritic(kiln::Seed seed)
        : policy_{seed},
          random_{seed},
          learner_{policy_, {{.learning_rate = 0.01f}, 0.5f}} {
        for (int l = 0; l < carts_.count; ++l) carts_.restart(l, random_);
    }
    ActorCritic(const ActorCritic&) = delete;  // the learner refers to the policy

    const Policy& policy() const { return policy_; }
    const Returns& returns() const { return returns_; }

    /// Simulates `steps` steps, and takes one step of the optimizer.
    void learn() {
        for (Moment& moment : moments_) act(moment);
        E value = value_of(carts_.state), advantage = 0.0f;
        for (std::size_t t = moments; t-- > 0;) {
            Moment& now = moments_[t];
            const E error = now.reward + E(discount) * now.goes_on * value - now.value();
            advantage = error + E(discount * trace) * now.goes_on * advantage;
            value = now.value();
            // The value's loss is value_weight (value - return)² / 2, where the return is value + advantage.
            now.pass.backward(
                policy_,
                {{slope_of_push(now.logit(), now.side, advantage, E(entropy_weight))}, {E(-value_weight) * advantage}},
                learner_.gradients());
        }
        learner_.apply(1.0f / steps);
    }

  private:
    using Pass = kiln::Recording<Policy, E, kiln::Wanted::parameter_gradients>;

    // One step of every cart, with all that learning needs of it later.
    struct Moment {
        Pass pass;
        E side, reward, goes_on;

        const E& logit() const { return pass.y.template get<0>()[0]; }
        const E& value() const { return pass.y.template get<1>()[0]; }
    };

    void act(Moment& now) {
        now.pass.x = carts_.state;
        now.pass.forward(policy_);
        const E right = probability(now.logit());
        for (int l = 0; l < carts_.count; ++l) set_lane(now.side, l, random_.uniform() < lane(right, l) ? 1.0f : -1.0f);
        carts_.push(now.side);

        // A pole that stands after 500 steps would go on standing: the value of its state stands for the rest (F. Pardo
        // et al.: Time limits in reinforcement learning, 2018).
        const E fallen = carts_.fallen();
        const E in_time = select(carts_.steps < E(carts_.most_steps), E(1.0f), E(0.0f));
        now.goes_on = (E(1.0f) - fallen) * in_time;
        now.reward = E(1.0f);
        if (reduce(in_time) < carts_.count)
            now.reward += E(discount) * (E(1.0f) - fallen) * (E(1.0f) - in_time) * value_of(carts_.state);
        for (int l = 0; l < carts_.count; ++l) {
            if (lane(now.goes_on, l) > 0) continue;
            returns_.add(lane(carts_.steps, l));
            carts_.restart(l, random_);
        }
    }
    E value_of(const kiln::Tensor<E, State>& state) {
        ahead_.x = state;
        return ahead_.forward(policy_).template get<1>()[0];
    }

    Policy policy_;
    kiln::Random random_;
    kiln::Learner<Policy, kiln::ClipByNorm<kiln::Adam>> learner_;
    Carts<E> carts_;
    std::array<Moment, moments> moments_;
    Pass ahead_;
    Returns returns_;
};

}  // namespace cart_pole
