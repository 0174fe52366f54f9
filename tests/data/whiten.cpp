// SPDX-License-Identifier: BSL-1.0
// needs: Eigen/Eigenvalues eigen3/Eigen/Eigenvalues
#define BOOST_TEST_MODULE data.whiten
#include <kiln/core/random.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/data/preprocess.hpp>
#include <kiln/data/whiten.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace kiln::data;
using kiln::Seed;
using kiln::Shape;
using kiln::Tensor;

namespace {

/// n samples whose values depend on each other, with means and sizes of all sorts.
template <class S>
Dataset<S, float> correlated(int n) {
    kiln::Random random(Seed{3});
    std::vector<Tensor<float, S>> samples(static_cast<std::size_t>(n));
    for (Tensor<float, S>& x : samples) {
        float last = 0;
        for (int k = 0; k < S::count; ++k) {
            last = 0.7f * last + random.normal();
            x[k] = static_cast<float>(k + 1) * last + 10.0f * static_cast<float>(k);
        }
    }
    return {std::move(samples), std::vector<int>(static_cast<std::size_t>(n))};
}

template <class S>
std::vector<double> means(const Dataset<S, float>& data) {
    std::vector<double> sums(S::count);
    for (int i = 0; i < data.size(); ++i)
        for (int k = 0; k < S::count; ++k)
            sums[static_cast<std::size_t>(k)] += static_cast<double>(data.sample(i)[k]) / data.size();
    return sums;
}

/// The largest difference between the covariance of the values and the identity.
template <class S>
double distance_from_white(const Dataset<S, float>& data) {
    const std::vector<double> mean = means(data);
    double worst = 0;
    for (int a = 0; a < S::count; ++a)
        for (int b = 0; b < S::count; ++b) {
            double sum = 0;
            for (int i = 0; i < data.size(); ++i)
                sum += (static_cast<double>(data.sample(i)[a]) - mean[static_cast<std::size_t>(a)]) *
                       (static_cast<double>(data.sample(i)[b]) - mean[static_cast<std::size_t>(b)]);
            worst = std::max(worst, std::abs(sum / data.size() - (a == b)));
        }
    return worst;
}

std::string cause(auto action) {
    try {
        action();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

BOOST_AUTO_TEST_CASE(whitening_makes_the_covariance_the_identity) {
    const auto data = correlated<Shape<2, 3, 2>>(1000);
    BOOST_TEST(distance_from_white(data) > 1);
    const auto white = transformed(data, whitening(data, 0));
    BOOST_TEST(distance_from_white(white) < 1e-4);
    for (const double mean : means(white)) BOOST_TEST(std::abs(mean) < 1e-4);
}

BOOST_AUTO_TEST_CASE(whitening_is_symmetric) {
    const auto fitted = whitening(correlated<Shape<5>>(300));
    for (std::size_t i = 0; i < 5; ++i)
        for (std::size_t j = 0; j < 5; ++j)
            BOOST_TEST(fitted.matrix[i * 5 + j] == fitted.matrix[j * 5 + i], boost::test_tools::tolerance(1e-4f));
}

BOOST_AUTO_TEST_CASE(whitening_of_uncorrelated_values_divides_by_their_deviation) {
    // Variances 4 and 0.25 about 1 and 0, no covariance.
    const Dataset<Shape<2>, float> data({{3, 0.5f}, {-1, 0.5f}, {3, -0.5f}, {-1, -0.5f}}, {0, 0, 0, 0});
    Tensor<float, Shape<2>> x{5, 1};
    whitening(data, 0)(x);
    BOOST_TEST(x[0] == 2.0f, boost::test_tools::tolerance(1e-5f));
    BOOST_TEST(x[1] == 2.0f, boost::test_tools::tolerance(1e-5f));
    x = {5, 1};
    whitening(data, 12)(x);  // 4 + 12 = 16 and 0.25 + 12 = 12.25
    BOOST_TEST(x[0] == 1.0f, boost::test_tools::tolerance(1e-5f));
    BOOST_TEST(x[1] == 1 / 3.5f, boost::test_tools::tolerance(1e-5f));
}

BOOST_AUTO_TEST_CASE(whitening_reads_pixels_scaled) {
    const Dataset<Shape<1>> data({{0}, {4}}, {0, 0}, 0.5f);
    Tensor<float, Shape<1>> x{2};
    whitening(data, 0)(x);
    BOOST_TEST(x[0] == 1.0f, boost::test_tools::tolerance(1e-5f));
}

BOOST_AUTO_TEST_CASE(whitening_refuses_what_it_cannot_fit) {
    using Vectors = Dataset<Shape<2>, float>;
    BOOST_TEST(cause([] { whitening(Vectors({}, {})); }) ==
               "kiln: whitening needs at least one sample, got an empty data set");
    const Vectors constant({{1, 2}, {1, 2}}, {0, 0});
    BOOST_TEST(cause([&] { whitening(constant, -1); }) ==
               "kiln: whitening needs an epsilon of at least 0, got -1");
    BOOST_TEST(
        cause([&] { whitening(constant, 0); }) ==
        "kiln: whitening needs an epsilon above 0 for data that do not vary in every direction, got 0; try 1e-5");
    Tensor<float, Shape<2>> x{1, 2};
    whitening(constant)(x);
    BOOST_TEST((x == Tensor<float, Shape<2>>{0, 0}));
}
