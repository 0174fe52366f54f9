// SPDX-License-Identifier: BSL-1.0
#pragma once
// Layers that apply one function to every element, at given points and over a range of arguments.

#include <kiln/core/lanes.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace kiln::laws {

/// The required values of a function: f(x) and f'(x).
struct Point {
    double x, y, slope;
};

/// f and f' at these points, within `tolerance` roundings of numbers as large as they are, or as 1.
template <class L, class E, std::size_t Count>
void check_points(const Point (&points)[Count], double tolerance) {
    using S = scalar_t<E>;
    Instance<L, Shape<static_cast<int>(Count)>, E> layer(1);
    for (int i = 0; i < layer.x.count; ++i) {
        layer.x[i] = S(points[i].x);
        layer.dy[i] = S(1);
    }
    layer.forward();
    layer.backward();
    const auto close = [&](double value, double expected) {
        const double size = std::max(1.0, std::abs(expected));
        return std::abs(value - expected) <= tolerance * double(std::numeric_limits<S>::epsilon()) * size;
    };
    for (int i = 0; i < layer.x.count; ++i) {
        const double y = double(lane(layer.y[i], width<E> - 1)), slope = double(lane(layer.dx[i], width<E> - 1));
        BOOST_TEST(close(y, points[i].y), "f(" << points[i].x << ") is " << y << " instead of " << points[i].y);
        BOOST_TEST(close(slope, points[i].slope),
                   "f'(" << points[i].x << ") is " << slope << " instead of " << points[i].slope);
    }
}

/// The largest errors over a range of arguments.
struct FunctionErrors {
    double value_ulp = 0;       ///< of values, in units of the spacing of numbers there
    double value_relative = 0;  ///< of values, relative to x
    double slope = 0;           ///< of slopes

    void see(double& worst, double error) { worst = error == error ? std::max(worst, error) : HUGE_VAL; }
};

/// The errors of layer L against functions of long double, for x uniform between `low` and `high` and, as many, close
/// to 0.
template <class L, class E>
FunctionErrors function_errors(double low, double high, auto f, auto derivative) {
    using S = scalar_t<E>;
    using Limits = std::numeric_limits<S>;
    using Wide = long double;
    FunctionErrors errors;
    Random random{Seed{3}};
    Instance<L, Shape<64>, E> layer(1);
    for (int round = 0; round < 5'000 / width<E>; ++round) {
        for (E& x : layer.x)
            for (int l = 0; l < width<E>; ++l) {
                const double anywhere = low + (high - low) * double(random.uniform(0, 1));
                const double near_zero = std::ldexp(double(random.uniform(-1, 1)), -random.below(30));
                set_lane(x, l, S(random.below(2) == 0 ? anywhere : near_zero));
            }
        layer.dy = {};
        for (E& dy : layer.dy) dy = S(1);
        layer.forward();
        layer.backward();
        for (int i = 0; i < layer.x.count; ++i) {
            for (int l = 0; l < width<E>; ++l) {
                const Wide x = lane(layer.x[i], l), exact = f(x);
                const auto error = double(std::abs(Wide(lane(layer.y[i], l)) - exact));
                int exponent = 0;
                std::frexp(double(exact), &exponent);
                const double spacing = std::ldexp(1.0, std::max(exponent, Limits::min_exponent) - Limits::digits);
                errors.see(errors.value_ulp, error / spacing);
                errors.see(errors.value_relative, x == 0 ? error : error / double(std::abs(x)));
                errors.see(errors.slope, double(std::abs(Wide(lane(layer.dx[i], l)) - derivative(x))));
            }
        }
    }
    BOOST_TEST_MESSAGE("values " << errors.value_ulp << " ulp, " << errors.value_relative << " of x, slopes "
                                 << errors.slope);
    return errors;
}

}  // namespace kiln::laws
