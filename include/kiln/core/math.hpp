// SPDX-License-Identifier: BSL-1.0
#pragma once
// exp, log, tanh, erf, sqrt, pow and abs for float, double and lanes of them, and expm1 and log1p, which are exp and
// log where exp comes close to 1 and log to 0. Their ranges stand with the declarations in core/element.hpp. One source
// serves every type, so a scalar and every lane get the same bits (where the compiler does not contract), and a
// constant gets the value that it would have at run time.
//
// There is no table, no branch on data and no call of libm. Each function reduces its argument to a short interval (W.
// Cody, W. Waite: Software manual for the elementary functions, 1980), evaluates a minimax polynomial there, and scales
// back. Every input is allowed, in constant expressions as well. Instructions a vector: exp, expm1 and tanh about 20,
// log 30, log1p 40, erf 50; tanh, log and log1p have one division. Largest error in ulp, over all floats and millions
// of doubles, with the compiler's contraction or without:
//
//             float   double
//     exp      1.7     1.7
//     expm1    1.5     2.0
//     log      0.9     0.9
//     log1p    1.4     1.4
//     tanh     2.5     2.6
//     erf      1.5     1.5
//     sqrt     0.5     0.5
//     abs      0       0
//
// The error of pow(x, y) = exp(y log x) is larger by up to 0.9 |y log x| ulp: 2 at x^y near 1, 100 at the ends of
// float's range.
//
// Rounding to nearest is assumed; -ffast-math, which would break the reductions, is refused (core/target.hpp).

#include <kiln/core/detail/math_constants.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

