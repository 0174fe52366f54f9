// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE golden.optimizers
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

BOOST_AUTO_TEST_CASE(every_golden_value_was_compared) { BOOST_TEST(values().unused() == ""); }
