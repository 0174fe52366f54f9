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

#include <kiln/core/contract/records.hpp>
#include <kiln/core/record.hpp>

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

}  // namespace kiln::inline KILN_TARGET
