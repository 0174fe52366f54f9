// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE expressions.expressed_loss
#include <kiln/layers/activation.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/binary_cross_entropy.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/hinge.hpp>
#include <kiln/losses/huber.hpp>
#include <kiln/losses/kl_divergence.hpp>
#include <kiln/losses/losses.hpp>
#include <kiln/losses/mean_absolute_error.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/graph.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/train/evaluate.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "expressions/expressed_losses.hpp"
#include "laws/loss.hpp"
#include "laws/samples.hpp"

#include <array>
#include <tuple>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

namespace {

static_assert(Loss<SquaredErrors, Shape<2, 3>> && Loss<Focal, Shape<5>>);
static_assert(judgement<Focal, Shape<5>> == JudgedBy::classes && judgement<Robust, Shape<5>> == JudgedBy::loss);
static_assert(valid_target<Focal>(2, Extents{3}) && !valid_target<Focal>(3, Extents{3}) &&
              !valid_target<Focal>(-1, Extents{3}));
static_assert(std::is_same_v<decltype(loss_verdict<Focal, Shape<5>>()), shapes_fit>);

// A loss is one number, and its primitives fit.
struct NoNumber : ExpressedLoss<NoNumber> {
    static constexpr auto express(auto y, auto target) { return y - target; }
};
struct NoProduct : ExpressedLoss<NoProduct> {
    static constexpr auto express(auto y, auto target) { return sum(matmul(y, target)); }
};
using Wide = Shape<2, 3>;
static_assert(
    std::is_same_v<
        decltype(loss_verdict<NoNumber, Wide>()),
        loss_mismatch<NoNumber, expects<primitive<Primitive::subtract, expects<one_number>, got<Wide>>>, got<Wide>>>);
static_assert(
    std::is_same_v<
        decltype(loss_verdict<NoProduct, Wide>()),
        loss_mismatch<NoProduct,
                      expects<primitive<Primitive::matmul, expects<columns_equal_to_rows>, got<Shapes<Wide, Wide>>>>,
                      got<Wide>>>);
static_assert(!loss_fit<Focal>(Extents{3, 4}).fits);

template <class Out, class L>
constexpr auto draw_label = [](Random& random) {
    Compared<L, Out> sample;
    fill(sample.y, random, 5);
    sample.target = random.below(Out::count);
    return sample;
};
template <class Out, class L>
constexpr auto draw_distribution = [](Random& random) {
    Compared<L, Out> sample;
    fill(sample.y, random, 5);
    for (float& target : sample.target) target = random.uniform(0, 1) < 0.3f ? 0 : random.uniform(0, 1);
    return sample;
};

/// Whether two losses have the same values and slopes, over lanes.
template <class Out, class A, class B>
void require_alike(const A& a, const B& b, auto draw) {
    constexpr int lanes = 16;
    Evaluated<A, Out, Lanes<float, lanes>> first;
    Evaluated<B, Out, Lanes<float, lanes>> second;
    Random random{Seed{4}};
    for (int l = 0; l < lanes; ++l) {
        const auto sample = draw(random);
        first.set(l, sample, 0.25f);
        second.set(l, Compared<B, Out>{sample.y, sample.target}, 0.25f);
    }
    first.run(a);
    second.run(b);
    for (int l = 0; l < lanes; ++l) {
        BOOST_TEST(std::abs(lane(first.loss, l) - lane(second.loss, l)) <=
                   1e-6f * (1 + std::abs(lane(second.loss, l))));
        for (int i = 0; i < Out::count; ++i)
            BOOST_TEST(std::abs(lane(first.dy[i], l) - lane(second.dy[i], l)) <= 1e-6f);
    }
}

}  // namespace

using OutputShapes = std::tuple<Shape<1>, Shape<3>, Shape<2, 3, 4>, Shape<37>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(losses_of_tensors_obey_the_laws_and_are_those_of_the_library, Out, OutputShapes) {
    require_loss_laws<Out>(SquaredErrors{}, draw_near<Out, SquaredErrors>);
    require_loss_laws<Out>(AbsoluteErrors{}, draw_near<Out, AbsoluteErrors>);
    require_loss_laws<Out>(Robust{}, draw_near<Out, Robust>);
    require_loss_laws<Out>(Robust{0.25f}, draw_near<Out, Robust>);
    require_loss_laws<Out>(YesOrNo{3}, draw_distribution<Out, YesOrNo>);
    require_loss_laws<Out>(Divergence{}, draw_distribution<Out, Divergence>);
    require_alike<Out>(SquaredErrors{}, MeanSquaredError{}, draw_near<Out, SquaredErrors>);
    require_alike<Out>(AbsoluteErrors{}, MeanAbsoluteError{}, draw_near<Out, AbsoluteErrors>);
    require_alike<Out>(Robust{0.25f}, Huber{.delta = 0.25f}, draw_near<Out, Robust>);
    require_alike<Out>(YesOrNo{3}, BinaryCrossEntropy{.pos_weight = 3}, draw_distribution<Out, YesOrNo>);
    require_alike<Out>(Divergence{}, KLDivergence{}, draw_distribution<Out, Divergence>);
}

