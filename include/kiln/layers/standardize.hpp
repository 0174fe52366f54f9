// SPDX-License-Identifier: BSL-1.0
#pragma once
// Preprocessing as a part of the network: it is saved with the model, kept in checkpoints, written into headers for chips
// and exported, and nobody can forget it before predict or after it.
//
//   using Net = kiln::Sequential<kiln::Standardize, kiln::Linear<3, 32>, kiln::ReLU, kiln::Linear<32, 1>, kiln::Unstandardize>;
//   kiln::standardize_inputs(model, kiln::data::standardization(train));
//   kiln::standardize_outputs(model, kiln::data::standardization_of_targets(train));
//
// Both layers keep a mean and a standard deviation for each channel of a map, or each value of a vector, as state: no
// training changes them. They are set from data (train/standardize.hpp). The loss that suits outputs in their own units is
// Standardized (losses/standardized.hpp).
//
//   Standardize     y = (x - mean) / sd
//   Unstandardize   y = mean + sd x        folded into the layer before it by `fold`

#include <kiln/core/contract.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/tile.hpp>

#include <boost/hana/define_struct.hpp>

#include <array>
#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

template <class S, class Channels>
struct channel_moments {
    BOOST_HANA_DEFINE_STRUCT(channel_moments, (Tensor<S, Channels>, mean), (Tensor<S, Channels>, sd));
};

// What both layers have in common: y = offset + factor (x - center) in each channel.
struct ChannelMap {
    static constexpr bool backward_without_gradients = true;

    static constexpr Fit shape(Extents in) { return {.out = in}; }
    template <class S, class X>
    using State = channel_moments<S, Shape<X::extents[0]>>;
    static constexpr void initialize_state(auto& state) {
        for (auto& deviation : state.sd) deviation = 1;
    }
    static constexpr long long multiply_adds(Extents in) { return in.count(); }

    template <class X>
    static constexpr int pixels = X::count / X::extents[0];
};

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// Any shape, unchanged: y = (x - mean) / sd. State: mean, sd, for each channel (the first dimension); 0 and 1 until
/// standardize_inputs sets them. Multiply-adds: one for each element.
struct Standardize : detail::ChannelMap {
    using claims_of = Standardize;
    static constexpr bool standardizes_inputs = true;

    template <class E, class X>
    static constexpr void forward(const Tensor<E, X>& x, Tensor<E, X>& y, auto at) {
        using S = scalar_t<E>;
        for (int c = 0; c < X::extents[0]; ++c) {
            const E mean(at.state.mean[c]), factor(S(1) / at.state.sd[c]);
            for (int i = c * pixels<X>; i < (c + 1) * pixels<X>; ++i)
                kernels::store((kernels::load<E>(x.data + i) - mean) * factor, y.data + i);
        }
    }
    template <class E, class X>
    static constexpr void backward(const auto&, const auto&, const Tensor<E, X>& dy, auto& dx, auto at) {
        using S = scalar_t<E>;
        if constexpr (!is_nothing<decltype(dx)>)
            for (int c = 0; c < X::extents[0]; ++c) {
                const E factor(S(1) / at.state.sd[c]);
                for (int i = c * pixels<X>; i < (c + 1) * pixels<X>; ++i)
                    kernels::store(kernels::load<E>(dy.data + i) * factor, dx.data + i);
            }
    }

    static void describe(const auto& x, auto& y, auto at) {
        using Mean = std::remove_cvref_t<decltype(at.state.mean)>;
        std::array<float, Mean::Dimensions::count> ones{}, zeros{}, variance{};
        for (int c = 0; c < Mean::Dimensions::count; ++c) {
            const auto k = static_cast<std::size_t>(c);
            ones[k] = 1;
            variance[k] = at.state.sd[c] * at.state.sd[c];
        }
        y = x.then("BatchNormalization", ones, zeros, at.state.mean, variance).with("epsilon", 0.0f);
    }
};

/// Any shape, unchanged: y = mean + sd x, the inverse of Standardize. State: mean, sd, for each channel (the first
/// dimension); 0 and 1 until standardize_outputs sets them. Multiply-adds: one for each element.
struct Unstandardize : detail::ChannelMap {
    using claims_of = Unstandardize;
    static constexpr bool restores_units = true;

    /// y = scale x + shift in each channel.
    static constexpr void as_affine(const auto&, const auto& state, auto& scale, auto& shift) {
        scale = state.sd;
        shift = state.mean;
    }

    template <class E, class X>
    static constexpr void forward(const Tensor<E, X>& x, Tensor<E, X>& y, auto at) {
        for (int c = 0; c < X::extents[0]; ++c) {
            const E mean(at.state.mean[c]), factor(at.state.sd[c]);
            for (int i = c * pixels<X>; i < (c + 1) * pixels<X>; ++i)
                kernels::store(fma(kernels::load<E>(x.data + i), factor, mean), y.data + i);
        }
    }
    template <class E, class X>
    static constexpr void backward(const auto&, const auto&, const Tensor<E, X>& dy, auto& dx, auto at) {
        if constexpr (!is_nothing<decltype(dx)>)
            for (int c = 0; c < X::extents[0]; ++c) {
                const E factor(at.state.sd[c]);
                for (int i = c * pixels<X>; i < (c + 1) * pixels<X>; ++i)
                    kernels::store(kernels::load<E>(dy.data + i) * factor, dx.data + i);
            }
    }

    static void describe(const auto& x, auto& y, auto at) {
        using Mean = std::remove_cvref_t<decltype(at.state.mean)>;
        std::array<float, Mean::Dimensions::count> ones{}, zeros{};
        for (float& one : ones) one = 1;
        y = x.then("BatchNormalization", at.state.sd, at.state.mean, zeros, ones).with("epsilon", 0.0f);
    }
};

}  // namespace kiln
