// SPDX-License-Identifier: BSL-1.0
#pragma once
// The accuracy of core/math.hpp and core/sine.hpp, in ulp against the C library one precision up, on floats and on
// millions of doubles. math.cpp compiles it without contraction to fma, math_contracted.cpp with; the bounds are the
// same. math.cpp takes every float where g++ compiles it; math_contracted.cpp and clang take one in seven; unoptimised
// builds and those with sanitizers take one in a thousand.

#include <kiln/core/math.hpp>
#include <kiln/core/sine.hpp>

#include <boost/test/unit_test.hpp>

#include <cfloat>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#if !defined __OPTIMIZE__ || defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define KILN_TEST_SLOW_BUILD
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define KILN_TEST_SLOW_BUILD
#endif
#endif

namespace accuracy {

// The bounds that the header claims.
inline constexpr double exp_bound = 1.7, expm1_bound = 1.5, expm1_bound_of_double = 2.0, log_bound = 0.9,
                        log1p_bound = 1.4, tanh_bound = 2.5, tanh_bound_of_double = 2.6, erf_bound = 1.5,
                        sine_bound = 2.4;

#ifdef KILN_TEST_SLOW_BUILD
inline constexpr std::uint32_t stride = 1009;
inline constexpr int doubles = 20'000;
#elif defined KILN_TEST_SOME_FLOATS || defined __clang__
inline constexpr std::uint32_t stride = 7;
inline constexpr int doubles = 1'000'000;
#else
inline constexpr std::uint32_t stride = 1;
inline constexpr int doubles = 1'000'000;
#endif

using Floats = kiln::Lanes<float, 16>;
using Doubles = kiln::Lanes<double, 16>;
inline constexpr float infinity = std::numeric_limits<float>::infinity();

inline std::uint32_t bits(float x) { return kiln::bit_cast<std::uint32_t>(x); }
inline float from_bits(std::uint32_t x) { return kiln::bit_cast<float>(x); }
inline float after(float x) { return from_bits(bits(x) + 1); }

/// Calls visit(x) for packs of x that cover the floats from `first` to `last`, both positive.
template <class Visit>
void for_floats(float first, float last, Visit visit, std::uint32_t step = stride) {
    Floats::Mask offsets;
    for (int l = 0; l < 16; ++l) offsets.v[l] = l * static_cast<std::int32_t>(step);
    for (std::uint32_t next = bits(first); next <= bits(last); next += 16 * step)
        visit(min(kiln::bit_cast<float>(Floats::Mask(static_cast<std::int32_t>(next)) + offsets), Floats(last)));
}

/// Whether two functions agree on one in 17 of those floats: for intervals where the result is a constant or x itself.
template <class Function, class Expected>
bool agree(float first, float last, Function function, Expected expected) {
    Floats::Mask agreed(-1);
    const auto visit = [&](const Floats& x) { agreed = agreed & (function(x) == Floats(expected(x))); };
    for_floats(first, last, visit, 17 * stride);
    for (int l = 0; l < 16; ++l)
        if (agreed.v[l] == 0) return false;
    return true;
}

/// The largest distance of floats from references within their range, in units of the spacing of floats there, and
/// about where it is. A NaN counts as infinitely wrong.
struct Worst {
    double error = 0;
    float at = 0;

    /// Compares one pack: results y with the reference.
    void see(const Floats& x, const Floats& y, const Doubles& reference) {
        Doubles wide;
        for (int l = 0; l < 16; ++l) wide.v[l] = y.v[l];
        const auto exponent = kiln::bit_cast<std::int64_t>(reference) & (std::int64_t{0x7ff} << 52);
        const Doubles binade = max(kiln::bit_cast<double>(exponent), Doubles(0x1p-126));
        const Doubles inverse =
            kiln::bit_cast<double>(Doubles::Mask(std::int64_t{2046} << 52) - kiln::bit_cast<std::int64_t>(binade));
        const Doubles difference = wide - reference;
        const Doubles ulps = max(difference, -difference) * inverse * Doubles(0x1p23);
        const Doubles fine = select(ulps < Doubles(1e9), ulps, Doubles(1e9));
        largest = max(largest, fine);
        if (++packs % 4096 == 0) settle(x.v[0]);
    }
    void settle(float x) {
        for (int l = 0; l < 16; ++l) {
            if (largest.v[l] <= error) continue;
            error = largest.v[l];
            at = x;
        }
    }
    void check(const char* function, double bound) {
        settle(infinity);
        BOOST_TEST_MESSAGE(function << ": at most " << error << " ulp, near " << at);
        BOOST_TEST(error <= bound, function << " is " << error << " ulp off near " << at);
        BOOST_TEST(error > 0.4, function << " was compared with itself");
    }

