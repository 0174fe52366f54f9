// SPDX-License-Identifier: BSL-1.0
#pragma once
// Any shape as a vector of its elements, in row-major order. Linear flattens by itself; this is for saying so.

#include <kiln/core/contract.hpp>
#include <kiln/kernels/pointwise.hpp>

namespace kiln {

/// Any shape of n elements -> Shape<n>.
struct Flatten {
    static constexpr Fit shape(Extents in) { return {.out = Extents{static_cast<int>(in.count())}}; }

    static constexpr void forward(const auto& x, auto& y, auto) {
        kernels::apply([](const auto& input) { return input; }, x, y);
    }
    static constexpr void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>) kernels::apply([](const auto& slope) { return slope; }, dy, dx);
    }
};

}  // namespace kiln
