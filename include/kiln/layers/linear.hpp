// SPDX-License-Identifier: BSL-1.0
#pragma once
// Fully connected layer.
//
// Shape: any shape of In elements -> Shape<Out>
// Formula: y[o] = bias[o] + sum_i weight[o][i] x[i], where i runs in row-major order
// Parameters: weight (Out, In); bias (Out) unless B is Bias::none; both within 1 / sqrt(In)
// Cost: In · Out multiply-adds
// Differs from PyTorch: x is flattened; torch.nn.Linear maps the last dimension only.
// Source: torch.nn.Linear

#include <kiln/core/bias.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/initialize.hpp>
#include <kiln/kernels/activated.hpp>
#include <kiln/kernels/pointwise.hpp>
#include <kiln/kernels/product.hpp>

#include <type_traits>

namespace kiln {

/// y = bias + weight x: any shape of In elements -> Shape<Out>.
template <int In, int Out, Bias... B>
    requires(sizeof...(B) <= 1)
struct Linear {
    static constexpr bool sane = In > 0 && Out > 0, countable = Extents{Out, In}.valid();

    static constexpr Fit shape(Extents in) {
        return {.out = Extents{Out < 1 ? 1 : Out}, .fits = sane && countable && in.count() == In};
    }
    template <class X>
    using needs =
        std::conditional_t<!sane, positive_arguments, std::conditional_t<X::count != In, elements<In>, fewer_elements>>;
    template <class X>
    using repair = std::conditional_t<sane && X::count != In, Linear<X::count, Out, B...>, void>;

    template <class S, class>
    using Parameters = detail::weight_and_bias<S, Shape<Out, In>, Out, detail::learns_bias<B...>>;
    static constexpr void initialize(auto& parameters, auto& random) {
        initialize_uniform(parameters.weight, In, random);
        initialize_uniform(parameters.bias, In, random);
    }

    using absorber = std::conditional_t<detail::learns_bias<B...>, void, Linear<In, Out>>;
    static constexpr void absorb(auto& parameters, const auto& scale, const auto& shift) {
        kernels::scale_rows(parameters.weight, parameters.bias, scale, shift);
    }

    static constexpr long long multiply_adds(Extents) { return static_cast<long long>(In) * Out; }

    static constexpr bool is_product = true;
    template <class, class Next>
    using fused = kernels::activated_t<Linear, Next>;

    static constexpr void forward(const auto& x, auto& y, auto at, auto finish) {
        kernels::product(x, at.parameters.weight, at.parameters.bias, y, finish);
    }
    static constexpr void forward(const auto& x, auto& y, auto at) { forward(x, y, at, kernels::Unchanged{}); }
    static constexpr bool backward_without_gradients = true;
    static constexpr bool reads_output = false;
    static constexpr void backward(const auto& x, const auto&, const auto& dy, auto& dx, auto at) {
        if constexpr (!is_nothing<decltype(at.gradients)>)
            kernels::product_weight_gradient(x, dy, at.gradients.weight, at.gradients.bias);
        if constexpr (!is_nothing<decltype(dx)>) kernels::product_input_gradient(at.parameters.weight, dy, dx);
    }
    static constexpr Kind kind() { return {.name = "Linear", .inputs = In, .outputs = Out}; }
    static void describe(const auto& x, auto& y, auto at) {
        y = x;
        if (x.extents.rank > 1) y = y.then("Flatten");
        y = y.then("Gemm", at.parameters.weight, at.parameters.bias).with("transB", 1);
    }
};

}  // namespace kiln
