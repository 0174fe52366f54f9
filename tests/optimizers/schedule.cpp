// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE optimizers.schedule
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/clip.hpp>
#include <kiln/optimizers/schedule.hpp>
#include <kiln/optimizers/sgd.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

using namespace kiln;

namespace {

/// Compares with a table of torch.optim.lr_scheduler in double, whose factors PyTorch multiplies up step by step.
template <std::size_t N>
void require_factors(const auto& schedule, const double (&expected)[N]) {
    for (std::size_t step = 0; step < N; ++step)
        BOOST_TEST(std::abs(schedule.factor(static_cast<long long>(step)) - expected[step]) <= 2e-15);
}

}  // namespace

// If one part observes losses and does not remember them, the whole forgets, however much another part remembers.
struct Forgetful {
    constexpr double factor(long long) const { return 1; }
    constexpr void observe(float) {}
};
static_assert(Remembers<Scheduled<SGD, ReduceOnPlateau>> && !Remembers<Scheduled<SGD, Constant>>);
static_assert(!Remembers<Scheduled<Scheduled<SGD, ReduceOnPlateau>, Forgetful>>);
static_assert(!remembers_all<Scheduled<Scheduled<SGD, Forgetful>, ReduceOnPlateau>>);
static_assert(remembers_all<Scheduled<Scheduled<SGD, Constant>, ReduceOnPlateau>> && remembers_all<SGD>);

BOOST_AUTO_TEST_CASE(cosine_is_that_of_the_c_library) {
    for (int i = 0; i <= 10'000; ++i) {
        const double t = i / 10'000.0;
        const auto expected = static_cast<double>(std::cos(3.14159265358979323846264L * static_cast<long double>(t)));
        BOOST_TEST(std::abs(detail::cosine_of_half_turns(t) - expected) <= 4e-16);
    }
    static_assert(detail::cosine_of_half_turns(0) == 1 && detail::cosine_of_half_turns(1) == -1);
}

BOOST_AUTO_TEST_CASE(schedules_are_those_of_pytorch) {
    require_factors(Constant{}, {1, 1, 1});
    require_factors(StepDecay{.every = 3, .gamma = 0.5},
                    {1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125});
    require_factors(Exponential{.gamma = 0.8},
                    {1, 0.80000000000000004, 0.64000000000000012, 0.51200000000000012, 0.40960000000000013,
                     0.32768000000000014, 0.2621440000000001, 0.2097152000000001, 0.16777216000000009,
                     0.13421772800000006, 0.10737418240000006, 0.08589934592000005});
    require_factors(LinearDecay{.steps = 8, .least = 0.25},
                    {1, 0.90625, 0.8125, 0.71875, 0.625, 0.53125, 0.4375, 0.34375, 0.25, 0.25, 0.25, 0.25});
    require_factors(Cosine{.steps = 11, .warm_up = 3, .least = 0.1},
                    {0.25, 0.5, 0.75, 1, 0.96574578963007907, 0.86819805153394636, 0.72220754456429048,
                     0.55000000000000004, 0.37779245543570972, 0.2318019484660537, 0.134254210369921,
                     0.10000000000000001});
    require_factors(Cosine{.steps = 11},
                    {1, 0.97974648680724874, 0.9206267664155906, 0.82743036697264261, 0.70770750650094327,
                     0.57115741913664253, 0.42884258086335753, 0.29229249349905689, 0.17256963302735753,
                     0.079373233584409467, 0.020253513192751319, 0});
    require_factors(OneCycle{.steps = 13},
                    {0.040000000000000036, 0.29516394846410077, 0.78936979137394347, 0.99970207146725421,
                     0.96437826255017089, 0.87425587706405417, 0.73996977910493733, 0.57736635793647106,
                     0.4056335797487326, 0.24503671767014096, 0.11452695450885979, 0.029505054314122554});
    require_factors(OneCycle{.steps = 20, .pct_start = 0.5, .div_factor = 10, .final_div_factor = 100},
                    {0.099999999999999978, 0.12713832064634123, 0.2052800005964599, 0.32499999999999996,
                     0.47185832004988126, 0.6281416799501186, 0.77499999999999991, 0.89471999940354008,
                     0.97286167935365875, 1, 0.9755527298894292, 0.90460398869028624, 0.79409873352009031,
                     0.65485398869028622, 0.50049999999999994, 0.34614601130971379, 0.20690126647990972,
                     0.0963960113097138, 0.02544727011057081});
}

