// SPDX-License-Identifier: BSL-1.0
#pragma once
// The verdict on a network: that it fits its input, or the first mistake, spelled as the name of a type
// (core/facts.hpp). Shapes are inferred on values. Behind a layer that does not fit, inference goes on with the shape
// that the layer would have had, so that one mistake is reported once.

#include <kiln/core/contract.hpp>
#include <kiln/core/contract/wiring.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/shape.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

namespace detail {

// The Fit of layer L within another, which reads one output of L. A type without a usable shape() passes its input on, so
// that the layers behind it are not blamed.
template <class L>
constexpr Fit fit_of(Extents in) {
    if constexpr (HasShape<L> && 1 < output_count<L>) {
        const Fit fit = L::shape(in);
        return fit.fits ? Fit{.out = fit.out, .fits = false} : fit;
    } else if constexpr (HasShape<L>) {
        const bool readable = in.values == 0 || takes_tokens<L>;
        if (!readable) in.values = 0;
        Fit fit = L::shape(in);
        if (fit.fits && !readable) return {.out = fit.out, .fits = false};
        if (fit.fits && !fit.out.valid()) fit = {.out = fit.out, .fits = false};  // more elements than can be counted
        return fit;
    } else {
        return {.out = in, .fits = false};
    }
}

// Whether a layer whose shape fits is complete: it has forward and backward, and so has each part of a container.
template <class L, class In, std::size_t... I>
constexpr Fit complete_parts(std::index_sequence<I...>);
template <class L, class In>
constexpr Fit complete() {
    if constexpr (Composite<L>) {
        const Fit parts = complete_parts<L, In>(IndicesBelow<L::depth>{});
        if (!parts.fits) return parts;
    }
    if constexpr (Chain<L> || HasWiring<L>)  // whose forward and backward are those of their parts
        return {};
    else if constexpr (requires { In::extents; })
        return {.out = L::shape(In::extents).out, .fits = HasForward<L, In> && HasBackward<L, In>, .got = In::extents};
    else
        return {.out = {}, .fits = HasForward<L, In> && HasBackward<L, In>};
}
template <class L, class In, std::size_t... I>
constexpr Fit complete_parts(std::index_sequence<I...>) {
    int i = 0;
    for (const Fit& fit : {complete<typename L::template Layer<I>, typename L::template LayerInput<I, In>>()...}) {
        if (!fit.fits) return fit.within(i);
        ++i;
    }
    return {};
}

template <class L, int... Position>
struct descend {
    using type = L;
};
template <class L, int First, int... Rest>
struct descend<L, First, Rest...> : descend<typename L::template Layer<First>, Rest...> {};

// A position in words: layer<2, 0>, or at<layer<2>, branch<1>> if a container on the way has another word for its part.
template <class L, int I>
struct step_into {
    using type = layer<I>;
};
template <class L, int I>
    requires requires { typename L::template Step<I>; }
struct step_into<L, I> {
    using type = typename L::template Step<I>;
};
template <class Net, int... Position>
inline constexpr bool has_own_words = false;
template <class Net, int First, int... Rest>
inline constexpr bool has_own_words<Net, First, Rest...> =
    !std::is_same_v<typename step_into<Net, First>::type, layer<First>> ||
    has_own_words<typename Net::template Layer<First>, Rest...>;
template <class Net, class Steps, int... Position>
struct steps_to;
template <class Net, class... Steps>
struct steps_to<Net, types<Steps...>> {
    using type = at<Steps...>;
};
template <class Net, class... Steps, int First, int... Rest>
struct steps_to<Net, types<Steps...>, First, Rest...>
    : steps_to<typename Net::template Layer<First>, types<Steps..., typename step_into<Net, First>::type>, Rest...> {};
template <class Net, int... Position>
struct position_in_words {
    using type = layer<Position...>;
};
template <class Net, int... Position>
    requires(has_own_words<Net, Position...>)
struct position_in_words<Net, Position...> : steps_to<Net, types<>, Position...> {};

// The input of the part of Net at a position.
template <class Net, class In, int... Position>
struct input_of_part {
    using type = In;
};
template <class Net, class In, int First, int... Rest>
struct input_of_part<Net, In, First, Rest...>
    : input_of_part<typename Net::template Layer<First>, typename Net::template LayerInput<First, In>, Rest...> {};

// Whether the part at a position reads several values.
template <class Net, int... Position>
inline constexpr bool reads_several = false;
template <class Net, int First, int... Rest>
inline constexpr bool reads_several<Net, First, Rest...> = reads_several<typename Net::template Layer<First>, Rest...>;
template <HasWiring Net, int Last>
inline constexpr bool reads_several<Net, Last> = Net::wiring.fan[static_cast<std::size_t>(Last)] > 1;

// Whether a rule takes the extents of several inputs.
template <class L>
concept JoinsValues = requires(Extents in) {
    { L::shape(in, in) } -> std::same_as<Fit>;
};

// Whether a container has a verdict of its own on what does not fit.
template <class L, class In>
concept states_its_mistake = requires {
    typename L::template Mistake<In>;
};

template <class L, class In>
struct need_of {
    using type = anything_else;
};
template <class L, class In>
    requires requires { typename L::template needs<In>; }
struct need_of<L, In> {
    using type = typename L::template needs<In>;
};

template <class L, class In>
inline constexpr bool has_repair = false;
template <class L, class In>
    requires requires { typename L::template repair<In>; }
inline constexpr bool has_repair<L, In> = !std::is_void_v<typename L::template repair<In>>;

template <Fit F, class Net, class NetIn, std::size_t... I>
constexpr auto complaint(std::index_sequence<I...>) {
    using L = typename descend<Net, F.position[I]...>::type;
    using In = shape_of<F.got>;
    using Where = typename position_in_words<Net, F.position[I]...>::type;
    if constexpr (1 < output_count<L> && (sizeof...(I) > 0 || !HasWiring<L>)) {
        return shape_mismatch<Where, L, expects<outputs<1>>, got<outputs<output_count<L>>>>{};
    } else if constexpr (states_its_mistake<L, In>) {
        return typename L::template Mistake<typename input_of_part<Net, NetIn, F.position[I]...>::type>{};
    } else if constexpr (reads_several<Net, F.position[I]...>) {
        using Joined = typename input_of_part<Net, NetIn, F.position[I]...>::type;
        if constexpr (JoinsValues<L>)
            return shape_mismatch<Where, L, expects<typename need_of<L, Joined>::type>, got<Joined>>{};
        else
            return shape_mismatch<Where, L, expects<inputs<1>>, got<Joined>>{};
    } else if constexpr (!HasShape<L>)
        return not_a_layer<Where, L, missing<member::shape>>{};
    else if constexpr (F.got.values != 0 && !takes_tokens<L>)
        return shape_mismatch<Where, L, expects<real_numbers>, got<In>>{};
    else if constexpr (!L::shape(F.got).fits && has_repair<L, In>)
        return shape_mismatch<Where, L, expects<typename need_of<L, In>::type>, got<In>,
                              try_this<typename L::template repair<In>>>{};
    else if constexpr (!L::shape(F.got).fits)
        return shape_mismatch<Where, L, expects<typename need_of<L, In>::type>, got<In>>{};
    else if constexpr (!L::shape(F.got).out.valid())
        return shape_mismatch<Where, L, expects<fewer_elements>, got<In>>{};
    else if constexpr (!HasForward<L, In>)
        return not_a_layer<Where, L, missing<member::forward>>{};
    else
        return not_a_layer<Where, L, missing<member::backward>,
                           try_one_of<way::Activation, way::express, way::backward>>{};
}

// The fault of an input shape.
template <class In>
constexpr auto need_of_shape(const In*) {
    return static_cast<a_shape*>(nullptr);
}
template <int... Sizes>
constexpr auto need_of_shape(const Shape<Sizes...>*) {
    if constexpr (sizeof...(Sizes) == 0 || sizeof...(Sizes) > Extents::max_rank)
        return static_cast<one_to_five_dimensions*>(nullptr);
    else if constexpr ((... || (Sizes < 1)))
        return static_cast<positive_sizes*>(nullptr);
    else
        return static_cast<fewer_elements*>(nullptr);
}
template <int Values, int... Sizes>
constexpr auto need_of_shape(const Tokens<Values, Sizes...>*) {
    if constexpr (Values < 1)
        return static_cast<positive_arguments*>(nullptr);
    else
        return need_of_shape(static_cast<const Shape<Sizes...>*>(nullptr));
}
template <class... S>
constexpr auto need_of_shape(const Shapes<S...>*) {
    return static_cast<a_shape*>(nullptr);
}
template <class In>
using shape_need = std::remove_pointer_t<decltype(need_of_shape(static_cast<const In*>(nullptr)))>;

// The Fit of Net with the input that did not fit, also when the misfit is the outermost layer itself.
template <class Net>
constexpr Fit fit_with_input(Extents in) {
    Fit fit;
    if constexpr (HasWiring<Net> && 1 < output_count<Net>)
        fit = Net::shape(in);
    else
        fit = fit_of<Net>(in);
    if (!fit.fits && fit.depth == 0) fit.got = in;
    return fit;
}
// The Fit of Net on an input, or on several.
template <class Net, class In>
constexpr Fit fit_on(const In*) {
    return fit_with_input<Net>(In::extents);
}
template <class Net, class First, class... Rest>
constexpr Fit fit_on(const Shapes<First, Rest...>*) {
    if constexpr (requires { Net::shape(First::extents, Rest::extents...); })
        return Net::shape(First::extents, Rest::extents...);
    else
        return {.out = First::extents, .fits = false, .got = First::extents};
}

}  // namespace detail

