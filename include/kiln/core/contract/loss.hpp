// SPDX-License-Identifier: BSL-1.0
#pragma once
// LOSS: optional but for the starred ones:
//
//   * template <class Out> using Target
//         the type that an output of shape Out is compared with: a label (int), or a Tensor<float, …>
//     static constexpr Fit fits(Extents output); needs<Out> as of layers
//         which outputs it can be computed from; without it all
//     static constexpr bool valid(const Target<Out>&, Extents output)
//         whether a target can be learned at all (a label within the classes); without it all
//   * E operator()(const Tensor<E, Out>& y, const Targets<Loss, Out, E>& targets, const E& weight,
//                  Tensor<E, Out>& dy) const
//         the loss of each lane times its weight; sets dy to the derivative. `weight` is 1 / n, and 0 in lanes without a
//         sample
//     instead_of_probabilities
//         the type logits or logarithms_of_probabilities: what outputs are to be, and not probabilities. A network whose last
//         layer puts out those (Softmax, Sigmoid) is refused; a layer of yours that is derived from one of them is not
//     float share(const Target<Out>&) const
//         how much a sample counts in the mean (class weights), 1 without it. `weight` is then 1 / (sum of the shares in the
//         batch), and the loss itself multiplies by the sample's share
//     SettingFault fault() const
//         the first of its settings that is out of its range (core/setting_fault.hpp): refused before the first step

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

/// The targets that a loss compares outputs of elements E with: a label for each lane, or a tensor of as many lanes.
template <class Loss, class Out, class E>
using Targets = typename detail::targets_of<typename Loss::template Target<Out>, E>::type;

/// Whether loss L can be computed from such outputs.
template <class L>
constexpr Fit loss_fit(Extents output) {
    if constexpr (requires { L::fits(output); })
        return L::fits(output);
    else
        return {.out = output};
}

/// Whether a target can be learned by loss L.
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

/// The loss by which `evaluate` judges targets of this type. Losses specialise it in their own header.
template <class Target>
struct default_loss;

}  // namespace kiln::inline KILN_TARGET
