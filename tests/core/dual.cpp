// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.dual
#include <kiln/core/dual.hpp>
#include <kiln/core/functions.hpp>
#include <kiln/laws/counted.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/elements.hpp"
#include "laws/instance.hpp"

#include <cmath>
#include <limits>
#include <tuple>

using namespace kiln;
using laws::Oracle;

static_assert(Element<float> && Element<double> && Element<Lanes<float, 16>> && Element<Lanes<double, 4>>);
static_assert(Element<Dual<float>> && Element<Dual<double>> && Element<Dual<Dual<double>>> &&
              Element<Dual<Lanes<float, 8>>> && Element<Counted>);
static_assert(!Element<int> && !Element<long double> && !Element<Lanes<int, 4>> && !Element<void*>);

// In constant expressions, whose values are known.
constexpr Dual<double> three(3, 1), quotient = (three * three - 2 * three) / (three + 1);  // (x² + 2 x - 2) / (x + 1)²
static_assert(quotient.value == 0.75 && quotient.slope == 13.0 / 16);
static_assert(fma(three, three, -three).slope == 5 && max(three, Dual<double>(4)).slope == 0 &&
              max(three, Dual<double>(2)).slope == 1);
static_assert(math::sqrt(Dual<double>(4, 1)).slope == 0.25 && math::exp(Dual<float>(0, 2)).slope == 2);
static_assert(abs(Dual<float>(0, 1)).slope == 0 && abs(Dual<float>(-2, 1)).slope == -1 && abs(three).slope == 1);
static_assert(pow(Dual<double>(0, 1), Dual<double>(2)).slope == 0 && math::pow(Dual<double>(-3, 1), 2).slope == -6);

namespace {

constexpr auto functions = std::tuple{
    [](const auto& v) { return exp(v); },
    [](const auto& v) { return expm1(v); },
    [](const auto& v) { return log(abs(v)); },
    [](const auto& v) { return log1p(v * v); },
    [](const auto& v) { return tanh(v); },
    [](const auto& v) { return erf(v); },
    [](const auto& v) { return sqrt(abs(v)); },
    [](const auto& v) { return sin(v); },
    [](const auto& v) { return cos(v); },
    [](const auto& v) { return pow(abs(v), v); },
    [](const auto& v) { return abs(v); },
    [](const auto& v) { return max(v, v * v); },
    [](const auto& v) { return min(v, v * v); },
    [](const auto& v) { return fma(v, v, v) / (v - 7); },
    [](const auto& v) {
        using kiln::select;
        return select(v > v * v, v * v * v, -v);
    },
};

void for_each_function(auto visit) {
    std::apply([&](const auto&... function) { (visit(function), ...); }, functions);
}

}  // namespace

// Values are within a few ulp of the C library's, and so are products of two or three.
BOOST_AUTO_TEST_CASE(slopes_are_those_of_the_independent_oracle) {
    for_each_function([](const auto& function) {
        for (double at = -2.95; at < 3; at += 0.1) {
            const Dual<double> y = function(Dual<double>(at, 1.5));
            const Oracle<double> expected = function(Oracle<double>(at, 1.5));
            BOOST_TEST(std::abs(y.value - expected.value) <= 1e-14 * (1 + std::abs(expected.value)));
            BOOST_TEST(std::abs(y.slope - expected.slope) <= 1e-14 * (1 + std::abs(expected.slope)));
        }
    });
}

// The second derivative against a difference quotient of the oracle's first derivatives, whose error is h² f''''/6 and
// 1e-16 / h.
BOOST_AUTO_TEST_CASE(nested_they_have_second_derivatives) {
    using Nested = Dual<Dual<double>>;
    constexpr double h = 1e-5;
    for_each_function([](const auto& function) {
        for (const double at : {-2.3, -0.7, 0.45, 2.6}) {
            const Nested y = function(Nested({at, 1}, {1, 0}));
            const double expected =
                (function(Oracle<double>(at + h, 1)).slope - function(Oracle<double>(at - h, 1)).slope) / (2 * h);
            BOOST_TEST(std::abs(y.slope.slope - expected) <= 1e-8 * (1 + std::abs(expected)));
            BOOST_TEST(std::abs(y.value.slope - y.slope.value) <= 1e-14 * (1 + std::abs(y.slope.value)));
        }
    });
}

BOOST_AUTO_TEST_CASE(over_lanes_each_has_what_the_scalar_has) {
    using Packed = Dual<Lanes<float, 8>>;
    for_each_function([](const auto& function) {
        Packed at;
        for (int l = 0; l < 8; ++l) set_lane(at, l, Dual<float>(0.4f * static_cast<float>(l) - 1.5f, 1));
        const Packed y = function(at);
        for (int l = 0; l < 8; ++l) {
            const Dual<float> expected = function(lane(at, l)), found = lane(y, l);
            BOOST_TEST(std::abs(found.value - expected.value) <= 1e-6f * (1 + std::abs(expected.value)));
            BOOST_TEST(std::abs(found.slope - expected.slope) <= 1e-6f * (1 + std::abs(expected.slope)));
        }
    });
}

// A network over dual numbers in lanes: backward of the slopes is the second derivative times a direction.
BOOST_AUTO_TEST_CASE(layers_run_over_them_forwards_and_backwards) {
    using Net = Sequential<Linear<3, 5>, Tanh, Linear<5, 2>>;
    laws::Instance<Net, Shape<3>, Dual<Lanes<float, 8>>> packed(1);
    laws::Instance<Net, Shape<3>, Dual<float>> one(1);
    for (auto& value : packed.x) value.slope = 1;
    one.parameters = packed.parameters;
    packed.forward();
    packed.backward();
    for (int l = 0; l < 8; ++l) {
        for (int i = 0; i < 3; ++i) one.x[i] = lane(packed.x[i], l);
        for (int k = 0; k < 2; ++k) one.dy[k] = lane(packed.dy[k], l);
        one.forward();
        one.backward();
        for (int i = 0; i < 3; ++i) {
            BOOST_TEST(std::abs(lane(packed.dx[i], l).value - one.dx[i].value) <= 1e-6f);
            BOOST_TEST(std::abs(lane(packed.dx[i], l).slope - one.dx[i].slope) <= 1e-6f);
            BOOST_TEST(one.dx[i].slope != 0);
        }
    }
}
