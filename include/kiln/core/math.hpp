// SPDX-License-Identifier: BSL-1.0
#pragma once
// exp, log, tanh, erf and sqrt for float, double and lanes of them, and expm1 and log1p, which are exp and log where
// these come close to 1 and 0. One source serves them all, so a scalar and every lane get the same bits (where the
// compiler does not contract), and a constant the value it would have at run time. No table, no branch on data, no call
// of libm: reduce the argument to a short interval (W. Cody, W. Waite: Software manual for the elementary functions,
// 1980), evaluate a minimax polynomial there, scale back. Every input is allowed, in constant expressions as well. exp
// and expm1 are about 20 instructions a vector, tanh as many, log 30 and log1p 40, these with one division, erf about
// 50. Largest error in ulp, over all floats and millions of doubles, with the compiler's contraction or without:
//
//             float   double
//     exp      1.7     1.7
//     expm1    1.5     2.0
//     log      0.9     0.9
//     log1p    1.4     1.4
//     tanh     2.5     2.6
//     erf      1.5     1.5
//     sqrt     0.5     0.5
//
// Rounding to nearest is assumed, and -ffast-math would break the reductions.

#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>

#include <cstdint>
#include <type_traits>

namespace kiln {

/// What these functions take: float, double, lanes of either. Other elements bring their own, found by
/// argument-dependent lookup.
template <class E>
concept RealElement = RealScalar<scalar_t<E>> && sizeof(scalar_t<E>) <= sizeof(double);

/// e to the x: overflows to infinity, underflows through denormals to 0.
template <RealElement E>
constexpr E exp(const E& x);

/// e to the x, minus 1, with full relative accuracy near 0.
template <RealElement E>
constexpr E expm1(const E& x);

/// The natural logarithm: -infinity at 0, NaN below.
template <RealElement E>
constexpr E log(const E& x);

/// The natural logarithm of 1 + x, with full relative accuracy near 0: -infinity at -1, NaN below.
template <RealElement E>
constexpr E log1p(const E& x);

/// The hyperbolic tangent, with full relative accuracy near 0.
template <RealElement E>
constexpr E tanh(const E& x);

/// The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x, with full relative accuracy near 0.
template <RealElement E>
constexpr E erf(const E& x);

/// The square root, correctly rounded: NaN below 0.
template <RealElement E>
constexpr E sqrt(const E& x);

namespace detail {
// Polynomials: lowest power first, minimax (Remez exchange in 60 digits) for the relative error of the whole function.
template <class T>
struct math_constants;

template <>
struct math_constants<float> {
    using Integer = std::int32_t;
    static constexpr int fraction_bits = 23;
    static constexpr int exponent_bias = 127;
    static constexpr float infinity = __builtin_inff();
    static constexpr float nan = __builtin_nanf("");
    static constexpr float least = 0x1p-149f;
    static constexpr float least_normal = 0x1p-126f;
    static constexpr float largest = 0x1.fffffep127f;
    static constexpr float tiny = 0x1p-25f;         // below, x + x^2 is x
    static constexpr float negligible = 0x1p-100f;  // in a sum with the square of what is not tiny
    // Adding it rounds a small number to an integer, which the lowest bits of the sum then show.
    static constexpr float rounder = 0x1.8p23f;
    static constexpr float rescale = 0x1p23f;

    static constexpr float log2_e = 0x1.715476p0f;
    static constexpr float ln2_high = 0x1.62e4p-1f;  // so few digits that its products with exponents are exact
    static constexpr float ln2_low = 0x1.7f7d1cp-20f;
    static constexpr float ln2_half = 0x1.62e430p-2f;
    static constexpr float sqrt_half = 0x1.6a09e6p-1f;

    static constexpr float exp_lowest = -104.0f;          // gives 0, as all below
    static constexpr float exp_highest = 0x1.62e42ep+6f;  // the last with a finite result
    // (exp(r) - 1 - r) / r^2 on |r| <= ln 2, error 2^-26.1
    static constexpr float exp_terms[] = {0x1.00000cp-1f, 0x1.555510p-3f,  0x1.554a08p-5f,
                                          0x1.112842p-7f, 0x1.71bc1cp-10f, 0x1.9b4a5cp-13f};

