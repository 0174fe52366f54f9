// SPDX-License-Identifier: BSL-1.0
#pragma once
// The law of fusion: the layer that does the work of L and of the layers behind it computes the same as those layers
// one after the other: forwards, in inference and backwards, with L's parameters. Tried with the end of a sequence,
// with a pointwise layer, with max pooling, and with the last two in either order, for a pointwise layer that never
// decreases and for one that does; and all that with derived activations, which keep their slope.

#include <kiln/core/contract.hpp>
#include <kiln/core/functions.hpp>
#include <kiln/layers/derived_activation.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/pool.hpp>

#include "laws/instance.hpp"
#include "laws/reads.hpp"

#include <algorithm>
#include <memory>
#include <type_traits>

namespace kiln::laws {

/// A pointwise layer, y = f(x), with the members that fusion uses.
template <class F>
struct ElementMap {
    using claims_of = F;
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    static constexpr void forward(const auto& x, auto& y, auto) {
        for (int i = 0; i < x.count; ++i) y.data[i] = F::value(x.data[i]);
    }
    static constexpr void backward(const auto&, const auto& y, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>)
            for (int i = 0; i < y.count; ++i) dx.data[i] = F::slope(y.data[i], dy.data[i]);
    }
};
/// x / 2 above 0, 2 x below.
struct Rising : ElementMap<Rising> {
    static constexpr bool monotone = true;
    template <class E>
    static constexpr E value(const E& x) {
        const E half(scalar_t<E>(0.5)), two(scalar_t<E>(2));
        return select(x > E(scalar_t<E>(0)), x * half, x * two);
    }
    template <class E>
    static constexpr E slope(const E& y, const E& dy) {
        const E half(scalar_t<E>(0.5)), two(scalar_t<E>(2));
        return select(y > E(scalar_t<E>(0)), dy * half, dy * two);
    }
};
/// -2 x above 0, -x / 2 below.
struct Falling : ElementMap<Falling> {
    static constexpr bool monotone = false;
    template <class E>
    static constexpr E value(const E& x) {
        const E half(scalar_t<E>(0.5)), two(scalar_t<E>(2));
        return select(x > E(scalar_t<E>(0)), -x * two, -x * half);
    }
    template <class E>
    static constexpr E slope(const E& y, const E& dy) {
        const E half(scalar_t<E>(0.5)), two(scalar_t<E>(2));
        return select(y > E(scalar_t<E>(0)), -dy * half, -dy * two);
    }
};

/// Functions whose slope does not follow from the output: x² falls and rises, the other only rises.
struct Squaring {
    constexpr auto operator()(const auto& x) const { return x * x; }
};
struct Bending {
    constexpr auto operator()(const auto& x) const { return math::min(x, x * 0.25 + 0.125); }
};

/// The largest differences between a fused layer and the layers it replaces, each relative to the largest value.
struct FusedReport {
    double y = 0, inference = 0, dx = 0, gradients = 0, without_dx = 0;
    int tried = 0;                 ///< how many combinations the layer can be fused with
    bool reads_as_claimed = true;  ///< whether the fused layers leave unread what they claim (laws/reads.hpp)

    double worst() const { return std::max({y, inference, dx, gradients, without_dx}); }
};

namespace detail {

/// Layers one after the other, each by itself.
template <class In, class L, class... Next>
struct Chain {
    Instance<L, In, double> first{1};
    Chain<output_t<L, In>, Next...> rest;

    void forward() {
        first.forward();
        rest.input() = first.y;
        rest.forward();
    }
    void infer() {
        first.infer();
        rest.input() = first.y;
        rest.infer();
    }
    void backward() {
        rest.backward();
        first.dy = rest.input_slope();
        first.backward();
    }
    auto& input() { return first.x; }
    auto& input_slope() { return first.dx; }
    auto& output() { return rest.output(); }
    auto& output_slope() { return rest.output_slope(); }
};
template <class In, class L>
struct Chain<In, L> : Instance<L, In, double> {
    Chain() : Instance<L, In, double>(1) {}
    auto& input() { return this->x; }
    auto& input_slope() { return this->dx; }
    auto& output() { return this->y; }
    auto& output_slope() { return this->dy; }
};

template <class In, class... Layers>
inline constexpr bool chain_fits = true;
template <class In, class L, class... Rest>
inline constexpr bool chain_fits<In, L, Rest...> = [] {
    if constexpr (L::shape(In::extents).fits)
        return chain_fits<output_t<L, In>, Rest...>;
    else
        return false;
}();

template <class L, class In, class... Next>
void compare_fused(FusedReport& report) {
    if constexpr (chain_fits<In, L, Next...>) {
        using Fused = fused_t<L, In, Next...>;
        if constexpr (!std::is_void_v<Fused>) {
            const auto fused = std::make_unique<Instance<Fused, In, double>>(1);
            const auto apart = std::make_unique<Chain<In, L, Next...>>();
            fused->parameters = apart->first.parameters;
            fused->state = apart->first.state;
            apart->input() = fused->x;
            apart->output_slope() = fused->dy;
            const auto see = [](double& worst, double error) { worst = std::max(worst, error); };
            fused->infer();
            apart->infer();
            see(report.inference, distance(fused->y, apart->output()));
            fused->forward();
            apart->forward();
            see(report.y, distance(fused->y, apart->output()));
            fused->backward();
            apart->backward();
            see(report.dx, distance(fused->dx, apart->input_slope()));
            see(report.gradients, record_distance<double>(fused->gradients, apart->first.gradients));
            set_zero<double>(fused->gradients);
            fused->forward();  // backward may have overwritten the tape
            fused->backward_without_dx();
            see(report.without_dx, record_distance<double>(fused->gradients, apart->first.gradients));
            report.reads_as_claimed = report.reads_as_claimed && check_reads<Fused, In>();
            ++report.tried;
        }
    }
}

}  // namespace detail

template <class L, class In>
FusedReport check_fused() {
    FusedReport report;
    detail::compare_fused<L, In, Falling>(report);
    detail::compare_fused<L, In, Pool<2>>(report);
    detail::compare_fused<L, In, Last>(report);
    detail::compare_fused<L, In, Rising, Pool<2>>(report);
    detail::compare_fused<L, In, Falling, Pool<2>>(report);
    detail::compare_fused<L, In, Pool<2>, Rising>(report);
    detail::compare_fused<L, In, Pool<2>, Falling>(report);
    detail::compare_fused<L, In, Activation<Squaring>>(report);
    detail::compare_fused<L, In, Activation<Bending>, Pool<2>>(report);
    detail::compare_fused<L, In, Pool<2>, Activation<Bending>>(report);
    detail::compare_fused<L, In, Pool<2>, Activation<Squaring>>(report);
    return report;
}

}  // namespace kiln::laws
