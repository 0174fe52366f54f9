// SPDX-License-Identifier: BSL-1.0
#pragma once
// Helpers for containers: layers made of layers, ours and yours. A container declares `depth`, `Layer<I>` and
// `LayerInput<I, In>`, a shape rule, and passes over its parts; its records, starting values, counts and names follow
// from the parts. With this header a residual connection y = x + f(x) takes some thirty lines
// (tests/laws/own_container.cpp). A container whose parts only branch and join needs no passes (nets/wired.hpp).
//
//   shape      fit_of_part<F>(0, in): the Fit of part 0 on such an input; a misfit says where it is
//   memory     the container's Tape and Scratch derive from TapeOfParts and ScratchOfParts and may add members;
//              tape_or_scratch(at) is the tape or, in inference, which has no tape, the scratch
//   passes     forward_part<F>(x, y, child<0>(at)), backward_part likewise: part 0 with its own share of parameters,
//              gradients, state, tape, scratch and randomness
//   export     y = x.then("Add", x.template through<0, F>(at))
//
// If a part has batch statistics, one pass over the container holds all samples of the batch, unless the container runs
// in sections (nets/sections.hpp).

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/random.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/verdict.hpp>

#include <boost/hana/basic_tuple.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace kiln::inline KILN_TARGET {

/// Whether layer L fits an input of extents `in`, as the container reports it that has L at `position`.
template <class L>
constexpr Fit fit_of_part(int position, Extents in) {
    Fit fit = detail::fit_of<L>(in);
    if (fit.fits) return fit;
    if (fit.depth == 0) fit.got = in;
    return fit.within(position);
}

/// The tapes of all parts of container L for inputs of shape In, and below the scratch of all parts.
template <class L, class E, class In, class Indices = detail::IndicesBelow<L::depth>>
struct TapeOfParts;
template <class L, class E, class In, std::size_t... I>
struct TapeOfParts<L, E, In, std::index_sequence<I...>> {
    [[no_unique_address]] hana::basic_tuple<
        tape_t<typename L::template Layer<I>, E, typename L::template LayerInput<I, In>>...>
        parts;
};
template <class L, class E, class In, Wanted W, class Indices = detail::IndicesBelow<L::depth>>
struct ScratchOfParts;
template <class L, class E, class In, Wanted W, std::size_t... I>
struct ScratchOfParts<L, E, In, W, std::index_sequence<I...>> {
    [[no_unique_address]] hana::basic_tuple<
        scratch_t<typename L::template Layer<I>, E, typename L::template LayerInput<I, In>, W>...>
        parts;
};

/// The record that keeps what backward needs: the tape, or in inference the scratch.
constexpr auto& tape_or_scratch(const auto& at) {
    if constexpr (is_nothing<decltype(at.tape)>)
        return at.scratch;
    else
        return at.tape;
}

/// The pass for part `position` of a container: the same pass with a key of its own.
constexpr Pass pass_of_part(Pass pass, int position) {
    if (pass.training) pass.key = hash(pass.key, static_cast<std::uint64_t>(position));
    return pass;
}

/// The context of part I, made of its container's context `at` and the part's tape and scratch, or Nothing.
template <std::size_t I>
constexpr auto child(const auto& at, auto& tape, auto& scratch) {
    return Context{part_of<I>(at.parameters),
                   part_of<I>(at.gradients),
                   part_of<I>(at.state),
                   part_of<I>(at.observed),
                   part_of<I>(at.statistics),
                   tape,
                   scratch,
                   pass_of_part(at.pass, I)};
}

/// The context of part I of a container whose tape and scratch derive from TapeOfParts and ScratchOfParts.
template <std::size_t I>
constexpr auto child(const auto& at) {
    if constexpr (is_nothing<decltype(at.tape)>)
        return child<I>(at, at.tape, part_of<I>(at.scratch.parts));
    else
        return child<I>(at, part_of<I>(at.tape.parts), part_of<I>(at.scratch.parts));
}

/// y = L(x). A layer with batch statistics measures first: this pass is the whole batch.
template <class L>
constexpr void forward_part(const auto& x, auto& y, auto at) {
    if constexpr (!Composite<L> && !is_nothing<decltype(at.statistics)>) L::measure(x, at.statistics, at);
    L::forward(x, y, at);
}
/// Adds to the gradients of L, and sets dx unless dx is Nothing. dy may be overwritten.
template <class L>
constexpr void backward_part(const auto& x, const auto& y, auto& dy, auto& dx, auto at) {
    if constexpr (!Composite<L> && !is_nothing<decltype(at.statistics)>) L::measure_slopes(x, y, dy, dy, at.statistics, at);
    L::backward(x, y, dy, dx, at);
}

}  // namespace kiln::inline KILN_TARGET
