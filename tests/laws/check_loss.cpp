// SPDX-License-Identifier: BSL-1.0
// The check of a loss that users call: it accepts right losses, and finds each mistake.
#define BOOST_TEST_MODULE laws.check_loss
#include <kiln/laws/check_loss.hpp>
#include <kiln/losses/binary_cross_entropy.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/hinge.hpp>
#include <kiln/losses/huber.hpp>
#include <kiln/losses/kl_divergence.hpp>
#include <kiln/losses/mean_absolute_error.hpp>
#include <kiln/losses/mean_squared_error.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdint>
#include <sstream>
#include <string>

using namespace kiln;

namespace {

using Out = Shape<3>;
enum class Mistake { none, slope, weight, value_weight, addition, silence };

/// The sum of fourth powers, with a mistake.
template <Mistake M>
struct Fourth {
    template <class Dims>
    using Target = Tensor<float, Dims>;

    template <class E>
    constexpr E operator()(const Tensor<E, Out>& y, const Tensor<E, Out>& target, const E& weight,
                           Tensor<E, Out>& dy) const {
        const E one(scalar_t<E>(1)), four(scalar_t<E>(M == Mistake::slope ? 4.001 : 4));
        E loss(scalar_t<E>(0));
        for (int i = 0; i < Out::count; ++i) {
            const E d = y[i] - target[i];
            loss += d * d * d * d;
            const E slope = (M == Mistake::weight ? one : weight) * four * d * d * d;
            dy[i] = M == Mistake::addition ? dy[i] + slope : slope;
            if (M == Mistake::silence) loss = dy[i] = E(scalar_t<E>(0));
        }
        return M == Mistake::value_weight ? loss * weight * weight : loss * weight;
    }
};

/// The sum of squares, whose slope is wrong by `error` where the third target is 2.
struct Erring {
    template <class Dims>
    using Target = Tensor<float, Dims>;

    float error = 0;

    template <class E>
    constexpr E operator()(const Tensor<E, Out>& y, const Tensor<E, Out>& target, const E& weight,
                           Tensor<E, Out>& dy) const {
        const E wrong(scalar_t<E>(target[2] == E(scalar_t<E>(2)) ? error : 0.0f));
        E loss(scalar_t<E>(0));
        for (int i = 0; i < Out::count; ++i) {
            const E d = y[i] - target[i];
            loss += weight * d * d;
            dy[i] = weight * (d + d + wrong);
        }
        return loss;
    }
};

template <Mistake M>
std::string report() {
    const GradientCheck check = check_loss<Fourth<M>, Out>({0.5f, -1, 2});
    std::ostringstream text;
    text << check;
    return (check ? "right: " : "wrong: ") + text.str();
}
bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_CASE(losses_of_the_library_are_right) {
    const Tensor<float, Out> values{0.2f, 0.5f, 0.3f};
    BOOST_TEST((check_loss<CrossEntropy, Out>(2)));
    BOOST_TEST((check_loss<CrossEntropy, Out>(1, {.label_smoothing = 0.1f}, {.seed = 7, .range = 4})));
    BOOST_TEST((check_loss<Hinge, Out>(0)));
    BOOST_TEST((check_loss<MeanSquaredError, Out>(values)));
    BOOST_TEST((check_loss<MeanAbsoluteError, Out>(values)));
    BOOST_TEST((check_loss<Huber, Out>(values)));
    BOOST_TEST((check_loss<BinaryCrossEntropy, Out>(values)));
    BOOST_TEST((check_loss<KLDivergence, Out>(values)));
}

BOOST_AUTO_TEST_CASE(every_mistake_is_found_and_named) {
    BOOST_TEST(has(report<Mistake::none>(), "right: dy is the derivative of the loss"));
    BOOST_TEST(has(report<Mistake::slope>(), "wrong: dy is not the derivative of the loss: dy: relative error"));
    BOOST_TEST(has(report<Mistake::weight>(), "the loss is not proportional to its weight"));
    BOOST_TEST(has(report<Mistake::value_weight>(), "the loss is not proportional to its weight"));
    BOOST_TEST(has(report<Mistake::addition>(), "wrong: dy is not the derivative of the loss"));
    BOOST_TEST(has(report<Mistake::silence>(), "no derivative reaches it"));
}

BOOST_AUTO_TEST_CASE(the_loss_that_is_given_sees_the_target_that_is_given) {
    BOOST_TEST((check_loss<Erring, Out>({0.5f, -1, 2})));
    BOOST_TEST((check_loss<Erring, Out>({0.5f, -1, 1}, {.error = 1})));
    BOOST_TEST((!check_loss<Erring, Out>({0.5f, -1, 2}, {.error = 1})));
    const auto slope = [](int label) { return check_loss<CrossEntropy, Out>(label).tensors[0].expected; };
    BOOST_TEST((slope(0) != slope(1) || slope(0) != slope(2)));
}

BOOST_AUTO_TEST_CASE(outputs_are_random_within_the_range) {
    const auto slope = [](std::uint64_t seed, float range) {
        return check_loss<Erring, Out>({}, {}, {.seed = seed, .range = range}).tensors[0].expected;
    };
    BOOST_TEST(slope(1, 1) != slope(2, 1));
    BOOST_TEST(std::abs(slope(1, 1e-3f)) <= 2e-3);
}
