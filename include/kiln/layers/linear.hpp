// SPDX-License-Identifier: BSL-1.0
#pragma once
// Fully connected layer: y = b + W x, as torch.nn.Linear.

#include <kiln/core/contract.hpp>
#include <kiln/core/initialize.hpp>
#include <kiln/kernels/product.hpp>

#include <boost/hana/define_struct.hpp>

#include <type_traits>

namespace kiln {

/// Any shape of In elements -> Shape<Out>. Parameters: weight (Out, In), bias (Out). Multiply-adds: In · Out.
template <int In, int Out>
struct Linear {
    static constexpr bool sane = In > 0 && Out > 0;

    static constexpr Fit shape(Extents in) {
        return {.out = Extents{Out < 1 ? 1 : Out}, .fits = sane && in.count() == In};
    }
    template <class X>
    using needs = std::conditional_t<sane, elements<In>, positive_arguments>;
    template <class X>
    using repair = std::conditional_t<sane, Linear<X::count, Out>, void>;

    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<Out, In>>, weight), (Tensor<S, Shape<Out>>, bias));
    };
    static constexpr void initialize(auto& parameters, auto& random) {
        initialize_uniform(parameters.weight, In, random);
        initialize_uniform(parameters.bias, In, random);
    }

    static constexpr long long multiply_adds(Extents) { return static_cast<long long>(In) * Out; }

    static constexpr void forward(const auto& x, auto& y, auto at) {
        kernels::product(x, at.parameters.weight, at.parameters.bias, y);
    }
    static constexpr void backward(const auto& x, const auto&, const auto& dy, auto& dx, auto at) {
        kernels::product_weight_gradient(x, dy, at.gradients.weight, at.gradients.bias);
        if constexpr (!is_nothing<decltype(dx)>) kernels::product_input_gradient(at.parameters.weight, dy, dx);
    }
};

}  // namespace kiln
