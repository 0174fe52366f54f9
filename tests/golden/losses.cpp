// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE golden.losses
#include <kiln/losses/cross_entropy.hpp>

#include <boost/test/unit_test.hpp>

#include "golden/loss.hpp"

using namespace kiln;
using namespace kiln::golden;

namespace {
Values& values() {
    static Values file("tests/golden/values/losses.txt");
    return file;
}
}  // namespace

BOOST_AUTO_TEST_CASE(cross_entropy_is_that_of_pytorch) {
    require_golden_loss<CrossEntropy, Shape<10>>(values(), "CrossEntropy", labels("CrossEntropy", 10));
    // Of outputs up to 60 the largest takes all, and a loss is a difference of two of them.
    require_golden_loss<CrossEntropy, Shape<7>>(values(), "CrossEntropy_large", labels("CrossEntropy_large", 7),
                                                {.low = -60, .high = 60});
}

BOOST_AUTO_TEST_CASE(every_golden_value_was_compared) { BOOST_TEST(values().unused() == ""); }