    static constexpr float expm1_lowest = -18.0f;  // gives -1, as all below
    // The same, on |r| <= ln 2 / 2 and relative to expm1, error 2^-28.7
    static constexpr float expm1_terms[] = {0x1.000000p-1f, 0x1.555554p-3f,  0x1.5554b0p-5f,
                                            0x1.11118ap-7f, 0x1.6d7296p-10f, 0x1.a032bap-13f};

    // (2 atanh(s) / s - 2) / s^2, a polynomial in s^2, on |s| <= 3 - 2 sqrt(2), error 2^-30.2
    static constexpr float log_terms[] = {0x1.55557ap-1f, 0x1.995ed0p-2f, 0x1.31e0e8p-2f};

    static constexpr float tanh_highest = 9.1f;  // gives 1, as all above
    // (tanh(r) / r - 1) / r^2, a polynomial in r^2, on |r| <= ln 2 / 4, error 2^-32.5
    static constexpr float tanh_terms[] = {-0x1.55554ep-2f, 0x1.1105cap-3f, -0x1.afefdap-5f};

    static constexpr float erf_highest = 3.95f;  // gives 1, as all above
    // erf(x) / x - 1, a polynomial in x^2, on |x| <= 1, error 2^-28.6
    static constexpr float erf_terms[] = {0x1.06eba8p-3f, -0x1.81273ep-2f,  0x1.ce2cf8p-4f, -0x1.b7f90ep-6f,
                                          0x1.5405b2p-8f, -0x1.a3f6fep-11f, 0x1.496a2cp-14f};
    // -log(1 - erf(x)) on 1 <= x <= highest, for the relative error of erf, 2^-27.3
    static constexpr float erf_far_terms[] = {0x1.662194p-12f, 0x1.2088eap0f,  0x1.46baf0p-1f,  0x1.a65320p-4f,
                                              -0x1.65cb2cp-6f, 0x1.825a56p-9f, -0x1.86dc66p-13f};
};

template <>
struct math_constants<double> {
    using Integer = std::int64_t;
    static constexpr int fraction_bits = 52;
    static constexpr int exponent_bias = 1023;
    static constexpr double infinity = __builtin_inf();
    static constexpr double nan = __builtin_nan("");
    static constexpr double least = 0x1p-1074;
    static constexpr double least_normal = 0x1p-1022;
    static constexpr double largest = 0x1.fffffffffffffp1023;
    static constexpr double tiny = 0x1p-54;
    static constexpr double negligible = 0x1p-900;
    static constexpr double rounder = 0x1.8p52;
    static constexpr double rescale = 0x1p52;

    static constexpr double log2_e = 0x1.71547652b82fep0;
    static constexpr double ln2_high = 0x1.62e42fefa3800p-1;
    static constexpr double ln2_low = 0x1.ef35793c76730p-45;
    static constexpr double ln2_half = 0x1.62e42fefa39efp-2;
    static constexpr double sqrt_half = 0x1.6a09e667f3bcdp-1;

    static constexpr double exp_lowest = -746.0;
    static constexpr double exp_highest = 0x1.62e42fefa39efp+9;
    // error 2^-61.9
    static constexpr double exp_terms[] = {0x1.0000000000000p-1,  0x1.5555555555550p-3,  0x1.55555555555abp-5,
                                           0x1.1111111111b35p-7,  0x1.6c16c16c0d450p-10, 0x1.a01a019e353f3p-13,
                                           0x1.a01a01aefde94p-16, 0x1.71de3d07bf67fp-19, 0x1.27e4f00ad9028p-22,
                                           0x1.ae605ed9ad104p-26, 0x1.1ef5a23238ddcp-29, 0x1.640d720f050fep-33,
                                           0x1.90565077c7ebdp-37};

