// SPDX-License-Identifier: BSL-1.0
#pragma once
// The end of a sequence.
//
// Shape: Shape<T, F…> -> Shape<F…>
// Formula: y = x[length - 1], where length is T or the number of frames that the sample has
// Cost: none. A recurrent layer followed by Last keeps no slopes for the other frames.
// Streams: no; leave the layer out, and take the newest frame that the stream puts out
// Differs from PyTorch: is no layer there; of a bidirectional layer it takes the last frame of both directions, while
//     h_n of the reverse direction is the state at the first frame

#include <kiln/core/contract.hpp>
#include <kiln/kernels/last_frame.hpp>
#include <kiln/kernels/pack.hpp>

#include <array>

namespace kiln {

struct Identity;

/// The last frame of a sequence: Shape<T, F…> -> Shape<F…>.
struct Last {
    static constexpr bool takes_last_frame = true, reads_lengths = true;

    static constexpr Extents frame(Extents in) {
        Extents out;
        for (int k = 1; k < in.rank; ++k) out.size[out.rank++] = in[k];
        return out.rank > 0 ? out : Extents{1};
    }
    static constexpr Fit shape(Extents in) { return {.out = frame(in), .fits = in.rank > 1}; }
    template <class>
    using needs = a_sequence;
    template <class>
    using causal = Identity;

    template <class E, int T, int... F>
    static constexpr void forward(const Tensor<E, Shape<T, F...>>& x, Tensor<E, Shape<F...>>& y, auto at) {
        constexpr int size = Shape<F...>::count;
        for (int t = at.pass.lengths == nullptr ? T - 1 : 0; t < T; ++t)
            kernels::take_frame<T, size>(x.data + t * size, t, at.pass, y.data);
    }
    static constexpr bool reads_input = false, reads_output = false;
    template <class E, int T, int... F>
    static constexpr void backward(const Tensor<E, Shape<T, F...>>&, const auto&, const Tensor<E, Shape<F...>>& dy,
                                   auto& dx, auto at) {
        constexpr int size = Shape<F...>::count;
        if constexpr (!is_nothing<decltype(dx)>)
            for (int t = 0; t < T; ++t) {
                E* const to = dx.data + t * size;
                for (int i = 0; i < size; ++i) kernels::store(E(scalar_t<E>(0)), to + i);
                kernels::take_frame<T, size>(dy.data, t, at.pass, to);
            }
    }
    static constexpr Kind kind() { return {.name = "Last", .rank = 2}; }
    static void describe(const auto& x, auto& y, auto) {
        y = x.then("Gather", std::array<int, 1>{x.extents[0] - 1}).with("axis", 1).then("Reshape", frame(x.extents));
    }
};

}  // namespace kiln