BOOST_AUTO_TEST_CASE(exponential_of_a_period_falls_at_each_step_and_by_gamma_within_it) {
    const Exponential schedule{.gamma = 0.5, .every = 4};
    for (const long long step : {0, 1, 2, 3, 4, 11, 400})
        BOOST_TEST(std::abs(schedule.factor(step) / std::pow(0.5, double(step) / 4) - 1) < 1e-15);
    static_assert(Exponential{.gamma = 0, .every = 2}.factor(3) == 0);
}

// schedules_stay_where_they_ended
static_assert(LinearDecay{.steps = 10, .least = 0.5}.factor(1'000'000) == 0.5);
static_assert(Cosine{.steps = 10, .warm_up = 3}.factor(10) == 0 && Cosine{.steps = 10}.factor(11) == 0);
static_assert(OneCycle{.steps = 10}.factor(10) == 1 / 25.0 / 1e4 && OneCycle{.steps = 10}.factor(9) == 1 / 25.0 / 1e4);
// schedules_of_no_steps_are_finite
static_assert(LinearDecay{.steps = 0}.factor(0) == 0 && Cosine{.steps = 0}.factor(0) == 0 &&
              Cosine{.steps = 2, .warm_up = 5}.factor(7) == 0 && StepDecay{.every = 0}.factor(0) == 1 &&
              OneCycle{.steps = 0}.factor(0) > 0 && OneCycle{.steps = 10, .pct_start = 0.1}.factor(0) <= 1 &&
              OneCycle{.steps = 10, .pct_start = 1}.factor(9) > 0 && Exponential{.every = 0}.factor(0) == 1);
// cosine_of_least_1_is_a_warm_up_and_nothing_else
static_assert(Cosine{.steps = 4, .warm_up = 3, .least = 1}.factor(0) == 0.25 &&
              Cosine{.steps = 4, .warm_up = 3, .least = 1}.factor(100) == 1);

BOOST_AUTO_TEST_CASE(reduce_on_plateau_is_that_of_pytorch) {
    const float losses[] = {5,    4,    3.99f, 3.98f, 3.97f, 3.0f, 3.1f, 3.1f, 3.1f, 3.1f,
                            3.1f, 3.1f, 3.1f,  3.1f,  3.1f,  3.1f, 3.1f, 2.0f, 2.1f, 2.1f};
    const double expected[] = {1,
                               1,
                               1,
                               0.5,
                               0.5,
                               0.5,
                               0.5,
                               0.25,
                               0.25,
                               0.25,
                               0.25,
                               0.20000000000000001,
                               0.20000000000000001,
                               0.20000000000000001,
                               0.20000000000000001,
                               0.20000000000000001,
                               0.20000000000000001,
                               0.20000000000000001,
                               0.20000000000000001,
                               0.20000000000000001};
    ReduceOnPlateau schedule{.gamma = 0.5, .patience = 1, .threshold = 0.01, .cooldown = 2, .least = 0.2};
    BOOST_TEST(schedule.factor(0) == 1);
    for (int epoch = 0; epoch < 20; ++epoch) {
        schedule.observe(losses[epoch]);
        BOOST_TEST(schedule.factor(7) == expected[epoch]);
    }
    ReduceOnPlateau patient;
    const double without_progress[] = {
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0.10000000000000001, 0.10000000000000001, 0.10000000000000001};
    for (const double factor : without_progress) {
        patient.observe(1);
        BOOST_TEST(patient.factor(0) == factor);
    }
}

BOOST_AUTO_TEST_CASE(reduce_on_plateau_counts_a_loss_that_is_no_number_as_bad) {
    ReduceOnPlateau schedule{.patience = 0};
    schedule.observe(1);
    BOOST_TEST(schedule.factor(0) == 1);
    schedule.observe(std::nanf(""));
    BOOST_TEST(schedule.factor(0) == 0.1);
    schedule.observe(0.5f);
    BOOST_TEST(schedule.factor(0) == 0.1);
}

// ---- Scheduled ----

