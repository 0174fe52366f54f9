// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE golden.losses
#include <kiln/losses/binary_cross_entropy.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/hinge.hpp>
#include <kiln/losses/huber.hpp>
#include <kiln/losses/kl_divergence.hpp>
#include <kiln/losses/mean_absolute_error.hpp>
#include <kiln/losses/mean_squared_error.hpp>

#include <boost/test/unit_test.hpp>

#include "golden/loss.hpp"

#include <algorithm>

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
    // Among outputs up to 60 the largest takes all, and a loss is a difference of two of them.
    require_golden_loss<CrossEntropy, Shape<7>>(values(), "CrossEntropy_large", labels("CrossEntropy_large", 7),
                                                {.low = -60, .high = 60});
}

BOOST_AUTO_TEST_CASE(cross_entropy_with_weights_and_smoothing_is_that_of_pytorch) {
    const auto weights = draw("class_weights", 6, 0.5f, 2);
    Tensor<float, Shape<6>> class_weights;
    for (int k = 0; k < 6; ++k) class_weights[k] = weights[static_cast<std::size_t>(k)];
    const auto require = [&]<class Loss>(const char* name, const Loss& loss) {
        require_golden_loss<Loss, Shape<6>>(values(), name, labels(name, 6), {.loss = loss});
    };
    using Weighted = WeightedCrossEntropy<6>;
    require("CrossEntropy_smooth", CrossEntropy{.label_smoothing = 0.1f});
    require("CrossEntropy_weighted", Weighted{.class_weights = class_weights});
    require("CrossEntropy_smooth_and_weighted", Weighted{.class_weights = class_weights, .label_smoothing = 0.1f});
}

BOOST_AUTO_TEST_CASE(hinge_is_the_multi_margin_loss_of_pytorch) {
    require_golden_loss<Hinge, Shape<5>>(values(), "Hinge", labels("Hinge", 5));
}

BOOST_AUTO_TEST_CASE(losses_of_regression_are_those_of_pytorch) {
    using Out = Shape<2, 3, 3>;
    const auto require = []<class Loss>(const char* name, const Loss& loss) {
        require_golden_loss<Loss, Out>(values(), name, target_tensors<Out>(name, -2, 2), {.loss = loss});
    };
    require("MeanSquaredError", MeanSquaredError{});
    require("MeanAbsoluteError", MeanAbsoluteError{});
    require("Huber", Huber{});
    require("Huber_of_2", Huber{.delta = 2});
}

BOOST_AUTO_TEST_CASE(binary_cross_entropy_is_that_of_pytorch) {
    const auto require = [](const char* name, const BinaryCrossEntropy& loss) {
        require_golden_loss<BinaryCrossEntropy, Shape<19>>(values(), name, target_tensors<Shape<19>>(name, 0, 1),
                                                           {.low = -20, .high = 20, .loss = loss});
    };
    require("BinaryCrossEntropy", {});
    require("BinaryCrossEntropy_weighted", {.pos_weight = 3});
}

BOOST_AUTO_TEST_CASE(divergence_is_that_of_pytorch) {
    auto targets = target_tensors<Shape<7>>("KLDivergence", -0.2f, 1);
    for (auto& target : targets)
        for (float& probability : target) probability = std::max(probability, 0.0f);  // some are 0
    require_golden_loss<KLDivergence, Shape<7>>(values(), "KLDivergence", targets, {.low = -4, .high = 0});
}

BOOST_AUTO_TEST_CASE(every_golden_value_was_compared) { BOOST_TEST(values().unused() == ""); }
