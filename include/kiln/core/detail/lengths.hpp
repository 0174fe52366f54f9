// SPDX-License-Identifier: BSL-1.0
#pragma once
// The lengths of a model's samples and outputs (core/contract/lengths.hpp).

#include <kiln/core/contract/lengths.hpp>
#include <kiln/core/contract/stream.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/fit.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/verdict.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace kiln {

template <class L>
struct Each;

}  // namespace kiln

namespace kiln::inline KILN_TARGET::detail {

// Stands for the lengths of samples that all have T frames.
struct NoLengths {};

// The frames of an input, or of the first of several.
template <class In>
inline constexpr int frame_count = first_extents<In>[0];

// Whether output number Port of network L, of shape Out, is a sequence with the frames that the network's rules give.
template <class L, class In, class Out, std::size_t Port = 0>
inline constexpr bool is_sequence = Out::rank == 2 && Out::extents[0] == length_after<L, In, Port>(frame_count<In>);

// The lengths of all outputs of a network for one sample, and (`of`) beyond all frames for an output that is no
// sequence.
inline constexpr int all_frames = 0x7fffffff;
template <class L, class In, class Out>
struct output_lengths {
    static constexpr std::array<int, 1> after(int length) { return {length_after<L, In>(length)}; }
    static constexpr std::array<int, 1> of(int length) {
        return {is_sequence<L, In, Out> ? length_after<L, In>(length) : all_frames};
    }
    static constexpr bool any_sequence = is_sequence<L, In, Out>;
};
template <class L, class In, class Outs, class Ports>
struct several_output_lengths;
template <class L, class In, class... Out, std::size_t... Port>
struct several_output_lengths<L, In, Shapes<Out...>, std::index_sequence<Port...>> {
    static constexpr std::array<int, sizeof...(Out)> after(int length) {
        return {length_after<L, In, Port>(length)...};
    }
    static constexpr std::array<int, sizeof...(Out)> of(int length) {
        return {(is_sequence<L, In, Out, Port> ? length_after<L, In, Port>(length) : all_frames)...};
    }
    static constexpr bool any_sequence = (... || is_sequence<L, In, Out, Port>);
};
template <class L, class In, class... Out>
struct output_lengths<L, In, Shapes<Out...>>
    : several_output_lengths<L, In, Shapes<Out...>, std::index_sequence_for<Out...>> {};

template <class M>
using output_lengths_of = output_lengths<typename M::Body, typename M::Input, typename M::Output>;

// Whether a sample of model M may have this length: no layer of the model may be left without a frame.
template <class M>
constexpr bool is_length(int length) {
    if (length < 1 || length > frame_count<typename M::Input>) return false;
    if constexpr (M::is_sound && changes_length<typename M::Body>)
        for (const int output : output_lengths_of<M>::after(length))
            if (output < 1) return false;
    return true;
}
// The smallest such length.
template <class M>
constexpr int least_length() {
    int length = 1;
    while (length < frame_count<typename M::Input> && !is_length<M>(length)) ++length;
    return length;
}

// Whether network L also fits a sequence of fewer frames. If not, it is the misfit of T - 1 frames: that layer mixes
// frames whatever the lengths are, as Linear does behind Flatten. Several inputs are not asked.
template <class L, class In>
constexpr Fit fit_of_fewer_frames() {
    Fit misfit;
    if constexpr (!are_shapes<In>)
        for (int frames = In::extents[0] - 1; frames > 0; --frames) {
            const Fit fit = fit_with_input<L>(with_frames(In::extents, frames));
            if (fit.fits) return fit;
            if (misfit.fits) misfit = fit;
        }
    return misfit;
}

// The first layer of network L that mixes the frames of a sequence with padding, as a misfit. Containers other than
// chains and wired ones state it of themselves: Each applies its part to one frame.
template <class L, class In>
constexpr Fit fit_of_padding();
template <class L, class In, std::size_t... I>
constexpr Fit fit_of_padding_of_parts(std::index_sequence<I...>) {
    int i = 0;
    for (const Fit& fit : {fit_of_padding<typename L::template Layer<static_cast<int>(I)>,
                                          typename L::template LayerInput<static_cast<int>(I), In>>()...}) {
        if (!fit.fits) return fit.within(i);
        ++i;
    }
    return {};
}
template <class L, class In>
constexpr Fit fit_of_padding() {
    if constexpr (mixes_frames<L>)
        return {.out = {}, .fits = 2 > first_extents<In>.rank};
    else if constexpr (Chain<L> || HasWiring<L>)
        return fit_of_padding_of_parts<L, In>(IndicesBelow<L::depth>{});
    else
        return {};
}

// Whether a layer that mixes the frames of In fits each of them by itself.
template <class L, class In>
inline constexpr bool fits_frames = false;
template <class L, class In>
    requires(!are_shapes<In> && HasShape<L>)
inline constexpr bool fits_frames<L, In> = fit_of<L>(frame_of(In::extents)).fits;

// The verdict on the layer of a misfit.
template <Fit F, class Need, class Net, class NetIn, std::size_t... I>
constexpr auto lengths_complaint(std::index_sequence<I...>) {
    using L = typename descend<Net, F.position[I]...>::type;
    using In = typename input_of_part<Net, NetIn, F.position[I]...>::type;
    using Where = typename position_in_words<Net, F.position[I]...>::type;
    if constexpr (fits_frames<L, In>)
        return lengths_mismatch<Where, L, expects<Need>, got<In>, try_this<Each<L>>>{};
    else
        return lengths_mismatch<Where, L, expects<Need>, got<In>>{};
}

// Whether model M asks for lengths, or would ignore them. A refused model has been reported.
template <class M>
constexpr auto lengths_verdict() {
    using Net = typename M::Body;
    using In = typename M::Input;
    if constexpr (!M::is_sound) {
        return shapes_fit{};
    } else if constexpr (!reads_lengths<Net> && !output_lengths_of<M>::any_sequence) {
        return lengths_mismatch<expects<a_layer_that_reads_lengths>, got<typename M::Output>>{};
    } else if constexpr (constexpr Fit shorter = fit_of_fewer_frames<Net, In>(); !shorter.fits) {
        return lengths_complaint<shorter, a_layer_that_takes_fewer_frames, Net, In>(IndicesBelow<shorter.depth>{});
    } else if constexpr (constexpr Fit padding = fit_of_padding<Net, In>(); !padding.fits) {
        return lengths_complaint<padding, a_layer_that_leaves_padding_out, Net, In>(IndicesBelow<padding.depth>{});
    } else {
        return shapes_fit{};
    }
}

}  // namespace kiln::inline KILN_TARGET::detail
