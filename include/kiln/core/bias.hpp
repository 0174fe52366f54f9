// SPDX-License-Identifier: BSL-1.0
#pragma once
// Layers with weights have a bias, unless their last template argument is Bias::none:
//
//   Linear<64, 10, Bias::none>    Conv<3, 16, 3, 1, 1, 1, Bias::none>    ConvTranspose<16, 3, 3, 2, 1, 1, Bias::none>
//
// A bias in front of a normalisation does nothing, because the normalisation has an offset of its own.

#include <kiln/core/element.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>

#include <boost/hana/define_struct.hpp>

namespace kiln {

/// Whether a layer adds learned offsets to its output: PyTorch's bias=True, bias=False. A layer takes a Bias as its
/// last argument, or none, so that the names of layers with a bias stay short. Without the argument the bias is
/// `learned`.
enum class Bias { learned, none };

}  // namespace kiln

namespace kiln::inline KILN_TARGET::detail {

template <Bias... B>
inline constexpr bool learns_bias = (... && (B == Bias::learned));

// The parameters of a layer: a weight of shape Weight, and a bias of Out elements, or Nothing in the place of the bias.
template <class S, class Weight, int Out, bool HasBias>
struct weight_and_bias {
    BOOST_HANA_DEFINE_STRUCT(weight_and_bias, (Tensor<S, Weight>, weight), (Tensor<S, Shape<Out>>, bias));
};
template <class S, class Weight, int Out>
struct weight_and_bias<S, Weight, Out, false> {
    BOOST_HANA_DEFINE_STRUCT(weight_and_bias, (Tensor<S, Weight>, weight));
    [[no_unique_address]] Nothing bias;
};

// The elements of a bias from number `first` on, or Nothing if the layer has none.
constexpr auto elements_from(auto& bias, int first = 0) {
    if constexpr (is_nothing<decltype(bias)>)
        return Nothing{};
    else
        return bias.data + first;
}

}  // namespace kiln::inline KILN_TARGET::detail
