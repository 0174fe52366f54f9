// SPDX-License-Identifier: BSL-1.0
// A pole on a cart that learns to balance (the task of OpenAI Gym's CartPole-v1) by proximal policy optimization (J. Schulman
// et al., 2017). Sixteen carts run at once, one in each lane. The loss is a function of two numbers, whose derivatives are
// taken by dual numbers. Nothing allocates while it learns. The task is solved if a hundred episodes in a row last 475 of
// at most 500 steps on average.

#include <kiln.hpp>

#include "show/command_line.hpp"
#include "show/report.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

namespace {

constexpr int lanes = 16, horizon = 128, longest = 500;  // carts, steps between two updates, steps of an episode
using Number = kiln::Lanes<float, lanes>;
using State = kiln::Shape<4>;  // position, speed, angle, angular speed

// The outputs are the logit of a push to the right, and the value of the state: the rewards to come.
using Net = kiln::Sequential<kiln::Linear<4, 64>, kiln::Tanh, kiln::Linear<64, 64>, kiln::Tanh, kiln::Linear<64, 2>>;
using Agent = kiln::Model<Net, State>;
using Optimizer = kiln::ClipByNorm<kiln::Adam>;

// ---- The simulation (A. Barto, R. Sutton, C. Anderson, 1983), sixteen carts at once ----

struct Carts {
    kiln::Tensor<Number, State> state;
    std::array<int, lanes> age{};

    void start(int l, kiln::Random& random) {
        for (Number& number : state) set_lane(number, l, random.uniform(-0.05f, 0.05f));
        age[static_cast<std::size_t>(l)] = 0;
    }
    void push(const Number& force) {
        constexpr float seconds = 0.02f, gravity = 9.8f, pole = 0.1f, total = 1.1f, half_length = 0.5f;
        auto& [x, speed, angle, turn] = state.data;
        const Number sine = kiln::math::sin(angle), cosine = kiln::math::cos(angle);
        const Number thrust = (force + pole * half_length * turn * turn * sine) / total;
        const Number bend =
            (gravity * sine - cosine * thrust) / (half_length * (4 / 3.0f - pole / total * cosine * cosine));
        const Number acceleration = thrust - pole * half_length / total * bend * cosine;
        x += seconds * speed;
        speed += seconds * acceleration;
        angle += seconds * turn;
        turn += seconds * bend;
        for (int& steps : age) ++steps;
    }
    bool has_fallen(int l) const {
        const float x = lane(state[0], l), angle = lane(state[2], l);
        return x < -2.4f || x > 2.4f || angle < -0.2095f || angle > 0.2095f;
    }
    bool is_old(int l) const { return age[static_cast<std::size_t>(l)] >= longest; }
};

// ---- What the agent remembers of a step, and what it learns from it ----

struct Memory {
    kiln::Tensor<Number, State> state;
    Number action, log_probability;  // the action is 1 for a push to the right, -1 for one to the left
    Number value, reward, goes_on;   // goes_on is 0 if the episode ended here
    Number advantage, target;
};

template <class E>
E softplus(const E& x) {
    return kiln::math::max(x, 0) + kiln::math::log1p(kiln::math::exp(-kiln::math::abs(x)));
}
// The loss of a policy with this logit: the clipped advantage, and a reward for doubt (the entropy).
template <class E>
E policy_loss(const E& logit, const E& action, const E& old_log_probability, const E& advantage) {
    const E ratio = kiln::math::exp(-softplus(-action * logit) - old_log_probability);
    const E clipped = kiln::math::min(kiln::math::max(ratio, 0.8f), 1.2f);
    const E entropy = softplus(logit) - logit / (1 + kiln::math::exp(-logit));
    return -kiln::math::min(ratio * advantage, clipped * advantage) - 0.01f * entropy;
}

class Learning {
  public:
    explicit Learning(std::uint64_t seed, float rate)
        : agent_(kiln::Seed{seed}),
          learner_(agent_, {{.learning_rate = rate}, 0.5f}),
          random_(kiln::Seed{seed + 1}) {
        for (int l = 0; l < lanes; ++l) carts_.start(l, random_);
    }