/// Whether network Net fits input In: `shapes_fit`, or a type whose name states the first mistake. No storage and no
/// body is instantiated.
template <class Net, class In>
constexpr auto verdict() {
    if constexpr (!ValidShape<In>) {
        return shape_mismatch<expects<detail::shape_need<In>>, got<In>>{};
    } else {
        constexpr Fit shapes = detail::fit_on<Net>(static_cast<const In*>(nullptr));
        if constexpr (!shapes.fits && shapes.depth == 0 && detail::are_shapes<In> &&
                      !detail::states_its_mistake<Net, In>) {
            return shape_mismatch<expects<inputs<1>>, got<In>>{};
        } else if constexpr (!shapes.fits) {
            return detail::complaint<shapes, Net, In>(detail::IndicesBelow<shapes.depth>{});
        } else {
            constexpr Fit parts = detail::complete<Net, In>();
            if constexpr (!parts.fits)
                return detail::complaint<parts, Net, In>(detail::IndicesBelow<parts.depth>{});
            else
                return shapes_fit{};
        }
    }
}

namespace detail {
template <class Losses, class Out>
constexpr auto verdict_on_losses(const Out*) {
    return shapes_fit{};
}
template <class L, class... Out>
constexpr auto verdict_on_losses(const Shapes<Out...>*) {
    constexpr bool one_each = [] {
        if constexpr (requires { L::count; }) return L::count == sizeof...(Out);
        return false;
    }();
    if constexpr (one_each)
        return L::template verdict<Out...>();
    else
        return loss_mismatch<L, expects<losses<sizeof...(Out)>>, got<Shapes<Out...>>>{};
}
}  // namespace detail

