// SPDX-License-Identifier: BSL-1.0
#pragma once
// The functions that open and close the gates of recurrent layers, as a choice of the layer: GRU<3, 16, FastGates>.
//
//   AccurateGates   Kiln's own tanh and sigmoid, within a few ulp
//   FastGates       tanh(x) = x P(x²) / Q(x²), P and Q of degree 4, for |x| up to 8, and sigmoid(x) =
//                   ½ + ½ tanh(x / 2): an absolute error of at most 4e-7, and no relative accuracy near 0
//
// The chains of FastGates are short, and a step of one sample waits for them: x is multiplied into the parts of P while
// Q is computed. P and Q are the minimax fit to tanh on [0, 8], where the fit is within 6e-9; the rest of the error is
// rounding: 3.0e-7 at most with fused multiply-adds, 3.5e-7 without. FastGates serves float and lanes of float. For all
// other elements it is AccurateGates, so that derivatives in double are those of the functions.

#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/math.hpp>
#include <kiln/kernels/sigmoid.hpp>

#include <type_traits>

namespace kiln {

/// Gates as accurate as Kiln's functions.
struct AccurateGates {
    template <class E>
    KILN_NATIVE_VECTORS static constexpr E tanh(const E& x) {
        using kiln::tanh;
        return tanh(x);
    }
    template <class E>
    KILN_NATIVE_VECTORS static constexpr E sigmoid(const E& x) {
        return kernels::sigmoid(x);
    }
};

/// Rational gates of floats, within 4e-7; gates of other elements are accurate.
struct FastGates {
    template <class E>
    KILN_NATIVE_VECTORS static constexpr E tanh(const E& x) {
        if constexpr (is_rational<E>)
            return fraction(x, 8.0f, 1.0f);
        else
            return AccurateGates::tanh(x);
    }
    template <class E>
    KILN_NATIVE_VECTORS static constexpr E sigmoid(const E& x) {
        if constexpr (is_rational<E>)
            return fraction(x, 16.0f, 0.5f) + E(0.5f);
        else
            return AccurateGates::sigmoid(x);
    }

  private:
    template <class E>
    static constexpr bool is_rational = std::is_same_v<scalar_t<E>, float> && (std::is_same_v<E, float> || is_lanes<E>);

    // scale · tanh(scale x); min and max in this order let NaN through. The scale is a power of two, and goes into the
    // coefficients without rounding. Sums are G. Estrin's: fewer operations wait for each other than in W. Horner's.
    template <class E>
    KILN_NATIVE_VECTORS static constexpr E fraction(const E& x, float bound, float scale) {
        const float s = scale * scale, s2 = s * s, s3 = s2 * s, s4 = s3 * s;
        const E inside = min(E(bound), max(E(-bound), x)), t = inside * inside, t2 = t * t;
        const E p0 = fma(t, E(s2 * 1.343818914e-01f), E(s * 9.999999700e-01f)),
                p2 = fma(t, E(s4 * 2.177320814e-05f), E(s3 * 3.564153778e-03f)),
                p = fma(inside * t2, fma(t2, E(s4 * s * 1.506175899e-08f), p2), inside * p0);
        const E q0 = fma(t, E(s * 4.677150992e-01f), E(1.0f)),
                q2 = fma(t, E(s3 * 3.399175594e-04f), E(s2 * 2.613600669e-02f)),
                q = fma(t2, fma(t2, E(s4 * 8.453640767e-07f), q2), q0);
        return p / q;
    }
};

}  // namespace kiln

namespace kiln::inline KILN_TARGET::detail {
// A layer takes its gates as its last argument, or none, so that the names of layers stay short.
template <class... Gates>
struct gates_of_layer {
    using type = AccurateGates;
};
template <class Gates>
struct gates_of_layer<Gates> {
    using type = Gates;
};
template <class... Gates>
using gates_of = typename gates_of_layer<Gates...>::type;
}  // namespace kiln::inline KILN_TARGET::detail
