// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE data.preprocess
#include <kiln/core/random.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/augment.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/data/preprocess.hpp>
#include <kiln/data/sequences.hpp>
#include <kiln/data/split.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

using namespace kiln::data;
using kiln::Shape;
using kiln::Tensor;
using Vectors = Dataset<Shape<3>, float>;
using Row = Tensor<float, Shape<3>>;
using boost::test_tools::tolerance;

namespace {

// Features: spread around 2 with variance 8 / 3, a large mean with a small spread, and no spread at all.
const Vectors rows({{0, 1000.5f, 0.1f}, {2, 1001, 0.1f}, {4, 1001.5f, 0.1f}}, {0, 4, 1});

}  // namespace

BOOST_AUTO_TEST_CASE(standardization_knows_mean_and_deviation_of_each_feature) {
    const auto fitted = standardization(rows);
    BOOST_TEST((fitted.mean == Row{2, 1001, 0.1f}));
    BOOST_TEST(fitted.sd[0] == 1.6329932f, tolerance(1e-6f));   // sqrt(8 / 3)
    BOOST_TEST(fitted.sd[1] == 0.40824829f, tolerance(1e-6f));  // sqrt(1 / 6)
    BOOST_TEST(fitted.sd[2] == 1.0f);
}

BOOST_AUTO_TEST_CASE(standardization_leaves_mean_0_and_deviation_1) {
    const auto fitted = standardization(rows);
    const auto data = transformed(rows, fitted);
    const auto again = standardization(data);
    for (int k = 0; k < 2; ++k) {
        BOOST_TEST(again.mean[k] == 0.0f, tolerance(1e-6f));
        BOOST_TEST(again.sd[k] == 1.0f, tolerance(1e-6f));
        BOOST_TEST(data.sample(0)[k] == -1.2247449f, tolerance(1e-6f));  // -sqrt(3 / 2), as scikit-learn has it
    }
    for (int i = 0; i < 3; ++i) BOOST_TEST(data.sample(i)[2] == 0.0f);
}

BOOST_AUTO_TEST_CASE(standardization_of_channels_takes_their_pixels_together) {
    using Map = Shape<2, 1, 2>;
    const Dataset<Map> data({{0, 2, 10, 10}, {4, 6, 10, 10}}, {0, 0}, 0.5f);
    const auto fitted = standardization(data, Per::channel);
    BOOST_TEST((fitted.mean == Tensor<float, Map>{1.5f, 1.5f, 5, 5}));
    BOOST_TEST(fitted.sd[0] == 1.1180340f, tolerance(1e-6f));  // sqrt(5) / 2
    BOOST_TEST(fitted.sd[0] == fitted.sd[1]);
    BOOST_TEST(fitted.sd[3] == 1.0f);
    BOOST_TEST((standardization(data).mean == Tensor<float, Map>{1, 2, 5, 5}));
}

BOOST_AUTO_TEST_CASE(min_max_brings_values_into_0_to_1) {
    const auto fitted = min_max(rows);
    BOOST_TEST((fitted.low == Row{0, 1000.5f, 0.1f}));
    BOOST_TEST((fitted.range == Row{4, 1, 1}));
    const auto data = transformed(rows, fitted);
    BOOST_TEST((data.sample(1) == Row{0.5f, 0.5f, 0}));
    BOOST_TEST((data.sample(2) == Row{1, 1, 0}));
    BOOST_TEST((min_max(rows, Per::channel).range == fitted.range));
}

BOOST_AUTO_TEST_CASE(transformed_data_keep_labels_and_classes) {
    const Subset some(rows, {0, 2});
    const auto data = transformed(some, min_max(rows));
    static_assert(std::is_same_v<decltype(data), const Vectors>);
    BOOST_TEST(data.size() == 2);
    BOOST_TEST(data.label(1) == 1);
    BOOST_TEST(data.classes() == 5);
}

BOOST_AUTO_TEST_CASE(transformed_data_have_scaled_targets) {
    using Pixels = Tensor<std::uint8_t, Shape<1>>;
    const Dataset<Shape<1>, std::uint8_t, Pixels> masks({{0}, {4}}, {{1}, {3}}, 0.5f);
    const auto data = transformed(masks, min_max(masks));
    BOOST_TEST(data.sample(1)[0] == 1.0f);
    BOOST_TEST(data.target(1)[0] == 1.5f);
    const auto same = transformed(Reconstruction(masks), [](auto&) {});
    BOOST_TEST(same.sample(1)[0] == 2.0f);
    BOOST_TEST(same.target(1)[0] == 2.0f);
}

