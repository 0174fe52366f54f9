// SPDX-License-Identifier: BSL-1.0
#pragma once
// CONTAINER: a layer made of layers. core/container.hpp has the helpers to write one. Besides the members of a layer a
// container has
//
//     static constexpr int depth
//         the number of its parts
//     template <int I> using Layer
//         the type of part I
//     template <int I, class In> using LayerInput
//         the shape of part I's input
//
//   and optionally
//
//     template <class... Parts> using with_parts
//         the same container with other parts, to freeze or fold the parts
//     template <class In> static int first_fault(y, tape, is_bad)
//         the first part whose output is_bad after a forward pass, or -1
//     template <class In> struct Sections
//         the container section by section, for parts with batch statistics (nets/sections.hpp)
//
//   shape() reports the position of the first misfit. The records are tuples of the parts' records. A container need
//   not declare the records, nor initialize, settle or multiply_adds: they follow from the parts.

#include <kiln/core/contract/layer.hpp>
#include <kiln/core/contract/records.hpp>
#include <kiln/core/contract/statistics.hpp>
#include <kiln/core/contract/wiring.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace kiln::inline KILN_TARGET {

namespace detail {
// Functions that ask each part of a container in turn. Arrays are used, because clang refuses folds of more than 256
// operands.
template <class L, class Indices = IndicesBelow<L::depth>>
struct each_part;

template <class L, class... In>
constexpr long long multiply_adds_of_join(const Shapes<In...>*) requires requires {
    L::multiply_adds(In::extents...);
}
{ return L::multiply_adds(In::extents...); }

template <class L, class Indices>
inline constexpr bool takes_parts = false;
template <class L, std::size_t... I>
    requires requires { typename L::template with_parts<typename L::template Layer<static_cast<int>(I)>...>; }
inline constexpr bool takes_parts<L, std::index_sequence<I...>> = true;
}  // namespace detail

/// A container that can be made of other parts, by its member with_parts.
template <class L>
concept TakesOtherParts = Composite<L> && detail::takes_parts<L, detail::IndicesBelow<L::depth>>;

/// The name of a part of container L: its number, or a name that the container gives it (Graph).
template <class L>
constexpr Name part_name(int part) {
    if constexpr (requires { L::NodeNames::text; })
        return Name{}.then(L::NodeNames::text[static_cast<std::size_t>(part)]);
    else
        return Name{}.then(part);
}

/// The multiply-adds of layer L for one sample of shape In; 0 if L does not state them.
template <class L, class In>
constexpr long long multiply_adds() {
    if constexpr (requires { L::multiply_adds(In::extents); })
        return L::multiply_adds(In::extents);
    else if constexpr (requires { detail::multiply_adds_of_join<L>(static_cast<const In*>(nullptr)); })
        return detail::multiply_adds_of_join<L>(static_cast<const In*>(nullptr));
    else if constexpr (Composite<L>)
        return detail::each_part<L>::template multiply_adds<In>();
    else if constexpr (requires { L::template multiply_adds_on<In>(); })
        return L::template multiply_adds_on<In>();
    else
        return 0;
}

/// Sets the starting values of layer L's parameters, which must be zero before.
template <class L>
constexpr void initialize(auto& parameters, auto& random) {
    if constexpr (requires { L::initialize(parameters, random); })
        L::initialize(parameters, random);
    else if constexpr (Composite<L>)
        detail::each_part<L>::initialize(parameters, random);
}

/// Sets the starting values of layer L's state, which must be zero before.
template <class L>
constexpr void initialize_state(auto& state) {
    if constexpr (requires { L::initialize_state(state); })
        L::initialize_state(state);
    else if constexpr (Composite<L>)
        detail::each_part<L>::initialize_state(state);
}

/// Updates layer L's state after a step on `samples` samples, by everything that its passes observed and measured.
template <class L, class In>
constexpr void settle(auto& state, const auto& observed, const auto& statistics, int samples) {
    if constexpr (Composite<L>)
        detail::each_part<L>::template settle<In>(state, observed, statistics, samples);
    else if constexpr (HasStatistics<L, In> && requires { L::settle(state, statistics, samples); })
        L::settle(state, statistics, samples);
    else if constexpr (requires { L::settle(state, observed, samples); })
        L::settle(state, observed, samples);
}

/// Adds the measurements of one batch to those of other batches, for a state that is settled once for several batches.
template <class L, class In>
constexpr void merge_statistics(auto& all, const auto& own) {
    if constexpr (Composite<L>)
        detail::each_part<L>::template merge_statistics<In>(all, own);
    else if constexpr (HasStatistics<L, In>)
        L::merge(all, own);
}

namespace detail {
template <class L, std::size_t... I>
struct each_part<L, std::index_sequence<I...>> {
    template <std::size_t J>
    using Part = typename L::template Layer<static_cast<int>(J)>;
    template <std::size_t J, class In>
    using Input = typename L::template LayerInput<static_cast<int>(J), In>;

    template <class In>
    static constexpr long long multiply_adds() {
        long long sum = 0;
        for (const long long part :
             std::array<long long, sizeof...(I)>{kiln::multiply_adds<Part<I>, Input<I, In>>()...})
            sum += part;
        return sum;
    }
    static constexpr void initialize(auto& parameters, auto& random) {
        [[maybe_unused]] const int each[] = {0, (kiln::initialize<Part<I>>(part_of<I>(parameters), random), 0)...};
    }
    static constexpr void initialize_state(auto& state) {
        [[maybe_unused]] const int each[] = {0, (kiln::initialize_state<Part<I>>(part_of<I>(state)), 0)...};
    }
    template <class In>
    static constexpr void settle(auto& state, const auto& observed, const auto& statistics, int samples) {
        [[maybe_unused]] const int each[] = {
            0, (kiln::settle<Part<I>, Input<I, In>>(part_of<owner_of<L, static_cast<int>(I)>>(state),
                                                    part_of<I>(observed), part_of<I>(statistics), samples),
                0)...};
    }
    template <class In>
    static constexpr void merge_statistics(auto& all, const auto& own) {
        [[maybe_unused]] const int each[] = {
            0, (kiln::merge_statistics<Part<I>, Input<I, In>>(part_of<I>(all), part_of<I>(own)), 0)...};
    }
};
}  // namespace detail

}  // namespace kiln::inline KILN_TARGET