    static constexpr double expm1_lowest = -38.0;
    // error 2^-59.7
    static constexpr double expm1_terms[] = {0x1.0000000000000p-1,  0x1.5555555555559p-3,  0x1.555555555553ep-5,
                                             0x1.111111110f6aap-7,  0x1.6c16c16c1f175p-10, 0x1.a01a01afe9a82p-13,
                                             0x1.a01a017b91e86p-16, 0x1.71ddf841ff433p-19, 0x1.27e53666d1456p-22,
                                             0x1.af5ee8514195cp-26, 0x1.1ee87edc2804ep-29};

    // error 2^-59.5
    static constexpr double log_terms[] = {0x1.5555555555592p-1, 0x1.999999997fee2p-2, 0x1.24924941e1248p-2,
                                           0x1.c71c5215f6f74p-3, 0x1.74663c663521dp-3, 0x1.39a1f99d51711p-3,
                                           0x1.2f02fae1cfae0p-3};

    static constexpr double tanh_highest = 19.1;
    // error 2^-66.1
    static constexpr double tanh_terms[] = {-0x1.5555555555555p-2, 0x1.1111111110d17p-3,  -0x1.ba1ba1b8fdacbp-5,
                                            0x1.664f4751ec262p-6,  -0x1.226d8768f994ap-7, 0x1.d6667ddccfd33p-9,
                                            -0x1.6bbfc7e06263ep-10};

    static constexpr double erf_highest = 6.0;
    // error 2^-54.8
    static constexpr double erf_terms[] = {0x1.06eba8214db68p-3,   -0x1.812746b0379bdp-2,  0x1.ce2f21a040d16p-4,
                                           -0x1.b82ce311fa959p-6,  0x1.565bccf92b692p-8,   -0x1.c02db03ddfcd7p-11,
                                           0x1.f9a2baa9cf2f0p-14,  -0x1.f4ca4d7bb6f6ap-17, 0x1.b97fd453ddb0cp-20,
                                           -0x1.5c0729d665109p-23, 0x1.d71b22ee2375dp-27,  -0x1.abae8383e9738p-31};
    // error 2^-55.1
    static constexpr double erf_far_terms[] = {0x1.0df2681202f30p-21,  0x1.20dd1fd5641b0p0,    0x1.45f62746bea6bp-1,
                                               0x1.a4ac5dbdf9560p-4,   -0x1.37229ddc12198p-6,  -0x1.ae9019b467f99p-12,
                                               0x1.f63fff7015182p-10,  -0x1.9408b85d5bc43p-11, 0x1.1b3575401af81p-13,
                                               0x1.54110e3c24e00p-16,  -0x1.7eeab496d4f34p-16, 0x1.22d5495cc2b91p-17,
                                               -0x1.1ea80c12181dep-19, 0x1.90d890ad460a0p-22,  -0x1.8ec8f5a4ab803p-25,
                                               0x1.0e5f0623e1630p-28,  -0x1.c1b60f292f42bp-33, 0x1.5ad62ad6dc686p-38};
};

// A function of x, one native vector at a time: several at once would spill registers.
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
template <class E, class T, int Count>
KILN_NATIVE_VECTORS constexpr E polynomial(const E& x, const T (&c)[Count]) {
    E y = c[Count - 1];
    KILN_UNROLL
    for (int k = Count - 2; k >= 0; --k) y = fma(y, x, E(c[k]));
    return y;
}

// r^2, kept from becoming denormal where r is tiny and its square negligible: that would cost some hundred cycles.
template <class E>
KILN_NATIVE_VECTORS constexpr E square(const E& r) {
    return fma(r, r, E(math_constants<scalar_t<E>>::negligible));
}

// x = 2 k ln 2 + r, |r| <= ln 2: exp(x) = exp(r) 2^k 2^k. Scaling twice, by the same normal number, reaches every
// denormal and stays finite where the result is.
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
        // Above: infinity, or NaN, which comes out of max when it is the second argument.
        return select(x <= E(Constants::exp_highest), power * scale * scale, max(E(Constants::infinity), x));
    }
};

