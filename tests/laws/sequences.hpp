// SPDX-License-Identifier: BSL-1.0
#pragma once
// Small layers of sequences, Shape<T, F>, to test lengths with: one that mixes frames backwards in time, and one that
// takes another number of frames.

#include <kiln/core/contract.hpp>

#include <boost/hana/define_struct.hpp>

namespace kiln::laws {

/// y_t = w x_t + y_{t + 1}: from the last frame that there is to the first.
struct FromTheEnd {
    static constexpr bool reads_lengths = true;
    static constexpr Fit shape(Extents in) { return {.out = in, .fits = in.rank == 2}; }
    template <class S, class In>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<1>>, weight));
    };
    static constexpr void initialize(auto& parameters, auto& random) { parameters.weight[0] = random.uniform(0.5f, 1); }
    template <class E, int T, int F>
    static constexpr void forward(const Tensor<E, Shape<T, F>>& x, Tensor<E, Shape<T, F>>& y, auto at) {
        const auto weight = at.parameters.weight[0];
        for (int f = 0; f < F; ++f)
            for (int l = 0; l < width<E>; ++l) {
                scalar_t<E> sum(0);
                for (int t = T; t-- > 0;) {
                    if (t < at.pass.length(l, T)) sum = sum + weight * lane(x(t, f), l);
                    set_lane(y(t, f), l, sum);
                }
            }
    }
    template <class E, int T, int F>
    static constexpr void backward(const Tensor<E, Shape<T, F>>& x, const auto&, const Tensor<E, Shape<T, F>>& dy,
                                   auto& dx, auto at) {
        const auto weight = at.parameters.weight[0];
        scalar_t<E> gradient(0);
        for (int f = 0; f < F; ++f)
            for (int l = 0; l < width<E>; ++l) {
                scalar_t<E> sum(0);
                for (int t = 0; t < T; ++t) {
                    const bool counts = t < at.pass.length(l, T);
                    if (counts) {
                        sum = sum + lane(dy(t, f), l);
                        gradient = gradient + sum * lane(x(t, f), l);
                    }
                    if constexpr (!is_nothing<decltype(dx)>)
                        set_lane(dx(t, f), l, counts ? weight * sum : scalar_t<E>(0));
                }
            }
        at.gradients.weight[0] += rounded(gradient);
    }
};

/// y_t = x_{2 t}: half as many frames.
struct EveryOther {
    static constexpr Fit shape(Extents in) {
        return {.out = in.rank == 2 ? Extents{(in[0] + 1) / 2, in[1]} : in, .fits = in.rank == 2};
    }
    static constexpr int length(Extents, int length) { return (length + 1) / 2; }
    template <class E, int T, int F>
    static constexpr void forward(const Tensor<E, Shape<T, F>>& x, auto& y, auto) {
        for (int t = 0; t < T; t += 2)
            for (int f = 0; f < F; ++f) y(t / 2, f) = x(t, f);
    }
    template <class E, int T, int F>
    static constexpr void backward(const Tensor<E, Shape<T, F>>&, const auto&, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>)
            for (int t = 0; t < T; ++t)
                for (int f = 0; f < F; ++f) dx(t, f) = t % 2 == 0 ? dy(t / 2, f) : E(scalar_t<E>(0));
    }
};

}  // namespace kiln::laws
