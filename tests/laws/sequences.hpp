// SPDX-License-Identifier: BSL-1.0
#pragma once
// Small layers of sequences, Shape<T, F>, to test lengths with: one that mixes frames into one vector, one that mixes them
// backwards in time, one that takes another number of frames, and one that works on each frame alone.

#include <kiln/core/contract.hpp>

#include <boost/hana/define_struct.hpp>

namespace kiln::laws {

/// y = the mean of the frames that there are.
struct MeanOverTime {
    static constexpr bool reads_lengths = true;
    static constexpr Fit shape(Extents in) { return {.out = Extents{in.rank == 2 ? in[1] : 1}, .fits = in.rank == 2}; }
    template <class E, int T, int F>
    static constexpr void forward(const Tensor<E, Shape<T, F>>& x, Tensor<E, Shape<F>>& y, auto at) {
        for (int f = 0; f < F; ++f)
            for (int l = 0; l < width<E>; ++l) {
                const int length = at.pass.length(l, T);
                auto sum = lane(x(0, f), l);
                for (int t = 1; t < length; ++t) sum += lane(x(t, f), l);
                set_lane(y[f], l, sum / scalar_t<E>(length));
            }
    }
    template <class E, int T, int F>
    static constexpr void backward(const Tensor<E, Shape<T, F>>&, const auto&, const Tensor<E, Shape<F>>& dy, auto& dx,
                                   auto at) {
        if constexpr (!is_nothing<decltype(dx)>)
            for (int t = 0; t < T; ++t)
                for (int f = 0; f < F; ++f)
                    for (int l = 0; l < width<E>; ++l) {
                        const int length = at.pass.length(l, T);
                        set_lane(dx(t, f), l, t < length ? lane(dy[f], l) / scalar_t<E>(length) : scalar_t<E>(0));
                    }
    }
};

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

/// y_t = W x_t + b, with G outputs of F inputs: for each frame alone.
template <int F, int G>
struct EachFrame {
    static constexpr Fit shape(Extents in) {
        return {.out = in.rank == 2 ? Extents{in[0], G} : in, .fits = in.rank == 2 && in[1] == F};
    }
    template <class S, class In>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<G, F>>, weight), (Tensor<S, Shape<G>>, bias));
    };
    static constexpr void initialize(auto& parameters, auto& random) {
        for (auto& w : parameters.weight) w = random.uniform(-1, 1);
    }
    template <class E, int T>
    static constexpr void forward(const Tensor<E, Shape<T, F>>& x, auto& y, auto at) {
        for (int t = 0; t < T; ++t)
            for (int g = 0; g < G; ++g) {
                E sum(at.parameters.bias[g]);
                for (int f = 0; f < F; ++f) sum += E(at.parameters.weight(g, f)) * x(t, f);
                y(t, g) = sum;
            }
    }
    template <class E, int T>
    static constexpr void backward(const Tensor<E, Shape<T, F>>& x, const auto&, const auto& dy, auto& dx, auto at) {
        for (int g = 0; g < G; ++g) {
            E of_bias(scalar_t<E>(0));
            for (int t = 0; t < T; ++t) of_bias += dy(t, g);
            at.gradients.bias[g] += rounded(reduce(of_bias));
            for (int f = 0; f < F; ++f) {
                E of_weight(scalar_t<E>(0));
                for (int t = 0; t < T; ++t) of_weight += dy(t, g) * x(t, f);
                at.gradients.weight(g, f) += rounded(reduce(of_weight));
            }
        }
        if constexpr (!is_nothing<decltype(dx)>)
            for (int t = 0; t < T; ++t)
                for (int f = 0; f < F; ++f) {
                    E sum(scalar_t<E>(0));
                    for (int g = 0; g < G; ++g) sum += E(at.parameters.weight(g, f)) * dy(t, g);
                    dx(t, f) = sum;
                }
    }
};

}  // namespace kiln::laws
