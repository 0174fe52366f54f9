// SPDX-License-Identifier: BSL-1.0
#pragma once
// Elements for tests. A layer is written once over any element, so running it on these says what it computes:
//
//   Dual<T>   a number with its derivative (forward mode): the oracle for every backward
//   Counted   no number at all; whatever it takes part in is counted: the oracle for every multiply_adds

#include <cmath>

namespace kiln::laws {

/// value + slope e, where e e = 0: the slope is the derivative with respect to whatever was given slope 1.
template <class T>
struct Dual {
    T value{}, slope{};

    constexpr Dual() = default;
    constexpr Dual(T number, T derivative = T(0)) : value(number), slope(derivative) {}

    friend constexpr Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.slope + b.slope}; }
    friend constexpr Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.slope - b.slope}; }
    friend constexpr Dual operator-(Dual a) { return {-a.value, -a.slope}; }
    friend constexpr Dual operator*(Dual a, Dual b) {
        return {a.value * b.value, a.value * b.slope + a.slope * b.value};
    }
    friend constexpr Dual operator/(Dual a, Dual b) {
        return {a.value / b.value, (a.slope * b.value - a.value * b.slope) / (b.value * b.value)};
    }
    friend constexpr Dual& operator+=(Dual& a, Dual b) { return a = a + b; }
    friend constexpr Dual& operator-=(Dual& a, Dual b) { return a = a - b; }
    friend constexpr Dual& operator*=(Dual& a, Dual b) { return a = a * b; }
    friend constexpr Dual& operator/=(Dual& a, Dual b) { return a = a / b; }

    friend constexpr bool operator>(Dual a, Dual b) { return a.value > b.value; }
    friend constexpr bool operator<(Dual a, Dual b) { return a.value < b.value; }
    friend constexpr bool operator>=(Dual a, Dual b) { return a.value >= b.value; }
    friend constexpr bool operator<=(Dual a, Dual b) { return a.value <= b.value; }
    friend constexpr bool operator==(Dual a, Dual b) { return a.value == b.value; }

    friend constexpr Dual fma(Dual a, Dual b, Dual c) { return a * b + c; }
    friend constexpr Dual max(Dual a, Dual b) { return a > b ? a : b; }
    friend constexpr Dual min(Dual a, Dual b) { return a < b ? a : b; }
    friend constexpr Dual reduce(Dual a) { return a; }

    // By the C library, so that Kiln's own functions are checked against something else.
    friend Dual exp(Dual a) { return {std::exp(a.value), a.slope * std::exp(a.value)}; }
    friend Dual expm1(Dual a) { return {std::expm1(a.value), a.slope * std::exp(a.value)}; }
    friend Dual log(Dual a) { return {std::log(a.value), a.slope / a.value}; }
    friend Dual log1p(Dual a) { return {std::log1p(a.value), a.slope / (1 + a.value)}; }
    friend Dual tanh(Dual a) {
        const T cosh = std::cosh(a.value);
        return {std::tanh(a.value), a.slope / (cosh * cosh)};
    }
    friend Dual erf(Dual a) {
        const T peak = T(1.1283791670955126);  // 2 / sqrt(pi)
        return {std::erf(a.value), a.slope * peak * std::exp(-a.value * a.value)};
    }
    friend Dual sqrt(Dual a) { return {std::sqrt(a.value), a.slope / (2 * std::sqrt(a.value))}; }
};

/// Counts multiplications, fused or not. There is no global counter in a constant expression: where to count travels
/// in the value, from the inputs and parameters to everything computed from them.
struct Counted {
    long long* tally = nullptr;

    constexpr Counted() = default;
    constexpr Counted(double) {}

    friend constexpr Counted either(Counted a, Counted b) { return a.tally != nullptr ? a : b; }
    friend constexpr Counted counted(Counted a) {
        if (a.tally != nullptr) ++*a.tally;
        return a;
    }

    friend constexpr Counted operator+(Counted a, Counted b) { return either(a, b); }
    friend constexpr Counted operator-(Counted a, Counted b) { return either(a, b); }
    friend constexpr Counted operator-(Counted a) { return a; }
    friend constexpr Counted operator*(Counted a, Counted b) { return counted(either(a, b)); }
    friend constexpr Counted operator/(Counted a, Counted b) { return either(a, b); }
    friend constexpr Counted& operator+=(Counted& a, Counted b) { return a = a + b; }
    friend constexpr Counted& operator-=(Counted& a, Counted b) { return a = a - b; }
    friend constexpr Counted& operator*=(Counted& a, Counted b) { return a = a * b; }
    friend constexpr Counted& operator/=(Counted& a, Counted b) { return a = a / b; }

    friend constexpr bool operator>(Counted, Counted) { return false; }
    friend constexpr bool operator<(Counted, Counted) { return false; }
    friend constexpr bool operator>=(Counted, Counted) { return true; }
    friend constexpr bool operator<=(Counted, Counted) { return true; }
    friend constexpr bool operator==(Counted, Counted) { return true; }

    friend constexpr Counted fma(Counted a, Counted b, Counted c) { return counted(either(either(a, b), c)); }
    friend constexpr Counted max(Counted a, Counted b) { return either(a, b); }
    friend constexpr Counted min(Counted a, Counted b) { return either(a, b); }
    friend constexpr Counted reduce(Counted a) { return a; }
    friend constexpr Counted exp(Counted a) { return a; }
    friend constexpr Counted expm1(Counted a) { return a; }
    friend constexpr Counted log(Counted a) { return a; }
    friend constexpr Counted log1p(Counted a) { return a; }
    friend constexpr Counted tanh(Counted a) { return a; }
    friend constexpr Counted erf(Counted a) { return a; }
    friend constexpr Counted sqrt(Counted a) { return a; }
};

}  // namespace kiln::laws
