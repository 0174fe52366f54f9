// SPDX-License-Identifier: BSL-1.0
#pragma once
// An activation from a function that is written once; its derivative is taken by dual numbers:
//
//   struct Bump {
//       constexpr auto operator()(const auto& x) const { return kiln::math::exp(-x * x); }
//   };
//   using Net = kiln::Sequential<kiln::Linear<4, 8>, kiln::Activation<Bump>, kiln::Linear<8, 1>>;
//
// Shape: any shape, unchanged
// Formula: y = f(x) and dx = dy f'(x) for every element
// Cost: the multiplications of f, counted while compiling
//
// The library runs f while compiling (layers/detail/sketch.hpp), and chooses what backward computes f' from:
//   - from y, where f' is a polynomial of y: tanh, exp, logistic functions, and affine functions of these;
//   - from f'(x), which forward keeps, where f divides or calls exp and the like;
//   - from x, which costs less than to keep a slope, where f only adds, multiplies and selects.
// The sketch also finds whether f never decreases. Such a function may change places with max pooling.
//
// f may declare what the sketch does not find: `static constexpr bool monotone = true` that f never decreases, and
// `static constexpr bool keeps_slope` whether forward keeps f'. f is a type without members, with a constexpr call
// operator for every element. Functions of elements are in kiln::math, and a comparison gives a mask for
// kiln::math::select, because an element may be several samples.

#include <kiln/core/contract.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/kept_slope.hpp>
#include <kiln/kernels/pointwise.hpp>
#include <kiln/layers/detail/sketch.hpp>

#include <concepts>
#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

// The statements of a function's sketch, or of the function itself where it declares them.
struct FunctionFacts {
    bool monotone = false, keeps_slope = false, branches = false;
    long long multiplications = 0;
    SlopeOfValue slope{};
};
template <class F>
constexpr FunctionFacts facts_of() {
    Effort effort;
    const Sketch y = F{}(Sketch::variable(&effort));
    FunctionFacts facts{y.rises, effort.dear, effort.branches, effort.multiplications, y.slope};
    facts.slope.known = y.slope.known && y.slope.is_accurate_between(y.low, y.high);
    if constexpr (requires { bool(F::monotone); }) facts.monotone = F::monotone;
    if constexpr (requires { bool(F::keeps_slope); }) {
        facts.keeps_slope = F::keeps_slope;
        facts.slope.known = false;
    }
    return facts;
}

// A function that can be called for every element, while compiling too.
template <class F>
concept ElementFunction = std::is_empty_v<F> && std::default_initializable<F> && requires(const F& f, const Sketch& x) {
    { f(x) } -> std::convertible_to<Sketch>;
    typename std::bool_constant<(facts_of<F>(), true)>;
};

template <class F>
inline constexpr FunctionFacts function_facts{};
template <ElementFunction F>
inline constexpr FunctionFacts function_facts<F> = facts_of<F>();

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// y = F{}(x), for any shape; the derivative is derived. F is an empty type with a constexpr call operator.
template <class F>
struct Activation {
    using Function = F;
    /// Whether the function is known never to decrease.
    static constexpr bool monotone = detail::function_facts<F>.monotone;
    /// Whether backward computes f' from y, and else whether it reads an f' that forward keeps.
    static constexpr bool slope_of_output = detail::function_facts<F>.slope.known,
                          keeps_slope = !slope_of_output && detail::function_facts<F>.keeps_slope;

    static constexpr Fit shape(Extents in) {
        return {.out = in, .fits = detail::ElementFunction<F> && !detail::function_facts<F>.branches};
    }
    template <class>
    using needs = std::conditional_t<detail::function_facts<F>.branches, select_in_the_place_of_a_branch,
                                     a_constexpr_function_of_any_element>;

    static constexpr long long multiply_adds(Extents in) {
        return in.count() * detail::function_facts<F>.multiplications;
    }

    template <class E, class In>
    using Tape = std::conditional_t<keeps_slope, kernels::KeptSlope<E, In>, Nothing>;

    static constexpr void forward(const auto& x, auto& y, auto at) {
        if constexpr (is_nothing<decltype(at.tape)>)
            kernels::apply_in_packs(F{}, x, y);
        else
            kernels::apply_and_keep_slope(F{}, x, y, at.tape.slope);
    }
    static constexpr bool reads_input = !slope_of_output && !keeps_slope, reads_output = slope_of_output;
    static constexpr void backward(const auto& x, const auto& y, const auto& dy, auto& dx, auto at) {
        if constexpr (is_nothing<decltype(dx)>)
            return;
        else if constexpr (slope_of_output)
            kernels::apply([](const auto& output, const auto& given) { return slope(output, given); }, y, dy, dx);
        else if constexpr (keeps_slope)
            kernels::apply_kept_slope(at.tape.slope, dy, dx);
        else
            kernels::apply_derivative(F{}, x, dy, dx);
    }

    // The members of a pointwise layer (core/contract/claims.hpp).
    template <class E>
    [[gnu::always_inline]] static constexpr E value(const E& x) {
        return F{}(x);
    }
    template <class E>
    requires slope_of_output [[gnu::always_inline]] static constexpr E slope(const E& y, const E& dy) {
        constexpr auto of = detail::function_facts<F>.slope;
        if constexpr (of.p1 == 0 && of.p2 == 0)
            return dy * number<E>(of.p0);
        else if constexpr (of.p2 == 0 && of.p0 == 0)
            return dy * (y * number<E>(of.p1));
        else if constexpr (of.p2 == 0)
            return dy * fma(y, number<E>(of.p1), number<E>(of.p0));
        else if constexpr (of.p1 == 0)
            return dy * fma(y * number<E>(of.p2), y, number<E>(of.p0));
        else if constexpr (of.p0 == 0)
            return dy * (y * fma(y, number<E>(of.p2), number<E>(of.p1)));
        else
            return dy * fma(fma(y, number<E>(of.p2), number<E>(of.p1)), y, number<E>(of.p0));
    }
    // The layer that L and this one fuse to.
    template <class L>
        requires(!slope_of_output)
    using following = kernels::Following<L, Activation>;

  private:
    template <class E>
    static constexpr E number(double value) {
        return E(static_cast<scalar_t<E>>(value));
    }
};

}  // namespace kiln
