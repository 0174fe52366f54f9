// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.evaluate
#include <kiln/data/dataset.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/evaluate.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <sstream>
#include <vector>

using namespace kiln;

namespace {

using In = Shape<2>;
using Net = Model<Linear<2, 3>, In>;

/// Logits are x0, x1 and 0: the predicted class can be read off the sample.
Net transparent() {
    Net model;
    model.parameters().weight = {1, 0, 0, 1, 0, 0};
    return model;
}

struct Points {
    using Input = In;
    std::vector<Tensor<float, In>> samples;
    std::vector<int> labels;
    int size() const { return static_cast<int>(samples.size()); }
    float scale() const { return 1; }
    const Tensor<float, In>& sample(int i) const { return samples[static_cast<std::size_t>(i)]; }
    int target(int i) const { return labels[static_cast<std::size_t>(i)]; }
};

constexpr Tensor<float, In> to_class[] = {{2, 0}, {0, 2}, {-2, -2}};

/// The losses of a sample that is predicted as class p and labelled t, written out for the logits above.
double loss(int p, int t) {
    const double y[] = {to_class[p][0], to_class[p][1], 0};
    return std::log(std::exp(y[0]) + std::exp(y[1]) + std::exp(y[2])) - y[t];
}

}  // namespace

BOOST_AUTO_TEST_CASE(evaluate_counts_what_a_hand_count_counts) {
    const Points data{{to_class[0], to_class[0], to_class[1], to_class[2], to_class[1]}, {0, 1, 1, 2, 2}};
    const auto result = evaluate(transparent(), data);
    BOOST_TEST(result.samples == 5);
    BOOST_TEST(result.accuracy == 0.6f);
    BOOST_TEST((result.confusion == Tensor<int, Shape<3, 3>>{1, 0, 0, 1, 1, 0, 0, 1, 1}));
    const double expected = (loss(0, 0) + loss(0, 1) + loss(1, 1) + loss(2, 2) + loss(1, 2)) / 5;
    BOOST_TEST(std::abs(result.loss - expected) < 1e-6);
}

BOOST_AUTO_TEST_CASE(evaluate_counts_every_sample_once_whatever_their_number) {
    for (const int n : {1, 15, 16, 17, 33, 100}) {
        Points data;
        int right = 0;
        for (int i = 0; i < n; ++i) {
            data.samples.push_back(to_class[i % 3]);
            data.labels.push_back(i % 4 == 0 ? 1 : i % 3);
            right += data.labels.back() == i % 3;
        }
        const auto result = evaluate(transparent(), data);
        int sum = 0;
        for (const int count : result.confusion) sum += count;
        BOOST_TEST(sum == n);
        BOOST_TEST(result.accuracy == static_cast<float>(right) / static_cast<float>(n));
    }
}

BOOST_AUTO_TEST_CASE(evaluate_counts_invalid_labels_as_wrong) {
    const Points data{{to_class[0], to_class[1], to_class[2], to_class[0]}, {0, -1, 3, 0}};
    const auto result = evaluate(transparent(), data);
    BOOST_TEST(result.accuracy == 0.5f);
    int sum = 0;
    for (const int count : result.confusion) sum += count;
    BOOST_TEST(sum == 2);
}

BOOST_AUTO_TEST_CASE(evaluate_of_nothing_is_zero) {
    const auto result = evaluate(transparent(), Points{});
    BOOST_TEST(result.samples == 0);
    BOOST_TEST(result.accuracy == 0.0f);
    BOOST_TEST(result.loss == 0.0f);
}

BOOST_AUTO_TEST_CASE(evaluate_scales_samples_as_the_data_set_asks) {
    struct Doubled : Points {
        float scale() const { return 2; }
    };
    const Points data{{to_class[0], to_class[1]}, {0, 0}};
    Points twice = data;
    for (auto& sample : twice.samples)
        for (float& value : sample) value *= 2;
    BOOST_TEST(evaluate(transparent(), Doubled{data}).loss == evaluate(transparent(), twice).loss);
}

