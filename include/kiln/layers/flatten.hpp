// SPDX-License-Identifier: BSL-1.0
#pragma once
// The same elements, in row-major order, in another shape. Linear flattens by itself; Flatten states it in the
// network's type.

#include <kiln/core/contract.hpp>
#include <kiln/kernels/pointwise.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {
struct SameElements {
    static constexpr void forward(const auto& x, auto& y, auto) {
        kernels::apply([](const auto& input) { return input; }, x, y);
    }
    static constexpr bool reads_input = false, reads_output = false;
    static constexpr void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>) kernels::apply([](const auto& slope) { return slope; }, dy, dx);
    }
};
}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// Shape<n> of any shape of n elements.
struct Flatten : detail::SameElements {
    using claims_of = Flatten;
    static constexpr Fit shape(Extents in) { return {.out = Extents{static_cast<int>(in.count())}}; }
    static void describe(const auto& x, auto& y, auto) { y = x.then("Flatten"); }
};

/// Shape<Sizes...> of any shape of as many elements, as torch.nn.Unflatten.
template <int... Sizes>
struct Reshape : detail::SameElements {
    using claims_of = Reshape;
    static constexpr Extents out{Sizes...};

    static constexpr Fit shape(Extents in) {
        return {.out = out.valid() ? out : Extents{1}, .fits = out.valid() && in.count() == out.count()};
    }
    template <class>
    using needs =
        std::conditional_t<out.valid(), elements<out.valid() ? static_cast<int>(out.count()) : 1>, positive_arguments>;
    static void describe(const auto& x, auto& y, auto) { y = x.then("Reshape", out); }
};

}  // namespace kiln
