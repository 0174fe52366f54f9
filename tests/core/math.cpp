// SPDX-License-Identifier: BSL-1.0
// flags: -ffp-contract=off
#define BOOST_TEST_MODULE core.math
#include <kiln/core/math.hpp>
#include <kiln/core/sine.hpp>

#include <boost/test/unit_test.hpp>

#include <core/math_accuracy.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <tuple>
#include <type_traits>

namespace {

template <class T>
struct Limits : std::numeric_limits<T> {
    static constexpr T infinity = std::numeric_limits<T>::infinity();
    static constexpr T nan = std::numeric_limits<T>::quiet_NaN();
    static constexpr T largest = std::numeric_limits<T>::max();
    static constexpr T least = std::numeric_limits<T>::denorm_min();
    static constexpr T least_normal = std::numeric_limits<T>::min();
};

template <class T>
constexpr bool same(T a, T b) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    return (a != a && b != b) || kiln::bit_cast<Bits>(a) == kiln::bit_cast<Bits>(b);
}

// The same value, but the compiler cannot know.
template <class T>
T opaque(T x) {
    volatile T y = x;
    return y;
}

enum Function : std::size_t { exp, expm1, log, log1p, tanh, erf, sin, cos, abs, pow, sqrt, function_count };
// Not inlined: g++ with sanitizers takes minutes for functions in which several of these are.
template <Function Which, class E>
[[gnu::noinline]] constexpr E apply(const E& x) {
    if constexpr (Which == exp)
        return kiln::exp(x);
    else if constexpr (Which == expm1)
        return kiln::expm1(x);
    else if constexpr (Which == log)
        return kiln::log(x);
    else if constexpr (Which == log1p)
        return kiln::log1p(x);
    else if constexpr (Which == tanh)
        return kiln::tanh(x);
    else if constexpr (Which == erf)
        return kiln::erf(x);
    else if constexpr (Which == sin)
        return kiln::sin(x);
    else if constexpr (Which == cos)
        return kiln::cos(x);
    else if constexpr (Which == abs)
        return kiln::abs(x);
    else if constexpr (Which == pow)
        return kiln::pow(x, E(kiln::scalar_t<E>(1.5)));
    else
        return kiln::sqrt(x);
}
template <class E>
using Each = std::array<E, function_count>;
template <class E>
constexpr Each<E> each(const E& x) {
    return {apply<exp>(x), apply<expm1>(x), apply<log>(x), apply<log1p>(x), apply<tanh>(x), apply<erf>(x),
            apply<sin>(x), apply<cos>(x),   apply<abs>(x), apply<pow>(x),   apply<sqrt>(x)};
}

