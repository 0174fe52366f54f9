// SPDX-License-Identifier: BSL-1.0
#pragma once
// A function of one element is run once while compiling, over an element that computes with statements about the
// function instead of numbers. Each value carries its range, whether it rises or falls with x, and, where that is known,
// how its slope follows from the value itself.
//
// Direction: a + b rises where both rise; the difference of two values of a b is (Δa) b + a (Δb), so signs decide;
//   exp, tanh and the like keep the direction. A choice by a comparison may jump, so its direction stays open. Rounding
//   never decreases, so the direction holds for floats as well, within the last place of exp and its like.
// Slope from the value: y' = p0 + p1 y + p2 y² with constant p for x (1), exp (y) and tanh (1 - y²). An affine function
//   of such a y, and 1 / y, obey an equation of the same form (Riccati's). So do a tanh(b x + c) + d and all logistic
//   functions.

#include <kiln/core/element.hpp>
#include <kiln/core/math.hpp>

#include <limits>

namespace kiln::inline KILN_TARGET::detail {

// y' = p0 + p1 y + p2 y², if known.
struct SlopeOfValue {
    bool known = false;
    double p0 = 0, p1 = 0, p2 = 0;

    constexpr SlopeOfValue scaled(double factor) const { return {known, p0 * factor, p1, p2 / factor}; }
    constexpr SlopeOfValue moved(double by) const { return {known, p0 - p1 * by + p2 * by * by, p1 - 2 * p2 * by, p2}; }
    constexpr SlopeOfValue inverse() const { return {known, -p2, -p1, -p0}; }

    constexpr double at(double y) const { return (p2 * y + p1) * y + p0; }
    // Whether the terms do not cancel: they are at most sixteen times the largest slope.
    constexpr bool is_accurate_between(double low, double high) const {
        const auto magnitude = [](double a) { return a < 0 ? -a : a; };
        const auto larger = [](double a, double b) { return a > b ? a : b; };
        const double most = larger(magnitude(low), magnitude(high));
        if (!(most <= std::numeric_limits<double>::max()))
            return p2 == 0 && (p1 == 0 || magnitude(p0) <= magnitude(p1));
        const double top = p2 == 0 ? low : -p1 / (2 * p2);
        double size = larger(magnitude(at(low)), magnitude(at(high)));
        if (low < top && top < high) size = larger(size, magnitude(at(top)));
        return magnitude(p0) + (magnitude(p1) + magnitude(p2) * most) * most <= 16 * size;
    }
};

// The cost of a function, and whether it branches: found by running it, besides its result.
struct Effort {
    long long multiplications = 0;
    bool dear = false;      // a division or a function that costs more than a load
    bool branches = false;  // on a comparison of values, as a function of several samples cannot
};

// The result of a comparison.
struct SketchMask {
    Effort* effort;
    constexpr explicit operator bool() const {
        if (effort != nullptr) effort->branches = true;
        return true;
    }
};

// A value of the function. Values that do not depend on x have no `effort`.
struct Sketch {
    static constexpr double infinity = std::numeric_limits<double>::infinity();

    double low = 0, high = 0;
    bool rises = true, falls = true;  // never decreases, never increases as x grows; a constant does neither
    SlopeOfValue slope{};
    Effort* effort = nullptr;

    constexpr Sketch() = default;
    constexpr Sketch(double number) : low(number), high(number) {}
    constexpr Sketch(double least, double most, bool up, bool down, Effort* noted)
        : low(least),
          high(most),
          rises(up),
          falls(down),
          effort(noted) {}
    static constexpr Sketch variable(Effort* noted) {
        Sketch x(-infinity, infinity, true, false, noted);
        x.slope = {true, 1, 0, 0};
        return x;
    }
    constexpr bool is_constant() const { return effort == nullptr; }