/// Whether loss L can be computed from outputs of shape Out: `shapes_fit`, or a type whose name states the mistake.
template <class L, class Out>
constexpr auto loss_verdict() {
    if constexpr (detail::are_shapes<Out>)
        return detail::verdict_on_losses<L>(static_cast<const Out*>(nullptr));
    else if constexpr (!loss_fit<L>(Out::extents).fits)
        return loss_mismatch<L, expects<typename detail::need_of<L, Out>::type>, got<Out>>{};
    else if constexpr (detail::judges_its_targets<L, Out>())
        return shapes_fit{};
    else if constexpr (L::judged_by == JudgedBy::classes)
        return loss_mismatch<L, expects<labels_as_targets>, got<typename L::template Target<Out>>>{};
    else
        return loss_mismatch<L, expects<targets_of_the_output_shape>, got<typename L::template Target<Out>>>{};
}

namespace detail {
// The verdict on the first of several losses that does not fit its output.
template <class Losses, class L, class Out>
constexpr auto verdict_of_losses();
template <class Losses, class First, class... L, class FirstOut, class... Out>
constexpr auto first_verdict(types<First, L...>*, types<FirstOut, Out...>*) {
    using Verdict = decltype(loss_verdict<First, FirstOut>());
    if constexpr (std::is_same_v<Verdict, shapes_fit> && sizeof...(L) > 0)
        return first_verdict<Losses>(static_cast<types<L...>*>(nullptr), static_cast<types<Out...>*>(nullptr));
    else
        return Verdict{};
}
template <class Losses, class L, class Out>
constexpr auto verdict_of_losses() {
    return first_verdict<Losses>(static_cast<L*>(nullptr), static_cast<Out*>(nullptr));
}
}  // namespace detail

}  // namespace kiln::inline KILN_TARGET
