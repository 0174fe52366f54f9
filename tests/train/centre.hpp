// SPDX-License-Identifier: BSL-1.0
#pragma once
// A layer with state and without statistics, for tests of steps.

#include <kiln/core/contract.hpp>
#include <kiln/core/record.hpp>

#include <boost/hana/define_struct.hpp>

namespace kiln::laws {

/// y = x less the running mean of each channel, which the layer observes.
template <int Channels>
struct Centre {
    static constexpr Fit shape(Extents in) { return {.out = in, .fits = in[0] == Channels}; }
    template <class S, class>
    struct State {
        BOOST_HANA_DEFINE_STRUCT(State, (Tensor<S, Shape<Channels>>, running_mean));
    };
    template <class S, class>
    struct Observed {
        BOOST_HANA_DEFINE_STRUCT(Observed, (Tensor<S, Shape<Channels>>, sum));
    };
    static constexpr void settle(auto& state, const auto& observed, int samples) {
        for (int c = 0; c < Channels; ++c)
            state.running_mean[c] += 0.1f * (observed.sum[c] / static_cast<float>(samples) - state.running_mean[c]);
    }
    template <class E, class X>
    static constexpr void forward(const Tensor<E, X>& x, Tensor<E, X>& y, auto at) {
        constexpr int pixels = X::count / Channels;
        for (int i = 0; i < X::count; ++i) y[i] = x[i] - E(at.state.running_mean[i / pixels]);
        if constexpr (!is_nothing<decltype(at.observed)>)
            for (int c = 0; c < Channels; ++c) {
                scalar_t<E> sum(0);
                for (int i = c * pixels; i < (c + 1) * pixels; ++i)
                    for (int l = 0; l < at.pass.live; ++l) sum += lane(x[i], l);
                at.observed.sum[c] += sum / static_cast<float>(pixels);
            }
    }
    static constexpr void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>) dx = dy;
    }
};

}  // namespace kiln::laws
