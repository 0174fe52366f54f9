// SPDX-License-Identifier: BSL-1.0
#pragma once
// Standardisation as a part of the network. The means and the deviations are saved with the model, kept in checkpoints,
// written into headers for chips and exported. So no program can forget to standardise before predict, or to restore
// the units after it.
//
//   using Net = kiln::Sequential<kiln::Standardize, kiln::Linear<3, 32>, kiln::ReLU, kiln::Linear<32, 1>,
//                                kiln::Unstandardize>;
//   kiln::standardize_inputs(model, kiln::data::standardization(train));
//   kiln::standardize_outputs(model, kiln::data::standardization_of_targets(train));
//
// Shape: any shape, unchanged; a channel is one index of the first dimension, so each value of a vector is a channel
// Formula: Standardize: y = (x - mean) / sd; Unstandardize: y = mean + sd x
// State: for each layer a mean and an sd (standard deviation) for each channel, 0 and 1 at first; no training changes
//   them, only standardize_inputs and standardize_outputs do (train/standardize.hpp)
// Cost: one multiply-add for each element; `fold` folds Unstandardize into the layer before it
// Differs from PyTorch: no module of PyTorch does this; batch normalisation with fixed statistics, without weight and
//   bias, is the nearest
//
// The loss Standardized (losses/standardized.hpp) suits a network that ends with Unstandardize.

#include <kiln/core/contract.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/pack.hpp>

#include <boost/hana/define_struct.hpp>

#include <array>
#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

template <class S, class Channels>
struct channel_moments {
    BOOST_HANA_DEFINE_STRUCT(channel_moments, (Tensor<S, Channels>, mean), (Tensor<S, Channels>, sd));
};

// The part that both layers share: their shapes, their state and their cost.
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

/// Subtracts a mean and divides by a standard deviation: y = (x - mean) / sd for each channel, in any shape. State:
/// mean and sd, 0 and 1 until standardize_inputs sets them.
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
    static constexpr bool reads_input = false, reads_output = false;
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

/// The inverse of Standardize: y = mean + sd x for each channel, in any shape. State: mean and sd, 0 and 1 until
/// standardize_outputs sets them.
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
    static constexpr bool reads_input = false, reads_output = false;
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