// x = k ln 2 + r, |r| <= ln 2 / 2: exp(x) - 1 = 2^k (exp(r) - 1) + (2^k - 1), which for k = 0 is exp(r) - 1. All of it
// is halved until the end, for 2^k alone may overflow.
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
        const E near = fma(square(r), polynomial(r, Constants::expm1_terms), r);
        const E scale = bit_cast<T>(bit_cast<typename Constants::Integer>(shifted) << Constants::fraction_bits);
        const E half = fma(scale, near, scale - E(T(0.5)));
        const E y = select(x <= E(Constants::exp_highest), half + half, E(Constants::infinity));
        return select(max(x, -x) >= E(Constants::tiny), y, x);  // NaN is not
    }
};

// x = 2^k (1 + f), 1 + f between sqrt(1/2) and sqrt(2): log(x) = k ln 2 + log(1 + f); and with s = f / (2 + f),
// log(1 + f) = 2 atanh(s) = f - (f^2/2 - s (f^2/2 + s^2 R(s^2))), where the last term is small: Sun's fdlibm, e_log.c.
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

// 1 + x = u + c, u the sum as rounded and c what that lost (D. Knuth: The art of computer programming, 2, 4.2.2): then
// as above for u = 2^k (1 + f), with c 2^-k added to f, which for k = 0 makes it x.
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
        // 2^(1 - k), or 0 for the largest k: 2^-k might be negative.
        const E scale = bit_cast<T>((Integer(Constants::exponent_bias + 1) - exponent) << Constants::fraction_bits);
        const E f = fma(E(T(0.5)) * c, scale, bit_cast<T>(bits - (exponent << Constants::fraction_bits)) - one);
        const E finite = select(max(x, -x) >= E(Constants::tiny), Log::of_parts(k, f), x);
        return select(x > -one, select(x < E(Constants::infinity), finite, x),
                      select(x == -one, E(-Constants::infinity), E(Constants::nan)));
    }
};

// |x| = n ln 2 / 2 + r, |r| <= ln 2 / 4, and t = tanh(r). As tanh(n ln 2 / 2) is (2^n - 1) / (2^n + 1), the addition
// theorem gives tanh |x| = (2^n - 1 + (2^n + 1) t) / (2^n + 1 + (2^n - 1) t), which for n = 0 is t. One constant is
// enough for ln 2 / 2: the larger n, the less r matters.
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

// Near 0, x + x P(x^2); from 1 on 1 - exp(-Q(|x|)), where what Q lacks in accuracy counts the less the larger x is.
struct Erf {
    template <class E>
    KILN_NATIVE_VECTORS static constexpr E of(const E& x) {
        using T = scalar_t<E>;
        using Constants = math_constants<T>;
        using Integer = typename Constants::Integer;
        const auto bits = bit_cast<Integer>(x), sign_bit = bit_cast<Integer>(E(T(-0.0)));
        const E magnitude = min(bit_cast<T>(bits & ~sign_bit), E(Constants::erf_highest));  // NaN becomes highest
        const E near = fma(magnitude, polynomial(square(magnitude), Constants::erf_terms), magnitude);
        const E far = E(1) - Exp::of(-polynomial(magnitude, Constants::erf_far_terms));
        const E y = select(magnitude < E(1), near, far);
        return select(x == x, bit_cast<T>(bit_cast<Integer>(y) | (bits & sign_bit)), x);
    }
};

// The square root in integers, for constant expressions: every two binary digits of the radicand, which is padded with
// zeros, give one of the root. One digit more than fits decides the rounding; no root lies exactly halfway.
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

// The machine's instruction. __builtin_sqrt, which is left for other machines, would call libm for negative numbers, to
// set errno, and so would not be vectorised.
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
KILN_NATIVE_VECTORS constexpr E sqrt(const E& x) {
    E y = x;
    if (std::is_constant_evaluated()) {
        for (int l = 0; l < width<E>; ++l) set_lane(y, l, detail::sqrt_digits(lane(x, l)));
    } else {
        detail::sqrt_in_place(reinterpret_cast<scalar_t<E>*>(&y), width<E>);
    }
    return y;
}

}  // namespace kiln
