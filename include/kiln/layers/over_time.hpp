// SPDX-License-Identifier: BSL-1.0
#pragma once
// A whole sequence in one frame.
//
// Shape: Shape<T, F> -> Shape<F>
// Formula: MeanOverTime: y = mean of all x[t]; MaxOverTime: y = max of all x[t], element by element
// Cost: one multiply-add per output for MeanOverTime, the multiplication by 1 / T
// Lengths: frames behind the end of a sample do not count
// Source: torch.nn.AdaptiveAvgPool1d(1), torch.nn.AdaptiveMaxPool1d(1)

#include <kiln/core/contract.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/kernels/frame_pool.hpp>

namespace kiln::inline KILN_TARGET::detail {
// Frames to one frame.
struct OverTime {
    static constexpr Fit shape(Extents in) { return {.out = Extents{in[1] < 1 ? 1 : in[1]}, .fits = in.rank == 2}; }
    template <class>
    using needs = a_sequence;
    static constexpr bool reads_lengths = true;
    template <class>
    using causal = try_one_of<way::GRU, way::CausalConv1d, way::CausalAttention>;
};
}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// The mean of all frames: Shape<T, F> -> Shape<F>.
struct MeanOverTime : detail::OverTime {
    using claims_of = MeanOverTime;

    static constexpr long long multiply_adds(Extents in) { return in[1]; }
    static constexpr void forward(const auto& x, auto& y, auto at) { kernels::mean_over_time(x, y, at.pass); }
    static constexpr bool reads_input = false, reads_output = false;
    static constexpr void backward(const auto&, const auto&, const auto& dy, auto& dx, auto at) {
        if constexpr (!is_nothing<decltype(dx)>) kernels::mean_over_time_gradient(dy, dx, at.pass);
    }
    static void describe(const auto& x, auto& y, auto) {
        y = x.then("Transpose").with("perm", {0, 2, 1}).then("GlobalAveragePool").then("Flatten");
    }
};

/// The maximum of all frames, element by element: Shape<T, F> -> Shape<F>.
struct MaxOverTime : detail::OverTime {
    using claims_of = MaxOverTime;

    static constexpr void forward(const auto& x, auto& y, auto at) { kernels::max_over_time(x, y, at.pass); }
    static constexpr void backward(const auto& x, const auto& y, const auto& dy, auto& dx, auto at) {
        if constexpr (!is_nothing<decltype(dx)>) kernels::max_over_time_gradient(x, y, dy, dx, at.pass);
    }
    static void describe(const auto& x, auto& y, auto) {
        y = x.then("Transpose").with("perm", {0, 2, 1}).then("GlobalMaxPool").then("Flatten");
    }
};

}  // namespace kiln
