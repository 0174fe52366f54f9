// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.real
#include <kiln/core/real.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>
#include <type_traits>

using kiln::real;

namespace {

template <real X>
struct Of {
    static constexpr double value = X;
};

// The decimal that was written, with as few digits as possible.
template <real X>
constexpr bool is(long long digits, int exponent) {
    return X.digits == digits && X.exponent == exponent;
}
static_assert(is<0.01>(1, -2) && is<0.1>(1, -1) && is<0.5>(5, -1) && is<1e-5>(1, -5) && is<0.2>(2, -1));
static_assert(is<3.0>(3, 0) && is<-1.5>(-15, -1) && is<100.0>(1, 2) && is<0.0>(0, 0) && is<-0.0>(0, 0));
static_assert(is<3>(3, 0) && is<-20>(-2, 1) && is<0>(0, 0) && is<2'147'483'647>(2'147'483'647, 0));
static_assert(is<0.3333333>(3333333, -7) && is<3.14159265358979>(314159265358979, -14) && is<1e-8>(1, -8));
static_assert(is<0.29>(29, -2) && is<-0.57>(-57, -2));  // times 100, these are not quite integers
static_assert(is<0.0009765625>(9765625, -10) && is<999999999999999.0>(999'999'999'999'999, 0));
static_assert(is<1e-22>(1, -22) && is<1.5e-21>(15, -22) && is<1e22>(1, 22) &&
              is<9.99999999999999e36>(999'999'999'999'999, 22));

// And the double that was given.
static_assert(Of<0.1>::value == 0.1 && Of<0.5>::value == 0.5 && Of<0.01>::value == 0.01 && Of<1e-5>::value == 1e-5);
static_assert(Of<3.0>::value == 3.0 && Of<-1.5>::value == -1.5 && Of<0>::value == 0 && Of<0.2>::value == 0.2);
static_assert(Of<0.999>::value == 0.999 && Of<0.9999999>::value == 0.9999999 && Of<-1e-8>::value == -1e-8);
static_assert(Of<3.14159265358979>::value == 3.14159265358979 && Of<1.23456789012345e-8>::value == 1.23456789012345e-8);
static_assert(Of<1.23456789012345e30>::value == 1.23456789012345e30 && Of<1e36>::value == 1e36);

// Equal numbers are one type, however they were written.
static_assert(std::is_same_v<Of<0.1>, Of<1e-1>> && std::is_same_v<Of<3>, Of<3.0>> && std::is_same_v<Of<-0.0>, Of<0>>);
static_assert(std::is_same_v<Of<0.25>, Of<1.0 / 4>> && !std::is_same_v<Of<0.1>, Of<0.2>>);

// Compared as the double it is.
static_assert(real(0.1) > 0 && !(real(0) > 0) && real(-1.5) < -1 && real(0.5) == 0.5);

// A number that is no decimal of 15 digits is refused.
template <class X>
concept Decimal = requires {
    typename Of<X::value>;
};
template <int Numerator, int Denominator>
struct Ratio {
    static constexpr double value = static_cast<double>(Numerator) / Denominator;
};
struct Infinity {
    static constexpr double value = std::numeric_limits<double>::infinity();
};
struct NotANumber {
    static constexpr double value = std::numeric_limits<double>::quiet_NaN();
};
struct TooSmall {
    static constexpr double value = 1e-23;
};
struct TooLarge {
    static constexpr double value = 1e38;
};
struct SixteenDigits {
    static constexpr double value = 0.1234567890123456;
};
static_assert(Decimal<Ratio<1, 8>> && Decimal<Ratio<-3, 5>> && !Decimal<Ratio<1, 3>> && !Decimal<Ratio<-2, 7>>);
static_assert(!Decimal<Infinity> && !Decimal<NotANumber> && !Decimal<TooSmall> && !Decimal<TooLarge>);
static_assert(!Decimal<SixteenDigits>);

}  // namespace

BOOST_AUTO_TEST_CASE(real_converts_to_what_a_literal_would_be) {
    BOOST_TEST(static_cast<double>(real(0.3)) == 0.3);
    BOOST_TEST(static_cast<float>(real(0.3)) == 0.3f);
}
