// SPDX-License-Identifier: BSL-1.0
#pragma once
// CONTAINER: a layer made of layers (core/container.hpp has all that one is written with). Besides the members of a layer it
// has
//
//     static constexpr int depth
//         how many parts it has
//     template <int I> using Layer
//         the type of part I
//     template <int I, class In> using LayerInput
//         the shape that enters part I
//
//   and optionally
//
//     template <class... Parts> using with_parts
//         the same container of other parts, to freeze or fold those
//     template <class In> static int first_fault(y, tape, is_bad)
//         the first part whose output is_bad after a forward pass, or -1
//     template <class In> struct Sections
//         how it is run section by section, where parts have batch statistics (nets/sections.hpp)
//
//   shape() says at which position the first misfit is. The records are tuples of the parts' records. A container need not
//   declare those, nor initialize, settle or multiply_adds: they follow from its parts.

#include <kiln/core/contract/layer.hpp>
#include <kiln/core/contract/records.hpp>
#include <kiln/core/contract/statistics.hpp>
#include <kiln/core/record.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace kiln::inline KILN_TARGET {

namespace detail {
// All parts of a container, each asked in its turn. Arrays, for clang refuses folds of more than 256 operands.
template <class L, class Indices = std::make_index_sequence<static_cast<std::size_t>(L::depth)>>
struct each_part;
}  // namespace detail

/// The multiply-adds that layer L does for one sample of shape In, 0 if it has none to tell.
template <class L, class In>
constexpr long long multiply_adds() {
    if constexpr (requires { L::multiply_adds(In::extents); })
        return L::multiply_adds(In::extents);
    else if constexpr (Composite<L>)
        return detail::each_part<L>::template multiply_adds<In>();
    else
        return 0;
}

/// Starting values of layer L's parameters, which come zeroed.
template <class L>
constexpr void initialize(auto& parameters, auto& random) {
    if constexpr (requires { L::initialize(parameters, random); })
        L::initialize(parameters, random);
    else if constexpr (Composite<L>)
        detail::each_part<L>::initialize(parameters, random);
}

/// Starting values of layer L's state, which comes zeroed.
template <class L>
constexpr void initialize_state(auto& state) {
    if constexpr (requires { L::initialize_state(state); })
        L::initialize_state(state);
    else if constexpr (Composite<L>)
        detail::each_part<L>::initialize_state(state);
}

/// Updates layer L's state after a step on so many samples, from all that its passes observed and measured.
template <class L, class In>
constexpr void settle(auto& state, const auto& observed, const auto& statistics, int samples) {
    if constexpr (Composite<L>)
        detail::each_part<L>::template settle<In>(state, observed, statistics, samples);
    else if constexpr (HasStatistics<L, In> && requires { L::settle(state, statistics, samples); })
        L::settle(state, statistics, samples);
    else if constexpr (requires { L::settle(state, observed, samples); })
        L::settle(state, observed, samples);
}

/// Adds what one batch measured to what others did, for states that are settled once for several.
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
    using Part = typename L::template Layer<J>;
    template <std::size_t J, class In>
    using Input = typename L::template LayerInput<J, In>;

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
            0, (kiln::settle<Part<I>, Input<I, In>>(part_of<I>(state), part_of<I>(observed), part_of<I>(statistics),
                                                    samples),
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
