// SPDX-License-Identifier: BSL-1.0
#pragma once
// A number with its derivative: value + slope e, where e e = 0 (forward-mode differentiation; R. E. Wengert: A simple
// automatic derivative evaluation program, 1964). A layer is written once over any element, so its forward on dual
// numbers gives derivatives:
//
//   kiln::Dual<double> x(3, 1);                // the derivative is taken with respect to x
//   (x * x).slope;                             // 6
//
// T is float, double, lanes of either, or a Dual again: Dual<Dual<double>> has second derivatives. The functions are
// Kiln's, so they work in constant expressions. Where a function has no derivative the slope is PyTorch's: abs has
// slope 0 at 0; max and min of equal numbers have the slope of the argument that they return.

#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/sine.hpp>

#include <concepts>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

namespace detail {
// The types of labels and of comparisons, where T is lanes.
template <class T>
struct masks_of {};
template <class T>
    requires(width<T> > 1)
struct masks_of<T> {
    using Mask = typename T::Mask;
    using Integer = typename T::Integer;
};
}  // namespace detail

/// A value, and its derivative with respect to the variable that was given slope 1.
template <class T>
struct Dual : detail::masks_of<T> {
    using Scalar = scalar_t<T>;

    T value = T(Scalar(0)), slope = T(Scalar(0));

    constexpr Dual() = default;
    constexpr Dual(const T& number) : value(number) {}
    constexpr Dual(const T& number, const T& derivative) : value(number), slope(derivative) {}
    /// A number of another type; its derivative is 0.
    template <class U>
        requires(std::is_arithmetic_v<U> && !std::same_as<U, T>)
    constexpr Dual(U number) : value(static_cast<Scalar>(number)) {}
    /// The same dual number in every lane.
    template <class U>
        requires(width<T> > 1 && std::same_as<U, Scalar>)
    constexpr Dual(const Dual<U>& number) : value(number.value), slope(number.slope) {}

    friend constexpr Dual operator+(const Dual& a, const Dual& b) { return {a.value + b.value, a.slope + b.slope}; }
    friend constexpr Dual operator-(const Dual& a, const Dual& b) { return {a.value - b.value, a.slope - b.slope}; }
    friend constexpr Dual operator-(const Dual& a) { return {-a.value, -a.slope}; }
    friend constexpr Dual operator*(const Dual& a, const Dual& b) {
        return {a.value * b.value, fma(a.value, b.slope, a.slope * b.value)};
    }
    friend constexpr Dual operator/(const Dual& a, const Dual& b) {
        const T quotient = a.value / b.value;
        return {quotient, (a.slope - quotient * b.slope) / b.value};
    }
    friend constexpr Dual& operator+=(Dual& a, const Dual& b) { return a = a + b; }
    friend constexpr Dual& operator-=(Dual& a, const Dual& b) { return a = a - b; }
    friend constexpr Dual& operator*=(Dual& a, const Dual& b) { return a = a * b; }
    friend constexpr Dual& operator/=(Dual& a, const Dual& b) { return a = a / b; }

    // Comparisons look at the values alone.
    friend constexpr auto operator>(const Dual& a, const Dual& b) { return a.value > b.value; }
    friend constexpr auto operator<(const Dual& a, const Dual& b) { return a.value < b.value; }
    friend constexpr auto operator>=(const Dual& a, const Dual& b) { return a.value >= b.value; }
    friend constexpr auto operator<=(const Dual& a, const Dual& b) { return a.value <= b.value; }
    friend constexpr auto operator==(const Dual& a, const Dual& b) { return a.value == b.value; }

    friend constexpr Dual select(const auto& mask, const Dual& a,
                                 const Dual& b) requires(width<T> > 1)  // kiln::select chooses whole elements
    {
        return {select(mask, a.value, b.value), select(mask, a.slope, b.slope)};
    }
    friend constexpr Dual max(const Dual& a, const Dual& b) { return choose(a.value > b.value, a, b); }
    friend constexpr Dual min(const Dual& a, const Dual& b) { return choose(a.value < b.value, a, b); }
    friend constexpr Dual fma(const Dual& a, const Dual& b, const Dual& c) {
        return {fma(a.value, b.value, c.value), fma(a.value, b.slope, fma(a.slope, b.value, c.slope))};
    }
    friend constexpr auto reduce(const Dual& a) { return Dual<Scalar>{reduce(a.value), reduce(a.slope)}; }
    friend constexpr auto lane(const Dual& a, int l) requires(width<T> > 1) {
        return Dual<Scalar>{lane(a.value, l), lane(a.slope, l)};
    }
    friend constexpr void set_lane(Dual& a, int l, const Dual<Scalar>& number) requires(width<T> > 1) {
        set_lane(a.value, l, number.value);
        set_lane(a.slope, l, number.slope);
    }

    friend constexpr Dual abs(const Dual& a) {
        const T zero = constant(0), below = choose(a.value < zero, -a.slope, zero);
        return {abs(a.value), choose(a.value > zero, a.slope, below)};
    }
    friend constexpr Dual exp(const Dual& a) {
        const T power = exp(a.value);
        return {power, a.slope * power};
    }
    friend constexpr Dual expm1(const Dual& a) { return {expm1(a.value), a.slope * exp(a.value)}; }
    friend constexpr Dual log(const Dual& a) { return {log(a.value), a.slope / a.value}; }
    friend constexpr Dual log1p(const Dual& a) { return {log1p(a.value), a.slope / (constant(1) + a.value)}; }
    friend constexpr Dual tanh(const Dual& a) {
        const T y = tanh(a.value);
        return {y, a.slope * ((constant(1) - y) * (constant(1) + y))};
    }
    friend constexpr Dual erf(const Dual& a) {
        const T peak = constant(1.1283791670955126);  // 2 / sqrt(pi)
        return {erf(a.value), a.slope * peak * exp(-a.value * a.value)};
    }
    friend constexpr Dual sqrt(const Dual& a) {
        const T root = sqrt(a.value);
        return {root, a.slope / (root + root)};
    }
    friend constexpr Dual sin(const Dual& a) { return {sin(a.value), a.slope * cos(a.value)}; }
    friend constexpr Dual cos(const Dual& a) { return {cos(a.value), -a.slope * sin(a.value)}; }
    // d(x^y) = y x^(y - 1) dx + log(x) x^y dy. The second term is 0 unless x is above 0: at 0 the logarithm is
    // infinite, but the term tends to 0.
    friend constexpr Dual pow(const Dual& x, const Dual& y) {
        const T zero = constant(0), one = constant(1), power = pow(x.value, y.value);
        const auto positive = x.value > zero;
        const T growth = y.slope * log(choose(positive, x.value, one)) * power;
        return {power, x.slope * y.value * pow(x.value, y.value - one) + choose(positive, growth, zero)};
    }

  private:
    static constexpr T constant(double number) { return T(static_cast<Scalar>(number)); }
    static constexpr auto choose(const auto& mask, const auto& a, const auto& b) { return select(mask, a, b); }
};

namespace detail {
template <class T>
struct element_traits<Dual<T>> {
    using scalar = Dual<scalar_t<T>>;
    using index = index_t<T>;
    static constexpr int width = kiln::width<T>;
};
}  // namespace detail

}  // namespace kiln::inline KILN_TARGET
