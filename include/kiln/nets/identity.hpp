// SPDX-License-Identifier: BSL-1.0
#pragma once
// The layer that changes nothing. It stands for the input itself where a container wants a part: Sum<F, Identity> is
// x + f(x). `fold` puts it in the place of layers that it leaves out. Within a wired container it takes neither time nor
// memory, unless the container puts it out.
//
// Shape: any shape, unchanged
// Formula: y = x

#include <kiln/core/contract.hpp>

namespace kiln {

/// y = x.
struct Identity {
    static constexpr bool is_identity = true, identity_in_inference = true;
    static constexpr bool reads_input = false, reads_output = false;
    static constexpr bool backward_without_gradients = true;

    static constexpr Fit shape(Extents in) { return {.out = in}; }
    static constexpr void forward(const auto& x, auto& y, auto) {
        for (int i = 0; i < x.count; ++i) y.data[i] = x.data[i];
    }
    static constexpr void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>)
            for (int i = 0; i < dy.count; ++i) dx.data[i] = dy.data[i];
    }
    static void describe(const auto& x, auto& y, auto) { y = x; }
};

}  // namespace kiln
