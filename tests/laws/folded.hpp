// SPDX-License-Identifier: BSL-1.0
#pragma once
// The laws of the claims that `fold` relies on (model/fold.hpp), all about inference:
//
//   identity_in_inference   the output is the input, bit for bit
//   as_affine               the output is scale_c x + shift_c in each channel c, the first dimension
//   absorb                  with the parameters that it leaves, the output y becomes scale_c y + shift_c

#include <kiln/core/contract.hpp>
#include <kiln/model/fold.hpp>

#include "laws/instance.hpp"

namespace kiln::laws {

template <class L>
concept ClaimsIdentity = requires {
    requires L::identity_in_inference;
};
/// A factor and an offset for each channel of L's output.
template <class L, class In>
using ChannelsOf = Tensor<float, Shape<output_t<L, In>::extents[0]>>;
template <class L, class In>
concept ClaimsAffine = requires(const Instance<L, In, float>& layer, ChannelsOf<L, In>& channels) {
    L::as_affine(layer.parameters, layer.state, channels, channels);
};
template <class L, class In>
concept ClaimsToAbsorb = requires(Instance<L, In, float>& layer, const ChannelsOf<L, In>& channels) {
    L::absorb(layer.parameters, channels, channels);
};

namespace detail {
/// Layer L with some state: means and variances, which are positive.
template <class L, class In>
Instance<L, In, float> in_use() {
    Instance<L, In, float> layer(3);
    Random random{Seed{5}};
    for (const Slice<float>& slice : tensors<float>(layer.state))
        for (float& value : slice) value = random.uniform(0.5f, 1.5f);
    return layer;
}
/// y scaled and moved in each channel.
template <class Dims, int Channels>
Tensor<float, Dims> scaled(Tensor<float, Dims> y, const Tensor<float, Shape<Channels>>& scale,
                           const Tensor<float, Shape<Channels>>& shift) {
    constexpr int pixels = Dims::count / Channels;
    for (int i = 0; i < Dims::count; ++i) y.data[i] = scale[i / pixels] * y.data[i] + shift[i / pixels];
    return y;
}
}  // namespace detail

/// Whether inference leaves every input as it is.
template <class L, class In>
bool check_identity() {
    auto layer = detail::in_use<L, In>();
    layer.infer();
    for (int i = 0; i < In::count; ++i)
        if (layer.y.data[i] != layer.x.data[i]) return false;
    return In::count == output_t<L, In>::count;
}

/// The difference between inference and scale_c x + shift_c, relative to the largest output.
template <class L, class In>
double check_affine() {
    auto layer = detail::in_use<L, In>();
    layer.infer();
    ChannelsOf<L, In> scale, shift;
    set_bits(scale);
    set_bits(shift);
    L::as_affine(layer.parameters, layer.state, scale, shift);
    return distance(layer.y, detail::scaled(layer.x, scale, shift));
}

/// The difference between a layer that has absorbed factors and offsets and the same layer before, scaled and moved by
/// them. If L cannot absorb (without a bias), its absorber does.
template <class L, class In>
double check_absorb() {
    auto layer = detail::in_use<L, In>();
    layer.infer();
    Random random{Seed{7}};
    ChannelsOf<L, In> scale, shift;
    fill(scale, random, 2);
    fill(shift, random, 2);
    using Absorber = kiln::detail::absorber_t<L>;
    Instance<Absorber, In, float> absorber(1);
    absorber.parameters = {};
    absorber.x = layer.x;
    kiln::detail::folded_absorber<L, In>::copy(layer.parameters, layer.state, absorber.parameters, absorber.state);
    Absorber::absorb(absorber.parameters, scale, shift);
    absorber.infer();
    return distance(absorber.y, detail::scaled(layer.y, scale, shift));
}

}  // namespace kiln::laws
