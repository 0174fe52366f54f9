// SPDX-License-Identifier: BSL-1.0
#pragma once
// LAYER: an empty type. Only the starred members are required.
//
//   * static constexpr Fit shape(Extents in)
//         the extents of the output, and whether the layer fits; total, on values, never a hard error
//     static constexpr bool takes_tokens
//         whether x may be a tensor of integers (In is a Tokens<…>; each integer is below in.values). Integers have no
//         derivative, so backward leaves dx alone
//     template <class In> using needs, repair
//         types that name the layer's need of In, and a layer that would fit; used only for the message of a refused
//         layer
//     template <class S, class In> struct Parameters
//         the learned numbers: a Hana struct of Tensor<S, …>
//     template <class S, class In> struct State
//         the numbers that persist but are not learned (running means), constant during a pass: a Hana struct as well
//     template <class S, class In> struct Observed
//         sums from which the state is settled: a Hana struct as well. A training pass adds to each of at.observed,
//         once
//     template <class E, class In> struct Tape
//         the values that backward needs beyond x and y; they live from forward to backward, which may overwrite them
//     template <class E, class In, Wanted W> struct Scratch
//         working memory of one pass; its contents are lost between passes. Scratch for Wanted::all_gradients also
//         serves a pass whose dx is Nothing
//     static constexpr void initialize(parameters, random)
//         sets the starting values of parameters, which are zero before
//     static constexpr void initialize_state(state)
//         sets the starting values of the state, which is zero before
//     static constexpr void settle(state, observed, int samples)
//         updates the state once a step, after all passes on `samples` samples, from what the passes observed
//     static constexpr long long multiply_adds(Extents in)
//         multiply-adds of one forward pass of one sample
//   * static void forward(x, y, at)
//         y = f(x)
//     static void forward(x, y, at, finish)
//         y = finish(f(x)), for layers that are fused with a pointwise one (kernels/epilogue.hpp)
//   * static void backward(x, y, dy, dx, at)
//         adds the sum over the pass to each of at.gradients, once and rounded; sets dx, unless dx is Nothing; may
//         overwrite dy. Without rounding, sums would depend on the number of threads; `rounded` (core/element.hpp)
//         keeps a product from being fused with the addition
//
//   `at` is the Context of the pass (core/pass.hpp). In inference gradients and tape are Nothing. Lanes 0 …
//   at.pass.live - 1 hold samples. x, y, dy, dx are Tensors of elements E; parameters, gradients and state are Tensors
//   of scalar_t<E>. No layer asks which type E is. forward and backward return void, never auto, so that a check of the
//   contract instantiates no body.

#include <kiln/core/contract/records.hpp>
#include <kiln/core/fit.hpp>
#include <kiln/core/pass.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>

#include <concepts>

namespace kiln::inline KILN_TARGET {

namespace detail {
template <class L, class In>
struct output_of {
    using type = shape_of<L::shape(In::extents).out>;
};
template <class L, class... In>
struct output_of<L, Shapes<In...>> {
    using type = shape_of<L::shape(In::extents...).out>;
};
template <class L, class In>
    requires requires { typename L::template Outputs<In>; }
struct output_of<L, In> {
    using type = typename L::template Outputs<In>;
};
template <class L, class... In>
    requires requires { typename L::template Outputs<Shapes<In...>>; }
struct output_of<L, Shapes<In...>> {
    using type = typename L::template Outputs<Shapes<In...>>;
};
}  // namespace detail
/// The shape of layer L's output on inputs of shape In.
template <class L, class In>
using output_t = typename detail::output_of<L, In>::type;

/// Whether layer L may be given tensors of integers. A container leaves the answer to its parts.
template <class L>
inline constexpr bool takes_tokens = Composite<L>;
template <class L>
    requires requires { L::takes_tokens; }
inline constexpr bool takes_tokens<L> = L::takes_tokens;

template <class L>
concept HasShape = requires(Extents in) {
    { L::shape(in) } -> std::same_as<Fit>;
};

template <class L, class In>
concept HasForward = requires(const Tensor<float, In>& x, Tensor<float, output_t<L, In>>& y,
                              const parameters_t<L, float, In>& parameters, Nothing& none,
                              const state_t<L, float, In>& state, observed_t<L, float, In>& observed,
                              statistics_t<L, float, In>& statistics, tape_t<L, float, In>& tape,
                              scratch_t<L, float, In>& scratch) {
    {
        L::forward(x, y, Context{parameters, none, state, observed, statistics, tape, scratch, Pass{}})
        } -> std::same_as<void>;
};

template <class L, class In>
concept HasBackward = requires(const Tensor<float, In>& x, Tensor<float, In>& dx,
                               const Tensor<float, output_t<L, In>>& y, Tensor<float, output_t<L, In>>& dy,
                               const parameters_t<L, float, In>& parameters, gradients_t<L, float, In>& gradients,
                               const state_t<L, float, In>& state, observed_t<L, float, In>& observed,
                               statistics_t<L, float, In>& statistics, tape_t<L, float, In>& tape,
                               scratch_t<L, float, In>& scratch) {
    {
        L::backward(x, y, dy, dx, Context{parameters, gradients, state, observed, statistics, tape, scratch, Pass{}})
        } -> std::same_as<void>;
};

/// A layer whose input may be In.
template <class L, class In>
concept Layer = HasShape<L> && HasForward<L, In> && HasBackward<L, In>;

/// A layer made of layers, whose input may be In.
template <class L, class In>
concept Container = Composite<L> && requires {
    typename L::template LayerInput<0, In>;
};

}  // namespace kiln::inline KILN_TARGET
