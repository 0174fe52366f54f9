// SPDX-License-Identifier: BSL-1.0
#pragma once
// LENGTHS: a sample may have fewer frames than T. Then the pass says how many (Pass::length, core/pass.hpp), and the
// other frames, the padding, hold any finite values. The outputs of the first `length` frames, and outputs that are no
// sequence, are the bits that the sample would give in a network whose T is its length. Slopes of the padding are zero,
// in dy and in dx. Layers that never mix frames need do nothing for this. Several inputs of a sample have one length.
// The output of a join has the smallest length of its values. A layer that reads lengths and several values puts out the
// length of the first, and Pass::of_second has the lengths of the second and later ones. kiln/laws/check_lengths.hpp
// checks all of it.
//
//     static constexpr bool reads_lengths
//         whether the layer asks for lengths: it mixes frames, and leaves the padding out
//     static constexpr bool mixes_frames
//         whether the layer mixes the frames of a sequence, an input of two dimensions or more, with the padding. A
//         network with such a layer takes no lengths
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

/// Whether layer L says that it mixes the frames of a sequence with padding.
template <class L>
inline constexpr bool mixes_frames = requires {
    requires L::mixes_frames;
};

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
// The length that a layer without parts reads, of its values' lengths: that of the first if the layer reads lengths, the
// smallest if it is a join; 0 if a value has no frame.
template <class L, std::size_t Inputs>
constexpr int length_read(const std::array<int, Inputs>& lengths) {
    int length = lengths[0];
    for (const int other : lengths)
        if (other < (reads_lengths<L> ? 1 : length)) length = other;
    return length;
}
template <class L, class In, std::size_t Port, std::size_t Inputs, std::size_t... I>
constexpr int length_after_wiring(const std::array<int, Inputs>& lengths, std::index_sequence<I...>);
// The length of the output of part I, which reads `Inputs` of the values.
template <class L, class In, std::size_t I, std::size_t Inputs>
constexpr int length_after_part(const auto& of_value) {
    using Part = typename L::template Layer<static_cast<int>(I)>;
    using PartInput = typename L::template LayerInput<static_cast<int>(I), In>;
    std::array<int, Inputs> lengths{};
    for (std::size_t port = 0; port < Inputs; ++port)
        lengths[port] = of_value[static_cast<std::size_t>(L::wiring.from[I][port])];
    if constexpr (Inputs > 1 && HasWiring<Part>)
        return length_after_wiring<Part, PartInput, 0>(lengths, IndicesBelow<Part::depth>{});
    else
        return length_after<Part, PartInput>(length_read<Part>(lengths));
}
template <class L, class In, std::size_t Port, std::size_t Inputs, std::size_t... I>
constexpr int length_after_wiring(const std::array<int, Inputs>& lengths, std::index_sequence<I...>) {
    std::array<int, Inputs + sizeof...(I)> of_value{};
    for (std::size_t i = 0; i < Inputs; ++i) of_value[i] = lengths[i];
    [[maybe_unused]] const int each[] = {
        0,
        (of_value[Inputs + I] = length_after_part<L, In, I, static_cast<std::size_t>(L::wiring.fan[I])>(of_value))...};
    return of_value[static_cast<std::size_t>(L::wiring.outputs[Port])];
}
template <std::size_t Inputs>
constexpr std::array<int, Inputs> repeated_length(int length) {
    std::array<int, Inputs> lengths{};
    for (int& each : lengths) each = length;
    return lengths;
}
}  // namespace detail

template <class L, class In, std::size_t Port>
constexpr int length_after(int length) {
    if constexpr (!changes_length<L>)
        return length;
    else if constexpr (detail::StatesLength<L>)
        return length < 1 ? 0 : L::length(detail::first_extents<In>, length);
    else if constexpr (HasWiring<L>)
        return detail::length_after_wiring<L, In, Port>(
            detail::repeated_length<static_cast<std::size_t>(L::wiring.inputs)>(length),
            detail::IndicesBelow<L::depth>{});
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
