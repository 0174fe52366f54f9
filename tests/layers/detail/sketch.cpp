// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.detail.sketch
#include <kiln/core/dual.hpp>
#include <kiln/core/functions.hpp>
#include <kiln/layers/detail/sketch.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

using namespace kiln;
using kiln::detail::Effort;
using kiln::detail::Sketch;

static_assert(Element<Sketch>);

namespace {

constexpr Sketch sketch_of(auto f) {
    Effort effort;
    Sketch y = f(Sketch::variable(&effort));
    y.effort = nullptr;
    return y;
}
constexpr Effort effort_of(auto f) {
    Effort effort;
    static_cast<void>(f(Sketch::variable(&effort)));
    return effort;
}
constexpr double infinity = std::numeric_limits<double>::infinity();

// Ranges.
static_assert(sketch_of([](auto x) { return x * x; }).low == -infinity);  // the factors could be two values
static_assert(sketch_of([](auto x) { return 3 - math::tanh(x) * 2; }).low == 1);
static_assert(sketch_of([](auto x) { return 3 - math::tanh(x) * 2; }).high == 5);
static_assert(sketch_of([](auto x) { return 1 / (1 + math::exp(x)); }).low == 0);
static_assert(sketch_of([](auto x) { return 1 / (1 + math::exp(x)); }).high == 1);
static_assert(sketch_of([](auto x) { return 1 / math::exp(x); }).high == infinity);
static_assert(sketch_of([](auto x) { return -1 / math::exp(x); }).low == -infinity);
static_assert(sketch_of([](auto x) { return 1 / -math::exp(x); }).low == -infinity);
static_assert(sketch_of([](auto x) { return math::abs(math::sin(x)) - 2; }).high == -1);
static_assert(sketch_of([](auto x) { return x - x; }).low == -infinity &&
              sketch_of([](auto) { return Sketch(4); }).low == 4);

// Effort: divisions and functions are dear; constants take none.
static_assert(!effort_of([](auto x) { return math::max(x * 3 + 1, x) - 2; }).dear);
static_assert(effort_of([](auto x) { return x / 3; }).dear && effort_of([](auto x) { return 3 / (x - 1); }).dear);
static_assert(effort_of([](auto x) { return math::sin(x); }).dear &&
              effort_of([](auto x) { return x * math::sqrt(x); }).dear);
static_assert(!effort_of([](auto x) { return x * math::exp(decltype(x)(2)); }).dear);
static_assert(effort_of([](auto x) { return math::fma(x, 2, 1) * x; }).multiplications == 2);
static_assert(effort_of([](auto x) { return x / 3 + 1 / x - x / (x + 2); }).multiplications == 0);
static_assert(effort_of([](auto x) { return 1 / math::max(x, 1); }).dear);

static_assert(effort_of([](auto x) { return x > 0 ? x : -x; }).branches);
static_assert(!effort_of([](auto x) { return math::select(x > 0, x, -x); }).branches);

constexpr auto functions = std::tuple{
    [](const auto& x) { return x; },
    [](const auto& x) { return -x; },
    [](const auto& x) { return 2 - x * 3; },
    [](const auto& x) { return x * x; },
    [](const auto& x) { return math::exp(x) * math::exp(x); },
    [](const auto& x) { return -math::exp(-x) * math::exp(-x); },
    [](const auto& x) { return (math::tanh(x) - 2) * (math::tanh(-x) - 3); },
    [](const auto& x) { return (math::tanh(x) - 2) * (math::erf(x) + 3); },
    [](const auto& x) { return math::tanh(x) * math::tanh(x); },
    [](const auto& x) { return x * math::exp(x); },
    [](const auto& x) { return 1 / (1 + math::exp(-x)); },
    [](const auto& x) { return 1 / (math::tanh(x) - 3); },
    [](const auto& x) { return 2 / (1 + math::exp(2 * x)) - 1; },
    [](const auto& x) { return math::exp(x) / (1 + math::exp(x)); },
    [](const auto& x) { return x / 4 - 5; },
    [](const auto& x) { return x / -4; },
    [](const auto& x) { return 1 / x; },
    [](const auto& x) { return 0 * x; },
    [](const auto& x) { return math::tanh(x) * 0; },
    [](const auto& x) { return math::expm1(-2 * x) + 3; },
    [](const auto& x) { return 5 * math::tanh(0.5 * x - 1) - 2; },
    [](const auto& x) { return math::log(1 + math::exp(x)); },
    [](const auto& x) { return math::log1p(math::exp(-x)); },
    [](const auto& x) { return math::log(x); },
    [](const auto& x) { return math::log1p(x); },
    [](const auto& x) { return math::sqrt(x); },
    [](const auto& x) { return math::sqrt(math::exp(x)); },
    [](const auto& x) { return math::abs(math::exp(x)); },
    [](const auto& x) { return math::abs(-math::exp(x)); },
    [](const auto& x) { return math::abs(x); },
    [](const auto& x) { return math::abs(3 * math::tanh(x) - 2); },
    [](const auto& x) { return math::max(x, 0.1 * x); },
    [](const auto& x) { return math::min(x, -x); },
    [](const auto& x) { return math::select(x > 0, x, x - 1); },
    [](const auto& x) { return math::select(x > 0, 1 - x, -x); },
    [](const auto& x) { return math::pow(math::exp(x), 1.5); },
    [](const auto& x) { return math::pow(math::exp(x), -0.5); },
    [](const auto& x) { return math::pow(math::max(x, 0), 2.5); },
    [](const auto& x) { return math::sin(x); },
    [](const auto& x) { return math::cos(x); },
    [](const auto& x) { return x + math::cos(x); },
    [](const auto& x) { return math::tanh(math::exp(x)); },
    [](const auto& x) { return math::exp(math::tanh(x)); },
    [](const auto& x) { return -1 / (2 + 3 * math::exp(0.5 * x)); },
};
void for_each_function(auto visit) {
    std::apply([&](const auto&... function) { (visit(function), ...); }, functions);
}

}  // namespace

