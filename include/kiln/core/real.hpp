// SPDX-License-Identifier: BSL-1.0
#pragma once
// Real numbers as template arguments: `template <real Slope>` takes `LeakyReLU<0.01>` (clang 16 has no floating-point
// template parameters). The number is kept as the decimal that was written, digits · 10^exponent with the fewest
// digits. So messages show `LeakyReLU<kiln::real{1, -2}>`, and equal numbers make the same type.
//
// With at most 15 digits and an exponent within 22 both factors are exact as double. Their product or quotient is
// rounded once and so is the number that was written (W. Clinger: How to read floating point numbers accurately, 1990).

#include <kiln/core/target.hpp>

namespace kiln::inline KILN_TARGET::detail {
// Never defined: a constant expression that calls this function does not compile, and the message shows its name.
void a_real_argument_has_at_most_15_decimal_digits_and_an_exponent_within_22();
}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// A real-valued template argument, made from a literal of up to 15 digits between 1e-22 and 1e36, or from an int.
struct real {
    long long digits = 0;
    int exponent = 0;

    consteval real(double x) {
        if (-1e38 < x && x < 1e38 && assign(x)) return;
        detail::a_real_argument_has_at_most_15_decimal_digits_and_an_exponent_within_22();
    }
    consteval real(int x) : real(static_cast<double>(x)) {}

    /// The double that was written.
    [[gnu::always_inline]] constexpr operator double() const { return value(digits, exponent); }

  private:
    static constexpr int largest_exponent = 22;

    [[gnu::always_inline]] static constexpr double power_of_ten(int n) {
        double power = 1;
        for (int i = 0; i < n; ++i) power *= 10;
        return power;
    }
    [[gnu::always_inline]] static constexpr double value(long long digits, int exponent) {
        const auto integer = static_cast<double>(digits);
        return exponent < 0 ? integer / power_of_ten(-exponent) : integer * power_of_ten(exponent);
    }
    // Finds the largest exponent with which whole digits give x. The quotient is off by less than 1/4 for the right
    // digits.
    constexpr bool assign(double x) {
        if (x == 0) return true;
        for (exponent = largest_exponent; exponent >= -largest_exponent; --exponent) {
            const double scaled = exponent < 0 ? x * power_of_ten(-exponent) : x / power_of_ten(exponent);
            if (scaled <= -1e15 || 1e15 <= scaled) break;
            digits = static_cast<long long>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
            if (value(digits, exponent) == x) return true;
        }
        return false;
    }
};

}  // namespace kiln
