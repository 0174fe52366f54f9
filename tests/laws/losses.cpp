// SPDX-License-Identifier: BSL-1.0
// Losses that break a law, and one whose targets have another shape than its outputs. The library's: tests/losses.
#define BOOST_TEST_MODULE laws.losses
#include <kiln/losses/mean_squared_error.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/loss.hpp"

using namespace kiln;
using namespace kiln::laws;

namespace {

using Out = Shape<5>;

/// The squared distance of outputs from an interval. The target is the two ends of the interval, for outputs of any
/// shape.
struct Within {
    template <class>
    using Target = Tensor<float, Shape<2>>;
    static constexpr bool valid(const Tensor<float, Shape<2>>& ends, Extents) { return ends[0] <= ends[1]; }

    template <class E>
    constexpr E operator()(const Tensor<E, Out>& y, const Tensor<E, Shape<2>>& ends, const E& weight,
                           Tensor<E, Out>& dy) const {
        const E zero(scalar_t<E>(0)), half(scalar_t<E>(0.5));
        E loss = zero;
        for (int i = 0; i < Out::count; ++i) {
            const E beyond = max(y[i] - ends[1], zero) + min(y[i] - ends[0], zero);
            loss += half * beyond * beyond;
            dy[i] = weight * beyond;
        }
        return weight * loss;
    }
};
constexpr auto draw_interval = [](Random& random) {
    Compared<Within, Out> sample;
    fill(sample.y, random, 5);
    sample.target = {random.uniform(-2, 0), random.uniform(0, 2)};
    return sample;
};

enum class Mistake { slope, lane, weight, weightless, validity };

/// The sum of squares, with a mistake.
template <Mistake M>
struct Wrong {
    template <class Dims>
    using Target = Tensor<float, Dims>;
    static constexpr bool valid(const auto& target, Extents) { return M != Mistake::validity || target[0] > 0; }

    template <class E>
    constexpr E operator()(const Tensor<E, Out>& y, const Tensor<E, Out>& target, const E& weight,
                           Tensor<E, Out>& dy) const {
        const E two(scalar_t<E>(2)), scale = M == Mistake::weight ? weight * weight : weight;
        E loss(scalar_t<E>(0));
        for (int i = 0; i < Out::count; ++i) {
            const E wanted = M == Mistake::lane ? E(lane(target[i], 0)) : target[i], apart = y[i] - wanted;
            loss += apart * apart;
            dy[i] = scale * apart * (M == Mistake::slope && i == 3 ? E(scalar_t<E>(1)) : two);
            if (M == Mistake::weightless) dy[i] += E(scalar_t<E>(1e-30));
        }
        return scale * loss;
    }
};
template <Mistake M>
LossReport report_of() {
    return check_loss<Out>(Wrong<M>{}, draw_near<Out, Wrong<M>>);
}

/// Accepts labels for which it has no output.
struct AnyLabel {
    template <class>
    using Target = int;
    template <class E>
    constexpr E operator()(const Tensor<E, Out>& y, const std::array<int, width<E>>&, const E& weight,
                           Tensor<E, Out>& dy) const {
        for (E& slope : dy) slope = weight;
        E sum = y[0];
        for (int i = 1; i < Out::count; ++i) sum += y[i];
        return weight * sum;
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_loss_of_targets_of_another_shape_obeys_the_laws) {
    require_loss_laws<Out>(Within{}, draw_interval);
}

BOOST_AUTO_TEST_CASE(a_loss_that_breaks_a_law_is_found_by_that_law) {
    BOOST_TEST(report_of<Mistake::slope>().gradient > 0.1);
    BOOST_TEST(report_of<Mistake::slope>().value <= 1e-14);
    BOOST_TEST(report_of<Mistake::lane>().lanes > 0.1);
    BOOST_TEST(report_of<Mistake::lane>().gradient <= 1e-13);
    BOOST_TEST(report_of<Mistake::weight>().linear > 0.1);
    BOOST_TEST(report_of<Mistake::weight>().gradient <= 1e-13);
    BOOST_TEST(!report_of<Mistake::weightless>().nothing_without_weight);
    BOOST_TEST(report_of<Mistake::weight>().nothing_without_weight);
    BOOST_TEST(!report_of<Mistake::validity>().accepts_targets);
    const auto draw = [](Random& random) {
        Compared<AnyLabel, Out> sample{{}, random.below(5)};
        fill(sample.y, random, 5);
        return sample;
    };
    BOOST_TEST(!check_loss<Out>(AnyLabel{}, draw).refuses_labels);
    BOOST_TEST((check_loss<Out>(MeanSquaredError{}, draw_near<Out, MeanSquaredError>).linear) == 0);
}
