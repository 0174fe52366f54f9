// SPDX-License-Identifier: BSL-1.0
#pragma once
// STREAM: optional members of a layer that runs frame by frame. A sample of such a layer is Shape<T, F…>: T frames, time
// first. A stream has no end: it gives the layer N frames at a time, Shape<N, F…>, for any N.
//
//     static constexpr bool framewise(Extents in)
//         whether frame t of the output follows from frame t of the input alone; then forward serves streams too
//     template <class E, class In> struct Carry
//         the values that a stream keeps from one call to the next
//     template <class S, class In> struct Prepared
//         the parameters in the order in which a step reads them; all streams of a model share them
//     static constexpr void prepare(parameters, prepared)
//         lays the parameters out
//     static constexpr void reset(carry, parameters)
//         sets the carry to the start of a sequence
//     static constexpr void step(x, y, carry, at)
//         y = the next N frames of the output, given the next N frames x of the input. `at` has the parameters and what
//         prepare made of them
//
//   Forward of a plain number (float, double) is prepare, reset and one step of T frames. So any division of a sequence
//   into blocks gives the same bits as the whole sequence; therefore no sum's order may depend on N.
//
// LENGTHS: a sample may have fewer frames than T. Then the pass says how many (Pass::length, core/pass.hpp), and the
// other frames, the padding, hold any finite values. The outputs of the first `length` frames, and outputs that are no
// sequence, are the bits that the sample would give in a network whose T is its length. Slopes of the padding are zero,
// in dy and in dx. Layers that never mix frames need do nothing for this. Several inputs of a sample have one length, and
// a layer that reads several values has the length of the first. kiln/laws/check_lengths.hpp checks all of it.
//
//     static constexpr bool reads_lengths
//         whether the layer asks for lengths: it mixes frames, and leaves the padding out
//     static constexpr int length(Extents in, int length)
//         the frames of the output, for a layer whose output has another number of frames than its input; never more for
//         a shorter input, and at least 1. A chain and a wired container have the rule of their parts, other containers
//         and fused layers state their own

#include <kiln/core/contract/records.hpp>
#include <kiln/core/contract/wiring.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/shape.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

