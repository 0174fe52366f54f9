// SPDX-License-Identifier: BSL-1.0
#pragma once
// LOSS: only the starred members are required.
//
//   * template <class Out> using Target
//         the type of the target that an output of shape Out is compared with: a label (int), or a Tensor<float, …>
//     static constexpr Fit fits(Extents output); needs<Out> as for layers
//         the outputs that the loss can be computed from; without these members all outputs
//     static constexpr bool valid(const Target<Out>&, Extents output)
//         whether a target can be learned at all (a label within the classes); without this member every target
//   * E operator()(const Tensor<E, Out>& y, const Targets<Loss, Out, E>& targets, const E& weight,
//                  Tensor<E, Out>& dy) const
//         the loss of each lane times its weight; sets dy to the derivative. `weight` is 1 / n, and 0 in lanes without
//         a sample
//     instead_of_probabilities
//         the type `logits` or `logarithms_of_probabilities`: the outputs that the loss needs, in the place of
//         probabilities. A network whose last layer puts out probabilities (Softmax, Sigmoid) is then refused; a user's
//         layer derived from one of these is not
//     float share(const Target<Out>&) const
//         the share of a sample in the mean (a class weight), 1 without this member. `weight` is then 1 / (sum of the
//         shares in the batch), and the loss itself multiplies by the sample's share
//     SettingFault fault() const
//         the first setting out of its range (core/setting_fault.hpp); the loss is then refused before the first step

#include <kiln/core/element.hpp>
#include <kiln/core/fit.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>

#include <array>
#include <cstddef>

namespace kiln::inline KILN_TARGET {

namespace detail {
template <class Target, class E>
struct targets_of {
    using type = std::array<Target, static_cast<std::size_t>(width<E>)>;
};
template <class Dims, class E>
struct targets_of<Tensor<float, Dims>, E> {
    using type = Tensor<E, Dims>;
};
}  // namespace detail

/// The targets of one pass over elements E: a label for each lane, or a tensor with as many lanes.
template <class Loss, class Out, class E>
using Targets = typename detail::targets_of<typename Loss::template Target<Out>, E>::type;

/// Whether loss L can be computed from outputs of extents `output`.
template <class L>
constexpr Fit loss_fit(Extents output) {
    if constexpr (requires { L::fits(output); })
        return L::fits(output);
    else
        return {.out = output};
}

/// Whether loss L can learn this target.
template <class L>
constexpr bool valid_target(const auto& target, Extents output) {
    if constexpr (requires { L::valid(target, output); })
        return L::valid(target, output);
    else
        return true;
}

template <class L, class Out>
concept Loss = requires {
    typename L::template Target<Out>;
}
&&requires(const L& loss, const Tensor<float, Out>& y, const Targets<L, Out, float>& targets, const float& weight,
           Tensor<float, Out>& dy) {
    loss(y, targets, weight, dy);
};

/// The loss by which `evaluate` judges targets of this type. A loss specialises default_loss in its own header.
template <class Target>
struct default_loss;

}  // namespace kiln::inline KILN_TARGET