    /// Plays, and learns from it: horizon · lanes steps.
    void round() {
        play();
        judge();
        for (int epoch = 0; epoch < 4; ++epoch) learn();
    }
    /// The mean length of the last hundred episodes, or 0 before there are as many.
    float mean_length() const {
        float sum = 0;
        for (const int length : lengths_) sum += static_cast<float>(length);
        return episodes_ < 100 ? 0 : sum / 100;
    }
    const Agent& agent() const { return agent_; }

  private:
    void play() {
        for (Memory& step : memory_) {
            pass_.x = step.state = carts_.state;
            const auto& y = pass_.forward(agent_);
            const Number right = 1 / (1 + kiln::math::exp(-y[0]));
            for (int l = 0; l < lanes; ++l)
                set_lane(step.action, l, random_.uniform(0, 1) < lane(right, l) ? 1.0f : -1.0f);
            step.log_probability = -softplus(-step.action * y[0]);
            step.value = y[1];
            carts_.push(10.0f * step.action);
            step.reward = step.goes_on = Number(1);
            end_episodes(step);
        }
        pass_.x = carts_.state;
        after_ = pass_.forward(agent_)[1];
    }
    // An episode that is cut off has as its last reward the value of the state that was reached, too.
    void end_episodes(Memory& step) {
        bool cut = false;
        for (int l = 0; l < lanes; ++l) cut = cut || (carts_.is_old(l) && !carts_.has_fallen(l));
        if (cut) {
            pass_.x = carts_.state;
            pass_.forward(agent_);
        }
        for (int l = 0; l < lanes; ++l) {
            const bool fallen = carts_.has_fallen(l);
            if (!fallen && !carts_.is_old(l)) continue;
            if (!fallen) set_lane(step.reward, l, 1 + discount * lane(pass_.y[1], l));
            set_lane(step.goes_on, l, 0.0f);
            lengths_[static_cast<std::size_t>(episodes_++ % 100)] = carts_.age[static_cast<std::size_t>(l)];
            carts_.start(l, random_);
        }
    }
    // Generalized advantage estimation (J. Schulman et al., 2016), from the last step to the first.
    void judge() {
        Number advantage(0), next = after_, sum(0), squares(0);
        for (int t = horizon - 1; t >= 0; --t) {
            Memory& step = memory_[static_cast<std::size_t>(t)];
            const Number surprise = step.reward + discount * next * step.goes_on - step.value;
            advantage = surprise + discount * smoothing * advantage * step.goes_on;
            step.advantage = advantage;
            step.target = advantage + step.value;
            next = step.value;
            sum += advantage;
            squares += advantage * advantage;
        }
        constexpr float count = horizon * lanes;
        const float mean = reduce(sum) / count, variance = reduce(squares) / count - mean * mean;
        for (Memory& step : memory_) step.advantage = (step.advantage - mean) / kiln::math::sqrt(variance + 1e-8f);
    }
    // One update for every sixteen steps of all carts, in random order.
    void learn() {
        for (int t = horizon - 1; t > 0; --t)
            std::swap(order_[static_cast<std::size_t>(t)], order_[static_cast<std::size_t>(random_.below(t + 1))]);
        constexpr int together = 16;
        for (int t = 0; t < horizon; ++t) {
            const Memory& step = memory_[static_cast<std::size_t>(order_[static_cast<std::size_t>(t)])];
            pass_.x = step.state;
            const auto& y = pass_.forward(agent_);
            using Moving = kiln::Dual<Number>;
            const Moving loss = policy_loss(Moving(y[0], Number(1)), Moving(step.action), Moving(step.log_probability),
                                            Moving(step.advantage));
            pass_.backward(agent_, {loss.slope, y[1] - step.target}, learner_.gradients());  // (value - target)² / 2
            if (t % together == together - 1) learner_.apply(1.0f / (together * lanes));
        }
    }

