// SPDX-License-Identifier: BSL-1.0
#pragma once
// Starting values of parameters.

#include <kiln/core/math.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>

namespace kiln::inline KILN_TARGET {

namespace detail {
constexpr double inverse_root(double n) { return 1 / sqrt(n > 1 ? n : 1); }
}  // namespace detail

/// PyTorch's default for linear and convolutional layers: weights and biases uniform in ±1/√fan_in (torch.nn.Linear,
/// "kaiming_uniform" with a = √5). fan_in is the number of inputs of one output.
template <class S, class Dims, class Random>
constexpr void initialize_uniform(Tensor<S, Dims>& tensor, int fan_in, Random& random) {
    const float bound = static_cast<float>(detail::inverse_root(fan_in));
    for (S& value : tensor) value = S(random.uniform(-bound, bound));
}

template <class Random>
constexpr void initialize_uniform(Nothing&, int, Random&) {}

}  // namespace kiln::inline KILN_TARGET