// Between -6 and 6 every function stays in the range, does not turn against the direction, and has the slope of the
// value that the sketch states. All statements together are not empty.
BOOST_AUTO_TEST_CASE(statements_are_true) {
    int rising = 0, falling = 0, of_value = 0;
    for_each_function([&](auto f) {
        const Sketch y = sketch_of(f);
        rising += y.rises, falling += y.falls, of_value += y.slope.known;
        double last = f(-6.0);
        for (double x = -6; x <= 6; x += 1 / 64.0) {
            const Dual<double> found = f(Dual<double>(x, 1));
            if (std::isnan(found.value)) continue;
            BOOST_TEST((y.low <= found.value && found.value <= y.high));
            if (y.rises) BOOST_TEST(found.value >= last - 1e-15 * std::abs(last));
            if (y.falls) BOOST_TEST(found.value <= last + 1e-15 * std::abs(last));
            if (y.slope.known)
                BOOST_TEST(std::abs(y.slope.at(found.value) - found.slope) <= 1e-12 * (1 + std::abs(found.slope)));
            last = found.value;
        }
    });
    BOOST_TEST(rising == 18);
    BOOST_TEST(falling == 10);
    BOOST_TEST(of_value == 13);
}

// Far from 0 the terms of tanh's slope would cancel; the slope of exp + 1 would be lost where exp is small.
static_assert(sketch_of([](auto x) { return math::tanh(x) + 100; }).slope.known);
constexpr bool is_accurate(auto f) {
    const Sketch y = sketch_of(f);
    return y.slope.known && y.slope.is_accurate_between(y.low, y.high);
}
static_assert(is_accurate([](auto x) { return 1.7159 * math::tanh(0.667 * x); }));
static_assert(is_accurate([](auto x) { return 1 / (1 + math::exp(-x)); }));
static_assert(is_accurate([](auto x) { return math::expm1(x); }) && is_accurate([](auto x) { return 3 * x + 50; }));
static_assert(!is_accurate([](auto x) { return math::tanh(x) + 100; }));
static_assert(!is_accurate([](auto x) { return math::exp(x) + 100; }));
