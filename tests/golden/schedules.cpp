// SPDX-License-Identifier: BSL-1.0
// Learning rates against PyTorch, step by step, and epoch by epoch where they follow the loss.
#define BOOST_TEST_MODULE golden.schedules
#include <kiln/optimizers/schedule.hpp>
#include <kiln/optimizers/sgd.hpp>

#include <boost/test/unit_test.hpp>

#include "golden/values.hpp"

#include <cstddef>
#include <string>
#include <vector>

using namespace kiln;
using namespace kiln::golden;

namespace {

Values& values() {
    static Values file("tests/golden/values/schedules.txt");
    return file;
}

constexpr SGD sgd{.learning_rate = 0.125f};

/// Requires learning rates to be those of an entry, each relative to itself: they are rounded to float once.
void require_rates(const std::string& name, const std::vector<double>& rates) {
    const auto& expected = values().get(name, {static_cast<int>(rates.size())});
    std::vector<double> quotients;
    for (std::size_t i = 0; i < rates.size(); ++i)
        quotients.push_back(rates[i] == expected[i] ? 1 : rates[i] / expected[i]);
    Line line("schedule", name);
    line.require("rate", distance(quotients, std::vector<double>(rates.size(), 1.0)), 1e-7);
}

void require_schedule(const std::string& name, const auto& schedule, int steps) {
    const Scheduled scheduled{sgd, schedule};
    std::vector<double> rates;
    for (int step = 0; step < steps; ++step) rates.push_back(static_cast<double>(scheduled.rate(step)));
    require_rates(name, rates);
}

}  // namespace

BOOST_AUTO_TEST_CASE(schedules_are_those_of_pytorch) {
    require_schedule("StepDecay", StepDecay{.every = 7, .gamma = 0.5}, 40);
    require_schedule("Exponential", Exponential{.gamma = 0.9}, 40);
    require_schedule("LinearDecay", LinearDecay{.steps = 20, .least = 0.1}, 40);
    require_schedule("Cosine", Cosine{.steps = 25, .least = 0.1}, 26);
    require_schedule("Cosine_after_warm_up", Cosine{.steps = 25, .warm_up = 5}, 26);
    require_schedule("OneCycle", OneCycle{.steps = 40}, 40);
}

BOOST_AUTO_TEST_CASE(a_schedule_that_follows_the_loss_is_that_of_pytorch) {
    Scheduled scheduled{sgd, ReduceOnPlateau{.gamma = 0.5, .patience = 2, .cooldown = 1, .least = 0.08}};
    std::vector<double> rates;
    for (const double loss : values().get("ReduceOnPlateau/loss", {40})) {
        rates.push_back(static_cast<double>(scheduled.rate(static_cast<long long>(rates.size()))));
        scheduled.observe(static_cast<float>(loss));
    }
    require_rates("ReduceOnPlateau", rates);
}

BOOST_AUTO_TEST_CASE(every_golden_value_was_compared) { BOOST_TEST(values().unused() == ""); }
