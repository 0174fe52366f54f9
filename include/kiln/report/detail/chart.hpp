// SPDX-License-Identifier: BSL-1.0
#pragma once
// Curves over epochs, or over another measure, as a drawing in SVG. The page that contains the drawing styles it, through
// classes for colours, lines and fonts. A value that is not finite, or is 1e100 or more in magnitude, interrupts its
// curve. Functions are templates, so that only a program that draws compiles them.

#include <kiln/report/detail/axis.hpp>
#include <kiln/report/detail/markup.hpp>
#include <kiln/report/parts.hpp>

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace kiln::inline KILN_TARGET::report {

/// Curves with the same axes.
struct Chart {
    std::string title{};
    std::string axis{};               ///< the measure, with its unit: "mean absolute error in °C"
    bool fraction = false;            ///< values from 0 to 1, shown in per cent
    std::vector<double> positions{};  ///< of the values, ascending: the epochs' numbers
    std::vector<Curve> curves{};
    std::string x_axis = "epoch";  ///< what positions are

    /// A value of the chart in words.
    std::string spell(double value) const { return fraction ? percent(value) : number(value); }
};

namespace detail {

// The places of things in the drawing, in its own units.
struct Frame {
    static constexpr int width = 440, height = 260;
    static constexpr double top = 30, bottom = 222;
    double left = 0, right = width;
    double first = 0, last = 1;  // epochs
    Axis axis{};

    double x(double epoch) const {
        return last > first ? left + (epoch - first) / (last - first) * (right - left) : (left + right) / 2;
    }
    double y(double value) const { return bottom - axis.position(value) * (bottom - top); }
};

// The value that is drawn; NaN for a value that cannot be drawn.
double drawn_value(const auto& chart, double value) {
    constexpr double large = 1e100;
    if (!(-large < value && value < large)) return std::numeric_limits<double>::quiet_NaN();
    if (-1 / large < value && value < 1 / large) return 0;
    return chart.fraction ? 100 * value : value;
}

// The positions of the first and the last value of a curve that are drawn.
struct Ends {
    bool any = false;
    std::size_t first = 0, last = 0;
};
Ends ends_of(const auto& chart, const auto& curve) {
    Ends ends;
    for (std::size_t i = 0; i < curve.values.size() && i < chart.positions.size(); ++i) {
        if (!is_finite(drawn_value(chart, curve.values[i]))) continue;
        if (!ends.any) ends.first = i;
        ends.last = i;
        ends.any = true;
    }
    return ends;
}

Axis axis_of(const auto& chart) {
    double least = std::numeric_limits<double>::max(), most = -least;
    for (const auto& curve : chart.curves)
        for (const double given : curve.values) {
            const double value = drawn_value(chart, given);
            if (value < least) least = value;
            if (value > most) most = value;
        }
    if (!chart.fraction) return value_axis(least, most);
    return most - least > 0.001 ? linear_axis(least, most) : linear_axis(0.0, 100.0);
}

std::string tick_label(const auto& chart, const Axis& axis, double tick) {
    return axis.label(tick) + (chart.fraction ? "\u00a0%" : "");
}

inline std::string text_at(const char* kind, double x, double y, const std::string& text) {
    return "<text class=\"" + std::string(kind) + "\" x=\"" + fixed(x, 1) + "\" y=\"" + fixed(y, 1) + "\">" +
           escaped(text) + "</text>\n";
}

// Whole positions are epochs, or the like: they are not rounded.
inline std::string spelled_position(double x) {
    const double whole = static_cast<double>(static_cast<long long>(x));
    return x == whole ? fixed(x, 0) : number(x);
}

// Axes, ticks and their labels.
std::string scaffold(const auto& chart, const Frame& frame) {
    std::string lines, labels;
    for (const double tick : frame.axis.ticks) {
        lines += 'M' + fixed(frame.left, 1) + ' ' + fixed(frame.y(tick), 1) + 'H' + fixed(frame.right, 1);
        labels += text_at("tick-y", frame.left - 8, frame.y(tick) + 4.5, tick_label(chart, frame.axis, tick));
    }
    const double span = frame.last - frame.first;
    const bool steps_by_one = span == 0 || (span < 6 && chart.x_axis == "epoch");  // epochs are whole
    const double step = steps_by_one ? 1 : round_step(span / 6);
    for (double x = -whole_steps(-frame.first, step) * step; x <= frame.last; x += step) {
        lines += 'M' + fixed(frame.x(x), 1) + ' ' + fixed(frame.bottom, 1) + "v4";
        labels += text_at("tick-x", frame.x(x), frame.bottom + 18, spelled_position(x));
    }
    return "<path class=\"grid\" d=\"" + lines + "\"/>\n" + labels +
           text_at("axis-y", 0, 14, chart.axis + (frame.axis.logarithmic ? " (logarithmic scale)" : "")) +
           text_at("axis-x", (frame.left + frame.right) / 2, frame.height - 5, chart.x_axis);
}

// A line for each uninterrupted part of a curve. Dots are added if there are few values, and for a value without
// neighbours.
std::string drawn(const auto& chart, const Frame& frame, const auto& curve) {
    constexpr std::size_t few = 40;
    const std::string radius = chart.positions.size() <= few ? "2.5" : "1.5";
    std::string lines, dots, points;
    const Ends ends = ends_of(chart, curve);
    const auto value = [&](std::size_t i) { return drawn_value(chart, curve.values[i]); };
    for (std::size_t i = ends.first; ends.any && i <= ends.last; ++i) {
        if (!is_finite(value(i))) continue;
        const std::string x = fixed(frame.x(chart.positions[i]), 1), y = fixed(frame.y(value(i)), 1);
        const bool starts = i == ends.first || !is_finite(value(i - 1)),
                   stops = i == ends.last || !is_finite(value(i + 1));
        if (starts) points.clear();
        points += (starts ? "" : " ") + x + ',' + y;
        if (stops && !starts) lines += "<polyline points=\"" + points + "\"/>";
        if (chart.positions.size() <= few || (starts && stops))
            dots += "<circle cx=\"" + x + "\" cy=\"" + y + "\" r=\"" + radius + "\"><title>" + escaped(curve.name) +
                    ", " + escaped(chart.x_axis) + ' ' + spelled_position(chart.positions[i]) + ": " +
                    chart.spell(curve.values[i]) + "</title></circle>";
    }
    return lines + dots;
}

// The drawing in words, for readers who cannot see it: "Loss by epoch; training from 0.4 to 0.1; …".
std::string description(const auto& chart) {
    std::string text = chart.title + " by " + chart.x_axis;
    for (const auto& curve : chart.curves) {
        const Ends ends = ends_of(chart, curve);
        if (ends.any)
            text += "; " + curve.name + " from " + chart.spell(curve.values[ends.first]) + " to " +
                    chart.spell(curve.values[ends.last]);
    }
    return text;
}

}  // namespace detail

/// The chart as an <svg> element; empty if no value can be drawn.
std::string svg(const auto& chart) {
    bool any = false;
    for (const auto& curve : chart.curves) any = any || detail::ends_of(chart, curve).any;
    if (!any) return {};
    detail::Frame frame{.first = static_cast<double>(chart.positions.front()),
                        .last = static_cast<double>(chart.positions.back()),
                        .axis = detail::axis_of(chart)};
    std::size_t widest = 0;
    for (const double tick : frame.axis.ticks) {
        const std::size_t size = frame.axis.label(tick).size() + (chart.fraction ? 2 : 0);
        widest = size > widest ? size : widest;
    }
    frame.left = 14 + 7.5 * static_cast<double>(widest);
    frame.right = 436 - 4 * static_cast<double>(detail::spelled_position(chart.positions.back()).size());
    std::string out = "<svg viewBox=\"0 0 " + std::to_string(frame.width) + ' ' + std::to_string(frame.height) +
                      "\" role=\"img\" aria-label=\"" + escaped(detail::description(chart)) + "\">\n" +
                      detail::scaffold(chart, frame);
    for (std::size_t i = 0; i < chart.curves.size(); ++i)
        out += "<g class=\"curve-" + std::to_string(i + 1) + "\">" + detail::drawn(chart, frame, chart.curves[i]) +
               "</g>\n";
    return out + "</svg>\n";
}

}  // namespace kiln::inline KILN_TARGET::report
