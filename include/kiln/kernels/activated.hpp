// SPDX-License-Identifier: BSL-1.0
#pragma once
// A layer fused with the pointwise activation behind it (core/contract/claims.hpp, fusion): its epilogue.

#include <kiln/core/contract.hpp>
#include <kiln/kernels/epilogue.hpp>

#include <concepts>

namespace kiln::inline KILN_TARGET::kernels {

/// Layer L, whose forward takes an epilogue, followed by pointwise layer F.
template <class L, class F>
struct Activated : StreamsAs<L> {
    using claims_of = Activated;
    static constexpr Fit shape(std::same_as<Extents> auto... in) { return L::shape(in...); }
    template <class S, class In>
    using Parameters = parameters_t<L, S, In>;
    template <class S, class In>
    using Gradients = gradients_t<L, S, In>;
    template <class S, class In>
    using State = state_t<L, S, In>;
    template <class S, class In>
    using Observed = observed_t<L, S, In>;
    template <class S, class In>
    using Statistics = statistics_t<L, S, In>;
    template <class E, class In>
    using Tape = tape_t<L, E, In>;
    template <class E, class In, Wanted W>
    using Scratch = scratch_t<L, E, In, W>;
    static constexpr long long multiply_adds(std::same_as<Extents> auto... in) {
        long long sum = 0;
        if constexpr (requires { L::multiply_adds(in...); }) sum += L::multiply_adds(in...);
        if constexpr (requires { F::multiply_adds(L::shape(in...).out); }) sum += F::multiply_adds(L::shape(in...).out);
        return sum;
    }

    static constexpr void forward(const auto& x, auto& y, auto at) { L::forward(x, y, at, Apply<F>{}); }
    static constexpr bool backward_without_gradients = [] {
        if constexpr (requires { L::backward_without_gradients; }) return L::backward_without_gradients;
        return false;
    }();
    static constexpr bool reads_input = kiln::reads_input<L>;
    static constexpr void backward(const auto& x, const auto& y, auto& dy, auto& dx, auto at) {
        constexpr auto change = [](const auto& output, const auto& slope) { return F::slope(output, slope); };
        if constexpr (requires { L::backward(x, y, dy, dx, at, change); }) {
            L::backward(x, y, dy, dx, at, change);
        } else {
            if constexpr (is_nothing<decltype(at.statistics)>)
                apply_slope<F>(y, dy);  // else measure_slopes has applied it
            L::backward(x, y, dy, dx, at);
        }
    }

    static constexpr void step(const auto& x, auto& y, auto& carry, auto at) { L::step(x, y, carry, at, Apply<F>{}); }

    static constexpr void measure(const auto& x, auto& own, auto at) { L::measure(x, own, at); }
    static constexpr void merge(auto& all, const auto& own) { L::merge(all, own); }
    static constexpr void measure_slopes(const auto& x, const auto& y, auto& dy, auto& kept, auto& own, auto at) {
        constexpr auto change = [](const auto& output, const auto& slope) { return F::slope(output, slope); };
        if constexpr (requires { L::measure_slopes(x, y, dy, kept, own, at, change); }) {
            L::measure_slopes(x, y, dy, kept, own, at, change);
        } else {
            apply_slope<F>(y, dy);
            L::measure_slopes(x, y, dy, kept, own, at);
        }
    }
    static constexpr void merge_slopes(auto& all, const auto& own) { L::merge_slopes(all, own); }
};

namespace detail {
template <class L, class Next>
struct activated {
    using type = void;
};
template <class L, Pointwise Next>
struct activated<L, Next> {
    using type = Activated<L, Next>;
};
template <class L, FusesBehind Next>
struct activated<L, Next> {
    using type = typename Next::template following<L>;
};
}  // namespace detail

/// The layer that L and the layer behind it fuse to: `Activated<L, Next>` if Next is pointwise, Next's `following<L>` if
/// it has that, else void.
template <class L, class Next>
using activated_t = typename detail::activated<L, Next>::type;

}  // namespace kiln::inline KILN_TARGET::kernels
