// SPDX-License-Identifier: BSL-1.0
#pragma once
// LENGTHS: a sample may have fewer frames than T. Then the pass says how many (Pass::length, core/pass.hpp), and the
// other frames, the padding, hold any finite values. The outputs of the first `length` frames, and outputs that are no
// sequence, are the bits that the sample would give in a network whose T is its length. Slopes of the padding are zero,
// in dy and in dx. Layers that never mix frames need do nothing for this. Several inputs of a sample have one length.
// The output of a layer that reads several values has the length of the first, and Pass::of_second has the lengths of
// the second and later ones. kiln/laws/check_lengths.hpp checks all of it.
//
//     static constexpr bool reads_lengths
//         whether the layer asks for lengths: it mixes frames, and leaves the padding out
//     static constexpr int length(Extents in, int length)
//         the frames of the output, for a layer whose output has another number of frames than its input; never more
//         for a shorter input, and 0 if that is too short: a model then refuses the sample. A chain and a wired
//         container have the rule of their parts, other containers and fused layers state their own

#include <kiln/core/contract/records.hpp>
#include <kiln/core/contract/wiring.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/shape.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

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
// The frames that a part reads: those of the first value, and 0 if another value has none.
template <int I>
constexpr int length_of_part(const auto& wiring, const auto& of_value) {
    constexpr std::size_t i = static_cast<std::size_t>(I);
    int length = of_value[static_cast<std::size_t>(wiring.from[i][0])];
    for (std::size_t port = 1; port < static_cast<std::size_t>(wiring.fan[i]); ++port)
        if (of_value[static_cast<std::size_t>(wiring.from[i][port])] < 1) length = 0;
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
                length_of_part<static_cast<int>(I)>(L::wiring, of_value)))...};
    return of_value[static_cast<std::size_t>(L::wiring.outputs[port])];
}
}  // namespace detail

template <class L, class In, std::size_t Port>
constexpr int length_after(int length) {
    if constexpr (!changes_length<L>)
        return length;
    else if constexpr (detail::StatesLength<L>)
        return length < 1 ? 0 : L::length(detail::first_extents<In>, length);
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

}  // namespace kiln::inline KILN_TARGET
