// SPDX-License-Identifier: BSL-1.0
#pragma once
// A recurrent layer in both directions of time.
//
// Shape: Shape<T, In> -> Shape<T, 2 H>, where L gives Shape<T, H>
// Formula: y[t] = (forward L of x)[t], then (L of x reversed)[length - 1 - t] with parameters of its own
// Parameters: those of L, and again those of L with names that end in _reverse
// Cost: twice that of L, and a copy of x and y
// Streams: no; the first output follows from the last input
// Source: M. Schuster, K. Paliwal: Bidirectional recurrent neural networks, 1997; torch.nn.GRU(bidirectional=True)
//
// The reverse direction of a sample with fewer frames than T begins at the sample's last frame. The padding stays where
// it is, behind the sample.

#include <kiln/core/contract.hpp>
#include <kiln/kernels/reverse_frames.hpp>
#include <kiln/layers/detail/both_directions.hpp>

#include <type_traits>

namespace kiln {

/// Layer L (RNN, GRU, LSTM) in both directions of time: Shape<T, In> -> Shape<T, 2 H>.
template <class L>
struct Bidirectional {
    static constexpr bool reads_lengths = true;

    static constexpr Fit shape(Extents in) {
        if constexpr (detail::RecurrentLayer<L>) {
            Fit fit = L::shape(in);
            fit.out.size[1] *= 2;
            return fit;
        } else {
            return {.out = in, .fits = false};
        }
    }
    template <class X>
    using needs = typename detail::bidirectional_facts<L, X>::needs;
    template <class X>
    using repair = typename detail::bidirectional_facts<L, X>::repair;

    template <class>
    using causal = L;

    template <class S, class X>
    using Parameters = typename detail::bidirectional_facts<L, X>::template Parameters<S>;
    static constexpr void initialize(auto& parameters, auto& random) {
        auto forward = detail::forward_direction(parameters), reverse = detail::reverse_direction(parameters);
        L::initialize(forward, random);
        L::initialize(reverse, random);
    }
    static constexpr long long multiply_adds(Extents in) { return 2 * L::multiply_adds(in); }

    template <class E, class X>
    struct Tape {
        tape_t<L, E, X> forward, reverse;
    };
    // The input and the output of L in one direction, and their slopes.
    template <class E, class X, Wanted W>
    struct Scratch {
        scratch_t<L, E, X, W> layer;
        Tensor<E, X> x;
        Tensor<E, output_t<L, X>> y;
        [[no_unique_address]] std::conditional_t<W == Wanted::outputs, Nothing, Tensor<E, output_t<L, X>>> dy;
        [[no_unique_address]] std::conditional_t<W == Wanted::all_gradients, Tensor<E, X>, Nothing> dx;
    };

    template <class E, int T, int F, int Both>
    static constexpr void forward(const Tensor<E, Shape<T, F>>& x, Tensor<E, Shape<T, Both>>& y, auto at) {
        constexpr int H = Both / 2;
        auto& own = at.scratch.y;
        const auto run = [&](const auto& input, const auto& parameters, auto& tape) {
            L::forward(input, own,
                       Context{parameters, at.gradients, at.state, at.observed, at.statistics, tape, at.scratch.layer,
                               at.pass});
        };
        const auto forward = detail::forward_direction(at.parameters),
                   reverse = detail::reverse_direction(at.parameters);
        if constexpr (is_nothing<decltype(at.tape)>)
            run(x, forward, at.tape);
        else
            run(x, forward, at.tape.forward);
        kernels::copy_rows<T, H>(own.data, H, y.data, Both);
        kernels::reverse_frames<T, F>(x.data, F, at.pass, at.scratch.x.data, F);
        if constexpr (is_nothing<decltype(at.tape)>)
            run(at.scratch.x, reverse, at.tape);
        else
            run(at.scratch.x, reverse, at.tape.reverse);
        kernels::reverse_frames<T, H>(own.data, H, at.pass, y.data + H, Both);
    }

    static constexpr bool backward_without_gradients = true;
    template <class E, int T, int F, int Both>
    static constexpr void backward(const Tensor<E, Shape<T, F>>& x, const Tensor<E, Shape<T, Both>>& y,
                                   const Tensor<E, Shape<T, Both>>& dy, auto& dx, auto at) {
        constexpr int H = Both / 2;
        auto &own = at.scratch.y, &slope = at.scratch.dy;
        const auto run = [&](const auto& input, auto& input_slope, auto direction_of, auto& tape) {
            const auto parameters = direction_of(at.parameters);
            const auto with = [&](auto& gradients) {
                L::backward(input, own, slope, input_slope,
                            Context{parameters, gradients, at.state, at.observed, at.statistics, tape, at.scratch.layer,
                                    at.pass});
            };
            if constexpr (is_nothing<decltype(at.gradients)>) {
                with(at.gradients);
            } else {
                auto gradients = direction_of(at.gradients);
                with(gradients);
            }
        };
        constexpr auto forward = [](auto& both) { return detail::forward_direction(both); };
        constexpr auto reverse = [](auto& both) { return detail::reverse_direction(both); };
        kernels::copy_rows<T, H>(y.data, Both, own.data, H);
        kernels::copy_rows<T, H>(dy.data, Both, slope.data, H);
        run(x, dx, forward, at.tape.forward);
        kernels::reverse_frames<T, F>(x.data, F, at.pass, at.scratch.x.data, F);
        kernels::reverse_frames<T, H>(y.data + H, Both, at.pass, own.data, H);
        kernels::reverse_frames<T, H>(dy.data + H, Both, at.pass, slope.data, H);
        if constexpr (is_nothing<decltype(dx)>) {
            run(at.scratch.x, dx, reverse, at.tape.reverse);
        } else {
            run(at.scratch.x, at.scratch.dx, reverse, at.tape.reverse);
            kernels::add_reversed_frames<T, F>(at.scratch.dx.data, at.pass, dx.data);
        }
    }

    static void describe(const auto& x, auto& y, auto at) {
        y = L::described(x, detail::forward_direction(at.parameters), detail::reverse_direction(at.parameters));
    }
};

}  // namespace kiln
