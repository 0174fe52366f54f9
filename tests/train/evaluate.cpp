// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.evaluate
#include <kiln/data/dataset.hpp>
#include <kiln/data/loader.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/binary_cross_entropy.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/losses/kl_divergence.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/evaluate.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <cstddef>
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

BOOST_AUTO_TEST_CASE(nothing_is_known_without_samples) {
    const auto result = evaluate(transparent(), Points{});
    BOOST_TEST(result.samples == 0);
    BOOST_TEST(std::isnan(result.accuracy));
    BOOST_TEST(std::isnan(result.loss));
    BOOST_TEST(result.macro_f1() == 0.0f);
    std::ostringstream text;
    text << result;
    BOOST_TEST(text.str() == "no samples");
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

BOOST_AUTO_TEST_CASE(a_sample_with_outputs_that_are_not_numbers_is_wrong_whatever_its_label) {
    const float nan = std::nanf("");
    const Points data{{{nan, nan}, {nan, 9}, {0, 2}}, {0, 1, 1}};
    const auto result = evaluate(transparent(), data);
    BOOST_TEST(result.not_numbers == 2);
    BOOST_TEST(result.accuracy == 1.0f / 3);
    BOOST_TEST(result.top(3) == 1.0f / 3);
    BOOST_TEST((result.confusion == Tensor<int, Shape<3, 3>>{0, 0, 0, 0, 1, 0, 0, 0, 0}));
    BOOST_TEST(std::isnan(result.loss));
    std::ostringstream text;
    text << result;
    BOOST_TEST(text.str().find(" of 3 samples, 2 of them with outputs that are not numbers\n") != std::string::npos);
}

namespace {

/// Half the squared distance, for targets that are tensors.
struct HalfSquare {
    template <class Out>
    using Target = Tensor<float, Out>;
    static constexpr JudgedBy judged_by = JudgedBy::values;
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
    const Regression result = evaluate(Model<Reshape<1, 1, 2>, Shape<1, 1, 2>>{}, same, MeanSquaredError{});
    BOOST_TEST(result.loss == 0.0f);
    BOOST_TEST(result.r_squared == 1.0f);
}

BOOST_AUTO_TEST_CASE(values_are_judged_by_their_errors_and_r_squared) {
    const Planes data{{{1, 0}, {2, 0}, {4, 0}}, {{1, 1}, {3, 1}, {5, 1}}};
    const Model<Flatten, Shape<2>> identity;
    const Regression<2> result = evaluate(identity, data, HalfSquare{});
    // Errors 0, 1, 1 and 1, 1, 1. The total sum of squares is 8 for the first output, 0 for the second.
    BOOST_TEST(std::abs(result.mean_absolute_error - 5.0f / 6) < 1e-6f);
    BOOST_TEST(std::abs(result.root_mean_square_error - std::sqrt(5.0f / 6)) < 1e-6f);
    BOOST_TEST(result.r_squared == result.values[0].r_squared);
    BOOST_TEST(std::abs(result.loss - 2.5f / 3) < 1e-6f);
    BOOST_TEST(result.samples == 3);
    BOOST_TEST(std::abs(result.values[0].mean_absolute_error - 2.0f / 3) < 1e-6f);
    BOOST_TEST(std::abs(result.values[0].r_squared - (1 - 2.0f / 8)) < 1e-6f);
    BOOST_TEST(result.values[1].mean_absolute_error == 1.0f);
    BOOST_TEST(result.values[1].root_mean_square_error == 1.0f);
    BOOST_TEST(std::isnan(result.values[1].r_squared));  // its targets are all the same
    std::ostringstream text;
    text << result;
    BOOST_TEST(text.str() ==
               "loss 0.833333, mean absolute error 0.833333, root mean square error 0.912871, R2 0.75 of 3 samples\n"
               "output  mean absolute error  root mean square error         R2\n"
               "     0             0.666667                0.816497       0.75\n"
               "     1                    1                       1          -");
}

BOOST_AUTO_TEST_CASE(errors_are_given_in_the_units_that_are_asked_for) {
    const Planes data{{{1, 0}, {2, 0}, {4, 0}}, {{1, 1}, {3, 2}, {5, 1}}};
    const Model<Flatten, Shape<2>> identity;
    const Regression own = evaluate(identity, data, HalfSquare{});
    const Regression asked = evaluate(identity, data, HalfSquare{}, {1000, 0.5f});  // metres, dozens
    BOOST_TEST(asked.loss == own.loss);
    BOOST_TEST(asked.r_squared == own.r_squared);
    // Errors 0, 1000, 1000 and 0.5, 1, 0.5.
    BOOST_TEST(std::abs(asked.mean_absolute_error - 2002.0f / 6) < 1e-3f);
    BOOST_TEST(std::abs(asked.root_mean_square_error - std::sqrt(2000001.5f / 6)) < 1e-3f);
    BOOST_TEST(std::abs(asked.values[0].mean_absolute_error - 2000.0f / 3) < 1e-3f);
    BOOST_TEST(std::abs(asked.values[1].root_mean_square_error - std::sqrt(0.5f)) < 1e-6f);
    for (const std::size_t k : {0u, 1u}) BOOST_TEST(asked.values[k].r_squared == own.values[k].r_squared);
}

BOOST_AUTO_TEST_CASE(targets_that_are_all_the_same_have_no_r_squared) {
    const Planes data{{{1, 5}, {2, 5}}, {{3, 5}, {3, 5}}};
    const Regression result = evaluate(Model<Flatten, Shape<2>>{}, data, MeanSquaredError{});
    BOOST_TEST(std::isnan(result.r_squared));
    BOOST_TEST(result.mean_absolute_error == 0.75f);
    const Regression none = evaluate(Model<Flatten, Shape<2>>{}, Planes{}, MeanSquaredError{});
    BOOST_TEST(std::isnan(none.loss));
    BOOST_TEST(std::isnan(none.mean_absolute_error));
}

BOOST_AUTO_TEST_CASE(values_that_are_not_numbers_are_counted) {
    const Planes data{{{std::nanf(""), 0}, {1, 1}}, {{1, 2}, {3, 4}}};
    const Regression result = evaluate(Model<Flatten, Shape<2>>{}, data, MeanSquaredError{});
    BOOST_TEST(result.not_numbers == 1);
    BOOST_TEST(std::isnan(result.mean_absolute_error));
    BOOST_TEST(result.values[1].mean_absolute_error == 2.5f);
}

BOOST_AUTO_TEST_CASE(channels_of_a_map_are_judged_together) {
    using Map = Shape<2, 1, 2>;
    const data::Dataset<Map, float, Tensor<float, Map>> maps({{1, 2, 3, 4}, {1, 2, 3, 4}},
                                                             {{1, 2, 5, 6}, {1, 2, 7, 4}});
    const Regression<2> result = evaluate(Model<Reshape<2, 1, 2>, Map>{}, maps, MeanSquaredError{});
    BOOST_TEST(result.values[0].mean_absolute_error == 0.0f);
    BOOST_TEST(std::isnan(result.values[0].r_squared));
    BOOST_TEST(result.values[1].mean_absolute_error == 2.0f);
    BOOST_TEST(result.values[1].root_mean_square_error == std::sqrt(6.0f));
    BOOST_TEST(result.values[1].r_squared == 1 - 24.0f / 4);  // each pixel about its own mean: 5, 7 and 6, 4
}

BOOST_AUTO_TEST_CASE(labels_are_judged_at_a_logit_of_0_and_a_target_of_one_half) {
    const Planes data{{{2, -1}, {-1, -1}, {3, 1}, {-2, 0}}, {{1, 0}, {1, 0.2f}, {0.9f, 0}, {0, 0.6f}}};
    const LabelEvaluation<2> result = evaluate(Model<Flatten, Shape<2>>{}, data, BinaryCrossEntropy{});
    // Right, right; wrong, right; right, wrong; right, wrong: an output of 0 is no yes.
    BOOST_TEST(result.samples == 4);
    BOOST_TEST(result.accuracy == 5.0f / 8);
    BOOST_TEST(result.exact_match == 0.25f);
    const Answers &first = result.labels[0], &second = result.labels[1];
    BOOST_TEST(first.true_positives == 2);
    BOOST_TEST(first.false_negatives == 1);
    BOOST_TEST(first.true_negatives == 1);
    BOOST_TEST(first.false_positives == 0);
    BOOST_TEST(first.precision() == 1.0f);
    BOOST_TEST(first.recall() == 2.0f / 3);
    BOOST_TEST(std::abs(first.f1() - 0.8f) < 1e-6f);
    BOOST_TEST(first.accuracy() == 0.75f);
    BOOST_TEST(second.f1() == 0.0f);
    BOOST_TEST(result.micro_precision() == 2.0f / 3);
    BOOST_TEST(result.micro_recall() == 0.5f);
    BOOST_TEST(std::abs(result.micro_f1() - 4.0f / 7) < 1e-6f);
    BOOST_TEST(result.macro_precision() == 0.5f);
    BOOST_TEST(result.macro_recall() == 1.0f / 3);
    BOOST_TEST(std::abs(result.macro_f1() - 0.4f) < 1e-6f);
    std::ostringstream text;
    text << result;
    BOOST_TEST(
        text.str().find(", label accuracy 62.5 %, exact match 25 % of 4 samples, F1 0.571429 (micro), 0.4 (macro)\n"
                        "label        yes  precision     recall         F1\n"
                        "    0          3          1   0.666667        0.8\n"
                        "    1          1          0          0          0") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_output_that_is_not_a_number_is_the_wrong_answer) {
    const float nan = std::nanf("");
    const Planes data{{{nan, 1}, {nan, 1}}, {{1, 1}, {0, 1}}};
    const auto result = evaluate(Model<Flatten, Shape<2>>{}, data, BinaryCrossEntropy{});
    BOOST_TEST(result.labels[0].accuracy() == 0.0f);
    BOOST_TEST(result.labels[1].accuracy() == 1.0f);
    BOOST_TEST(result.exact_match == 0.0f);
    BOOST_TEST(result.not_numbers == 2);
}

BOOST_AUTO_TEST_CASE(a_map_has_a_label_for_each_channel) {
    using Map = Shape<2, 1, 2>;
    const data::Dataset<Map, float, Tensor<float, Map>> masks({{1, -1, 1, 1}}, {{1, 1, 1, 0}});
    const LabelEvaluation<2> result = evaluate(Model<Reshape<2, 1, 2>, Map>{}, masks, BinaryCrossEntropy{});
    BOOST_TEST(result.accuracy == 0.5f);
    BOOST_TEST(result.labels[0].recall() == 0.5f);
    BOOST_TEST(result.labels[1].precision() == 0.5f);
}

BOOST_AUTO_TEST_CASE(one_logit_tells_two_classes_apart) {
    using Line = data::Dataset<Shape<1>, float, Tensor<float, Shape<1>>>;
    const Line data({{-2}, {-1}, {0}, {1}, {2}, {3}}, {{0}, {1}, {1}, {0}, {1}, {1}});
    const Evaluation<2> result = evaluate(Model<Flatten, Shape<1>>{}, data, BinaryCrossEntropy{});
    BOOST_TEST(result.accuracy == 0.5f);
    BOOST_TEST((result.confusion == Tensor<int, Shape<2, 2>>{1, 1, 2, 2}));
    BOOST_TEST(std::abs(result.f1(1) - 4.0f / 7) < 1e-6f);
    BOOST_TEST(result.top(1) == 0.5f);
    BOOST_TEST(result.top(2) == 1.0f);
    std::ostringstream text;
    text << result;
    BOOST_TEST(text.str().find("accuracy 50 % of 6 samples, F1 of class 1 0.571429\n") != std::string::npos);
    Model<Linear<1, 1>, Shape<1>> spoilt;
    spoilt.parameters().weight = {std::nanf("")};
    BOOST_TEST(evaluate(spoilt, data, BinaryCrossEntropy{}).accuracy == 0.0f);
    BOOST_TEST(evaluate(spoilt, data, BinaryCrossEntropy{}).not_numbers == 6);
}

BOOST_AUTO_TEST_CASE(distributions_are_judged_by_their_likeliest_class) {
    const Planes data{{{-0.1f, -2.4f}, {-3, -0.05f}, {-0.7f, -0.7f}}, {{0.9f, 0.1f}, {0.8f, 0.2f}, {0.5f, 0.5f}}};
    const DistributionEvaluation result = evaluate(Model<Flatten, Shape<2>>{}, data, KLDivergence{});
    BOOST_TEST(result.accuracy == 2.0f / 3);
    BOOST_TEST(result.loss > 0.0f);
    std::ostringstream text;
    text << result;
    BOOST_TEST(text.str().ends_with(", likeliest class 66.6667 % right of 3 samples"));
    // The place in a map is found over the channels of each pixel.
    using Map = Shape<2, 1, 2>;
    const data::Dataset<Map, float, Tensor<float, Map>> maps({{-1, -2, -2, -1}}, {{1, 0, 0, 1}});
    BOOST_TEST(evaluate(Model<Reshape<2, 1, 2>, Map>{}, maps, KLDivergence{}).accuracy == 1.0f);
    const data::Dataset<Map, float, Tensor<float, Map>> half({{-1, -2, -2, -1}}, {{0, 0, 1, 1}});
    BOOST_TEST(evaluate(Model<Reshape<2, 1, 2>, Map>{}, half, KLDivergence{}).accuracy == 0.5f);
}

BOOST_AUTO_TEST_CASE(a_weighted_loss_is_the_one_that_is_minimised_and_says_so) {
    const Points data{{to_class[0], to_class[0], to_class[1]}, {0, 1, 1}};
    const WeightedCrossEntropy<3> weighted{.class_weights = {1, 3, 1}};
    const auto result = evaluate(transparent(), data, weighted);
    BOOST_TEST(std::abs(result.loss - (loss(0, 0) + 3 * loss(0, 1) + 3 * loss(1, 1)) / 7) < 1e-6);
    BOOST_TEST(result.weighted);
    std::ostringstream text;
    text << result;
    BOOST_TEST(text.str().starts_with("weighted loss "));
    const auto plain = evaluate(transparent(), data, CrossEntropy{});
    BOOST_TEST(!plain.weighted);
    BOOST_TEST(plain.accuracy == result.accuracy);
}

namespace {

/// The weighted loss, of which nothing is said.
struct Silent {
    template <class>
    using Target = int;
    static constexpr float share(int label) { return label == 0 ? 1.0f : 3.0f; }
    template <class E>
    constexpr E operator()(const Tensor<E, Shape<3>>& y, const std::array<int, width<E>>& labels, const E& weight,
                           Tensor<E, Shape<3>>& dy) const {
        return WeightedCrossEntropy<3>{.class_weights = {1, 3, 3}}(y, labels, weight, dy);
    }
};

/// The same, judged as CrossEntropy is.
struct Declared : Silent {
    static constexpr JudgedBy judged_by = JudgedBy::classes;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_loss_of_ones_own_is_judged_by_what_it_declares) {
    const Points data{{to_class[0], to_class[0], to_class[1]}, {0, 1, 1}};
    const MeanLoss alone = evaluate(transparent(), data, Silent{});
    BOOST_TEST(std::abs(alone.loss - (loss(0, 0) + 3 * loss(0, 1) + 3 * loss(1, 1)) / 7) < 1e-6);
    BOOST_TEST(alone.weighted);
    const Evaluation<3> result = evaluate(transparent(), data, Declared{});
    BOOST_TEST(result.loss == alone.loss);
    BOOST_TEST(result.accuracy == 2.0f / 3);
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
    BOOST_TEST(std::isnan(epoch.accuracy));
    BOOST_TEST(std::isnan(epoch.validation_error));
}

// ---- A class of each frame ----

namespace {

using Frames = Shape<3, 2>;
using FrameLabels = Tensor<int, Shape<3>>;
using Tagger = Model<Sequential<Linear<6, 6>, Reshape<3, 2>>, Shape<6>>;

/// Outputs are the sample.
Tagger tagger() {
    Tagger model;
    for (int i = 0; i < 6; ++i) part_of<0>(model.parameters()).weight(i, i) = 1;
    return model;
}
const data::Dataset<Shape<6>, float, FrameLabels> tagged{{{2, 0, 0, 1, 3, 0}, {0, 4, 1, 1, 0, 0}, {5, 0, 0, 0, 0, 0}},
                                                         {{0, 0, -1}, {1, 1, 0}, {-1, -1, -1}}};
double frame_loss(double right, double wrong) { return std::log(1 + std::exp(wrong - right)); }
const double tagged_loss = (frame_loss(2, 0) + frame_loss(0, 1) + frame_loss(4, 0) + 2 * frame_loss(0, 0)) / 5;

}  // namespace

BOOST_AUTO_TEST_CASE(frames_that_count_are_judged_and_the_others_are_left_out) {
    const auto result = evaluate(tagger(), tagged);
    static_assert(std::is_same_v<decltype(result), const FrameEvaluation<2>>);
    BOOST_TEST(std::abs(result.loss - tagged_loss) < 1e-6);
    BOOST_TEST(std::abs(result.perplexity() - std::exp(tagged_loss)) < 1e-5);
    BOOST_TEST(result.samples == 3);
    BOOST_TEST(result.frames == 5);
    BOOST_TEST(result.accuracy == 3.0f / 5);  // of equals the first is the prediction
    BOOST_TEST(result.top(1) == result.accuracy);
    BOOST_TEST(result.top(2) == 1.0f);
    std::ostringstream text;
    text << result;
    BOOST_TEST(text.str().find("perplexity 1.7") != std::string::npos);
    BOOST_TEST(text.str().find("accuracy 60 % of 5 frames of 3 samples") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(frames_with_outputs_that_are_not_numbers_are_wrong) {
    Tagger model = tagger();
    part_of<0>(model.parameters()).bias[0] = std::numeric_limits<float>::quiet_NaN();
    const auto result = evaluate(model, tagged);
    BOOST_TEST(result.not_numbers == 2);
    BOOST_TEST(result.accuracy == 1.0f / 5);
    BOOST_TEST(std::isnan(result.loss));
    BOOST_TEST(std::isnan(result.perplexity()));
}

BOOST_AUTO_TEST_CASE(class_weights_of_frames_weigh_the_mean) {
    const WeightedCrossEntropy<2> loss{.class_weights = {1, 3}};
    const auto result = evaluate(tagger(), tagged, loss);
    const double expected =
        (frame_loss(2, 0) + frame_loss(0, 1) + 3 * frame_loss(4, 0) + 3 * frame_loss(0, 0) + frame_loss(0, 0)) / 9;
    BOOST_TEST(std::abs(result.loss - expected) < 1e-6);
    BOOST_TEST(result.weighted);
}

BOOST_AUTO_TEST_CASE(training_on_frames_has_the_figures_of_evaluate) {
    Tagger model = tagger();
    Trainer<Tagger, CrossEntropy, SGD, Batch<4>> trainer{model, {.learning_rate = 0}};
    const Epoch epoch = trainer.fit(tagged, tagged);
    BOOST_TEST(std::abs(epoch.loss - tagged_loss) < 1e-6);
    BOOST_TEST(std::abs(epoch.validation_loss - tagged_loss) < 1e-6);
    BOOST_TEST(epoch.accuracy == 3.0f / 5);
    BOOST_TEST(epoch.validation_accuracy == 3.0f / 5);
    BOOST_TEST(std::abs(epoch.perplexity - std::exp(tagged_loss)) < 1e-5);
    BOOST_TEST(std::abs(epoch.validation_perplexity - std::exp(tagged_loss)) < 1e-5);
    data::Loader loader(tagged, {.batch = 4});
    BOOST_TEST(std::abs(trainer.fit(loader).loss - tagged_loss) < 1e-6);
}

BOOST_AUTO_TEST_CASE(a_batch_whose_frames_are_all_left_out_changes_nothing) {
    Tagger model = tagger();
    Trainer<Tagger, CrossEntropy, SGD, Batch<4>> trainer{model, {.learning_rate = 1}};
    const Tensor<float, Shape<6>> samples[] = {{1, 2, 3, 4, 5, 6}};
    const FrameLabels labels[] = {{-1, -1, -1}};
    BOOST_TEST(trainer.step(samples, labels) == 0);
    BOOST_TEST((part_of<0>(model.parameters()).weight == part_of<0>(tagger().parameters()).weight));
    BOOST_TEST(trainer.steps() == 0);
}

// Momentum would move the parameters in a step whose gradient is 0.
BOOST_AUTO_TEST_CASE(a_batch_whose_frames_are_all_left_out_is_no_step_of_an_optimizer_with_momentum) {
    Tagger model = tagger();
    Trainer<Tagger, CrossEntropy, SGD, Batch<4>> trainer{model, {.learning_rate = 0.1f, .momentum = 0.9f}};
    const Tensor<float, Shape<6>> samples[] = {{1, 2, 3, 4, 5, 6}};
    const FrameLabels known[] = {{0, 1, 0}}, unknown[] = {{-1, -1, -1}};
    BOOST_TEST(trainer.step(samples, known) > 0);
    const Tagger before = model;
    BOOST_TEST(trainer.step(samples, unknown) == 0);
    BOOST_TEST((part_of<0>(model.parameters()).weight == part_of<0>(before.parameters()).weight));
    BOOST_TEST(trainer.steps() == 1);
    trainer.accumulate(samples, unknown);
    BOOST_TEST(!trainer.apply());
    BOOST_TEST(trainer.step(samples, known) > 0);
    BOOST_TEST(trainer.steps() == 2);
}

BOOST_AUTO_TEST_CASE(a_batch_whose_frames_are_all_left_out_does_not_lower_the_loss_of_an_epoch) {
    Tagger model = tagger();
    Trainer<Tagger, CrossEntropy, SGD, Batch<1>> trainer{model, {.learning_rate = 0}};
    const data::Dataset<Shape<6>, float, FrameLabels> half{{{2, 0, 0, 1, 3, 0}, {5, 0, 0, 0, 0, 0}},
                                                           {{0, -1, -1}, {-1, -1, -1}}};
    const Epoch epoch = trainer.fit(half);
    BOOST_TEST(std::abs(epoch.loss - frame_loss(2, 0)) < 1e-6);
    BOOST_TEST(epoch.accuracy == 1);
    BOOST_TEST(epoch.samples == 2);
    BOOST_TEST(trainer.steps() == 1);
}

BOOST_AUTO_TEST_CASE(data_without_a_label_of_a_frame_is_refused_by_fit_and_has_no_figures) {
    Tagger model = tagger();
    Trainer<Tagger, CrossEntropy, SGD, Batch<4>> trainer{model, {}};
    const data::Dataset<Shape<6>, float, FrameLabels> none{{{}, {}}, {{-1, -1, -1}, {-1, -1, -1}}};
    BOOST_CHECK_EXCEPTION(trainer.fit(none), std::invalid_argument, [](const std::exception& error) {
        return std::string(error.what()) ==
               "kiln: fit needs a label of at least one frame, got -1 for all that count; look at the labels";
    });
    BOOST_CHECK_THROW(trainer.fit(tagged, none), std::invalid_argument);
    const auto result = evaluate(model, none);
    BOOST_TEST(std::isnan(result.loss));
    BOOST_TEST(std::isnan(result.accuracy));
    std::ostringstream text;
    text << result;
    BOOST_TEST(text.str() == "no frame with a label in 2 samples");
    data::Loader loader(none, {.batch = 2});
    const Epoch epoch = trainer.fit(loader);
    BOOST_TEST(std::isnan(epoch.loss));
    BOOST_TEST(std::isnan(epoch.accuracy));
    BOOST_TEST(trainer.steps() == 0);
}

BOOST_AUTO_TEST_CASE(a_label_of_a_frame_beyond_the_classes_is_refused) {
    const data::Dataset<Shape<6>, float, FrameLabels> wrong{{{}, {}}, {{0, 0, -1}, {1, 2, 0}}};
    Tagger model = tagger();
    Trainer<Tagger, CrossEntropy, SGD, Batch<4>> trainer{model, {}};
    BOOST_CHECK_EXCEPTION(trainer.fit(wrong), std::invalid_argument, [](const std::exception& error) {
        return std::string(error.what()) == "kiln: fit needs labels in -1 … 1, got 2 for frame 1 of sample 1; try a "
                                            "network with more outputs, or look "
                                            "at the labels";
    });
    const Tensor<float, Shape<6>> samples[] = {{}};
    const FrameLabels beyond[] = {{0, -2, 0}};
    BOOST_TEST(std::isnan(trainer.step(samples, beyond)));
    BOOST_TEST(evaluate(model, wrong).frames == 2);  // of the sample that can be judged
}