    friend constexpr Sketch operator-(const Sketch& a) {
        Sketch y(-a.high, -a.low, a.falls, a.rises, a.effort);
        y.slope = a.slope.scaled(-1);
        return y;
    }
    friend constexpr Sketch operator+(const Sketch& a, const Sketch& b) {
        Sketch y(a.low + b.low, a.high + b.high, a.rises && b.rises, a.falls && b.falls, effort_of(a, b));
        if (a.is_constant()) y.slope = b.slope.moved(a.low);
        if (b.is_constant()) y.slope = a.slope.moved(b.low);
        return y;
    }
    friend constexpr Sketch operator-(const Sketch& a, const Sketch& b) { return a + -b; }
    friend constexpr Sketch operator*(const Sketch& a, const Sketch& b) {
        Sketch y(infinity, -infinity, rises_by(a, b) && rises_by(b, a), rises_by(-a, b) && rises_by(-b, a),
                 effort_of(a, b));
        for (const double end :
             {product(a.low, b.low), product(a.low, b.high), product(a.high, b.low), product(a.high, b.high)}) {
            y.low = end < y.low ? end : y.low;
            y.high = end > y.high ? end : y.high;
        }
        if (a.is_constant() && a.low != 0) y.slope = b.slope.scaled(a.low);
        if (b.is_constant() && b.low != 0) y.slope = a.slope.scaled(b.low);
        if (!y.is_constant()) ++y.effort->multiplications;
        return y;
    }
    friend constexpr Sketch operator/(const Sketch& a, const Sketch& b) {
        if (b.is_constant() && b.low != 0) return a.without_counting(1 / b.low, true);
        Sketch inverse = b.open();  // notes that a division is dear
        if (b.low >= 0 || b.high <= 0) {
            inverse = Sketch(b.high <= 0 && b.high == 0 ? -infinity : 1 / b.high,
                             b.low >= 0 && b.low == 0 ? infinity : 1 / b.low, b.falls, b.rises, b.effort);
            inverse.slope = b.slope.inverse();
        }
        if (a.is_constant()) return a.low == 0 ? Sketch(0) : inverse.without_counting(a.low, false);
        const long long before = b.is_constant() ? a.effort->multiplications : b.effort->multiplications;
        Sketch y = a * inverse;
        y.effort->multiplications = before;
        return y;
    }
    friend constexpr Sketch& operator+=(Sketch& a, const Sketch& b) { return a = a + b; }
    friend constexpr Sketch& operator-=(Sketch& a, const Sketch& b) { return a = a - b; }
    friend constexpr Sketch& operator*=(Sketch& a, const Sketch& b) { return a = a * b; }
    friend constexpr Sketch& operator/=(Sketch& a, const Sketch& b) { return a = a / b; }

    friend constexpr SketchMask operator>(const Sketch& a, const Sketch& b) { return {effort_of(a, b)}; }
    friend constexpr SketchMask operator<(const Sketch& a, const Sketch& b) { return {effort_of(a, b)}; }
    friend constexpr SketchMask operator>=(const Sketch& a, const Sketch& b) { return {effort_of(a, b)}; }
    friend constexpr SketchMask operator<=(const Sketch& a, const Sketch& b) { return {effort_of(a, b)}; }
    friend constexpr SketchMask operator==(const Sketch& a, const Sketch& b) { return {effort_of(a, b)}; }
    friend constexpr Sketch select(SketchMask, const Sketch& a, const Sketch& b) {
        return {a.low < b.low ? a.low : b.low, a.high > b.high ? a.high : b.high, false, false, effort_of(a, b)};
    }
    friend constexpr Sketch max(const Sketch& a, const Sketch& b) {
        return {a.low > b.low ? a.low : b.low, a.high > b.high ? a.high : b.high, a.rises && b.rises,
                a.falls && b.falls, effort_of(a, b)};
    }
    friend constexpr Sketch min(const Sketch& a, const Sketch& b) { return -max(-a, -b); }
    friend constexpr Sketch fma(const Sketch& a, const Sketch& b, const Sketch& c) { return a * b + c; }
    friend constexpr Sketch reduce(const Sketch& a) { return a; }
    friend constexpr Sketch abs(const Sketch& a) {
        if (a.low >= 0) return a;
        if (a.high <= 0) return -a;
        const double most = -a.low > a.high ? -a.low : a.high;
        return {0, most, a.is_constant(), a.is_constant(), a.effort};
    }

