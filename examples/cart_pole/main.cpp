// SPDX-License-Identifier: BSL-1.0
// Learns to balance a pole on a cart, in sixteen simulations at once: a training loop of its own, without data.

#include <kiln/report/report.hpp>

#include "cart_pole/cart_pole.hpp"
#include "show/command_line.hpp"
#include "show/report.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using Learner = cart_pole::ActorCritic<kiln::Lanes<float, 16>>;

struct Options {
    int runs = 10;
    int steps = 2'000'000;
    std::uint64_t seed = 1;
    std::string report = {};
};

struct Outcome {
    bool solved = false;
    double steps = 0, episodes = 0, seconds = 0;
    float return_of_new_episodes = 0;  // the mean of 100
    std::vector<double> curve{};       // the mean return of the last 100 episodes, every `between_points` steps
};
constexpr int between_points = 32 * Learner::steps;

// Learns from nothing until the mean return of the last 100 episodes is 475. Only the learning is timed.
Outcome learn(const Options& options, std::uint64_t seed) {
    using Clock = std::chrono::steady_clock;
    Learner learner{kiln::Seed{seed}};
    Outcome outcome{.curve = {0}};
    while (!outcome.solved && outcome.steps < options.steps) {
        const auto start = Clock::now();
        for (int i = 0; i < between_points && !outcome.solved && outcome.steps < options.steps; i += Learner::steps) {
            learner.learn();
            outcome.steps += Learner::steps;
            outcome.solved = learner.returns().solved();
        }
        outcome.seconds += std::chrono::duration<double>(Clock::now() - start).count();
        outcome.curve.push_back(static_cast<double>(learner.returns().mean()));
    }
    outcome.episodes = static_cast<double>(learner.returns().count());
    outcome.return_of_new_episodes = cart_pole::mean_return(learner.policy(), 100, kiln::Seed{~seed});
    return outcome;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

// "0.0052 (median), 0.0056 (most)"
std::string of_runs(const std::vector<Outcome>& outcomes, double Outcome::*measure, int digits) {
    std::vector<double> values;
    for (const Outcome& outcome : outcomes) values.push_back(outcome.*measure);
    const double most = *std::max_element(values.begin(), values.end());
    return fixed(static_cast<float>(median(values)), digits) + " (median), " + fixed(static_cast<float>(most), digits) +
           " (most)";
}

// The curves of all runs as two: their median and their least. A run that has ended keeps its last return.
kiln::report::Plot plot_of(const std::vector<Outcome>& outcomes) {
    kiln::report::Plot plot{.title = "Return",
                            .axis = "steps of an episode, mean of the last 100",
                            .x_axis = "steps of all carts",
                            .positions = {},
                            .curves = {{"median run", {}}, {"worst run", {}}}};
    std::size_t points = 0;
    for (const Outcome& outcome : outcomes) points = std::max(points, outcome.curve.size());
    for (std::size_t k = 0; k < points; ++k) {
        std::vector<double> returns;
        for (const Outcome& outcome : outcomes) returns.push_back(outcome.curve[std::min(k, outcome.curve.size() - 1)]);
        plot.positions.push_back(static_cast<double>(k) * between_points);
        plot.curves[0].values.push_back(median(returns));
        plot.curves[1].values.push_back(*std::min_element(returns.begin(), returns.end()));
    }
    return plot;
}

void run(const Options& options) {
    std::printf("16 carts and all that learning needs: %zu bytes\n", sizeof(Learner));
    std::vector<Outcome> outcomes;
    int solved = 0;
    double steps = 0, seconds = 0;
    for (int i = 0; i < options.runs; ++i) {
        const std::uint64_t seed = options.seed + static_cast<std::uint64_t>(i);
        const Outcome& outcome = outcomes.emplace_back(learn(options, seed));
        solved += outcome.solved ? 1 : 0;
        steps += outcome.steps;
        seconds += outcome.seconds;
        std::printf(
            "seed %llu: %s after %.0f steps, %.0f episodes, %.4f s; in 100 new episodes the pole stands for %.1f of "
            "500 steps\n",
            static_cast<unsigned long long>(seed), outcome.solved ? "solved" : "not solved", outcome.steps,
            outcome.episodes, outcome.seconds, static_cast<double>(outcome.return_of_new_episodes));
    }
    kiln::Report report{.title = "A pole on a cart"};
    report.figures = {{"solved", std::to_string(solved) + " of " + std::to_string(options.runs)},
                      {"seconds", of_runs(outcomes, &Outcome::seconds, 4)},
                      {"steps", of_runs(outcomes, &Outcome::steps, 0)},
                      {"episodes", of_runs(outcomes, &Outcome::episodes, 0)},
                      {"million steps a second", fixed(static_cast<float>(steps / seconds * 1e-6), 1)},
                      {"bytes", std::to_string(sizeof(Learner))}};
    for (const auto& figure : report.figures) std::printf("%s: %s\n", figure.name.c_str(), figure.value.c_str());
    kiln::add_plot(report, plot_of(outcomes));
    kiln::add_layers<cart_pole::Policy>(report);
    write(report, options.report);
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CommandLine("cart_pole", "Learns to balance a pole on a cart.")
        .number("runs", "how often to learn from nothing, each time with the next seed", options.runs, {1, 1000})
        .number("steps", "give up after N steps of all carts together", options.steps, {1, 1e9})
        .number("seed", "of starting weights and of all that is random", options.seed, from(0))
        .text("report", "FILE", "write a page of HTML on the training", options.report)
        .read(argc, argv);
    return guarded([&] { run(options); });
}
