// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE data.split
#include <kiln/core/contract.hpp>
#include <kiln/core/random.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/data/split.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace kiln::data;
using kiln::Seed;
using kiln::Shape;
using Vectors = Dataset<Shape<1>, float>;
using Value = kiln::Tensor<float, Shape<1>>;

static_assert(kiln::DataSet<Subset<Vectors>> && kiln::DataSet<Subset<Subset<Vectors>>>);
static_assert(kiln::DataSet<Subset<Dataset<Shape<1>, float, Value>>>);
static_assert(!std::is_constructible_v<Subset<Vectors>, Vectors, std::vector<int>>);  // it would dangle

namespace {

/// Sample i has the value i; labels as given.
Vectors numbered(const std::vector<int>& labels) {
    std::vector<Value> samples;
    for (std::size_t i = 0; i < labels.size(); ++i) samples.push_back({static_cast<float>(i)});
    return {std::move(samples), labels};
}

std::vector<int> numbers(const auto& subset) {
    std::vector<int> list;
    for (int i = 0; i < subset.size(); ++i) list.push_back(subset.number(i));
    return list;
}

std::vector<int> count_labels(const auto& subset) {
    std::vector<int> counts(static_cast<std::size_t>(subset.classes()));
    for (int i = 0; i < subset.size(); ++i) ++counts[static_cast<std::size_t>(subset.label(i))];
    return counts;
}

template <class Action>
std::string cause(Action action) {
    try {
        action();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

BOOST_AUTO_TEST_CASE(subset_is_a_view_of_the_samples_it_names) {
    const Vectors data = numbered({0, 1, 2, 1});
    const Subset some(data, {3, 0, 3});
    BOOST_TEST(some.size() == 3);
    BOOST_TEST(&some.sample(0) == &data.sample(3));
    BOOST_TEST(some.target(0) == 1);
    BOOST_TEST(some.label(1) == 0);
    BOOST_TEST(some.image(2)[0] == 3.0f);
    BOOST_TEST(some.scale() == 1.0f);
    BOOST_TEST(some.classes() == 3);
    BOOST_TEST(some.number(2) == 3);
    const Subset fewer(some, {1});
    BOOST_TEST(&fewer.sample(0) == &data.sample(0));
}

BOOST_AUTO_TEST_CASE(subset_of_regression_has_tensors_as_targets) {
    const Dataset<Shape<1>, float, Value> data({{1}, {2}}, {{10}, {20}});
    const Subset last(data, {1});
    BOOST_TEST(&last.target(0) == &data.target(1));
}

BOOST_AUTO_TEST_CASE(subset_refuses_numbers_beyond_its_data) {
    const Vectors data = numbered({0, 1});
    BOOST_TEST(cause([&] {
                   Subset(data, {0, 2});
               }) == "kiln: a Subset needs numbers below 2, the size of its data set, got 2");
    BOOST_TEST(cause([&] { Subset(data, {-1}); }) ==
               "kiln: a Subset needs numbers below 2, the size of its data set, got -1");
}

BOOST_AUTO_TEST_CASE(split_puts_every_sample_into_one_part_in_order) {
    const Vectors data = numbered(std::vector<int>(100));
    const auto [train, validation] = split(data, 0.3, Seed{5});
    BOOST_TEST(train.size() == 70);
    BOOST_TEST(validation.size() == 30);
    std::vector<int> all = numbers(train), others = numbers(validation);
    BOOST_TEST(std::is_sorted(all.begin(), all.end()));
    BOOST_TEST(std::is_sorted(others.begin(), others.end()));
    all.insert(all.end(), others.begin(), others.end());
    std::sort(all.begin(), all.end());
    for (int i = 0; i < 100; ++i) BOOST_TEST(all[static_cast<std::size_t>(i)] == i);
}

BOOST_AUTO_TEST_CASE(split_depends_on_the_seed_alone) {
    const Vectors data = numbered(std::vector<int>(100));
    BOOST_TEST(numbers(split(data, 0.5, Seed{1}).train) == numbers(split(data, 0.5, Seed{1}).train));
    BOOST_TEST(numbers(split(data, 0.5, Seed{1}).train) != numbers(split(data, 0.5, Seed{2}).train));
}

BOOST_AUTO_TEST_CASE(split_rounds_to_whole_samples) {
    const Vectors data = numbered({0, 0, 0});
    BOOST_TEST(split(data, 0).validation.size() == 0);
    BOOST_TEST(split(data, 0.16).validation.size() == 0);
    BOOST_TEST(split(data, 0.17).validation.size() == 1);
    BOOST_TEST(split(data, 1).validation.size() == 3);
    const Vectors nothing = numbered({});
    BOOST_TEST(split(nothing, 0.5).train.size() == 0);
}

BOOST_AUTO_TEST_CASE(split_refuses_what_is_no_share) {
    const Vectors data = numbered({0, 0, 0});
    BOOST_TEST(cause([&] { split(data, 1.5); }) == "kiln: split needs a share from 0 to 1, got 1.5");
    BOOST_TEST(cause([&] { stratified_split(data, -0.5); }) == "kiln: split needs a share from 0 to 1, got -0.5");
    BOOST_TEST(cause([&] { split(data, std::numeric_limits<double>::quiet_NaN()); }) != "accepted");
}

BOOST_AUTO_TEST_CASE(stratified_split_keeps_classes_in_proportion) {
    std::vector<int> labels(1000);
    for (std::size_t i = 0; i < 1000; ++i) labels[i] = i < 800 ? 0 : i < 950 ? 1 : 2;
    const Vectors data = numbered(labels);
    const auto [train, validation] = stratified_split(data, 0.2, Seed{3});
    BOOST_TEST(count_labels(validation) == (std::vector{160, 30, 10}), boost::test_tools::per_element());
    BOOST_TEST(count_labels(train) == (std::vector{640, 120, 40}), boost::test_tools::per_element());
    BOOST_TEST(numbers(train) == numbers(stratified_split(data, 0.2, Seed{3}).train));
    BOOST_TEST(numbers(train) != numbers(stratified_split(data, 0.2, Seed{4}).train));
}

BOOST_AUTO_TEST_CASE(stratified_split_gives_the_rest_to_the_largest_remainders) {
    // A quarter of 5, 6, 7, 2 samples: 1.25, 1.5, 1.75, 0.5; two more go to the third class and to the first of the
    // second and fourth.
    std::vector<int> labels;
    for (const auto& [label, n] : {std::pair{0, 5}, {1, 6}, {2, 7}, {3, 2}}) labels.insert(labels.end(), n, label);
    const Vectors data = numbered(labels);
    BOOST_TEST(count_labels(stratified_split(data, 0.25).validation) == (std::vector{1, 2, 2, 0}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(stratified_split_never_takes_more_than_a_class_has) {
    const Vectors data = numbered({0, 4, 4, 0, 2});
    for (int percent = 0; percent <= 100; ++percent) {
        const auto parts = stratified_split(data, percent / 100.0);
        BOOST_TEST(parts.validation.size() == split(data, percent / 100.0).validation.size());
        BOOST_TEST(parts.train.size() + parts.validation.size() == 5);
    }
}

BOOST_AUTO_TEST_CASE(stratified_split_goes_by_samples_however_large_a_label) {
    const Vectors data = numbered({0, 2147483646, 200'000'000, 0, 2147483646, 200'000'000});
    const auto parts = stratified_split(data, 0.5);
    std::vector<int> labels;
    for (int i = 0; i < parts.train.size(); ++i) labels.push_back(parts.train.label(i));
    std::sort(labels.begin(), labels.end());
    BOOST_TEST(labels == (std::vector{0, 200'000'000, 2147483646}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(stratified_split_takes_time_by_samples_not_by_their_square) {
    // A class for each sample: minutes if each class that gains by rounding is sought among all.
    std::vector<int> labels(300'000);
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int>(2000 * i);
    const Vectors data = numbered(labels);
    BOOST_TEST(stratified_split(data, 0.5).validation.size() == 150'000);
}

BOOST_AUTO_TEST_CASE(stratified_split_goes_by_the_label_that_is_named) {
    using Targets = kiln::SeveralTargets<int, Value, int>;
    std::vector<Value> samples(40);
    std::vector<Targets> targets;
    for (int i = 0; i < 40; ++i) targets.push_back({i % 2, Value{static_cast<float>(i)}, i < 8 ? 1 : 0});
    const Dataset<Shape<1>, float, Targets> data(samples, targets);
    const auto first = stratified_split<0>(data, 0.25, Seed{4}), last = stratified_split<2>(data, 0.25, Seed{4});
    int ones = 0, twos = 0;
    for (int i = 0; i < 10; ++i) {
        ones += first.validation.target(i).get<0>();
        twos += last.validation.target(i).get<2>();
    }
    BOOST_TEST(ones == 5);
    BOOST_TEST(twos == 2);
    BOOST_TEST(numbers(first.validation) != numbers(last.validation));
    BOOST_TEST(last.train.size() == 30);
    BOOST_TEST(split(data, 0.25, Seed{3}).validation.size() == 10);
    BOOST_TEST(stratified_split<2>(first.train, 0.5).train.size() == 15);
    BOOST_TEST(data.first(3).target(2).get<1>()[0] == 2.0f);
}
