// SPDX-License-Identifier: BSL-1.0
#pragma once
// The axis of a chart: round ticks that enclose all values. Positive values that are far apart (the loss of a training
// that falls by decades) get a logarithmic axis. Other values get a linear axis, from 0 if all are positive. Functions
// are templates, so that only a program that draws compiles them.

#include <kiln/core/element.hpp>
#include <kiln/core/math.hpp>
#include <kiln/report/detail/markup.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace kiln::inline KILN_TARGET::report {

/// An axis from low to high, with a line at each tick.
struct Axis {
    double low = 0, high = 1;
    bool logarithmic = false;
    std::vector<double> ticks{};
    int decimals = 0;  ///< in the ticks' labels on a linear axis

    /// 0 for a value at the lower end, 1 for a value at the upper end.
    double position(double value) const {
        return logarithmic ? kiln::log(value / low) / kiln::log(high / low) : (value - low) / (high - low);
    }
    std::string label(double tick) const { return logarithmic ? number(tick, 1) : fixed(tick, decimals); }
};

namespace detail {

// The smallest of …, 0.5, 1, 2, 5, 10, … that is not below `step`, which is positive.
inline double round_step(double step) {
    double power = 1;
    while (power > step) power /= 10;
    while (power * 10 <= step) power *= 10;
    for (const int digit : {1, 2, 5})
        if (digit * power >= step) return digit * power;
    return 10 * power;
}

// The number of whole steps, rounded down. A value that is off a step by rounding alone counts as on the step.
inline double whole_steps(double value, double step) {
    const double steps = value / step + 1e-6;
    const auto whole = static_cast<double>(static_cast<long long>(steps));
    return whole > steps ? whole - 1 : whole;
}

}  // namespace detail

/// A linear axis with equal steps of 1, 2 or 5 times a power of ten. Magnitudes are below 1e100, and differences not
/// below 1e-100.
template <RealScalar Real>
Axis linear_axis(Real least, Real most) {
    const Real size = most > -least ? most : -least;
    if (!(most - least > 1e-9 * size)) {  // all values are equal
        least -= size > 0 ? size / 2 : 0.5;
        most += size > 0 ? size / 2 : 0.5;
    }
    const Real step = detail::round_step((most - least) / 5);
    const Real first = detail::whole_steps(least, step), last = -detail::whole_steps(-most, step);
    Axis axis{.low = first * step, .high = last * step};
    for (Real k = first; k <= last; ++k) axis.ticks.push_back(k * step);
    for (double unit = 1; unit > step * 1.000001 && axis.decimals < 9; unit /= 10) ++axis.decimals;
    return axis;
}

/// A logarithmic axis with ticks at 1, 2 and 5 times powers of ten, or at powers of ten alone if there would be too
/// many. 0 < least < most.
template <RealScalar Real>
Axis logarithmic_axis(Real least, Real most) {
    constexpr std::size_t enough = 8;
    int exponent = 0;
    while (detail::power_of_ten(exponent) > least) --exponent;
    while (detail::power_of_ten(exponent + 1) <= least) ++exponent;
    std::vector<double> powers, between;
    for (; powers.size() < 2 || powers.back() < most; ++exponent) {
        powers.push_back(detail::power_of_ten(exponent));
        for (const int digit : {1, 2, 5}) {
            const double tick = digit * powers.back();
            if (tick <= least) between.clear();
            if (between.empty() || between.back() < most) between.push_back(tick);
        }
    }
    const std::vector<double>& all = between.size() <= enough ? between : powers;
    Axis axis{.low = all.front(), .high = all.back(), .logarithmic = true};
    const std::size_t stride = (all.size() + enough - 1) / enough;
    for (std::size_t i = 0; i < all.size(); i += stride) axis.ticks.push_back(all[i]);
    return axis;
}

/// The axis for values from least to most.
template <RealScalar Real>
Axis value_axis(Real least, Real most) {
    constexpr double far_apart = 30;
    if (least > 0 && most / least > far_apart) return logarithmic_axis(least, most);
    return linear_axis(least > 0 ? Real(0) : least, most);
}

}  // namespace kiln::inline KILN_TARGET::report
