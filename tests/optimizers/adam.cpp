// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE optimizers.adam
#include <kiln/optimizers/adam.hpp>

#include <boost/test/unit_test.hpp>

#include "optimizers/ten_steps.hpp"

using namespace kiln;
using namespace kiln::laws;

namespace {

// By torch.optim.Adam.
constexpr Trajectory<Adam> of_adam[] = {
    {{},
     {{0.74899999997250255, 0.74873366293997856, 0.7480983427316944, 0.74731842810559079, 0.74688652377724696,
       0.7464709783972886, 0.74602784723015636, 0.74598151605314844, 0.7458408374016412, 0.74559169225259569},
      {-1.2489999999575025, -1.2480174248376876, -1.2470288215004957, -1.2462692258174384, -1.2454894211981971,
       -1.2446429501822693, -1.2438437649295535, -1.24301990281687, -1.2422885307979332, -1.2415379953637125}}},
    {{.learning_rate = 0.1f, .beta1 = 0.8f, .beta2 = 0.95f, .epsilon = 1e-3f, .weight_decay = 0.05f},
     {{0.65018569954261796, 0.62119312683570382, 0.55252031941524282, 0.46855082072471238, 0.42651297883570194,
       0.38619640740161276, 0.34188006430265505, 0.34875059258942565, 0.3396465146928459, 0.31339320689004985},
      {-1.1500484598649565, -1.0522524519872185, -0.95364191347916694, -0.88193520764968547, -0.8068960350114015,
       -0.72166836487028907, -0.64348811226765357, -0.56162664805321161, -0.49345306920770204, -0.42152159848770848}}},
};

// By torch.optim.AdamW.
constexpr Trajectory<AdamW> of_adamw[] = {
    {{},
     {{0.74899249997231399, 0.74871867301460193, 0.74807586561939943, 0.74728847023445155, 0.74684909302121749,
       0.74642607915014114, 0.74597548372202971, 0.74592169278999698, 0.74577355492137432, 0.74551695203659207},
      {-1.2489874999571882, -1.2479924349620597, -1.2469913517002043, -1.2462192861033166, -1.2454270192909009,
       -1.2445680940044672, -1.2437564630704985, -1.2429201633928715, -1.2421763621719883, -1.2414134049738335}}},
    {{.learning_rate = 0.1f, .beta1 = 0.8f, .beta2 = 0.95f, .epsilon = 1e-3f, .weight_decay = 0.3f},
     {{0.6276995980913771, 0.58767672234384782, 0.50475195392337624, 0.40736366870452217, 0.35652493917175798,
       0.3090353450693028, 0.25878875523877598, 0.26157044878874486, 0.24806362809309029, 0.21744380256230544},
      {-1.1125499714765852, -0.98145372582282076, -0.85342113324577207, -0.75744501958077137, -0.66084378598944693,
       -0.55646949177482696, -0.46245217569998454, -0.36733655757660144, -0.28913804079694072, -0.20927320546456785}}},
};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(ten_steps_of_adam_are_those_of_pytorch, E, Elements) { require_ten_steps<E>(of_adam); }
BOOST_AUTO_TEST_CASE_TEMPLATE(ten_steps_of_adamw_are_those_of_pytorch, E, Elements) { require_ten_steps<E>(of_adamw); }

static_assert(Optimizer<Adam> && Optimizer<AdamW> && Adam::moments == 2 && AdamW::moments == 2);
static_assert(near(of_adam[0]) && near(of_adam[1]) && near(of_adamw[0]) && near(of_adamw[1]));
static_assert(Adam{}.rate(7) == 1e-3f && AdamW{.learning_rate = 0.5f}.rate(0) == 0.5f);

// The first step is as long as the learning rate for any size of the gradient, because the moments are corrected.
BOOST_AUTO_TEST_CASE(first_step_is_as_long_as_the_learning_rate) {
    for (const float g : {1e-3f, 1.0f, 1e3f}) {
        float w = 1, mean = 0, square = 0;
        Adam{.learning_rate = 0.25f}.at(0)(w, g, mean, square);
        BOOST_TEST(std::abs(w - 0.75f) < 1e-5f);  // epsilon is 1e-5 of the smallest
    }
}

BOOST_AUTO_TEST_CASE(corrections_vanish_after_many_steps) {
    const Adam::Rule rule = Adam{}.at(1'000'000'000'000);
    BOOST_TEST(rule.size == double(1e-3f));
    BOOST_TEST(rule.widening == 1);
}

BOOST_AUTO_TEST_CASE(weight_without_gradient_moves_by_decay_alone) {
    float w = 2, mean = 0, square = 0;
    AdamW{.learning_rate = 0.5f, .weight_decay = 0.25f}.at(3)(w, 0.0f, mean, square);
    BOOST_TEST(w == 2 - 0.5f * 0.25f * 2);
    Adam{.learning_rate = 0.5f}.at(3)(w, 0.0f, mean, square);
    BOOST_TEST(w == 1.75f);
}
