// SPDX-License-Identifier: BSL-1.0
#pragma once
// A test whether the dy of a loss is the derivative of its value, in one line and under any test framework:
//
//   assert((kiln::check_loss<MyLoss, kiln::Shape<3>>(target)));
//   BOOST_TEST((kiln::check_loss<MyLoss, kiln::Shape<3>>(target, MyLoss{.share_below = 0.9f})));
//
// Outputs are random. Each element of dy is compared with the derivative over dual numbers, in double. A weight other
// than 1 must scale value and dy alike.

#include <kiln/core/contract.hpp>
#include <kiln/core/dual.hpp>
#include <kiln/laws/check_gradients.hpp>
#include <kiln/laws/instance.hpp>

#include <cstddef>
#include <utility>

namespace kiln::inline KILN_TARGET {

namespace detail {
// The targets of one sample, for elements E.
template <class Gathered>
constexpr Gathered targets_of_one(const auto& target) {
    Gathered gathered{};
    if constexpr (requires { gathered.data[0] = static_cast<double>(target.data[0]); })
        for (int i = 0; i < gathered.count; ++i) gathered.data[i] = static_cast<double>(target.data[i]);
    else
        gathered[0] = target;
    return gathered;
}
}  // namespace detail

/// Compares the dy of a loss, on random outputs of shape Out and for this target, with the derivative of its value.
template <class L, class Out>
GradientCheck check_loss(const typename L::template Target<Out>& target, const L& loss = {},
                         const GradientOptions& options = {}) {
    using Number = Dual<double>;
    constexpr double weight = 0.5;
    Tensor<double, Out> y, dy, whole;
    Random random{Seed{options.seed}};
    laws::fill(y, random, options.range);
    laws::set_bits(dy);
    const auto still = detail::targets_of_one<Targets<L, Out, double>>(target);
    const auto moving = detail::targets_of_one<Targets<L, Out, Number>>(target);
    const double value = loss(y, still, weight, dy), full = loss(y, still, 1.0, whole);

    Tensor<Number, Out> variables, unused;
    for (int i = 0; i < Out::count; ++i) variables.data[i] = y.data[i];
    TensorCheck check = detail::check_tensor("dy", dy.data, variables.data, Out::count,
                                             [&] { return loss(variables, moving, Number(weight), unused).slope; });
    const auto close = [&](double a, double b) {
        return detail::magnitude_of(a - b) <= options.tolerance * (1 + detail::magnitude_of(b));
    };
    check.scales = close(value, weight * full);
    for (int i = 0; i < Out::count; ++i) check.scales = check.scales && close(dy.data[i], weight * whole.data[i]);
    return {.tolerance = options.tolerance, .of_loss = true, .tensors = {std::move(check)}};
}

}  // namespace kiln::inline KILN_TARGET