namespace detail {
// A function of x, one native vector at a time, because several at once would spill registers.
template <class Function, class E>
KILN_NATIVE_VECTORS constexpr E by_parts(const E& x) {
    if constexpr (std::is_floating_point_v<E>) {
        return Function::of(x);
    } else {
        E y;
        for (int i = 0; i < width<E>; i += E::part)
            Function::of(Lanes<scalar_t<E>, E::part>::load(x.v + i)).store(y.v + i);
        return y;
    }
}

// c[0] + c[1] x + c[2] x^2 + ...
template <class E, class T, std::size_t Count>
KILN_NATIVE_VECTORS constexpr E polynomial(const E& x, const T (&c)[Count]) {
    constexpr int last = static_cast<int>(Count) - 1;
    E y = c[last];
    KILN_UNROLL
    for (int k = last - 1; k >= 0; --k) y = fma(y, x, E(c[k]));
    return y;
}

// r^2, kept from becoming denormal where r is tiny and its square negligible: a denormal costs some hundred cycles.
template <class E>
KILN_NATIVE_VECTORS constexpr E square(const E& r) {
    return fma(r, r, E(math_constants<scalar_t<E>>::negligible));
}

// x = 2 k ln 2 + r, |r| <= ln 2: exp(x) = exp(r) 2^k 2^k. Two factors 2^k, each a normal number, reach every denormal
// result and stay finite where the result is finite.
struct Exp {
    template <class E>
    KILN_NATIVE_VECTORS static constexpr E of(const E& x) {
        using T = scalar_t<E>;
        using Constants = math_constants<T>;
        constexpr T rounder = Constants::rounder + T(Constants::exponent_bias);
        const E bounded = min(max(x, E(Constants::exp_lowest)), E(Constants::exp_highest));
        const E shifted = fma(bounded, E(Constants::log2_e / 2), E(rounder));
        const E k = shifted - E(rounder);
        const E r = fma(k, E(-2 * Constants::ln2_low), fma(k, E(-2 * Constants::ln2_high), bounded));
        const E power = fma(square(r), polynomial(r, Constants::exp_terms), r) + E(1);
        const E scale = bit_cast<T>(bit_cast<typename Constants::Integer>(shifted) << Constants::fraction_bits);
        // Above exp_highest the result is infinity, or NaN, which max returns when NaN is its second argument.
        return select(x <= E(Constants::exp_highest), power * scale * scale, max(E(Constants::infinity), x));
    }
};

// x = k ln 2 + r, |r| <= ln 2 / 2: exp(x) - 1 = 2^k (exp(r) - 1) + (2^k - 1), and for k = 0 exp(r) - 1. Everything is
// halved until the end, because 2^k alone may overflow.
struct Expm1 {
    template <class E>
    KILN_NATIVE_VECTORS static constexpr E of(const E& x) {
        using T = scalar_t<E>;
        using Constants = math_constants<T>;
        constexpr T rounder = Constants::rounder + T(Constants::exponent_bias - 1);
        const E bounded = min(max(x, E(Constants::expm1_lowest)), E(Constants::exp_highest));
        const E shifted = fma(bounded, E(Constants::log2_e), E(rounder));
        const E k = shifted - E(rounder);
        const E r = fma(k, E(-Constants::ln2_low), fma(k, E(-Constants::ln2_high), bounded));
        const E inner = fma(square(r), polynomial(r, Constants::expm1_terms), r);
        const E scale = bit_cast<T>(bit_cast<typename Constants::Integer>(shifted) << Constants::fraction_bits);
        const E half = fma(scale, inner, scale - E(T(0.5)));
        const E y = select(x <= E(Constants::exp_highest), half + half, E(Constants::infinity));
        return select(max(x, -x) >= E(Constants::tiny), y, x);  // false for NaN, so NaN stays x
    }
};

// x = 2^k (1 + f), 1 + f between sqrt(1/2) and sqrt(2): log(x) = k ln 2 + log(1 + f). With s = f / (2 + f), log(1 + f)
// = 2 atanh(s) = f - (f^2/2 - s (f^2/2 + s^2 R(s^2))), where the last term is small (Sun's fdlibm, e_log.c).
struct Log {
    template <class E>
    KILN_NATIVE_VECTORS static constexpr E of_parts(const E& k, const E& f) {
        using T = scalar_t<E>;
        using Constants = math_constants<T>;
        const E s = f / (f + E(2)), s2 = s * s;
        const E half_square = E(T(0.5)) * f * f;
        const E rest = fma(s, fma(s2, polynomial(s2, Constants::log_terms), half_square), k * E(Constants::ln2_low));
        return fma(k, E(Constants::ln2_high), f - (half_square - rest));
    }
    template <class E>
    KILN_NATIVE_VECTORS static constexpr E of(const E& x) {
        using T = scalar_t<E>;
        using Constants = math_constants<T>;
        using Integer = typename Constants::Integer;
        constexpr T rounder = Constants::rounder;
        const E positive = max(x, E(Constants::least));
        const auto denormal = positive < E(Constants::least_normal);
        const auto bits = bit_cast<Integer>(positive * select(denormal, E(Constants::rescale), E(1)));
        const auto exponent = (bits - bit_cast<Integer>(Constants::sqrt_half)) >> Constants::fraction_bits;
        const E k = bit_cast<T>(exponent + bit_cast<Integer>(rounder)) -
                    select(denormal, E(rounder + T(Constants::fraction_bits)), E(rounder));
        const E f = bit_cast<T>(bits - (exponent << Constants::fraction_bits)) - E(1);
        return select(x > E(0), select(x < E(Constants::infinity), of_parts(k, f), x),
                      select(x == E(0), E(-Constants::infinity), E(Constants::nan)));
    }
};

// 1 + x = u + c, where u is the rounded sum and c the part that rounding lost (D. Knuth: The art of computer
// programming, 2, 4.2.2). Then as in Log for u = 2^k (1 + f), with c 2^-k added to f. For k = 0 that makes f equal to
// x.
struct Log1p {
    template <class E>
    KILN_NATIVE_VECTORS static constexpr E of(const E& x) {
        using T = scalar_t<E>;
        using Constants = math_constants<T>;
        using Integer = typename Constants::Integer;
        constexpr T rounder = Constants::rounder;
        const E one(T(1)), bounded = min(max(x, E(2 * Constants::tiny - 1)), E(Constants::largest));
        const E u = bounded + one, kept = u - one, c = (one - (u - kept)) + (bounded - kept);
        const auto bits = bit_cast<Integer>(u);
        const auto exponent = (bits - bit_cast<Integer>(Constants::sqrt_half)) >> Constants::fraction_bits;
        const E k = bit_cast<T>(exponent + bit_cast<Integer>(rounder)) - E(rounder);
        // 2^(1 - k), or 0 for the largest k, because the bits of 2^-k might be negative.
        const E scale = bit_cast<T>((Integer(Constants::exponent_bias + 1) - exponent) << Constants::fraction_bits);
        const E f = fma(E(T(0.5)) * c, scale, bit_cast<T>(bits - (exponent << Constants::fraction_bits)) - one);
        const E finite = select(max(x, -x) >= E(Constants::tiny), Log::of_parts(k, f), x);
        return select(x > -one, select(x < E(Constants::infinity), finite, x),
                      select(x == -one, E(-Constants::infinity), E(Constants::nan)));
    }
};

// |x| = n ln 2 / 2 + r, |r| <= ln 2 / 4, and t = tanh(r). tanh(n ln 2 / 2) is (2^n - 1) / (2^n + 1), so the addition
// theorem gives tanh |x| = (2^n - 1 + (2^n + 1) t) / (2^n + 1 + (2^n - 1) t), and for n = 0 t. One constant is enough
// for ln 2 / 2: the larger n, the less r matters.
struct Tanh {
    template <class E>
    KILN_NATIVE_VECTORS static constexpr E of(const E& x) {
        using T = scalar_t<E>;
        using Constants = math_constants<T>;
        using Integer = typename Constants::Integer;
        constexpr T rounder = Constants::rounder + T(Constants::exponent_bias);
        const auto bits = bit_cast<Integer>(x), sign_bit = bit_cast<Integer>(E(T(-0.0)));
        const E magnitude = min(bit_cast<T>(bits & ~sign_bit), E(Constants::tanh_highest));  // NaN becomes highest
        const E shifted = fma(magnitude, E(2 * Constants::log2_e), E(rounder));
        const E r = fma(shifted - E(rounder), E(-Constants::ln2_half), magnitude);
        const E r2 = square(r);
        const E t = fma(r * r2, polynomial(r2, Constants::tanh_terms), r);
        const E scale = bit_cast<T>(bit_cast<Integer>(shifted) << Constants::fraction_bits);
        const E less = scale - E(1), more = scale + E(1);
        const E y = bit_cast<T>(bit_cast<Integer>(fma(more, t, less) / fma(less, t, more)) | (bits & sign_bit));
        return select(x == x, y, x);
    }
};

// Below 1 erf(x) = x + x P(x^2). From 1 on erf(x) = 1 - exp(-Q(|x|)), where an error of Q counts less the larger x is.
// Both are one sum, a P + (b exp + c), of which the factors are chosen. If sums were chosen, g++ 12 with AVX-512 would make
// masked additions of them in some loops only, and not fuse them there, so that loops would round differently.
struct Erf {
    template <class E>
    KILN_NATIVE_VECTORS static constexpr E of(const E& x) {
        using T = scalar_t<E>;
        using Constants = math_constants<T>;
        using Integer = typename Constants::Integer;
        const auto bits = bit_cast<Integer>(x), sign_bit = bit_cast<Integer>(E(T(-0.0)));
        const E magnitude = min(bit_cast<T>(bits & ~sign_bit), E(Constants::erf_highest));  // NaN becomes highest
        const E inner = polynomial(square(magnitude), Constants::erf_terms);
        const E outer = Exp::of(-polynomial(magnitude, Constants::erf_far_terms));
        const auto is_near = magnitude < E(1);
        const E start = fma(select(is_near, E(0), E(-1)), outer, select(is_near, magnitude, E(1)));
        const E y = fma(select(is_near, magnitude, E(0)), inner, start);
        return select(x == x, bit_cast<T>(bit_cast<Integer>(y) | (bits & sign_bit)), x);
    }
};

// The square root in integers, for constant expressions. Every two binary digits of the radicand, which is padded with
// zeros, give one digit of the root. One digit more than fits decides the rounding; no root lies exactly halfway.
template <class T>
constexpr T sqrt_digits(T x) {
    using Constants = math_constants<T>;
    constexpr int digits = Constants::fraction_bits;
    constexpr int padding = (digits + 2) / 2;  // pairs of zeros
    if (!(x > 0)) return x == 0 ? x : Constants::nan;
    if (x == Constants::infinity) return x;
    // x = fraction 2^exponent, the exponent even, and fraction at least 4^(digits + 2 - padding) / 4
    const auto bits = static_cast<std::uint64_t>(bit_cast<typename Constants::Integer>(x));
    std::uint64_t fraction = bits & ((std::uint64_t{1} << digits) - 1);
    int exponent = static_cast<int>(bits >> digits);
    if (exponent > 0)
        fraction |= std::uint64_t{1} << digits;
    else
        for (exponent = 1; fraction >> digits == 0; --exponent) fraction <<= 1;
    exponent -= Constants::exponent_bias + digits;
    const int shift = exponent % 2 != 0 ? 1 : digits % 2 != 0 ? 2 : 0;
    fraction <<= shift;
    exponent -= shift;
    std::uint64_t root = 0, remainder = 0;
    for (int pair = digits + 1; pair >= 0; --pair) {
        remainder = remainder << 2 | (pair >= padding ? fraction >> 2 * (pair - padding) & 3 : 0);
        const std::uint64_t trial = root << 2 | 1;
        const bool fits = remainder >= trial;
        remainder -= fits ? trial : 0;
        root = root << 1 | (fits ? 1 : 0);
    }
    const auto biased = static_cast<std::uint64_t>(digits + 1 - padding + exponent / 2 + Constants::exponent_bias);
    const std::uint64_t rounded = (root + 1) >> 1;  // its leading digit adds the last 1 to the exponent
    return bit_cast<T>(static_cast<typename Constants::Integer>(((biased - 1) << digits) + rounded));
}

// The square root by the machine's instruction. __builtin_sqrt serves other machines only: for negative numbers it
// would call libm to set errno, and so would not be vectorised.
KILN_NATIVE_VECTORS inline void sqrt_in_place(float* v, int count) {
    int i = 0;
#if defined __AVX__
    using Eight = native_vector<float, 8>::in_array;
    for (; i + 8 <= count; i += 8)
        *reinterpret_cast<Eight*>(v + i) = __builtin_ia32_sqrtps256(*reinterpret_cast<Eight*>(v + i));
#endif
#if defined __SSE2__
    using Four = native_vector<float, 4>::in_array;
    for (; i + 4 <= count; i += 4)
        *reinterpret_cast<Four*>(v + i) = __builtin_ia32_sqrtps(*reinterpret_cast<Four*>(v + i));
    for (; i < count; ++i) v[i] = __builtin_ia32_sqrtps(native_vector<float, 4>::type{v[i]})[0];
#endif
    for (; i < count; ++i) v[i] = __builtin_sqrtf(v[i]);
}
KILN_NATIVE_VECTORS inline void sqrt_in_place(double* v, int count) {
    int i = 0;
#if defined __AVX__
    using Four = native_vector<double, 4>::in_array;
    for (; i + 4 <= count; i += 4)
        *reinterpret_cast<Four*>(v + i) = __builtin_ia32_sqrtpd256(*reinterpret_cast<Four*>(v + i));
#endif
#if defined __SSE2__
    using Two = native_vector<double, 2>::in_array;
    for (; i + 2 <= count; i += 2)
        *reinterpret_cast<Two*>(v + i) = __builtin_ia32_sqrtpd(*reinterpret_cast<Two*>(v + i));
    for (; i < count; ++i) v[i] = __builtin_ia32_sqrtpd(native_vector<double, 2>::type{v[i]})[0];
#endif
    for (; i < count; ++i) v[i] = __builtin_sqrt(v[i]);
}
}  // namespace detail