  private:
    Doubles largest = 0;
    long long packs = 0;
};

/// Compares with a function of long double on doubles between `low` and `high`, half of them uniform in their exponent.
template <class Function, class Reference>
void check_doubles(const char* name, double low, double high, double bound, Function function, Reference reference) {
    std::mt19937_64 random(1);
    const auto first = kiln::bit_cast<std::uint64_t>(low), range = kiln::bit_cast<std::uint64_t>(high) - first;
    double error = 0, at = 0;
    for (int i = 0; i < doubles; ++i) {
        const double x = i % 2 == 0 ? kiln::bit_cast<double>(first + random() % range)
                                    : low + (high - low) * (static_cast<double>(random() >> 11) * 0x1p-53);
        const double y = function(x);
        const long double exact = reference(static_cast<long double>(x));
        int exponent = 0;
        std::frexp(exact, &exponent);
        if (exponent < DBL_MIN_EXP) exponent = DBL_MIN_EXP;
        const auto ulps = static_cast<double>(std::fabs(y - exact) / std::ldexp(1.0L, exponent - DBL_MANT_DIG));
        if (ulps <= error) continue;
        error = ulps == ulps ? ulps : DBL_MAX;
        at = x;
    }
    // Where long double is no wider than double, the reference itself may be an ulp off.
    if (LDBL_MANT_DIG == DBL_MANT_DIG) bound += 1;
    BOOST_TEST_MESSAGE(name << ": at most " << error << " ulp, at " << at);
    BOOST_TEST(error <= bound, name << " is " << error << " ulp off at " << at);
    BOOST_TEST(error > 0.4, name << " was compared with itself");
}

}  // namespace accuracy

BOOST_AUTO_TEST_SUITE(accuracy_in_ulp)

BOOST_AUTO_TEST_CASE(exp_of_every_float) {
    using namespace accuracy;
    const auto exp = [](const Floats& x) { return kiln::exp(x); };
    const auto exp_of_negative = [](const Floats& x) { return kiln::exp(-x); };
    const float highest = 0x1.62e42ep+6f;

    Worst worst;
    for_floats(0x1p-26f, highest, [&](const Floats& x) {
        Doubles up, down;
        for (int l = 0; l < 16; ++l) {
            up.v[l] = std::exp(static_cast<double>(x.v[l]));
            down.v[l] = std::exp(-static_cast<double>(x.v[l]));
        }
        worst.see(x, exp(x), up);
        worst.see(-x, exp_of_negative(x), down);
    });
    for_floats(highest, 104.0f, [&](const Floats& x) {
        Doubles down;
        for (int l = 0; l < 16; ++l) down.v[l] = std::exp(-static_cast<double>(x.v[l]));
        worst.see(-x, exp_of_negative(x), down);
    });
    worst.check("exp(float)", exp_bound);

    BOOST_TEST(agree(0.0f, 0x1p-26f, exp, [](const Floats&) { return 1.0f; }));
    BOOST_TEST(agree(0.0f, 0x1p-26f, exp_of_negative, [](const Floats&) { return 1.0f; }));
    BOOST_TEST(agree(after(highest), infinity, exp, [](const Floats&) { return infinity; }));
    BOOST_TEST(agree(104.0f, infinity, exp_of_negative, [](const Floats&) { return 0.0f; }));
}