template <class T>
struct Value {
    Function function;
    T x, y;
};
template <class T>
constexpr Value<T> special_values[] = {
    {exp, 0, 1},
    {exp, T(-0.0), 1},
    {exp, Limits<T>::least, 1},
    {exp, -Limits<T>::least, 1},
    {exp, Limits<T>::largest, Limits<T>::infinity},
    {exp, -Limits<T>::largest, 0},
    {exp, Limits<T>::infinity, Limits<T>::infinity},
    {exp, -Limits<T>::infinity, 0},
    {exp, Limits<T>::nan, Limits<T>::nan},
    {expm1, 0, 0},
    {expm1, T(-0.0), T(-0.0)},
    {expm1, Limits<T>::least, Limits<T>::least},
    {expm1, -Limits<T>::least_normal, -Limits<T>::least_normal},
    {expm1, Limits<T>::largest, Limits<T>::infinity},
    {expm1, -Limits<T>::largest, -1},
    {expm1, Limits<T>::infinity, Limits<T>::infinity},
    {expm1, -Limits<T>::infinity, -1},
    {expm1, Limits<T>::nan, Limits<T>::nan},
    {log, 1, 0},
    {log, 0, -Limits<T>::infinity},
    {log, T(-0.0), -Limits<T>::infinity},
    {log, -Limits<T>::least, Limits<T>::nan},
    {log, -1, Limits<T>::nan},
    {log, -Limits<T>::infinity, Limits<T>::nan},
    {log, Limits<T>::infinity, Limits<T>::infinity},
    {log, Limits<T>::nan, Limits<T>::nan},
    {log1p, 0, 0},
    {log1p, T(-0.0), T(-0.0)},
    {log1p, Limits<T>::least, Limits<T>::least},
    {log1p, -Limits<T>::least_normal, -Limits<T>::least_normal},
    {log1p, -1, -Limits<T>::infinity},
    {log1p, T(-1.25), Limits<T>::nan},
    {log1p, -Limits<T>::infinity, Limits<T>::nan},
    {log1p, Limits<T>::infinity, Limits<T>::infinity},
    {log1p, Limits<T>::nan, Limits<T>::nan},
    {tanh, 0, 0},
    {tanh, T(-0.0), T(-0.0)},
    {tanh, Limits<T>::least, Limits<T>::least},
    {tanh, -Limits<T>::least_normal, -Limits<T>::least_normal},
    {tanh, Limits<T>::largest, 1},
    {tanh, Limits<T>::infinity, 1},
    {tanh, -Limits<T>::infinity, -1},
    {tanh, Limits<T>::nan, Limits<T>::nan},
    {erf, 0, 0},
    {erf, T(-0.0), T(-0.0)},
    {erf, Limits<T>::largest, 1},
    {erf, Limits<T>::infinity, 1},
    {erf, -Limits<T>::infinity, -1},
    {erf, Limits<T>::nan, Limits<T>::nan},
    {sin, 0, 0},
    {sin, T(-0.0), T(-0.0)},
    {sin, Limits<T>::least, Limits<T>::least},
    {sin, -Limits<T>::least_normal, -Limits<T>::least_normal},
    {sin, Limits<T>::largest, Limits<T>::nan},
    {sin, -Limits<T>::infinity, Limits<T>::nan},
    {sin, Limits<T>::nan, Limits<T>::nan},
    {cos, 0, 1},
    {cos, Limits<T>::least, 1},
    {cos, Limits<T>::infinity, Limits<T>::nan},
    {cos, Limits<T>::nan, Limits<T>::nan},
    {abs, T(-0.0), 0},
    {abs, -Limits<T>::least, Limits<T>::least},
    {abs, -Limits<T>::infinity, Limits<T>::infinity},
    {abs, Limits<T>::nan, Limits<T>::nan},
    {pow, 0, 0},
    {pow, 1, 1},
    {pow, -1, Limits<T>::nan},
    {pow, Limits<T>::infinity, Limits<T>::infinity},
    {pow, Limits<T>::nan, Limits<T>::nan},
    {sqrt, 0, 0},
    {sqrt, T(-0.0), T(-0.0)},
    {sqrt, 4, 2},
    {sqrt, T(2.25), T(1.5)},
    {sqrt, -1, Limits<T>::nan},
    {sqrt, -Limits<T>::least, Limits<T>::nan},
    {sqrt, -Limits<T>::infinity, Limits<T>::nan},
    {sqrt, Limits<T>::infinity, Limits<T>::infinity},
    {sqrt, Limits<T>::nan, Limits<T>::nan},
};
template <class T>
constexpr bool special_values_hold = [] {
    for (const Value<T>& value : special_values<T>)
        if (!same(each(value.x)[value.function], value.y)) return false;
    return true;
}();
static_assert(special_values_hold<float> && special_values_hold<double>);

// The ends of the range.
template <class T>
constexpr bool ends_are_finite() {
    using Constants = kiln::detail::math_constants<T>;
    const T largest = kiln::sqrt(Limits<T>::largest);
    return kiln::exp(Constants::exp_highest) < Limits<T>::infinity && kiln::exp(Constants::exp_lowest + 1) > 0 &&
           kiln::expm1(Constants::exp_highest) < Limits<T>::infinity && kiln::expm1(Constants::exp_highest) > 1e38 &&
           kiln::expm1(Constants::expm1_lowest) == -1 && kiln::erf(Constants::erf_highest) == 1 &&
           kiln::log1p(Limits<T>::largest) == kiln::log(Limits<T>::largest) &&
           kiln::log1p(T(2 * Constants::tiny - 1)) == kiln::log(T(2 * Constants::tiny)) &&
           kiln::log(Limits<T>::largest) < 710 && kiln::log(Limits<T>::least) > -745 &&
           kiln::log(Limits<T>::least_normal) < kiln::log(Limits<T>::least_normal * 2) &&
           largest * largest <= Limits<T>::largest;
}
static_assert(ends_are_finite<float>() && ends_are_finite<double>());
static_assert(kiln::sqrt(2.0) == 0x1.6a09e667f3bcdp0 && kiln::sqrt(3.0f) == 0x1.bb67aep0f);
static_assert(kiln::sqrt(0x1p-1074) == 0x1p-537 && kiln::sqrt(0x1p-149f) == 0x1.6a09e6p-75f);