BOOST_AUTO_TEST_CASE(evaluation_prints_a_report_and_leaves_the_stream_as_it_was) {
    const Points data{{to_class[0], to_class[1], to_class[1]}, {0, 1, 2}};
    std::ostringstream out;
    out << evaluate(transparent(), data) << '\n' << 7;
    const std::string text = out.str();
    BOOST_TEST(text.starts_with("loss "));
    BOOST_TEST(text.find("of 3 samples\n") != std::string::npos);
    BOOST_TEST(text.find("66.6667 %") != std::string::npos);
    BOOST_TEST(text.find("\n                0     1     0     0\n") != std::string::npos);
    BOOST_TEST(text.find("\n                2     0     1     0\n7") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(top_k_precision_recall_and_f1_are_those_of_a_hand_count) {
    Evaluation<3> result{.samples = 10};
    //                    predicted 0, 1, 2
    result.confusion = {3, 1, 0,   // label 0
                        0, 2, 2,   // label 1
                        0, 0, 0};  // label 2 does not occur
    result.ranks = {5, 2, 1};      // two more samples had a label outside the classes
    BOOST_TEST(result.top(1) == 0.5f);
    BOOST_TEST(result.top(2) == 0.7f);
    BOOST_TEST(result.top(9) == 0.8f);
    BOOST_TEST(result.precision(0) == 1.0f);
    BOOST_TEST(result.recall(0) == 0.75f);
    BOOST_TEST(std::abs(result.f1(0) - 6.0f / 7) < 1e-6f);
    BOOST_TEST(std::abs(result.precision(1) - 2.0f / 3) < 1e-6f);
    BOOST_TEST(result.recall(1) == 0.5f);
    BOOST_TEST(result.precision(2) == 0.0f);
    BOOST_TEST(result.recall(2) == 0.0f);
    BOOST_TEST(result.f1(2) == 0.0f);
    BOOST_TEST(std::abs(result.macro_f1() - (6.0f / 7 + 4.0f / 7) / 3) < 1e-6f);
}

BOOST_AUTO_TEST_CASE(outputs_that_are_no_numbers_are_never_among_the_largest_by_right) {
    const Tensor<float, Shape<2>> none{std::nanf(""), std::nanf("")};
    kiln::detail::LabelJudge<Shape<2>> judge;
    judge(CrossEntropy{}, none, 0, 1);
    judge(CrossEntropy{}, none, 1, 1);
    BOOST_TEST(judge.finish(2).top(1) == 0.0f);
    BOOST_TEST(judge.finish(2).top(2) == 1.0f);
}

namespace {

/// Half the squared distance, for targets that are tensors.
struct HalfSquare {
    template <class Out>
    using Target = Tensor<float, Out>;
    static constexpr Fit fits(Extents output) { return {.out = output}; }
    static constexpr bool valid(const auto&, Extents) { return true; }
    template <class E, class Out>
    constexpr E operator()(const Tensor<E, Out>& y, const Tensor<E, Out>& target, const E& weight,
                           Tensor<E, Out>& dy) const {
        E sum(scalar_t<E>(0));
        for (int i = 0; i < Out::count; ++i) {
            const E distance = y.data[i] - target.data[i];
            dy.data[i] = weight * distance;
            sum += E(scalar_t<E>(0.5)) * distance * dy.data[i];
        }
        return sum;
    }
};

/// y = (x0, x1) for targets that differ from them.
struct Planes {
    using Input = Shape<2>;
    std::vector<Tensor<float, Shape<2>>> samples, targets;
    int size() const { return static_cast<int>(samples.size()); }
    float scale() const { return 1; }
    const Tensor<float, Shape<2>>& sample(int i) const { return samples[static_cast<std::size_t>(i)]; }
    const Tensor<float, Shape<2>>& target(int i) const { return targets[static_cast<std::size_t>(i)]; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(targets_of_pixels_are_judged_by_their_scaled_values) {
    const data::Dataset<Shape<1, 1, 2>> images({{10, 20}, {30, 20}}, {0, 0}, 0.5f);
    const data::Reconstruction same(images);
    const Regression result = evaluate(Model<Reshape<1, 1, 2>, Shape<1, 1, 2>>{}, same);
    BOOST_TEST(result.loss == 0.0f);
    BOOST_TEST(result.r_squared == 1.0f);
}

BOOST_AUTO_TEST_CASE(tensors_are_judged_by_error_and_r_squared) {
    const Planes data{{{1, 0}, {2, 0}, {4, 0}}, {{1, 1}, {3, 1}, {5, 1}}};
    const Model<Flatten, Shape<2>> identity;
    const Regression result = evaluate(identity, data, HalfSquare{});
    // Errors 0, 1, 1 and 1, 1, 1; the first target's total sum of squares is 8, the second's 0.
    BOOST_TEST(std::abs(result.mean_absolute_error - 5.0f / 6) < 1e-6f);
    BOOST_TEST(std::abs(result.r_squared - (1 - 5.0f / 8)) < 1e-6f);
    BOOST_TEST(std::abs(result.loss - 2.5f / 3) < 1e-6f);
    BOOST_TEST(result.samples == 3);
}

namespace {

/// (y_0 + y_1 - t)²: the target is one number, the output two.
struct OfSum {
    template <class>
    using Target = Tensor<float, Shape<1>>;
    static constexpr Fit fits(Extents output) { return {.out = output, .fits = output.count() == 2}; }
    template <class E>
    constexpr E operator()(const Tensor<E, Shape<2>>& y, const Tensor<E, Shape<1>>& target, const E& weight,
                           Tensor<E, Shape<2>>& dy) const {
        const E error = y[0] + y[1] - target[0];
        dy[0] = dy[1] = E(scalar_t<E>(2)) * weight * error;
        return weight * error * error;
    }
};
using Sums = data::Dataset<Shape<2>, float, Tensor<float, Shape<1>>>;

}  // namespace

BOOST_AUTO_TEST_CASE(targets_of_another_shape_are_judged_by_the_loss_alone) {
    const Sums data({{1, 2}, {3, 4}}, {{3}, {5}});
    const MeanLoss result = evaluate(Model<Flatten, Shape<2>>{}, data, OfSum{});
    BOOST_TEST(result.loss == 2.0f);  // (0² + 2²) / 2
    BOOST_TEST(result.samples == 2);
    std::ostringstream text;
    text << result;
    BOOST_TEST(text.str() == "loss 2 of 2 samples");
}

BOOST_AUTO_TEST_CASE(validation_judges_them_by_the_loss_alone) {
    const Sums data({{1, 2}, {3, 4}, {-1, 0}}, {{3}, {7}, {-1}});
    Model<Linear<2, 2>, Shape<2>> model{Seed{1}};
    Trainer<decltype(model), OfSum, SGD, Batch<3>> trainer{model, SGD{.learning_rate = 0.02f}};
    const Epoch epoch = trainer.fit(data, data, {.epochs = 300});
    BOOST_TEST(epoch.validation_loss < 1e-3f);
    BOOST_TEST(epoch.validation_loss == evaluate(model, data, OfSum{}).loss);
}