BOOST_AUTO_TEST_CASE(expm1_of_every_float) {
    using namespace accuracy;
    const auto expm1 = [](const Floats& x) { return kiln::expm1(x); };
    const auto expm1_of_negative = [](const Floats& x) { return kiln::expm1(-x); };
    const float highest = 0x1.62e42ep+6f;

    Worst worst;
    for_floats(0x1p-26f, 18.0f, [&](const Floats& x) {
        Doubles up, down;
        for (int l = 0; l < 16; ++l) {
            up.v[l] = std::expm1(static_cast<double>(x.v[l]));
            down.v[l] = std::expm1(-static_cast<double>(x.v[l]));
        }
        worst.see(x, expm1(x), up);
        worst.see(-x, expm1_of_negative(x), down);
    });
    for_floats(18.0f, highest, [&](const Floats& x) {
        Doubles up;
        for (int l = 0; l < 16; ++l) up.v[l] = std::expm1(static_cast<double>(x.v[l]));
        worst.see(x, expm1(x), up);
    });
    worst.check("expm1(float)", expm1_bound);

    BOOST_TEST(agree(0.0f, 0x1p-26f, expm1, [](const Floats& x) { return x; }));
    BOOST_TEST(agree(0.0f, 0x1p-26f, expm1_of_negative, [](const Floats& x) { return -x; }));
    BOOST_TEST(agree(after(highest), infinity, expm1, [](const Floats&) { return infinity; }));
    BOOST_TEST(agree(18.0f, infinity, expm1_of_negative, [](const Floats&) { return -1.0f; }));
}

// log(2^e m) = e ln 2 + log(m): one call of the C library serves all exponents e, but for those where the sum cancels.
BOOST_AUTO_TEST_CASE(log_of_every_float) {
    using namespace accuracy;
    Worst worst;
    const auto directly = [&](const Floats& x) {
        Doubles reference;
        for (int l = 0; l < 16; ++l) reference.v[l] = std::log(static_cast<double>(x.v[l]));
        worst.see(x, kiln::log(x), reference);
    };
    for_floats(0x1p-149f, 0x1p-126f, directly);
    for_floats(0.5f, from_bits(bits(1.0f) - 1), directly);
    for_floats(after(1.0f), 2.0f, directly);
    for_floats(1.0f, from_bits(bits(2.0f) - 1), [&](const Floats& mantissa) {
        Doubles log_mantissa;
        for (int l = 0; l < 16; ++l) log_mantissa.v[l] = std::log(static_cast<double>(mantissa.v[l]));
        for (int exponent = -126; exponent < 128; ++exponent) {
            if (exponent == -1 || exponent == 0) continue;
            const Floats x = mantissa * Floats(from_bits(static_cast<std::uint32_t>(exponent + 127) << 23));
            worst.see(x, kiln::log(x), log_mantissa + Doubles(exponent * 0x1.62e42fefa39efp-1));
        }
    });
    worst.check("log(float)", log_bound);

    BOOST_TEST(kiln::log(1.0f) == 0);
}

BOOST_AUTO_TEST_CASE(log1p_of_every_float) {
    using namespace accuracy;
    const auto log1p = [](const Floats& x) { return kiln::log1p(x); };
    const auto log1p_of_negative = [](const Floats& x) { return kiln::log1p(-x); };
    Worst worst;
    const auto directly = [&](const Floats& x) {
        Doubles reference;
        for (int l = 0; l < 16; ++l) reference.v[l] = std::log1p(static_cast<double>(x.v[l]));
        worst.see(x, log1p(x), reference);
    };
    for_floats(0x1p-26f, 0x1p25f, directly);
    for_floats(0x1p25f, 0x1p60f, directly, 17 * stride);
    for_floats(0x1p-26f, from_bits(bits(1.0f) - 1), [&](const Floats& x) {
        Doubles reference;
        for (int l = 0; l < 16; ++l) reference.v[l] = std::log1p(-static_cast<double>(x.v[l]));
        worst.see(-x, log1p_of_negative(x), reference);
    });
    worst.check("log1p(float)", log1p_bound);

    const auto log = [](const Floats& x) { return kiln::log(x); };
    BOOST_TEST(agree(0.0f, 0x1p-26f, log1p, [](const Floats& x) { return x; }));
    BOOST_TEST(agree(0.0f, 0x1p-26f, log1p_of_negative, [](const Floats& x) { return -x; }));
    BOOST_TEST(agree(0x1p60f, infinity, log1p, log));
}