namespace detail {
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

/// The values that a stream through layer L keeps from one call to the next.
template <class L, class E, class In>
using carry_t = typename detail::carry_of<L, E, In>::type;
/// The parameters of layer L, of scalars S, in the order in which a step reads them.
template <class L, class S, class In>
using prepared_t = typename detail::prepared_of<L, S, In>::type;

/// Everything that a step works with besides x, y and the carry.
template <class Parameters, class Prepared>
struct StepContext {
    const Parameters& parameters;
    const Prepared& prepared;
};
template <class P, class Q>
StepContext(const P&, const Q&) -> StepContext<P, Q>;

// ---- Lengths ----

namespace detail {

constexpr bool any_of(std::initializer_list<bool> answers) {
    for (const bool answer : answers)
        if (answer) return true;
    return false;
}

template <class L>
concept StatesLength = requires(Extents in) {
    { L::length(in, 1) } -> std::same_as<int>;
};
template <class L>
concept StatesReadsLengths = requires {
    requires L::reads_lengths;
};
template <class L>
inline constexpr bool changes_length_of = StatesLength<L>;
template <class L>
inline constexpr bool reads_length_of = StatesReadsLengths<L>;
template <class L, class Indices>
inline constexpr bool parts_change_length = false;
template <class L, std::size_t... I>
inline constexpr bool parts_change_length<L, std::index_sequence<I...>> =
    any_of({changes_length_of<typename L::template Layer<static_cast<int>(I)>>...});
template <class L, class Indices>
inline constexpr bool parts_read_length = false;
template <class L, std::size_t... I>
inline constexpr bool parts_read_length<L, std::index_sequence<I...>> =
    any_of({reads_length_of<typename L::template Layer<static_cast<int>(I)>>...});
template <Composite L>
inline constexpr bool changes_length_of<L> = StatesLength<L> || parts_change_length<L, IndicesBelow<L::depth>>;
template <Composite L>
inline constexpr bool reads_length_of<L> = StatesReadsLengths<L> || parts_read_length<L, IndicesBelow<L::depth>>;

// The extents of an input, or of the first of several.
template <class In>
inline constexpr Extents first_extents = In::extents;
template <class First, class... Rest>
inline constexpr Extents first_extents<Shapes<First, Rest...>> = First::extents;

}  // namespace detail

/// Whether the output of layer L may have another number of frames than its input.
template <class L>
inline constexpr bool changes_length = detail::changes_length_of<L>;

/// Whether layer L, or a layer in it, asks for the lengths of samples.
template <class L>
inline constexpr bool reads_lengths = detail::reads_length_of<L>;

/// The frames of output number `Port` of layer L for a sample of `length` frames of an input of shape In.
template <class L, class In, std::size_t Port = 0>
constexpr int length_after(int length);

namespace detail {
template <class L, class In, std::size_t... I>
constexpr int length_after_chain(int length, std::index_sequence<I...>) {
    [[maybe_unused]] const int each[] = {
        0, (length = length_after<typename L::template Layer<static_cast<int>(I)>,
                                  typename L::template LayerInput<static_cast<int>(I), In>>(length))...};
    return length;
}
template <class L, class In, std::size_t... I>
constexpr int length_after_wiring(int length, std::size_t port, std::index_sequence<I...>) {
    constexpr std::size_t inputs = static_cast<std::size_t>(L::wiring.inputs);
    std::array<int, inputs + sizeof...(I)> of_value{};
    for (std::size_t i = 0; i < inputs; ++i) of_value[i] = length;
    [[maybe_unused]] const int each[] = {
        0, (of_value[inputs + I] = length_after<typename L::template Layer<static_cast<int>(I)>,
                                                typename L::template LayerInput<static_cast<int>(I), In>>(
                of_value[static_cast<std::size_t>(L::wiring.from[I][0])]))...};
    return of_value[static_cast<std::size_t>(L::wiring.outputs[port])];
}
}  // namespace detail

template <class L, class In, std::size_t Port>
constexpr int length_after(int length) {
    if constexpr (!changes_length<L>)
        return length;
    else if constexpr (detail::StatesLength<L>)
        return L::length(detail::first_extents<In>, length);
    else if constexpr (HasWiring<L>)
        return detail::length_after_wiring<L, In>(length, Port, detail::IndicesBelow<L::depth>{});
    else if constexpr (Chain<L>)
        return detail::length_after_chain<L, In>(length, detail::IndicesBelow<L::depth>{});
    else
        return length;
}

/// The lengths of samples, in order: an array, vector or span of int.
template <class L>
concept SampleLengths = std::is_array_v<L> || requires(const L& lengths) {
    static_cast<const int*>(lengths.data());
    lengths.size();
};

namespace detail {

// Stands for the lengths of samples that all have T frames.
struct NoLengths {};

// The frames of an input, or of the first of several.
template <class In>
inline constexpr int frames_of = first_extents<In>[0];

// Whether output number Port of network L, of shape Out, is a sequence with the frames that the network's rules give.
template <class L, class In, class Out, std::size_t Port = 0>
inline constexpr bool is_sequence = Out::rank == 2 && Out::extents[0] == length_after<L, In, Port>(frames_of<In>);

// The lengths of all outputs of a network for one sample; beyond all frames for an output that is no sequence.
inline constexpr int all_frames = 0x7fffffff;
template <class L, class In, class Out>
struct output_lengths {
    static constexpr std::array<int, 1> of(int length) {
        return {is_sequence<L, In, Out> ? length_after<L, In>(length) : all_frames};
    }
    static constexpr bool any_sequence = is_sequence<L, In, Out>;
};
template <class L, class In, class Outs, class Ports>
struct several_output_lengths;
template <class L, class In, class... Out, std::size_t... Port>
struct several_output_lengths<L, In, Shapes<Out...>, std::index_sequence<Port...>> {
    static constexpr std::array<int, sizeof...(Out)> of(int length) {
        return {(is_sequence<L, In, Out, Port> ? length_after<L, In, Port>(length) : all_frames)...};
    }
    static constexpr bool any_sequence = (... || is_sequence<L, In, Out, Port>);
};
template <class L, class In, class... Out>
struct output_lengths<L, In, Shapes<Out...>>
    : several_output_lengths<L, In, Shapes<Out...>, std::index_sequence_for<Out...>> {};

// Whether a length is one of a sample of shape In.
template <class In>
constexpr bool is_length(int length) {
    return 1 <= length && length <= frames_of<In>;
}

template <class M>
using output_lengths_of = output_lengths<typename M::Body, typename M::Input, typename M::Output>;

// Whether model M asks for lengths, or would ignore them. A refused model has been reported.
template <class M>
constexpr auto lengths_verdict() {
    if constexpr (!M::is_sound)
        return shapes_fit{};
    else if constexpr (reads_lengths<typename M::Body> || output_lengths_of<M>::any_sequence)
        return shapes_fit{};
    else
        return lengths_mismatch<expects<a_layer_that_reads_lengths>, got<typename M::Output>>{};
}

/// The lengths of all values of a chain or a graph of stages, for each of `Lanes` samples: row k has the lengths of value k.
/// The pass of stage k has the row of the value that the stage reads.
template <int Rows, int Lanes>
struct LengthTable {
    std::array<int, static_cast<std::size_t>(Rows* Lanes)> length;

    constexpr int& at(int k, int l) { return length[static_cast<std::size_t>(k * Lanes + l)]; }
    /// Sets row k to the samples' own lengths, or (below) to those of an earlier row by a rule.
    constexpr void begin(int k, const Pass& pass) {
        for (int l = 0; l < pass.live; ++l) at(k, l) = pass.lengths[l];
    }
    constexpr void follow(int k, int from, int live, int (*rule)(int)) {
        for (int l = 0; l < live; ++l) at(k, l) = rule(at(from, l));
    }
    /// The same context with the table in the place of the samples' lengths.
    constexpr auto within(const auto& context) {
        Pass pass = context.pass;
        if (pass.lengths != nullptr) pass.lengths = length.data();
        return Context{context.parameters, context.gradients, context.state,   context.observed,
                       context.statistics, context.tape,      context.scratch, pass};
    }
};

// The same pass with the lengths `ahead` places ahead in the table; 0 where a network changes no length.
constexpr Pass pass_with_row(Pass pass, int ahead) {
    if (pass.lengths != nullptr) pass.lengths += ahead;
    return pass;
}

}  // namespace detail

}  // namespace kiln::inline KILN_TARGET
