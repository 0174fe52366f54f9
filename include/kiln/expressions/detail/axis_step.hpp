// SPDX-License-Identifier: BSL-1.0
#pragma once
// The step that takes an axis together: sum, mean, max, softmax or log_sum_exp.

#include <kiln/core/record.hpp>
#include <kiln/expressions/detail/memory.hpp>
#include <kiln/expressions/detail/operation_step.hpp>
#include <kiln/kernels/axis.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::expressions {

/// Operation I of function F, which takes an axis together.
template <class F, int I>
struct AxisStep {
    using Of = OperationStep<F, I>;
    static constexpr Primitive primitive = Of::primitive;
    static constexpr kernels::AxisSizes sizes = Of::sizes;
    template <class E>
    static constexpr scalar_t<E> share = scalar_t<E>(1) / scalar_t<E>(sizes.along);  // of an element in a mean

    static constexpr void forward(const auto& frame) {
        using E = typename std::remove_cvref_t<decltype(frame)>::Element;
        const E* a = Of::template operand<0>(frame).data;
        E* y = frame.template value<I>().data;
        if constexpr (primitive == Primitive::sum)
            kernels::sum_over_axis<sizes>(a, y, Nothing{});
        else if constexpr (primitive == Primitive::mean)
            kernels::sum_over_axis<sizes>(a, y, share<E>);
        else if constexpr (primitive == Primitive::max_over_an_axis)
            kernels::largest_over_axis<sizes>(a, y);
        else if constexpr (primitive == Primitive::softmax)
            kernels::softmax_over_axis<sizes>(a, y);
        else
            kernels::log_sum_exp_over_axis<sizes>(a, y, frame.template powers<I>());
    }
    static constexpr void backward(const auto& frame) {
        using Frame = std::remove_cvref_t<decltype(frame)>;
        using E = typename Frame::Element;
        if constexpr (Of::template wants<Frame::wanted, 0>) {
            constexpr bool add = Of::template adds<Frame::wanted, 0>;
            const E* dy = frame.template slope<I>().data;
            E* dx = frame.template slope<Of::home_of(0)>().data;
            if constexpr (primitive == Primitive::sum)
                kernels::spread_over_axis<sizes, add>(dy, dx, scalar_t<E>(1));
            else if constexpr (primitive == Primitive::mean)
                kernels::spread_over_axis<sizes, add>(dy, dx, share<E>);
            else if constexpr (primitive == Primitive::max_over_an_axis)
                kernels::largest_over_axis_slope<sizes, add>(Of::template operand<0>(frame).data,
                                                             frame.template value<I>().data, dy, dx);
            else if constexpr (primitive == Primitive::softmax)
                kernels::softmax_over_axis_slope<sizes, add>(frame.template value<I>().data, dy, dx);
            else
                kernels::log_sum_exp_over_axis_slope<sizes, add>(frame.template powers<I>(), dy, dx);
        }
    }
};

}  // namespace kiln::inline KILN_TARGET::expressions