namespace {

constexpr StepDecay halved{.every = 10, .gamma = 0.5};
constexpr Scheduled adam{Adam{.learning_rate = 0.5f}, halved};
static_assert(std::is_same_v<decltype(adam), const Scheduled<Adam, StepDecay>>);
static_assert(Optimizer<Scheduled<Adam, StepDecay>> && Scheduled<Adam, StepDecay>::moments == 2);
static_assert(adam.rate(9) == 0.5f && adam.rate(10) == 0.25f && adam.rate(25) == 0.125f);
static_assert(adam.at(25).size == Adam{.learning_rate = 0.125f}.at(25).size);
static_assert(!needs_gradient_norm<Scheduled<SGD, Cosine>> && needs_gradient_norm<Scheduled<ClipByNorm<SGD>, Cosine>>);
static_assert(!ObservesLoss<Scheduled<SGD, Cosine>> && ObservesLoss<Scheduled<SGD, ReduceOnPlateau>> &&
              ObservesLoss<Scheduled<ClipByValue<Scheduled<SGD, ReduceOnPlateau>>, Cosine>>);

static_assert(!Remembers<Scheduled<SGD, Cosine>> && Remembers<Scheduled<SGD, ReduceOnPlateau>> &&
              Remembers<Scheduled<Scheduled<SGD, ReduceOnPlateau>, Cosine>>);

/// A user's own schedule.
struct Alternating {
    constexpr double factor(long long step) const { return step % 2 == 0 ? 1 : 0; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(scheduled_step_is_one_with_the_learning_rate_of_that_step) {
    const Scheduled sgd{SGD{.learning_rate = 1, .momentum = 0.5f}, Alternating{}};
    float w = 10, velocity = 0;
    sgd.at(0)(w, 1.0f, velocity);
    BOOST_TEST(w == 9);
    sgd.at(1)(w, 1.0f, velocity);
    BOOST_TEST(w == 9);
    BOOST_TEST(velocity == 1.5f);
    BOOST_TEST(sgd.at(0).moments_in_use() == 1);
}

BOOST_AUTO_TEST_CASE(schedules_multiply_and_reach_what_is_wrapped) {
    const Scheduled twice{Scheduled{SGD{.learning_rate = 1}, halved}, halved};
    BOOST_TEST(twice.rate(10) == 0.25f);
    const Scheduled outside{ClipByValue{SGD{.learning_rate = 1}, 3.0f}, halved};
    BOOST_TEST(outside.rate(10) == 0.5f);
    float w = 0, velocity = 0;
    outside.at(10)(w, 8.0f, velocity);
    BOOST_TEST(w == -1.5f);
}

BOOST_AUTO_TEST_CASE(observed_losses_reach_every_schedule) {
    Scheduled both{ClipByNorm{Scheduled{SGD{.learning_rate = 1}, ReduceOnPlateau{.gamma = 0.5, .patience = 0}}},
                   ReduceOnPlateau{.gamma = 0.25, .patience = 1}};
    both.observe(1);
    both.observe(1);
    BOOST_TEST(both.rate(0) == 0.5f);
    both.observe(1);
    BOOST_TEST(both.rate(0) == 0.0625f);
}

BOOST_AUTO_TEST_CASE(scheduled_optimizers_work_in_constant_expressions) {
    static_assert([] {
        const Scheduled sgd{SGD{.learning_rate = 1}, Cosine{.steps = 8, .warm_up = 1}};
        float w = 1;
        sgd.at(0)(w, 1.0f);
        return w;
    }() == 0.5f);
}

// Each number has a name of its own and is passed by reference: the schedule goes on from the value written to it.
BOOST_AUTO_TEST_CASE(what_a_schedule_has_observed_can_be_kept_and_given_back) {
    const ReduceOnPlateau often{.gamma = 0.5, .patience = 1, .cooldown = 2};
    Scheduled twice{Scheduled{SGD{.learning_rate = 1}, often}, often};
    for (const float loss : {3.0f, 2.0f, 4.0f, 4.0f}) twice.observe(loss);
    std::vector<std::string> names;
    std::vector<double> numbers;
    twice.remember([&](const auto& number, auto... parts) {
        std::string name;
        ((name += parts, name += ' '), ...);
        names.push_back(name);
        numbers.push_back(static_cast<double>(number));
    });
    const std::vector<std::string> expected{"optimizer schedule factor ",
                                            "optimizer schedule best ",
                                            "optimizer schedule bad ",
                                            "optimizer schedule waiting ",
                                            "schedule factor ",
                                            "schedule best ",
                                            "schedule bad ",
                                            "schedule waiting "};
    BOOST_TEST(names == expected);
    BOOST_TEST(numbers == (std::vector<double>{0.5, 2, 0, 2, 0.5, 2, 0, 2}));
    Scheduled other{Scheduled{SGD{.learning_rate = 1}, often}, often};
    std::size_t next = 0;
    other.remember([&](auto& number, auto...) {
        number = static_cast<std::remove_reference_t<decltype(number)>>(numbers[next++]);
    });
    BOOST_TEST(other.rate(0) == 0.25f);
    for (const float loss : {4.0f, 4.0f, 4.0f, 4.0f, 1.0f}) {
        twice.observe(loss);
        other.observe(loss);
        BOOST_TEST(other.rate(0) == twice.rate(0));
    }
}
