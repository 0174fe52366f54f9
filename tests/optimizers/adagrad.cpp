// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE optimizers.adagrad
#include <kiln/optimizers/adagrad.hpp>

#include <boost/test/unit_test.hpp>

#include "optimizers/ten_steps.hpp"

using namespace kiln;
using namespace kiln::laws;

namespace {

// By torch.optim.Adagrad.
constexpr Trajectory<Adagrad> of_adagrad[] = {
    {{},
     {{0.74000000022551737, 0.74447213607975693, 0.73645429900245396, 0.7291513317328191, 0.73258130335876814,
       0.73172694572020613, 0.73004264191583368, 0.73563008415678899, 0.73357932642166512, 0.73094180458717428},
      {-1.2400000002240175, -1.234000000358368, -1.2282653770431013, -1.2290818736057523, -1.2259772715724166,
       -1.220702227903296, -1.2193947870316324, -1.2162879382711471, -1.2162879382711471, -1.2138758475684976}}},
    {{.learning_rate = 0.1f, .lr_decay = 0.2f, .weight_decay = 0.05f, .initial_accumulator = 0.3f, .epsilon = 1e-3f},
     {{0.68004966004407574, 0.70259954929409252, 0.6525240729595102, 0.61016440599883293, 0.6265240849723418,
       0.62164495810271481, 0.61378965638282657, 0.63511889647643383, 0.62704127452043623, 0.61759237517972754},
      {-1.1533952557926401, -1.1042824687202681, -1.0639982094288418, -1.067833695630559, -1.0504965999178257,
       -1.0245199859299083, -1.0182387744359955, -1.0053200333652901, -1.0048592960735605, -0.99618793898012536}}},
};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(ten_steps_of_adagrad_are_those_of_pytorch, E, Elements) {
    require_ten_steps<E>(of_adagrad);
}

static_assert(Optimizer<Adagrad> && Adagrad::moments == 1);
static_assert(near(of_adagrad[0]) && near(of_adagrad[1]));

// The rate in logs is the rate of the rule.
static_assert(Adagrad{.learning_rate = 1, .lr_decay = 0.5f}.rate(0) == 1);
static_assert(Adagrad{.learning_rate = 1, .lr_decay = 0.5f}.rate(2) == 0.5f);
static_assert(Adagrad{.learning_rate = 1, .lr_decay = 0.5f}.at(2).rate == 0.5);

BOOST_AUTO_TEST_CASE(steps_become_shorter_as_squares_add_up) {
    float w = 0, sum = 0, last = 1;
    const Adagrad adagrad{.learning_rate = 1};
    for (int step = 0; step < 20; ++step) {
        const float before = w;
        adagrad.at(step)(w, 2.0f, sum);
        BOOST_TEST(before - w <= last);
        last = before - w;
        BOOST_TEST(std::abs(last - 1 / std::sqrt(static_cast<float>(step + 1))) < 1e-5f);
    }
    BOOST_TEST(sum == 80);
}
