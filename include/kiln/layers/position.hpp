// SPDX-License-Identifier: BSL-1.0
#pragma once
// A learned vector for each position of a sequence, which is added to the frame there. Attention alone does not know
// the order of frames.
//
// Shape: Shape<t, D>, unchanged, for t from 1 to T frames
// Formula: y_k = x_k + weight_k for each frame k
// Parameters: weight (T, D), normally distributed with mean 0 and deviation 1; a shorter sequence uses the first t rows
// Cost: no multiply-adds
// Streams: the carry is the number of the next frame. After T frames the vectors begin anew, so two neighbouring frames
//   have neighbouring vectors but for one place; attention to frames of the last round is nothing that the network has
//   learned. `reset` begins a new sequence
// Source: y = x + torch.nn.Embedding(T, D)(torch.arange(t))

#include <kiln/core/bias.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/reduce.hpp>

#include <type_traits>

namespace kiln {

/// Adds a learned vector to each frame: Shape<t, D>, unchanged, where t is at most T.
template <int T, int D>
struct Position {
    static constexpr bool sane = T > 0 && D > 0 && Extents{T, D}.valid();

    static constexpr Fit shape(Extents in) {
        return {.out = in, .fits = sane && in.rank == 2 && in[0] <= T && in[1] == D};
    }
    template <class>
    using needs = std::conditional_t<sane, Shape<T, D>, positive_arguments>;
    template <class X>
    using repair = std::conditional_t<sane && X::extents.rank == 2, Position<X::extents[0], X::extents[1]>, void>;

    template <class S, class>
    using Parameters = detail::weight_and_bias<S, Shape<T, D>, 1, false>;
    static constexpr void initialize(auto& parameters, auto& random) {
        for (auto& weight : parameters.weight) weight = random.normal();
    }

    template <class E, class X>
    static constexpr void forward(const Tensor<E, X>& x, Tensor<E, X>& y, auto at) {
        for (int i = 0; i < X::count; ++i)
            kernels::store(kernels::load<E>(x.data + i) + E(at.parameters.weight.data[i]), y.data + i);
    }
    static constexpr bool reads_input = false, reads_output = false, backward_without_gradients = true;
    template <class E, class X>
    static constexpr void backward(const Tensor<E, X>&, const auto&, const Tensor<E, X>& dy, auto& dx, auto at) {
        if constexpr (!is_nothing<decltype(at.gradients)>)
            kernels::add_reduced<X::count>(dy.data, at.gradients.weight.data);
        if constexpr (!is_nothing<decltype(dx)>)
            for (int i = 0; i < X::count; ++i) kernels::store(kernels::load<E>(dy.data + i), dx.data + i);
    }

    template <class, class>
    struct Carry {
        int next;
    };
    static constexpr int receptive_field(Extents) { return 1; }
    static constexpr void reset(auto& carry, const auto&) { carry.next = 0; }
    template <class E, class X>
    static constexpr void step(const Tensor<E, X>& x, Tensor<E, X>& y, auto& carry, auto at) {
        for (int t = 0; t < X::extents[0]; ++t) {
            const auto* const weight = at.parameters.weight.data + carry.next * D;
            for (int i = 0; i < D; ++i)
                kernels::store(kernels::load<E>(x.data + t * D + i) + E(weight[i]), y.data + t * D + i);
            carry.next = carry.next + 1 == T ? 0 : carry.next + 1;
        }
    }

    static void describe(const auto& x, auto& y, auto at) {
        if constexpr (std::remove_cvref_t<decltype(x)>::extents[0] == T) {
            y = x.then("Add", at.parameters.weight);
        } else {
            Tensor<float, typename std::remove_cvref_t<decltype(x)>::Dimensions> rows;
            for (int i = 0; i < rows.count; ++i) rows[i] = at.parameters.weight[i];
            y = x.then("Add", rows);
        }
    }
};

}  // namespace kiln