template <class E>
concept HasExp = requires(E x) {
    kiln::exp(x);
};
static_assert(HasExp<float> && HasExp<double> && HasExp<kiln::Lanes<float, 16>> && HasExp<kiln::Lanes<double, 1>>);
static_assert(!HasExp<int> && !HasExp<long double> && !HasExp<kiln::Lanes<std::int32_t, 4>>);

// The special ones, and others over many binades.
template <class T>
constexpr auto inputs = [] {
    std::array<T, 128> x{};
    std::size_t size = 0;
    for (const Value<T>& value : special_values<T>) x[size++] = value.x;
    std::uint64_t bits = 42;
    for (; size < x.size(); ++size) {
        bits = bits * 6364136223846793005 + 1442695040888963407;
        T scale = 1;
        for (int k = static_cast<int>(bits >> 58); k < 60; ++k) scale /= 2;
        const T fraction = 1 + static_cast<T>(bits >> 41) * T(0x1p-23);
        x[size] = (size % 2 == 0 ? 64 : -64) * fraction * (size % 4 < 2 ? scale : T(1));
    }
    return x;
}();
template <class T>
constexpr auto constants = [] {
    std::array<Each<T>, 128> y{};
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = each(inputs<T>[i]);
    return y;
}();
template <class T>
constexpr auto lane_constants = [] {
    std::array<Each<kiln::Lanes<T, 4>>, 32> y{};
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = each(kiln::Lanes<T, 4>::load(inputs<T>.data() + 4 * i));
    return y;
}();

// A number with functions of its own, not the library's.
namespace other {
struct Number {
    double value;
};
constexpr Number exp(const Number& x) { return {x.value + 1}; }
}  // namespace other
template <class E>
constexpr E layer(const E& x) {
    using kiln::exp;
    return exp(x);
}
static_assert(layer(other::Number{1}).value == 2);

using Packs = std::tuple<kiln::Lanes<float, 1>, kiln::Lanes<float, 2>, kiln::Lanes<float, 4>, kiln::Lanes<float, 8>,
                         kiln::Lanes<float, 16>, kiln::Lanes<float, 32>, kiln::Lanes<float, 64>, kiln::Lanes<double, 1>,
                         kiln::Lanes<double, 2>, kiln::Lanes<double, 8>, kiln::Lanes<double, 32>>;
using Scalars = std::tuple<float, double>;

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(special_values_hold_at_run_time, T, Scalars) {
    for (const Value<T>& value : special_values<T>)
        BOOST_TEST(same(each(opaque(value.x))[value.function], value.y),
                   "function " << value.function << " of " << value.x);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(constants_have_the_bits_of_run_time, T, Scalars) {
    for (std::size_t i = 0; i < inputs<T>.size(); ++i) {
        const Each<T> y = each(opaque(inputs<T>[i]));
        for (std::size_t k = 0; k < function_count; ++k) {
            BOOST_TEST(same(constants<T>[i][k], y[k]), "function " << k << " of " << inputs<T>[i]);
            BOOST_TEST(same(lane_constants<T>[i / 4][k].v[i % 4], y[k]), "function " << k << " of " << inputs<T>[i]);
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(every_lane_has_the_bits_of_the_scalar, E, Packs) {
    using T = kiln::scalar_t<E>;
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    constexpr int width = kiln::width<E>;
    std::mt19937_64 random(7);
    int wrong = 0;
    for (int i = 0; i < 20'000; i += width) {
        E x;
        for (int l = 0; l < width; ++l) {
            const auto any = kiln::bit_cast<T>(static_cast<Bits>(random()));
            const auto usual = static_cast<T>(static_cast<double>(random() >> 11) * 0x1p-53 * 40 - 20);
            set_lane(x, l, random() % 2 == 0 ? any : usual);
        }
        const Each<E> y = each(x);
        for (int l = 0; l < width; ++l) {
            const Each<T> expected = each(opaque(x.v[l]));
            for (std::size_t k = 0; k < function_count; ++k) wrong += !same(y[k].v[l], expected[k]);
        }
    }
    BOOST_TEST(wrong == 0);
}
