// SPDX-License-Identifier: BSL-1.0
#pragma once
// The oracle of derivatives: a number with its derivative, with the functions of the C library. The oracle shares
// nothing with the public `Dual` (kiln/core/dual.hpp), which core/dual.cpp checks against the oracle.

#include <cmath>

namespace kiln::laws {

/// value + slope e, where e e = 0: the slope is the derivative with respect to the variable that was given slope 1.
template <class T>
struct Oracle {
    T value{}, slope{};

    constexpr Oracle() = default;
    constexpr Oracle(T number, T derivative = T(0)) : value(number), slope(derivative) {}

    friend constexpr Oracle operator+(Oracle a, Oracle b) { return {a.value + b.value, a.slope + b.slope}; }
    friend constexpr Oracle operator-(Oracle a, Oracle b) { return {a.value - b.value, a.slope - b.slope}; }
    friend constexpr Oracle operator-(Oracle a) { return {-a.value, -a.slope}; }
    friend constexpr Oracle operator*(Oracle a, Oracle b) {
        return {a.value * b.value, a.value * b.slope + a.slope * b.value};
    }
    friend constexpr Oracle operator/(Oracle a, Oracle b) {
        return {a.value / b.value, (a.slope * b.value - a.value * b.slope) / (b.value * b.value)};
    }
    friend constexpr Oracle& operator+=(Oracle& a, Oracle b) { return a = a + b; }
    friend constexpr Oracle& operator-=(Oracle& a, Oracle b) { return a = a - b; }
    friend constexpr Oracle& operator*=(Oracle& a, Oracle b) { return a = a * b; }
    friend constexpr Oracle& operator/=(Oracle& a, Oracle b) { return a = a / b; }

    friend constexpr bool operator>(Oracle a, Oracle b) { return a.value > b.value; }
    friend constexpr bool operator<(Oracle a, Oracle b) { return a.value < b.value; }
    friend constexpr bool operator>=(Oracle a, Oracle b) { return a.value >= b.value; }
    friend constexpr bool operator<=(Oracle a, Oracle b) { return a.value <= b.value; }
    friend constexpr bool operator==(Oracle a, Oracle b) { return a.value == b.value; }

    friend constexpr Oracle fma(Oracle a, Oracle b, Oracle c) { return a * b + c; }
    friend constexpr Oracle max(Oracle a, Oracle b) { return a > b ? a : b; }
    friend constexpr Oracle min(Oracle a, Oracle b) { return a < b ? a : b; }
    friend constexpr Oracle reduce(Oracle a) { return a; }

    friend Oracle abs(Oracle a) { return a.value < 0 ? -a : a; }
    friend Oracle exp(Oracle a) { return {std::exp(a.value), a.slope * std::exp(a.value)}; }
    friend Oracle expm1(Oracle a) { return {std::expm1(a.value), a.slope * std::exp(a.value)}; }
    friend Oracle log(Oracle a) { return {std::log(a.value), a.slope / a.value}; }
    friend Oracle log1p(Oracle a) { return {std::log1p(a.value), a.slope / (1 + a.value)}; }
    friend Oracle tanh(Oracle a) {
        const T cosh = std::cosh(a.value);
        return {std::tanh(a.value), a.slope / (cosh * cosh)};
    }
    friend Oracle erf(Oracle a) {
        const T peak = T(1.1283791670955126);  // 2 / sqrt(pi)
        return {std::erf(a.value), a.slope * peak * std::exp(-a.value * a.value)};
    }
    friend Oracle sin(Oracle a) { return {std::sin(a.value), a.slope * std::cos(a.value)}; }
    friend Oracle cos(Oracle a) { return {std::cos(a.value), -a.slope * std::sin(a.value)}; }
    friend Oracle pow(Oracle a, Oracle b) {
        const T power = std::pow(a.value, b.value);
        return {power, power * (a.slope * b.value / a.value + b.slope * std::log(a.value))};
    }
    friend Oracle sqrt(Oracle a) { return {std::sqrt(a.value), a.slope / (2 * std::sqrt(a.value))}; }
};

}  // namespace kiln::laws
