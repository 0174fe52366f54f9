// SPDX-License-Identifier: BSL-1.0
#pragma once
// The records and the memory of a layer, given its type, the scalars or elements, and the shape of its input. A
// container that does not declare a record has the tuple of its parts' records.

#include <kiln/core/pass.hpp>
#include <kiln/core/record.hpp>

#include <concepts>
#include <cstddef>
#include <utility>

namespace kiln::inline KILN_TARGET {

/// A layer made of layers.
template <class L>
concept Composite = requires {
    { L::depth } -> std::convertible_to<int>;
    requires(L::depth > 0);
    typename L::template Layer<0>;
};

namespace detail {
// record_of<L, S, In>::type is the member template of L, if L has one. Otherwise it is, for a container, the tuple of
// its parts' records unless all are Nothing, and for other layers Nothing.
#define KILN_RECORD_OF(record_of, Member)                                                                           \
    template <class L, class S, class In>                                                                           \
    struct record_of {                                                                                              \
        using type = Nothing;                                                                                       \
    };                                                                                                              \
    template <class L, class S, class In>                                                                           \
        requires requires { typename L::template Member<S, In>; }                                                   \
    struct record_of<L, S, In> {                                                                                    \
        using type = typename L::template Member<S, In>;                                                            \
    };                                                                                                              \
    template <class L, class S, class In, class Indices>                                                            \
    struct tuple_of_##record_of;                                                                                    \
    template <class L, class S, class In, std::size_t... I>                                                         \
    struct tuple_of_##record_of<L, S, In, std::index_sequence<I...>> {                                              \
        using type = tuple_or_nothing<                                                                              \
            typename record_of<typename L::template Layer<I>, S, typename L::template LayerInput<I, In>>::type...>; \
    };                                                                                                              \
    template <class L, class S, class In>                                                                           \
        requires(Composite<L> && !requires { typename L::template Member<S, In>; })                                 \
    struct record_of<L, S, In> : tuple_of_##record_of<L, S, In, std::make_index_sequence<L::depth>> {};
KILN_RECORD_OF(parameters_of, Parameters)
KILN_RECORD_OF(state_of, State)
KILN_RECORD_OF(observed_of, Observed)
KILN_RECORD_OF(statistics_of, Statistics)
#undef KILN_RECORD_OF

// As for other records; a layer without Gradients has gradients of its parameters' type.
template <class L, class S, class In>
struct gradients_of : parameters_of<L, S, In> {};
template <class L, class S, class In>
    requires requires { typename L::template Gradients<S, In>; }
struct gradients_of<L, S, In> {
    using type = typename L::template Gradients<S, In>;
};
template <class L, class S, class In, class Indices>
struct tuple_of_gradients;
template <class L, class S, class In, std::size_t... I>
struct tuple_of_gradients<L, S, In, std::index_sequence<I...>> {
    using type = tuple_or_nothing<
        typename gradients_of<typename L::template Layer<I>, S, typename L::template LayerInput<I, In>>::type...>;
};
template <class L, class S, class In>
    requires(Composite<L> && !requires { typename L::template Gradients<S, In>; })
struct gradients_of<L, S, In> : tuple_of_gradients<L, S, In, std::make_index_sequence<L::depth>> {};

template <class L, class E, class In>
struct tape_of {
    using type = Nothing;
};
template <class L, class E, class In>
    requires requires { typename L::template Tape<E, In>; }
struct tape_of<L, E, In> {
    using type = typename L::template Tape<E, In>;
};
template <class L, class E, class In, Wanted W>
struct scratch_of {
    using type = Nothing;
};
template <class L, class E, class In, Wanted W>
    requires requires { typename L::template Scratch<E, In, W>; }
struct scratch_of<L, E, In, W> {
    using type = typename L::template Scratch<E, In, W>;
};
}  // namespace detail

/// The record of all learned numbers of layer L, of scalars S, on inputs of shape In.
template <class L, class S, class In>
using parameters_t = typename detail::parameters_of<L, S, In>::type;
/// The record of the derivatives: as parameters_t, without the layers that are frozen (nets/frozen.hpp).
template <class L, class S, class In>
using gradients_t = typename detail::gradients_of<L, S, In>::type;
/// The record of the numbers that persist but are not learned.
template <class L, class S, class In>
using state_t = typename detail::state_of<L, S, In>::type;
/// The record of the sums from which the state is settled.
template <class L, class S, class In>
using observed_t = typename detail::observed_of<L, S, In>::type;
/// The measurements of a batch that layers with statistics compute with.
template <class L, class S, class In>
using statistics_t = typename detail::statistics_of<L, S, In>::type;
/// The values that a pass over elements E keeps for backward, besides x and y.
template <class L, class E, class In>
using tape_t = typename detail::tape_of<L, E, In>::type;
/// The working memory of one pass.
template <class L, class E, class In, Wanted W = Wanted::all_gradients>
using scratch_t = typename detail::scratch_of<L, E, In, W>::type;

}  // namespace kiln::inline KILN_TARGET