    static constexpr float discount = 0.98f, smoothing = 0.9f;
    Agent agent_;
    kiln::Learner<Agent, Optimizer> learner_;
    kiln::Recording<Agent, Number, kiln::Wanted::parameter_gradients> pass_;
    Carts carts_;
    std::array<Memory, horizon> memory_;
    Number after_;
    std::array<int, horizon> order_ = [] {
        std::array<int, horizon> all{};
        for (int t = 0; t < horizon; ++t) all[static_cast<std::size_t>(t)] = t;
        return all;
    }();
    std::array<int, 100> lengths_{};
    long long episodes_ = 0;
    kiln::Random random_;
};

constexpr int most_rounds = 500;

struct Run {
    std::array<float, most_rounds> curve{};
    int rounds = 0;
    bool solved = false;
    double seconds = 0;
};

Run solve(std::uint64_t seed, float rate) {
    const auto learning = std::make_unique<Learning>(seed, rate);
    Run run;
    const auto start = std::chrono::steady_clock::now();
    while (run.rounds < most_rounds && !run.solved) {
        learning->round();
        run.curve[static_cast<std::size_t>(run.rounds++)] = learning->mean_length();
        run.solved = learning->mean_length() >= 475;
    }
    run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return run;
}

void run(const TrainingOptions& options, int runs) {
    constexpr int steps_of_round = horizon * lanes;
    kiln::Report report{.title = "A pole that learns to balance"};
    int solved = 0;
    double seconds = 0;
    long long steps = 0;
    for (int k = 0; k < runs; ++k) {
        const Run one = solve(options.seed + static_cast<std::uint64_t>(k), options.learning_rate);
        std::printf("seed %llu: %s after %d steps, %.2f s\n",
                    static_cast<unsigned long long>(options.seed) + static_cast<unsigned long long>(k),
                    one.solved ? "solved" : "not solved", one.rounds * steps_of_round, one.seconds);
        solved += one.solved ? 1 : 0;
        seconds += one.seconds;
        steps += static_cast<long long>(one.rounds) * steps_of_round;
        if (k > 0) continue;
        kiln::report::Plot plot{.title = "Learning",
                                .axis = "mean length of 100 episodes",
                                .x_axis = "thousand steps",
                                .positions = {},
                                .curves = {{"length", {}}}};
        for (int i = 0; i < one.rounds; ++i) {
            plot.positions.push_back((i + 1) * steps_of_round / 1000.0);
            plot.curves[0].values.push_back(static_cast<double>(one.curve[static_cast<std::size_t>(i)]));
        }
        kiln::add_plot(report, plot);
    }
    const double rate = static_cast<double>(steps) / seconds;
    std::printf("solved %d of %d, %.2f s each, %.0f steps a second, %zu bytes\n", solved, runs, seconds / runs, rate,
                sizeof(Learning));
    report.figures = {{"solved", std::to_string(solved) + " of " + std::to_string(runs)},
                      {"seconds", fixed(static_cast<float>(seconds / runs), 2)},
                      {"steps a second", std::to_string(static_cast<long long>(rate))},
                      {"bytes", std::to_string(sizeof(Learning))}};
    kiln::add_layers<Agent>(report);
    write(report, options.report);
}

}  // namespace

int main(int argc, char** argv) {
    TrainingOptions options{.learning_rate = 0.003f};
    int runs = 1;
    CommandLine("cart_pole", "Balances a pole on a cart, by proximal policy optimization.")
        .number("runs", "how often to learn, each time from another seed", runs, from(1))
        .number("learning-rate", "size of the steps", options.learning_rate, above(0))
        .number("seed", "of the first run", options.seed, from(0))
        .report(options)
        .read(argc, argv);
    return guarded([&] { run(options, runs); });
}
