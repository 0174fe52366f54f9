// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE golden.optimizers
#include <kiln/optimizers/adagrad.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/clip.hpp>
#include <kiln/optimizers/rmsprop.hpp>
#include <kiln/optimizers/sgd.hpp>

#include <boost/test/unit_test.hpp>

#include "golden/optimizer.hpp"

using namespace kiln;
using namespace kiln::golden;

namespace {
Values& values() {
    static Values file("tests/golden/values/optimizers.txt");
    return file;
}
}  // namespace

BOOST_AUTO_TEST_CASE(sgd_is_that_of_pytorch) {
    require_golden_optimizer(values(), "SGD", SGD{.learning_rate = 0.1f});
    require_golden_optimizer(values(), "SGD_momentum", SGD{.learning_rate = 0.1f, .momentum = 0.9f});
    require_golden_optimizer(values(), "SGD_nesterov", SGD{.learning_rate = 0.1f, .momentum = 0.9f, .nesterov = true});
    require_golden_optimizer(values(), "SGD_decay",
                             SGD{.learning_rate = 0.1f, .momentum = 0.5f, .weight_decay = 0.05f});
}

BOOST_AUTO_TEST_CASE(rmsprop_is_that_of_pytorch) {
    require_golden_optimizer(values(), "RMSProp", RMSProp{.learning_rate = 0.01f});
    require_golden_optimizer(values(), "RMSProp_momentum",
                             RMSProp{.learning_rate = 0.01f, .weight_decay = 0.1f, .momentum = 0.9f});
    require_golden_optimizer(values(), "RMSProp_centered",
                             RMSProp{.learning_rate = 0.01f, .alpha = 0.9f, .momentum = 0.5f, .centered = true});
}

BOOST_AUTO_TEST_CASE(adam_is_that_of_pytorch) {
    require_golden_optimizer(values(), "Adam", Adam{.learning_rate = 0.01f});
    require_golden_optimizer(
        values(), "Adam_decay",
        Adam{.learning_rate = 0.01f, .beta1 = 0.75f, .beta2 = 0.875f, .epsilon = 1e-3f, .weight_decay = 0.1f});
    require_golden_optimizer(values(), "AdamW", AdamW{.learning_rate = 0.01f});
    require_golden_optimizer(
        values(), "AdamW_decay",
        AdamW{.learning_rate = 0.01f, .beta1 = 0.75f, .beta2 = 0.875f, .epsilon = 1e-3f, .weight_decay = 0.1f});
}

BOOST_AUTO_TEST_CASE(adagrad_is_that_of_pytorch) {
    require_golden_optimizer(values(), "Adagrad", Adagrad{.learning_rate = 0.1f});
    require_golden_optimizer(
        values(), "Adagrad_decay",
        Adagrad{.learning_rate = 0.1f, .lr_decay = 0.2f, .weight_decay = 0.1f, .initial_accumulator = 0.5f});
}

BOOST_AUTO_TEST_CASE(clipping_is_that_of_pytorch) {
    constexpr SGD sgd{.learning_rate = 0.1f, .momentum = 0.9f};
    require_golden_optimizer(values(), "ClipByNorm", ClipByNorm{sgd, 2.5f});
    require_golden_optimizer(values(), "ClipByValue", ClipByValue{sgd, 0.5f});
}

BOOST_AUTO_TEST_CASE(every_golden_value_was_compared) { BOOST_TEST(values().unused() == ""); }