template <RealElement E>
KILN_NATIVE_VECTORS constexpr E exp(const E& x) {
    return detail::by_parts<detail::Exp>(x);
}

template <RealElement E>
KILN_NATIVE_VECTORS constexpr E expm1(const E& x) {
    return detail::by_parts<detail::Expm1>(x);
}

template <RealElement E>
KILN_NATIVE_VECTORS constexpr E log(const E& x) {
    return detail::by_parts<detail::Log>(x);
}

template <RealElement E>
KILN_NATIVE_VECTORS constexpr E log1p(const E& x) {
    return detail::by_parts<detail::Log1p>(x);
}

template <RealElement E>
KILN_NATIVE_VECTORS constexpr E tanh(const E& x) {
    return detail::by_parts<detail::Tanh>(x);
}

template <RealElement E>
KILN_NATIVE_VECTORS constexpr E erf(const E& x) {
    return detail::by_parts<detail::Erf>(x);
}

template <RealElement E>
KILN_NATIVE_VECTORS constexpr E abs(const E& x) {
    using Integer = typename detail::math_constants<scalar_t<E>>::Integer;
    return bit_cast<scalar_t<E>>(bit_cast<Integer>(x) & ~bit_cast<Integer>(E(scalar_t<E>(-0.0))));
}

template <RealElement E>
KILN_NATIVE_VECTORS constexpr E pow(const E& x, const std::type_identity_t<E>& y) {
    const E zero(scalar_t<E>(0)), one(scalar_t<E>(1));
    // In a constant expression no operation may give NaN: neither 0 times infinity nor a product with the logarithm of
    // a negative number.
    const auto flat = y == zero;
    const E exponent = select(x == one, zero, select(flat, one, y)), logarithm = log(x);
    const auto real = logarithm == logarithm;
    return select(flat, one, select(real, exp(exponent * select(real, logarithm, one)), logarithm));
}

template <RealElement E>
KILN_NATIVE_VECTORS constexpr E sqrt(const E& x) {
    E y = x;
    if (std::is_constant_evaluated()) {
        for (int l = 0; l < width<E>; ++l) set_lane(y, l, detail::sqrt_digits(lane(x, l)));
    } else {
        detail::sqrt_in_place(reinterpret_cast<scalar_t<E>*>(&y), width<E>);
    }
    return y;
}

}  // namespace kiln::inline KILN_TARGET
