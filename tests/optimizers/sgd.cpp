// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE optimizers.sgd
#include <kiln/core/lanes.hpp>
#include <kiln/core/random.hpp>
#include <kiln/optimizers/sgd.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <tuple>

using namespace kiln;

static_assert(Optimizer<SGD> && SGD::moments == 1);

namespace {

/// torch.optim.SGD in double, as its documentation states it (dampening 0).
struct Reference {
    double rate, momentum, decay;
    bool nesterov;
    double velocity = 0;
    int step = 0;

    double update(double w, double g) {
        g += decay * w;
        if (momentum != 0) {
            velocity = step++ == 0 ? g : momentum * velocity + g;
            g = nesterov ? g + momentum * velocity : velocity;
        }
        return w - rate * g;
    }
};

constexpr SGD variants[] = {
    {.learning_rate = 0.1f},
    {.learning_rate = 0.1f, .momentum = 0.9f},
    {.learning_rate = 0.1f, .momentum = 0.9f, .nesterov = true},
    {.learning_rate = 0.1f, .weight_decay = 0.05f},
    {.learning_rate = 0.03f, .momentum = 0.5f, .weight_decay = 0.1f},
    {.learning_rate = 0.03f, .momentum = 0.8f, .weight_decay = 0.1f, .nesterov = true},
};

}  // namespace

using Elements = std::tuple<float, double, Lanes<float, 4>, Lanes<float, 16>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(ten_steps_are_those_of_the_reference, E, Elements) {
    using S = scalar_t<E>;
    for (const SGD& sgd : variants) {
        Random random{Seed{1}};
        Reference expected{double(sgd.learning_rate), double(sgd.momentum), double(sgd.weight_decay), sgd.nesterov};
        double reference = 0.75;
        E w(S(0.75)), velocity(S(0));
        for (int step = 0; step < 10; ++step) {
            const float g = random.uniform(-1, 1);
            sgd.at(step)(w, E(S(g)), velocity);
            reference = expected.update(reference, double(g));
            // Three roundings a step of numbers that stay below 4; the settings are floats on both sides.
            const double tolerance = 12 * (step + 1) * std::numeric_limits<S>::epsilon();
            for (int l = 0; l < width<E>; ++l) BOOST_TEST(std::abs(double(lane(w, l)) - reference) <= tolerance);
        }
    }
}

BOOST_AUTO_TEST_CASE(lanes_are_updated_each_with_its_own_gradient) {
    using E = Lanes<float, 4>;
    const SGD sgd{.learning_rate = 0.5f};
    E w(1.0f), g, velocity(0.0f);
    for (int l = 0; l < 4; ++l) g.v[l] = static_cast<float>(l);
    sgd.at(0)(w, g, velocity);
    for (int l = 0; l < 4; ++l) {
        BOOST_TEST(w.v[l] == 1 - 0.5f * static_cast<float>(l));
        BOOST_TEST(velocity.v[l] == static_cast<float>(l));
    }
}

BOOST_AUTO_TEST_CASE(a_rule_is_the_same_at_every_step) {
    const SGD sgd{.learning_rate = 0.1f, .momentum = 0.9f};
    float a = 1, b = 1, va = 2, vb = 2;
    sgd.at(0)(a, 0.5f, va);
    sgd.at(1'000'000)(b, 0.5f, vb);
    BOOST_TEST(a == b);
    BOOST_TEST(va == vb);
}

static_assert([] {
    float w = 1, velocity = 0;
    SGD{.learning_rate = 0.5f}.at(0)(w, 1.0f, velocity);
    return w == 0.5f && velocity == 1;
}());