using ClassShapes = std::tuple<Shape<3>, Shape<10>, Shape<100>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(losses_of_labels_obey_the_laws_and_are_those_of_the_library, Out, ClassShapes) {
    require_loss_laws<Out>(NegativeLogLikelihood{}, draw_label<Out, NegativeLogLikelihood>);
    require_loss_laws<Out>(Focal{}, draw_label<Out, Focal>);
    require_loss_laws<Out>(Margins<Out::count>{}, draw_label<Out, Margins<Out::count>>);
    require_alike<Out>(NegativeLogLikelihood{}, CrossEntropy{}, draw_label<Out, NegativeLogLikelihood>);
    require_alike<Out>(Margins<Out::count>{}, Hinge{}, draw_label<Out, Margins<Out::count>>);
}

BOOST_AUTO_TEST_CASE(class_weights_multiply_a_loss_by_the_share_of_its_sample) {
    using Out = Shape<4>;
    WeightedLikelihood loss;
    loss.weights = {0.5f, 1, 2, 0};
    require_loss_laws<Out>(loss, draw_label<Out, WeightedLikelihood>);
    require_alike<Out>(loss, WeightedCrossEntropy<4>{.class_weights = {0.5f, 1, 2, 0}},
                       draw_label<Out, WeightedLikelihood>);
    static_assert(kiln::detail::has_shares<WeightedLikelihood>);
}

BOOST_AUTO_TEST_CASE(losses_work_in_constant_expressions) {
    require_constant_loss<Shape<17>, SquaredErrors>(draw_near<Shape<17>, SquaredErrors>);
    require_constant_loss<Shape<5>, Robust>(draw_near<Shape<5>, Robust>);
    require_constant_loss<Shape<5>, Focal>(draw_label<Shape<5>, Focal>);
}

// F. Lin et al., equation 4, by hand: y = (log 3, 0), so p = 3/4, and label 0.
BOOST_AUTO_TEST_CASE(focal_loss_is_that_of_its_formula) {
    Tensor<double, Shape<2>> dy;
    const Tensor<double, Shape<2>> y{1.0986122886681098, 0};
    const double loss = Focal{}(y, std::array{0}, 1.0, dy);
    BOOST_TEST(loss == 0.0625 * 0.28768207245178090, boost::test_tools::tolerance(1e-14));
    // d/dlog p of -(1 - p)^2 log p = 2 p (1 - p) log p - (1 - p)^2, and dlog p / dy_0 = 1 - p
    BOOST_TEST(dy[0] == (2 * 0.75 * 0.25 * -0.28768207245178090 - 0.0625) * 0.25, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(dy[1] == -dy[0], boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(a_lane_without_a_sample_may_hold_any_label) {
    using E = Lanes<float, 8>;
    Tensor<E, Shape<3>> y{}, dy;
    std::array<int, 8> labels{0, 1, 2, 0, 77, -5, 1 << 30, -1};
    E weight(0.25f);
    for (int l = 4; l < 8; ++l) set_lane(weight, l, 0.0f);
    const E loss = Focal{}(y, labels, weight, dy);
    for (int l = 4; l < 8; ++l) BOOST_TEST((lane(loss, l) == 0 && lane(dy[0], l) == 0));
}

namespace {
using Net = Model<Sequential<Linear<16, 12>, Tanh, Linear<12, 4>>, Shape<1, 4, 4>>;
}  // namespace

BOOST_AUTO_TEST_CASE(expressed_losses_train_and_judge_a_network) {
    const auto images = striped_images<Shape<1, 4, 4>>(200, 4, 1);
    Net model{Seed{1}};
    Trainer<Net, Focal, Adam, Batch<16>> trainer{model, {.learning_rate = 0.02f}};
    const float before = static_cast<float>(evaluate(model, images, Focal{}).loss);
    trainer.fit(images, {.epochs = 10});
    const auto after = evaluate(model, images, Focal{});
    BOOST_TEST(after.loss < 0.5 * before);
    BOOST_TEST(after.accuracy > 0.8);
}

BOOST_AUTO_TEST_CASE(expressed_losses_are_parts_of_losses) {
    using Fork = Graph<Input<"x">, Node<"a", Linear<3, 4>, "x">, Node<"b", Linear<3, 2>, "x">, Output<"a", "b">>;
    using M = Model<Fork, Shape<3>>;
    M model{Seed{1}};
    Losses loss{Weighted{Focal{}, 1.0f}, Weighted{Robust{0.5f}, 0.5f}};
    Trainer<M, decltype(loss), Adam, Batch<2>> trainer{model, {.learning_rate = 0.05f}, loss};
    const std::array<Tensor<float, Shape<3>>, 2> x{{{1, 2, 3}, {3, 2, 1}}};
    const std::array<SeveralTargets<int, Tensor<float, Shape<2>>>, 2> targets{{{1, {{1, 0}}}, {2, {{0, 1}}}}};
    const float first = trainer.step(x, targets);
    float last = first;
    for (int step = 0; step < 100; ++step) last = trainer.step(x, targets);
    BOOST_TEST(last < 0.1f * first);
}
