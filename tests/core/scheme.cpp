// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.scheme
#include <kiln/core/random.hpp>
#include <kiln/core/scheme.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <tuple>

using namespace kiln;

namespace {

using Window = Shape<64, 32, 3, 3>;  // 288 inputs meet in an output, an input reaches 576
static_assert(detail::fan_in<Window> == 288 && detail::fan_out<Window> == 576);
static_assert(detail::fan_in<Shape<10, 7>> == 7 && detail::fan_out<Shape<10, 7>> == 10);

template <class Scheme, class Dims = Window>
Tensor<float, Dims> drawn(std::uint64_t seed = 1) {
    static Tensor<float, Dims> weight;
    Random random{Seed{seed}};
    Scheme::draw(weight, random);
    return weight;
}

/// Requires the weight's mean and variance to be within four standard deviations of the given ones. `kurtosis` is E(x -
/// mean)⁴ / variance².
void require_moments(const auto& weight, double mean, double variance, double kurtosis) {
    const double n = weight.size();
    double sum = 0, squares = 0;
    for (const float value : weight) {
        sum += double(value) - mean;
        squares += (double(value) - mean) * (double(value) - mean);
    }
    BOOST_TEST(std::abs(sum / n) < 4 * std::sqrt(variance / n));
    BOOST_TEST(std::abs(squares / n - variance) < 4 * variance * std::sqrt((kurtosis - 1) / n));
}

void require_uniform(const auto& weight, double low, double high) {
    require_moments(weight, (low + high) / 2, (high - low) * (high - low) / 12, 1.8);
    const auto [least, most] = std::minmax_element(weight.begin(), weight.end());
    const double range = high - low;  // 18432 values come within a thousandth of the ends, but for one time in 10⁸
    BOOST_TEST(double(*least) >= low - 1e-6 * range);
    BOOST_TEST(double(*least) < low + 1e-3 * range);
    BOOST_TEST(double(*most) <= high + 1e-6 * range);
    BOOST_TEST(double(*most) > high - 1e-3 * range);
}

void require_normal(const auto& weight, double variance) {
    require_moments(weight, 0, variance, 3);
    const double n = weight.size();
    double beyond = 0;  // one standard deviation: 31.73 %
    for (const float value : weight) beyond += double(value) * double(value) > variance;
    BOOST_TEST(std::abs(beyond / n - 0.3173) < 4 * std::sqrt(0.3173 * 0.6827 / n));
}

}  // namespace

BOOST_AUTO_TEST_CASE(schemes_draw_what_pytorch_draws) {
    require_uniform(drawn<Glorot>(), -std::sqrt(6.0 / (288 + 576)), std::sqrt(6.0 / (288 + 576)));
    require_normal(drawn<GlorotNormal>(), 2.0 / (288 + 576));
    require_normal(drawn<He>(), 2.0 / 288);
    require_uniform(drawn<HeUniform>(), -std::sqrt(6.0 / 288), std::sqrt(6.0 / 288));
    require_uniform(drawn<Uniform<-0.5, 1.5>>(), -0.5, 1.5);
    require_normal(drawn<Normal<0.02>>(), 0.0004);
}

using Schemes = std::tuple<Glorot, GlorotNormal, He, HeUniform, Uniform<-1, 1>, Normal<1>, Orthogonal>;
BOOST_AUTO_TEST_CASE_TEMPLATE(schemes_follow_from_the_seed, Scheme, Schemes) {
    using Small = Shape<7, 9>;
    BOOST_TEST((drawn<Scheme, Small>(1) == drawn<Scheme, Small>(1)));
    BOOST_TEST((drawn<Scheme, Small>(1) != drawn<Scheme, Small>(2)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(schemes_draw_in_constant_expressions, Scheme, Schemes) {
    constexpr auto constant = [] {
        Tensor<float, Shape<2, 3>> weight{};
        Random random{Seed{5}};
        Scheme::draw(weight, random);
        return weight;
    }();
    const auto now = drawn<Scheme, Shape<2, 3>>(5);
    for (int i = 0; i < 6; ++i) BOOST_TEST(std::abs(constant[i] - now[i]) < 1e-6f);
}

namespace {

/// The largest error of the products of any two rows, or of any two columns if they are fewer: 1 with itself, else 0.
template <class Dims>
double departure(const Tensor<float, Dims>& weight) {
    constexpr int rows = Dims::extents[0], columns = Dims::count / rows, fewer = rows < columns ? rows : columns;
    constexpr int step = rows <= columns ? columns : 1, stride = rows <= columns ? 1 : columns;
    double worst = 0;
    for (int u = 0; u < fewer; ++u)
        for (int v = 0; v <= u; ++v) {
            double sum = u == v ? -1 : 0;
            for (int i = 0; i < Dims::count / fewer; ++i)
                sum += double(weight[u * step + i * stride]) * double(weight[v * step + i * stride]);
            worst = std::max(worst, std::abs(sum));
        }
    return worst;
}

}  // namespace

using Matrices = std::tuple<Shape<1, 1>, Shape<1, 7>, Shape<7, 1>, Shape<8, 8>, Shape<5, 20>, Shape<20, 5>,
                            Shape<16, 3, 3, 3>, Shape<64, 2, 3>, Shape<150, 150>, Shape<40, 300>, Shape<300, 40>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(orthogonal_weights_are_orthogonal, Dims, Matrices) {
    for (const std::uint64_t seed : {1u, 2u, 3u}) BOOST_TEST((departure(drawn<Orthogonal, Dims>(seed))) < 1e-6);
}

// Every direction is as likely as any other, reflections as rotations.
BOOST_AUTO_TEST_CASE(orthogonal_weights_are_uniformly_distributed) {
    constexpr int n = 4000;
    double sums[4] = {}, reflections = 0;
    Random random{Seed{1}};
    for (int k = 0; k < n; ++k) {
        Tensor<double, Shape<2, 2>> q;
        Orthogonal::draw(q, random);
        for (int i = 0; i < 4; ++i) sums[i] += q[i];
        reflections += q[0] * q[3] - q[1] * q[2] < 0;
    }
    for (const double sum : sums) BOOST_TEST(std::abs(sum / n) < 4 * std::sqrt(0.5 / n));  // of variance 1/2
    BOOST_TEST(std::abs(reflections / n - 0.5) < 4 * std::sqrt(0.25 / n));
}