BOOST_AUTO_TEST_CASE(statistics_of_sequences_leave_padding_out) {
    // Frames of two features; the second sample has one frame, and no sample has a third.
    const Sequences<Shape<3, 2>> data({{1, 10, 5, 20, 99, 99}, {3, 10, 99, 99, 99, 99}}, {2, 0}, {2, 1});
    const auto fitted = standardization(data);
    BOOST_TEST((fitted.mean == Tensor<float, Shape<3, 2>>{2, 10, 5, 20, 0, 0}));
    BOOST_TEST((fitted.sd == Tensor<float, Shape<3, 2>>{1, 1, 1, 1, 1, 1}));
    BOOST_TEST((min_max(data).low == Tensor<float, Shape<3, 2>>{1, 10, 5, 20, 0, 0}));
    const auto frames = standardization(data, Per::channel);
    BOOST_TEST((frames.mean == Tensor<float, Shape<3, 2>>{6, 6, 12.5f, 12.5f, 0, 0}));
    BOOST_TEST((frames.sd[2] == 7.5f));

    const auto scaled = transformed(data, fitted);
    BOOST_TEST(scaled.length(0) == 2);
    BOOST_TEST(scaled.length(1) == 1);
    BOOST_TEST(scaled.sample(1)[0] == 1.0f);
    BOOST_TEST(scaled.target(0) == 2);
    BOOST_TEST(scaled.classes() == 3);
}

BOOST_AUTO_TEST_CASE(preprocess_serves_as_a_part_of_augment) {
    const Augment prepare{standardization(rows), Noise{.sd = 0}};
    Row x = rows.sample(0), spare, expected = x;
    kiln::Random random(kiln::Seed{1});
    prepare(x, spare, random);
    standardization(rows)(expected);
    BOOST_TEST((x == expected));
}

BOOST_AUTO_TEST_CASE(preprocess_refuses_a_data_set_without_samples) {
    const Vectors nothing({}, {});
    const auto says = [](const std::invalid_argument& error) {
        return error.what() == std::string("kiln: statistics need at least one sample, got an empty data set");
    };
    BOOST_CHECK_EXCEPTION(standardization(nothing), std::invalid_argument, says);
    BOOST_CHECK_EXCEPTION(min_max(nothing), std::invalid_argument, says);
    BOOST_TEST(transformed(nothing, min_max(rows)).size() == 0);
}

BOOST_AUTO_TEST_CASE(preprocess_fits_each_input_and_each_target_by_itself) {
    using In = kiln::Shapes<Shape<2, 2>, Shape<3>>;
    using Targets = kiln::SeveralTargets<int, Row, Tensor<float, Shape<1>>>;
    // The second input, and the first tensor of the targets, are the rows above.
    std::vector<Tensor<float, In>> samples;
    std::vector<Targets> targets;
    for (int i = 0; i < 3; ++i) {
        const auto k = static_cast<float>(i);
        samples.push_back({{0, k, 4 * k, 8}, rows.sample(i)});
        targets.push_back({1 - i % 2, rows.sample(i), {k - 1}});
    }
    const Dataset<In, float, Targets> data(samples, targets);
    const auto scale = standardization(data);
    const auto alone = standardization(rows);
    BOOST_TEST((scale.get<1>().mean == alone.mean));
    BOOST_TEST((scale.get<1>().sd == alone.sd));
    BOOST_TEST((scale.get<0>().mean == Tensor<float, Shape<2, 2>>{0, 1, 4, 8}));
    BOOST_TEST((standardization(data, Per::channel).get<0>().mean == Tensor<float, Shape<2, 2>>{0.5f, 0.5f, 6, 6}));

    const auto of_targets = standardization_of_targets(data);
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(of_targets.get<0>())>, kiln::Nothing>);
    BOOST_TEST((of_targets.get<1>().mean == alone.mean));
    BOOST_TEST((of_targets.get<1>().sd == alone.sd));
    BOOST_TEST(of_targets.get<2>().mean[0] == 0.0f);
    BOOST_TEST(of_targets.get<2>().sd[0] == 0.81649658f, tolerance(1e-6f));  // sqrt(2 / 3)

    const auto all = transformed(data, scale), second = transformed(data, of_input<1>(min_max(data).get<1>()));
    Row expected = rows.sample(2);
    alone(expected);
    BOOST_TEST((all.sample(2).get<1>() == expected));
    BOOST_TEST(all.sample(2).get<0>()[1] == 1.2247449f, tolerance(1e-6f));  // 1 / sqrt(2 / 3)
    BOOST_TEST(all.target(2).get<0>() == 1);
    BOOST_TEST((second.sample(2).get<1>() == Row{1, 1, 0}));
    BOOST_TEST((second.sample(2).get<0>() == data.sample(2).get<0>()));
}