    friend constexpr Sketch exp(const Sketch& a) {
        Sketch y = a.through(kiln::exp(a.low), kiln::exp(a.high));
        if (a.has_constant_slope()) y.slope = {true, 0, a.slope.p0, 0};
        return y;
    }
    friend constexpr Sketch expm1(const Sketch& a) {
        Sketch y = a.through(kiln::expm1(a.low), kiln::expm1(a.high));
        if (a.has_constant_slope()) y.slope = {true, a.slope.p0, a.slope.p0, 0};
        return y;
    }
    friend constexpr Sketch tanh(const Sketch& a) {
        Sketch y = a.through(kiln::tanh(a.low), kiln::tanh(a.high));
        if (a.has_constant_slope()) y.slope = {true, a.slope.p0, 0, -a.slope.p0};
        return y;
    }
    friend constexpr Sketch erf(const Sketch& a) { return a.through(kiln::erf(a.low), kiln::erf(a.high)); }
    friend constexpr Sketch log(const Sketch& a) {
        return a.low >= 0 ? a.through(kiln::log(a.low), kiln::log(a.high)) : a.open();
    }
    friend constexpr Sketch log1p(const Sketch& a) {
        return a.low >= -1 ? a.through(kiln::log1p(a.low), kiln::log1p(a.high)) : a.open();
    }
    friend constexpr Sketch sqrt(const Sketch& a) {
        return a.low >= 0 ? a.through(kiln::sqrt(a.low), kiln::sqrt(a.high)) : a.open();
    }
    friend constexpr Sketch sin(const Sketch& a) { return a.open(-1, 1); }
    friend constexpr Sketch cos(const Sketch& a) { return a.open(-1, 1); }
    friend constexpr Sketch pow(const Sketch& a, const Sketch& b) {
        Sketch y = b.is_constant() ? a.open(0, infinity) : b.open(0, infinity);
        if (b.is_constant() && a.low >= 0) {
            y.rises = b.low >= 0 ? a.rises : a.falls;
            y.falls = b.low >= 0 ? a.falls : a.rises;
        }
        return y;
    }

  private:
    static constexpr Effort* effort_of(const Sketch& a, const Sketch& b) {
        return a.is_constant() ? b.effort : a.effort;
    }
    static constexpr double product(double a, double b) { return a == 0 || b == 0 ? 0 : a * b; }
    // Whether (Δa) b is never negative.
    static constexpr bool rises_by(const Sketch& a, const Sketch& b) {
        return a.is_constant() || (b.low >= 0 && a.rises) || (b.high <= 0 && a.falls);
    }
    constexpr bool has_constant_slope() const { return slope.known && slope.p1 == 0 && slope.p2 == 0; }
    constexpr void note() const {
        if (!is_constant()) effort->dear = true;
    }
    // A function that never decreases.
    constexpr Sketch through(double least, double most) const {
        note();
        return {least, most, rises, falls, effort};
    }
    // A function of which nothing but the range is known.
    constexpr Sketch open(double least = -infinity, double most = infinity) const {
        note();
        return {least, most, is_constant(), is_constant(), effort};
    }
    // The product with a constant, which a division hides.
    constexpr Sketch without_counting(double factor, bool divides) const {
        if (is_constant()) return Sketch(low * factor);
        const Sketch y = *this * Sketch(factor);
        --effort->multiplications;
        if (divides) note();
        return y;
    }
};

}  // namespace kiln::inline KILN_TARGET::detail
