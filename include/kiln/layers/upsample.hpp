// SPDX-License-Identifier: BSL-1.0
#pragma once
// Larger maps: every pixel becomes a square of its copies.
//
// Shape: Shape<C, H, W> -> Shape<C, Factor H, Factor W>
// Formula: y[c][i][j] = x[c][i / Factor][j / Factor], with whole quotients
// Source: torch.nn.Upsample(scale_factor=Factor, mode="nearest")

#include <kiln/core/contract.hpp>
#include <kiln/kernels/upsample.hpp>

#include <array>
#include <type_traits>

namespace kiln {

/// Copies of every pixel: Shape<C, H, W> -> Shape<C, Factor H, Factor W>.
template <int Factor>
struct Upsample {
    static constexpr Fit shape(Extents in) {
        return {.out = Extents{in[0] < 1 ? 1 : in[0], times(in[1]), times(in[2])}, .fits = Factor > 0 && in.rank == 3};
    }
    template <class X>
    using needs = std::conditional_t<(Factor < 1), positive_arguments, rank<3>>;

    static constexpr void forward(const auto& x, auto& y, auto) { kernels::upsample<Factor>(x, y); }
    static constexpr bool reads_input = false, reads_output = false;
    static constexpr void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>) kernels::upsample_gradient<Factor>(dy, dx);
    }
    // Pixel i of the output is pixel i / Factor (whole quotient) of the input: ONNX calls it asymmetric coordinates,
    // rounded down.
    static void describe(const auto& x, auto& y, auto) {
        y = x.then("Resize", Nothing{}, std::array{1.0f, 1.0f, float{Factor}, float{Factor}})
                .with("mode", "nearest")
                .with("coordinate_transformation_mode", "asymmetric")
                .with("nearest_mode", "floor");
    }

  private:
    // Factor n, at least 1, saturating.
    static constexpr int times(int n) { return static_cast<int>(Extents{Factor, n}.count()); }
};

}  // namespace kiln
