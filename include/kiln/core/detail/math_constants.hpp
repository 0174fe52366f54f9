// SPDX-License-Identifier: BSL-1.0
#pragma once
// The numbers that core/math.hpp computes with, in float and in double: the formats, the bounds of arguments, and the
// polynomials.

#include <kiln/core/target.hpp>

#include <cstdint>

namespace kiln::inline KILN_TARGET::detail {

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
    static constexpr float tiny = 0x1p-25f;         // below tiny, x + x^2 is x
    static constexpr float negligible = 0x1p-100f;  // in a sum with the square of a number that is not tiny
    // x + rounder rounds a small x to an integer, which the lowest bits of the sum then show.
    static constexpr float rounder = 0x1.8p23f;
    static constexpr float rescale = 0x1p23f;

    static constexpr float log2_e = 0x1.715476p0f;
    static constexpr float ln2_high = 0x1.62e4p-1f;  // so few digits that its products with exponents are exact
    static constexpr float ln2_low = 0x1.7f7d1cp-20f;
    static constexpr float ln2_half = 0x1.62e430p-2f;
    static constexpr float sqrt_half = 0x1.6a09e6p-1f;

    static constexpr float exp_lowest = -104.0f;          // gives 0, as every x below
    static constexpr float exp_highest = 0x1.62e42ep+6f;  // the largest x with a finite result
    // (exp(r) - 1 - r) / r^2 on |r| <= ln 2, error 2^-26.1
    static constexpr float exp_terms[] = {0x1.00000cp-1f, 0x1.555510p-3f,  0x1.554a08p-5f,
                                          0x1.112842p-7f, 0x1.71bc1cp-10f, 0x1.9b4a5cp-13f};

    static constexpr float expm1_lowest = -18.0f;  // gives -1, as every x below
    // (expm1(r) - r) / r^2 on |r| <= ln 2 / 2, relative to expm1, error 2^-28.7
    static constexpr float expm1_terms[] = {0x1.000000p-1f, 0x1.555554p-3f,  0x1.5554b0p-5f,
                                            0x1.11118ap-7f, 0x1.6d7296p-10f, 0x1.a032bap-13f};

    // (2 atanh(s) / s - 2) / s^2, a polynomial in s^2, on |s| <= 3 - 2 sqrt(2), error 2^-30.2
    static constexpr float log_terms[] = {0x1.55557ap-1f, 0x1.995ed0p-2f, 0x1.31e0e8p-2f};

    static constexpr float tanh_highest = 9.1f;  // gives 1, as every x above
    // (tanh(r) / r - 1) / r^2, a polynomial in r^2, on |r| <= ln 2 / 4, error 2^-32.5
    static constexpr float tanh_terms[] = {-0x1.55554ep-2f, 0x1.1105cap-3f, -0x1.afefdap-5f};

    static constexpr float erf_highest = 3.95f;  // gives 1, as every x above
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

}  // namespace kiln::inline KILN_TARGET::detail
