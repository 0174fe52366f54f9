// SPDX-License-Identifier: BSL-1.0
#pragma once
// The passes over an expression: each step's values forward, and its slopes backward.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/expressions/detail/axis_step.hpp>
#include <kiln/expressions/detail/chain.hpp>
#include <kiln/expressions/detail/chain_backward.hpp>
#include <kiln/expressions/detail/copy_step.hpp>
#include <kiln/expressions/detail/frame.hpp>
#include <kiln/expressions/detail/memory.hpp>
#include <kiln/expressions/detail/number_step.hpp>
#include <kiln/expressions/detail/operation_step.hpp>
#include <kiln/expressions/detail/product_step.hpp>
#include <kiln/kernels/mixed_product.hpp>
#include <kiln/kernels/pack.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::expressions {

// ---- All steps ----

// The step that is operation I.
template <class F, int I>
constexpr auto step_of_operation() {
    constexpr Primitive primitive = Graph<F>::program[I].primitive;
    if constexpr (primitive == Primitive::matmul || primitive == Primitive::affine)
        return std::type_identity<ProductStep<F, I>>{};
    else if constexpr (primitive == Primitive::gather || primitive == Primitive::pick)
        return std::type_identity<NumberStep<F, I>>{};
    else if constexpr (primitive == Primitive::transpose || primitive == Primitive::slice ||
                       primitive == Primitive::concat)
        return std::type_identity<CopyStep<F, I>>{};
    else
        return std::type_identity<AxisStep<F, I>>{};
}

template <class F, int Step>
constexpr auto step_at() {
    using G = Graph<F>;
    if constexpr (G::is_chain(Step)) {
        return std::type_identity<Chain<F, Step>>{};
    } else {
        constexpr int operation = [] {
            int i = G::arguments;
            while (!G::is_home(i) || G::steps.step[i] != Step) ++i;
            return i;
        }();
        return step_of_operation<F, operation>();
    }
}
template <class F, int Step>
using StepAt = typename decltype(step_at<F, Step>())::type;

template <class F, int Step, class Frame>
constexpr void forward_step(const Frame& frame) {
    using Run = StepAt<F, Step>;
    if constexpr (Graph<F>::is_chain(Step))
        Run::template forward<typename Frame::Element>(frame);
    else
        Run::forward(frame);
}

// Whether any result of a step has a slope.
template <class F, ArgumentSet Wanted>
constexpr bool runs_backward(int step) {
    using G = Graph<F>;
    for (int i = G::arguments; i < G::count; ++i)
        if (G::is_home(i) && G::steps.step[i] == step && G::template needs<Wanted>.slope[i]) return true;
    return false;
}
template <class F, int Step, int Parameter, class Frame>
constexpr void begin_sum(const Frame& frame) {
    using G = Graph<F>;
    constexpr auto& needs = G::template needs<Frame::wanted>;
    if constexpr (G::is_parameter(Parameter) && needs.slope[Parameter] && needs.last_user[Parameter] == Step)
        if constexpr (G::template is_summed<Frame::wanted>(Parameter))
            for (auto& number : frame.template gradient<Parameter>()) number = 0;
}
template <class F, int Step, int Parameter, class Frame>
constexpr void end_sum(const Frame& frame) {
    using G = Graph<F>;
    constexpr auto& needs = G::template needs<Frame::wanted>;
    if constexpr (G::is_parameter(Parameter) && needs.slope[Parameter] && needs.first_user[Parameter] == Step)
        if constexpr (G::template is_summed<Frame::wanted>(Parameter))
            kernels::add_reduced(frame.template gradient<Parameter>(), frame.template slope<Parameter>());
}
template <class F, int Step, class Frame, std::size_t... A>
constexpr void backward_step(const Frame& frame, std::index_sequence<A...>) {
    if constexpr (runs_backward<F, Frame::wanted>(Step)) {
        (begin_sum<F, Step, static_cast<int>(A)>(frame), ...);
        using Run = StepAt<F, Step>;
        if constexpr (Graph<F>::is_chain(Step))
            ChainBackward<Run, Frame::wanted>::template run<false, typename Frame::Element>(frame);
        else
            Run::backward(frame);
        (end_sum<F, Step, static_cast<int>(A)>(frame), ...);
    }
}

// Whether the last step is a chain of which only the result is read, a total.
template <class F, ArgumentSet Wanted>
constexpr bool ends_together() {
    using G = Graph<F>;
    if constexpr (G::steps.is_total[G::root] && runs_backward<F, Wanted>(G::steps.count - 1) &&
                  (Wanted & G::parameters) == 0)
        return StepAt<F, G::steps.count - 1>::leaves_totals_only;
    else
        return false;
}

/// Computes the values of the first `Count` steps.
template <class F, int Count, class Frame>
constexpr void forward_steps(const Frame& frame) {
    [&]<std::size_t... S>(std::index_sequence<S...>) { (forward_step<F, static_cast<int>(S)>(frame), ...); }
    (kiln::detail::IndicesBelow<Count>{});
}
/// Computes all values of an expression.
template <class F, class Frame>
constexpr void forward_expression(const Frame& frame) {
    forward_steps<F, Graph<F>::steps.count>(frame);
}

// The slope of an input on which the result does not depend is 0.
template <class F, class Frame>
constexpr void clear_inputs(const Frame& frame) {
    using G = Graph<F>;
    const auto clear_input = [&]<int A>(std::integral_constant<int, A>) {
        if constexpr ((Frame::wanted & G::inputs) >> A & 1)
            if constexpr (!G::template needs<Frame::wanted>.slope[A]) clear(frame.template slope<A>());
    };
    [&]<std::size_t... A>(std::index_sequence<A...>) {
        (clear_input(std::integral_constant<int, static_cast<int>(A)>{}), ...);
    }
    (kiln::detail::IndicesBelow<G::arguments>{});
}
/// Computes the slopes of the first `Count` steps, in the reverse order.
template <class F, int Count, class Frame>
constexpr void backward_steps(const Frame& frame) {
    [&]<std::size_t... S>(std::index_sequence<S...>) {
        (backward_step<F, Count - 1 - static_cast<int>(S)>(frame, kiln::detail::IndicesBelow<Graph<F>::arguments>{}),
         ...);
    }
    (kiln::detail::IndicesBelow<Count>{});
}
/// Computes all slopes that are wanted.
template <class F, class Frame>
constexpr void backward_expression(const Frame& frame) {
    backward_steps<F, Graph<F>::steps.count>(frame);
    clear_inputs<F>(frame);
}

/// Computes all values and the slopes of inputs, where the slope of the result is known before.
template <class F, class Frame>
constexpr void differentiate_expression(const Frame& frame) {
    using G = Graph<F>;
    constexpr int last = G::steps.count - 1;
    if constexpr (ends_together<F, Frame::wanted>()) {
        forward_steps<F, last>(frame);
        ChainBackward<StepAt<F, last>, Frame::wanted>::template run<true, typename Frame::Element>(frame);
        backward_steps<F, last>(frame);
        clear_inputs<F>(frame);
    } else {
        forward_expression<F>(frame);
        backward_expression<F>(frame);
    }
}

}  // namespace kiln::inline KILN_TARGET::expressions
