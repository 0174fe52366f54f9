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
// The reverse direction of a sample with fewer frames than T begins at the sample's last frame. Its padding is reversed
// in place: it stays behind the sample.

#include <kiln/core/contract.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/layers/detail/both_directions.hpp>

#include <type_traits>

namespace kiln {

/// Layer L in both directions of time: Shape<T, In> -> Shape<T, 2 H>. L gives a sequence and has no state: GRU, LSTM,
/// RNN.
template <class L>
struct Bidirectional {
    static constexpr bool reads_lengths = true;

    static constexpr Fit shape(Extents in) {
        Fit fit = L::shape(in);
        if (fit.out.rank != 2 || fit.out[0] != in[0]) return {.out = in, .fits = false};
        fit.out.size[1] *= 2;
        return fit;
    }
    template <class X>
    using needs = typename detail::bidirectional_needs<L, X>::type;
    template <class X>
    using repair = typename detail::bidirectional_repair<L, X>::type;

    template <class S, class X>
    using Parameters = detail::BothDirections<parameters_t<L, S, X>>;
    static constexpr void initialize(auto& parameters, auto& random) {
        kiln::initialize<L>(parameters.forward, random);
        kiln::initialize<L>(parameters.reverse, random);
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
            Nothing none;
            L::forward(input, own, Context{parameters, none, none, none, none, tape, at.scratch.layer, at.pass});
        };
        const auto in = [&](const auto& input, const auto& parameters, auto member) {
            if constexpr (is_nothing<decltype(at.tape)>)
                run(input, parameters, at.tape);
            else
                run(input, parameters, member(at.tape));
        };
        in(
            x, at.parameters.forward, [](auto& tape) -> auto& { return tape.forward; });
        detail::copy_columns<T, H>(own.data, H, y.data, 2 * H);
        detail::reverse_frames<T, F>(x.data, F, at.pass, at.scratch.x.data, F);
        in(
            at.scratch.x, at.parameters.reverse, [](auto& tape) -> auto& { return tape.reverse; });
        detail::reverse_frames<T, H>(own.data, H, at.pass, y.data + H, 2 * H);
    }

    static constexpr bool backward_without_gradients = true;
    template <class E, int T, int F, int Both>
    static constexpr void backward(const Tensor<E, Shape<T, F>>& x, const Tensor<E, Shape<T, Both>>& y,
                                   const Tensor<E, Shape<T, Both>>& dy, auto& dx, auto at) {
        constexpr int H = Both / 2;
        auto &own = at.scratch.y, &slope = at.scratch.dy;
        const auto run = [&](const auto& input, auto& input_slope, const auto& parameters, auto& gradients,
                             auto& tape) {
            Nothing none;
            L::backward(input, own, slope, input_slope,
                        Context{parameters, gradients, none, none, none, tape, at.scratch.layer, at.pass});
        };
        const auto in = [&](const auto& input, auto& input_slope, const auto& parameters, auto member, auto& tape) {
            if constexpr (is_nothing<decltype(at.gradients)>)
                run(input, input_slope, parameters, at.gradients, tape);
            else
                run(input, input_slope, parameters, member(at.gradients), tape);
        };
        detail::copy_columns<T, H>(y.data, 2 * H, own.data, H);
        detail::copy_columns<T, H>(dy.data, 2 * H, slope.data, H);
        in(
            x, dx, at.parameters.forward, [](auto& of) -> auto& { return of.forward; }, at.tape.forward);
        detail::reverse_frames<T, F>(x.data, F, at.pass, at.scratch.x.data, F);
        detail::reverse_frames<T, H>(y.data + H, 2 * H, at.pass, own.data, H);
        detail::reverse_frames<T, H>(dy.data + H, 2 * H, at.pass, slope.data, H);
        constexpr auto reverse = [](auto& of) -> auto& { return of.reverse; };
        if constexpr (is_nothing<decltype(dx)>) {
            in(at.scratch.x, dx, at.parameters.reverse, reverse, at.tape.reverse);
        } else {
            in(at.scratch.x, at.scratch.dx, at.parameters.reverse, reverse, at.tape.reverse);
            detail::add_reversed_frames<T, F>(at.scratch.dx.data, at.pass, dx.data);
        }
    }

    static void describe(const auto& x, auto& y, auto at) requires requires {
        L::described(x, at.parameters.forward, at.parameters.reverse);
    }
    { y = L::described(x, at.parameters.forward, at.parameters.reverse); }
};

}  // namespace kiln