BOOST_AUTO_TEST_CASE(tanh_of_every_float) {
    using namespace accuracy;
    const auto tanh = [](const Floats& x) { return kiln::tanh(x); };
    Worst worst;
    for_floats(0x1p-13f, 9.1f, [&](const Floats& x) {
        Doubles reference;
        for (int l = 0; l < 16; ++l) reference.v[l] = std::tanh(static_cast<double>(x.v[l]));
        worst.see(x, tanh(x), reference);
    });
    worst.check("tanh(float)", tanh_bound);

    BOOST_TEST(agree(0.0f, 0x1p-13f, tanh, [](const Floats& x) { return x; }));
    BOOST_TEST(agree(9.1f, infinity, tanh, [](const Floats&) { return 1.0f; }));
    BOOST_TEST(agree(0.0f, 10.0f, tanh, [&](const Floats& x) { return min(-tanh(-x), Floats(1)); }));
}

BOOST_AUTO_TEST_CASE(erf_of_every_float) {
    using namespace accuracy;
    const auto erf = [](const Floats& x) { return kiln::erf(x); };
    Worst worst;
    for_floats(0x1p-40f, 3.95f, [&](const Floats& x) {
        Doubles reference;
        for (int l = 0; l < 16; ++l) reference.v[l] = std::erf(static_cast<double>(x.v[l]));
        worst.see(x, erf(x), reference);
    });
    for_floats(0x1p-149f, 0x1p-40f, [&](const Floats& x) {
        Doubles reference;
        for (int l = 0; l < 16; ++l) reference.v[l] = 0x1.20dd750429b6dp0 * static_cast<double>(x.v[l]);
        worst.see(x, erf(x), reference);
    });
    worst.check("erf(float)", erf_bound);

    BOOST_TEST(agree(3.95f, infinity, erf, [](const Floats&) { return 1.0f; }));
    BOOST_TEST(agree(0.0f, 4.0f, erf, [&](const Floats& x) { return min(-erf(-x), Floats(1)); }));
}

