// SPDX-License-Identifier: BSL-1.0
#pragma once
// STREAM: optional members of a layer that runs frame by frame. A sample of such a layer is Shape<T, F…>: T frames,
// time first. A stream has no end: it gives the layer N frames at a time, Shape<N, F…>, for any N. A layer streams if it
// is framewise, or if it has a Carry or a Prepared and the functions that belong to them. Like claims
// (core/contract/claims.hpp) these members count only for the type that makes them.
//
//     static constexpr bool framewise(Extents in…)
//         whether frame t of the output follows from frame t of the inputs alone; then forward serves streams too. It
//         is true without the member for layers of single elements, and for layers that are the identity in inference
//     template <class E, class In> struct Carry
//         the values that a stream keeps from one call to the next
//     template <class S, class In> struct Prepared
//         all numbers that a step reads, in the order in which it reads them; all streams of a model share them
//     static constexpr void prepare(parameters, prepared)
//         sets all of `prepared`
//     static constexpr void reset(carry, at)
//         sets the carry to the start of a sequence
//     static constexpr void step(x, y, carry, at)
//         y = the next N frames of the output, given the next N frames x of the input. A step of a layer with Prepared
//         reads at.prepared alone, for at.parameters may be Nothing; a step of another layer reads at.parameters
//     static constexpr int receptive_field(Extents in)
//         the frames of the input, up to its own time, on which a frame of the output depends; without the member it is
//         1 for a framewise layer, and else `unlimited`
//     template <class In> using causal
//         for a layer that does not stream: one to try in its place, used only for the message; or void
//
//   Forward of a plain number (float, double) is prepare, reset and one step of T frames. So any division of a sequence
//   into blocks gives the same bits as the whole sequence; therefore no sum's order may depend on N. Containers need
//   none of these members: the layers in them run one after the other (nets/streamed.hpp). kiln/laws/check_stream.hpp
//   checks a layer.

#include <kiln/core/contract/claims.hpp>
#include <kiln/core/contract/records.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/shape.hpp>

#include <concepts>

namespace kiln {

/// The receptive field of layers whose output depends on the whole past.
inline constexpr int unlimited = 0x7fffffff;

}  // namespace kiln

namespace kiln::inline KILN_TARGET {

namespace detail {
/// A frame of a sequence.
constexpr Extents frame_of(Extents sequence) {
    Extents frame;
    for (int k = 1; k < sequence.rank; ++k) frame.size[frame.rank++] = sequence[k];
    return frame;
}
/// The extents of some frames of a sequence.
constexpr Extents with_frames(Extents sequence, int frames) {
    sequence.size[0] = frames;
    return sequence;
}
template <class S, int N>
struct frames_of_shape {
    using type = shape_of<with_frames(S::extents, N)>;
};
template <class... S, int N>
struct frames_of_shape<Shapes<S...>, N> {
    using type = Shapes<shape_of<with_frames(S::extents, N)>...>;
};

template <class L, class E, class In>
struct carry_of {
    using type = Nothing;
};
template <class L, class E, class In>
    requires requires { typename L::template Carry<E, In>; }
struct carry_of<L, E, In> {
    using type = typename L::template Carry<E, In>;
};
template <class L, class S, class In>
struct prepared_of {
    using type = Nothing;
};
template <class L, class S, class In>
    requires requires { typename L::template Prepared<S, In>; }
struct prepared_of<L, S, In> {
    using type = typename L::template Prepared<S, In>;
};
}  // namespace detail

/// The shape of N frames of sequences of shape S, or of each of several.
template <class S, int N>
using frames_t = typename detail::frames_of_shape<S, N>::type;

/// The values that a stream through layer L keeps from one call to the next.
template <class L, class E, class In>
using carry_t = typename detail::carry_of<L, E, In>::type;
/// All numbers that a step of layer L reads, of scalars S, in the order in which it reads them.
template <class L, class S, class In>
using prepared_t = typename detail::prepared_of<L, S, In>::type;

/// A layer on inputs of shape In that has a step of its own.
template <class L, class In>
concept HasStep = MakesClaims<L> &&(
    requires { typename L::template Carry<float, In>; } || requires { typename L::template Prepared<float, In>; });

/// Whether frame t of the output of layer L follows from frame t of its inputs alone.
template <class L>
constexpr bool is_framewise(std::same_as<Extents> auto... in) {
    if constexpr (!MakesClaims<L>)
        return false;
    else if constexpr (requires { L::framewise(in...); })
        return L::framewise(in...);
    else if constexpr (requires { L::identity_in_inference; })
        return L::identity_in_inference;
    else
        return Pointwise<L> || FusesBehind<L>;
}

/// The stream members of a layer around L, but for its step: those of L.
template <class L>
struct StreamsAs {
    static constexpr bool framewise(std::same_as<Extents> auto... in) { return is_framewise<L>(in...); }
    template <class E, class In>
        requires HasStep<L, In>
    using Carry = carry_t<L, E, In>;
    template <class S, class In>
        requires HasStep<L, In>
    using Prepared = prepared_t<L, S, In>;
    static constexpr void prepare(const auto& parameters, auto& prepared) { L::prepare(parameters, prepared); }
    static constexpr void reset(auto& carry, const auto& at) { L::reset(carry, at); }
    static constexpr int receptive_field(Extents in) requires requires { L::receptive_field(in); }
    { return L::receptive_field(in); }
};

/// Everything that a step works with besides x, y and the carry.
template <class Parameters, class Prepared>
struct StepContext {
    const Parameters& parameters;
    const Prepared& prepared;
};
template <class P, class Q>
StepContext(const P&, const Q&) -> StepContext<P, Q>;

}  // namespace kiln::inline KILN_TARGET
