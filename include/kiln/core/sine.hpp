// SPDX-License-Identifier: BSL-1.0
#pragma once
// sin and cos for float, double and lanes of them, built like the functions of core/math.hpp: no table, no branch on
// data, the same bits in a scalar, a lane and a constant. x = k pi/2 + r with |r| <= pi/4 (Cody, Waite, 1980: pi/2 in
// four parts, the products of k with the first three exact). Each function has a minimax polynomial in r; the last two
// bits of k choose the polynomial and its sign. About 30 instructions a vector. Largest error, over millions of floats
// and doubles within the range, with contraction or without: 2.4 ulp.

#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/math.hpp>

namespace kiln::inline KILN_TARGET {

namespace detail {

template <class T>
struct sine_constants;
template <>
struct sine_constants<float> {
    static constexpr float highest = 6433.0f;  // k has 12 bits
    static constexpr float two_over_pi = 0x1.45f306p-1f;
    static constexpr float half_pi[] = {0x1.92p0f, 0x1.fb4p-12f, 0x1.444p-24f, 0x1.68c234p-39f};
    // (sin(r) - r) / r^3, error 2^-26.2 of sin; (cos(r) - 1 + r^2 / 2) / r^4, error 2^-30.2 of cos
    static constexpr float sin_terms[] = {-0x1.555552p-3f, 0x1.110c28p-7f, -0x1.9ac96cp-13f};
    static constexpr float cos_terms[] = {0x1.555554p-5f, -0x1.6c12d2p-10f, 0x1.9bd864p-16f};
};
template <>
struct sine_constants<double> {
    static constexpr double highest = 1'647'000.0;  // k has 20 bits
    static constexpr double two_over_pi = 0x1.45f306dc9c883p-1;
    static constexpr double half_pi[] = {0x1.921fb544p0, 0x1.0b4611a6p-34, 0x1.3198a2ep-69, 0x1.b839a252049c1p-104};
    // error 2^-55.4 of sin, 2^-59.6 of cos
    static constexpr double sin_terms[] = {-0x1.5555555555555p-3, 0x1.1111111110bb1p-7,   -0x1.a01a019e8357dp-13,
                                           0x1.71de37961e4c6p-19, -0x1.ae600a926c89ap-26, 0x1.5e0af186af739p-33};
    static constexpr double cos_terms[] = {0x1.5555555555555p-5,   -0x1.6c16c16c16966p-10, 0x1.a01a019f4e867p-16,
                                           -0x1.27e4fa17a41b4p-22, 0x1.1eeb68b109173p-29,  -0x1.907d7aebd5e3dp-37};
};

// sin(x + Quarters pi/2)
template <int Quarters>
struct Sine {
    template <class E>
    KILN_NATIVE_VECTORS static constexpr E of(const E& x) {
        using T = scalar_t<E>;
        using Constants = math_constants<T>;
        using Angles = sine_constants<T>;
        constexpr T rounder = Constants::rounder;  // a local name, or clang would split vectors
        const E one(T(1)), size = abs(x), bounded = min(size, E(Angles::highest));  // NaN becomes highest
        const E shifted = fma(bounded, E(Angles::two_over_pi), E(rounder)), k = shifted - E(rounder);
        E r = bounded;
        KILN_UNROLL for (int part = 0; part < 4; ++part) r = fma(k, E(-Angles::half_pi[part]), r);
        const E r2 = square(r);
        const E sine = fma(r * r2, polynomial(r2, Angles::sin_terms), r);
        const E cosine = fma(r2 * r2, polynomial(r2, Angles::cos_terms), fma(r2, E(T(-0.5)), one));
        const auto bits = bit_cast<typename Constants::Integer>(shifted);
        using Bits = std::remove_cv_t<decltype(bits)>;
        const Bits quarter = bits + Bits(Quarters);
        const E either = select((quarter & Bits(1)) == Bits(1), cosine, sine);
        const E y = select((quarter & Bits(2)) == Bits(2), -either, either);
        const E odd = Quarters == 0 ? select(x < E(T(0)), -y, y) : y;
        const E within = select(size <= E(Angles::highest), odd, E(Constants::nan));
        if constexpr (Quarters == 0) return select(size >= E(Constants::tiny), within, x);  // false for NaN
        return within;
    }
};

}  // namespace detail

template <RealElement E>
KILN_NATIVE_VECTORS constexpr E sin(const E& x) {
    return detail::by_parts<detail::Sine<0>>(x);
}

template <RealElement E>
KILN_NATIVE_VECTORS constexpr E cos(const E& x) {
    return detail::by_parts<detail::Sine<1>>(x);
}

}  // namespace kiln::inline KILN_TARGET