// sqrt rounds correctly, both as the instruction at run time and in constant expressions.
BOOST_AUTO_TEST_CASE(sqrt_is_correctly_rounded) {
    using namespace accuracy;
    const auto sqrt = [](const Floats& x) { return kiln::sqrt(x); };
    const auto expected = [](const Floats& x) {
        Floats root;
        for (int l = 0; l < 16; ++l) root.v[l] = static_cast<float>(std::sqrt(static_cast<double>(x.v[l])));
        return root;
    };
    BOOST_TEST(agree(0.0f, infinity, sqrt, expected));

    std::mt19937_64 random(1);
    long long wrong = 0;
    for (int i = 0; i < doubles; ++i) {
        const float single = from_bits(static_cast<std::uint32_t>(random() % 0x7f800001));
        wrong += kiln::detail::sqrt_digits(single) != kiln::sqrt(single);
        const auto wide = kiln::bit_cast<double>(random() % 0x7ff0000000000001 >> random() % 64);
        wrong += kiln::detail::sqrt_digits(wide) != kiln::sqrt(wide) || kiln::sqrt(wide) != std::sqrt(wide);
    }
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(functions_of_millions_of_doubles) {
    using namespace accuracy;
    using Wide = long double;
    const auto exp = [](auto x) { return kiln::exp(x); };
    check_doubles("exp", 0x1p-60, 0x1.62e42fefa39efp+9, exp_bound, exp, [](Wide x) { return std::exp(x); });
    const auto exp_of_negative = [](auto x) { return kiln::exp(-x); };
    const auto reference = [](Wide x) { return std::exp(-x); };
    check_doubles("exp below 1", 0x1p-60, 700.0, exp_bound, exp_of_negative, reference);
    check_doubles("denormal exp", 700.0, 745.0, exp_bound, exp_of_negative, reference);
    const auto expm1 = [](auto x) { return kiln::expm1(x); };
    const auto expm1_reference = [](Wide x) { return std::expm1(x); };
    check_doubles("expm1", 0x1p-60, 0x1.62e42fefa39efp+9, expm1_bound_of_double, expm1, expm1_reference);
    check_doubles("expm1 near 0.5", 0x1p-4, 2.0, expm1_bound_of_double, expm1, expm1_reference);
    check_doubles(
        "expm1 of negatives", 0x1p-60, 40.0, expm1_bound_of_double, [](double x) { return kiln::expm1(-x); },
        [](Wide x) { return std::expm1(-x); });
    check_doubles(
        "expm1 near -0.5", 0x1p-4, 2.0, expm1_bound_of_double, [](double x) { return kiln::expm1(-x); },
        [](Wide x) { return std::expm1(-x); });
    const auto log1p = [](auto x) { return kiln::log1p(x); };
    const auto log1p_reference = [](Wide x) { return std::log1p(x); };
    check_doubles("log1p", 0x1p-60, DBL_MAX, log1p_bound, log1p, log1p_reference);
    check_doubles("log1p near 0.5", 0x1p-6, 4.0, log1p_bound, log1p, log1p_reference);
    check_doubles(
        "log1p of negatives", 0x1p-60, 1 - 0x1p-53, log1p_bound, [](double x) { return kiln::log1p(-x); },
        [](Wide x) { return std::log1p(-x); });
    const auto erf = [](auto x) { return kiln::erf(x); };
    const auto erf_reference = [](Wide x) { return std::erf(x); };
    check_doubles("erf", 0x1p-60, 6.0, erf_bound, erf, erf_reference);
    check_doubles("erf near 1", 0.25, 2.0, erf_bound, erf, erf_reference);
    check_doubles(
        "erf of negatives", 0x1p-4, 2.0, erf_bound, [](double x) { return kiln::erf(-x); },
        [](Wide x) { return std::erf(-x); });
    const auto log = [](auto x) { return kiln::log(x); };
    const auto log_reference = [](Wide x) { return std::log(x); };
    check_doubles("log", 0x1p-1074, DBL_MAX, log_bound, log, log_reference);
    check_doubles("log near 1", 0.5, 2.0, log_bound, log, log_reference);
    check_doubles("log of denormals", 0x1p-1074, 0x1p-1020, log_bound, log, log_reference);
    const auto tanh = [](auto x) { return kiln::tanh(x); };
    const auto tanh_reference = [](Wide x) { return std::tanh(x); };
    check_doubles("tanh", 0x1p-60, 20.0, tanh_bound_of_double, tanh, tanh_reference);
    check_doubles("tanh near 0.5", 0x1p-4, 1.0, tanh_bound_of_double, tanh, tanh_reference);
    check_doubles(
        "tanh of negatives", 0x1p-4, 2.0, tanh_bound_of_double, [](double x) { return kiln::tanh(-x); },
        [](Wide x) { return std::tanh(-x); });
}

BOOST_AUTO_TEST_CASE(sin_and_cos_of_one_float_in_seven) {
    using namespace accuracy;
    Worst sine, cosine;
    for_floats(
        0x1p-13f, 6433.0f,
        [&](const Floats& x) {
            Doubles sines, cosines;
            for (int l = 0; l < 16; ++l) {
                sines.v[l] = std::sin(static_cast<double>(x.v[l]));
                cosines.v[l] = std::cos(static_cast<double>(x.v[l]));
            }
            sine.see(x, kiln::sin(x), sines);
            cosine.see(x, kiln::cos(x), cosines);
        },
        7 * stride);
    sine.check("sin(float)", sine_bound);
    cosine.check("cos(float)", sine_bound);
    BOOST_TEST(agree(
        0.0f, 0x1p-13f, [](const Floats& x) { return kiln::sin(x); }, [](const Floats& x) { return x; }));
    BOOST_TEST(agree(
        0.0f, 0x1p-13f, [](const Floats& x) { return kiln::cos(x); }, [](auto&) { return 1.0f; }));
    BOOST_TEST(agree(
        0.0f, 7.0f, [](const Floats& x) { return kiln::sin(x); }, [](const Floats& x) { return -kiln::sin(-x); }));
    BOOST_TEST(agree(
        0.0f, 7.0f, [](const Floats& x) { return kiln::cos(x); }, [](const Floats& x) { return kiln::cos(-x); }));
}

BOOST_AUTO_TEST_CASE(sin_and_cos_of_millions_of_doubles) {
    using namespace accuracy;
    using Wide = long double;
    for (const double most : {1.0, 100.0, 1'647'000.0}) {
        const double least = most / 1e6;
        check_doubles(
            "sin", least, most, sine_bound, [](auto x) { return kiln::sin(x); }, [](Wide x) { return std::sin(x); });
        check_doubles(
            "cos", least, most, sine_bound, [](auto x) { return kiln::cos(x); }, [](Wide x) { return std::cos(x); });
    }
}

BOOST_AUTO_TEST_SUITE_END()
