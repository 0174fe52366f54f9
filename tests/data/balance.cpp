// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE data.balance
#include <kiln/core/tensor.hpp>
#include <kiln/data/balance.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/data/split.hpp>
#include <kiln/losses/cross_entropy.hpp>

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace kiln::data;
using Vectors = Dataset<kiln::Shape<1>, float>;

namespace {

Vectors of_labels(const std::vector<int>& labels) {
    return {std::vector<kiln::Tensor<float, kiln::Shape<1>>>(labels.size()), labels};
}

}  // namespace

BOOST_AUTO_TEST_CASE(balance_counts_the_samples_of_each_class) {
    const Vectors data = of_labels({0, 2, 0, 0, 2, 0, 0, 0});
    const Balance found = balance(data);
    BOOST_TEST(found.present.size() == 2u);
    BOOST_TEST(found.count(0) == 6);
    BOOST_TEST(found.count(1) == 0);
    BOOST_TEST(found.samples == 8);
    BOOST_TEST(found.classes() == 3);
    BOOST_TEST(found.count(2) == 2);
    BOOST_TEST(found.share(0) == 0.75f);
    BOOST_TEST(found.share(1) == 0.0f);
    BOOST_TEST(found.ratio() == 3.0f);
    BOOST_TEST(balance(Subset(data, {0, 1})).ratio() == 1.0f);
}

BOOST_AUTO_TEST_CASE(balance_of_nothing_is_0) {
    Vectors data = of_labels({});
    BOOST_TEST(balance(data).ratio() == 0.0f);
    data.declare_classes(2);
    BOOST_TEST(balance(data).classes() == 2);
    BOOST_TEST(balance(data).share(1) == 0.0f);
    BOOST_TEST((balance(data).weights<2>() == kiln::Tensor<float, kiln::Shape<2>>{}));
}

BOOST_AUTO_TEST_CASE(balance_weighs_classes_inversely_to_their_size) {
    const Vectors data = of_labels({0, 2, 0, 0, 2, 0, 0, 0});
    const auto weights = balance(data).weights<4>();
    BOOST_TEST(weights[0] == 8.0f / (2 * 6));
    BOOST_TEST(weights[1] == 0.0f);
    BOOST_TEST(weights[2] == 2.0f);
    BOOST_TEST(weights[3] == 0.0f);
    const kiln::WeightedCrossEntropy<4> loss{.class_weights = weights};
    BOOST_TEST(loss.share(2) == 2.0f);
    float sum = 0;
    for (int i = 0; i < data.size(); ++i) sum += weights[data.label(i)];
    BOOST_TEST(sum / 8 == 1.0f, boost::test_tools::tolerance(1e-6f));  // a few roundings
}

BOOST_AUTO_TEST_CASE(balance_prints_a_table) {
    std::ostringstream out;
    out << balance(of_labels({0, 1, 0, 0, 1, 0, 0, 0}));
    BOOST_TEST(out.str() == "class   count   share\n"
                            "    0       6   75.0%\n"
                            "    1       2   25.0%\n"
                            "largest / smallest: 3");
}

BOOST_AUTO_TEST_CASE(balance_goes_by_samples_however_large_a_label) {
    const Vectors data = of_labels({2147483646, 0, 2147483646, 200'000'000});
    const Balance found = balance(data);
    BOOST_TEST(found.classes() == 2147483647);
    BOOST_TEST(found.count(2147483646) == 2);
    BOOST_TEST(found.count(200'000'001) == 0);
    BOOST_TEST(found.ratio() == 2.0f);
    // The label comes from a file, and must not become a place in memory.
    BOOST_CHECK_EXCEPTION(found.weights<3>(), std::invalid_argument, [](const std::invalid_argument& error) {
        return error.what() ==
               std::string("kiln: weights<3> needs at most 3 classes, got 2147483647; try weights<2147483647>");
    });
    std::ostringstream out;
    out << found;
    BOOST_TEST(out.str() == "class   count   share\n"
                            "    0       1   25.0%\n"
                            "    1 to 199999999       0    0.0%\n"
                            "200000000       1   25.0%\n"
                            "200000001 to 2147483645       0    0.0%\n"
                            "2147483646       2   50.0%\n"
                            "largest / smallest: 2");
}

BOOST_AUTO_TEST_CASE(balance_prints_classes_without_samples) {
    Vectors data = of_labels({1});
    data.declare_classes(4);
    std::ostringstream out;
    out << balance(data);
    BOOST_TEST(out.str() == "class   count   share\n"
                            "    0       0    0.0%\n"
                            "    1       1  100.0%\n"
                            "    2       0    0.0%\n"
                            "    3       0    0.0%\n"
                            "largest / smallest: 1");
}

BOOST_AUTO_TEST_CASE(balance_counts_the_label_that_is_named) {
    using Targets = kiln::SeveralTargets<int, int>;
    const std::vector<kiln::Tensor<float, kiln::Shape<1>>> samples(4);
    const Dataset<kiln::Shape<1>, float, Targets> data(samples, {{0, 1}, {0, 1}, {0, 3}, {1, 3}});
    BOOST_TEST(balance<0>(data).ratio() == 3.0f);
    BOOST_TEST(balance<0>(data).classes() == 2);
    BOOST_TEST(balance<1>(data).count(3) == 2);
    BOOST_TEST(balance<1>(data, 6).classes() == 6);
    BOOST_TEST(balance<1>(data, 2).classes() == 4);
    BOOST_TEST(balance<0>(Subset(data, {2, 3})).ratio() == 1.0f);
}
