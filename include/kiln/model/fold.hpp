// SPDX-License-Identifier: BSL-1.0
#pragma once
// A network for inference alone, without the layers that only training needs. Batch normalisation is then a factor and
// an offset for each channel, which are folded into the weights of the linear or convolutional layer before the
// normalisation. That layer then has a bias; without such a layer the normalisation stays. Dropout is left out. Outputs
// agree up to rounding.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/large_value.hpp>
#include <kiln/core/detail/one_of.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/frozen.hpp>
#include <kiln/nets/identity.hpp>
#include <kiln/nets/sequential.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

namespace detail {

template <class L>
inline constexpr bool vanishes = false;
template <class L>
    requires(MakesClaims<L>&& requires { L::identity_in_inference; })
inline constexpr bool vanishes<L> = L::identity_in_inference;

// One number for each channel of a layer's output Out: the factors, or the offsets, that the layer takes or gives.
template <class Out>
using Channelwise = Tensor<float, Shape<Out::extents[0]>>;

template <class L, class In>
concept ActsAsAffine = MakesClaims<L> &&
    requires(const parameters_t<L, float, In>& parameters, const state_t<L, float, In>& state,
             Channelwise<output_t<L, In>>& channels) {
    L::as_affine(parameters, state, channels, channels);
};
// Whether layer L has an absorber: a layer that takes the place of L and absorbs affine layers behind it.
template <class L>
inline constexpr bool has_absorber = false;
template <class L>
    requires requires { typename L::absorber; }
inline constexpr bool has_absorber<L> = MakesClaims<L> && !std::is_void_v<typename L::absorber>;

template <class L>
struct absorber_of {
    using type = L;
};
template <class L>
    requires has_absorber<L>
struct absorber_of<L> {
    using type = typename L::absorber;
};
template <class L>
using absorber_t = typename absorber_of<L>::type;

template <class L, class In>
concept AbsorbsAffine = MakesClaims<L> &&
    requires(parameters_t<absorber_t<L>, float, In>& parameters, const Channelwise<output_t<L, In>>& channels) {
    absorber_t<L>::absorb(parameters, channels, channels);
};

// The folding of a network: `type` is the folded network, and copy() fills its parameters and its state.
template <class L, class In>
struct folded {
    using type = L;
    static constexpr void copy(const auto& parameters, const auto& state, auto& to, auto& to_state) {
        to = parameters;
        using To = std::remove_cvref_t<decltype(to_state)>;
        if constexpr (tensor_count<To> != 0) to_state = state;
    }
};

// A layer with an initialisation of its own (Initialized) folds as the layer inside.
template <class L, class In>
    requires(MakesClaims<L>&& requires { typename L::Plain; })
struct folded<L, In> : folded<typename L::Plain, In> {};

// Frozen layers fold as the layers that they freeze.
template <class L, class In>
struct folded<Frozen<L>, In> : folded<L, In> {};

// The folding of a layer that absorbs affine layers: `type` is its absorber.
template <class L, class In>
struct folded_absorber : folded<L, In> {};
template <class L, class In>
    requires has_absorber<L>
struct folded_absorber<L, In> {
    using type = typename L::absorber;
    static constexpr void copy(const auto& parameters, const auto& state, auto& to, auto& to_state) {
        const auto target = tensors<float>(to);  // tensors beyond the parameters, such as a new bias, stay 0
        std::size_t t = 0;
        for (const auto& tensor : tensors<const float>(parameters)) {
            float* out = target[t++].data;
            for (const float value : tensor) *out++ = value;
        }
        if constexpr (tensor_count<std::remove_cvref_t<decltype(to_state)>> != 0) to_state = state;
    }
};

// The folding of any container: each part by itself. The number of parts stays.
template <class L, class In, class Indices = IndicesBelow<L::depth>>
struct folded_parts;
template <class L, class In, std::size_t... I>
struct folded_parts<L, In, std::index_sequence<I...>> {
    template <std::size_t K>
    using Part = folded<typename L::template Layer<static_cast<int>(K)>,
                        typename L::template LayerInput<static_cast<int>(K), In>>;
    using type = typename L::template with_parts<typename Part<I>::type...>;
    static constexpr void copy(const auto& parameters, const auto& state, auto& to, auto& to_state) {
        (Part<I>::copy(part_of<I>(parameters), part_of<I>(state), part_of<I>(to), part_of<I>(to_state)), ...);
    }
};
template <class L, class In>
    requires(Container<L, In>&& MakesClaims<L>&& TakesOtherParts<L> && !requires { typename L::Plain; } &&
             !HasWiring<L>)
struct folded<L, In> : folded_parts<L, In> {};

// The folding of a wired container. Its parts keep their places, and Identity stands where a layer is left out. Parts that
// share parameters neither absorb nor are absorbed, for their other uses have other neighbours.
template <class L, class In, class Indices = IndicesBelow<L::depth>>
struct folded_wired;
template <class L, class In, std::size_t... I>
struct folded_wired<L, In, std::index_sequence<I...>> {
    template <std::size_t K>
    using Layer = typename L::template Layer<static_cast<int>(K)>;
    template <std::size_t K>
    using Input = typename L::template LayerInput<static_cast<int>(K), In>;
    static constexpr std::size_t depth = sizeof...(I), none = depth;

    // The part that owns the parameters of each part, and whether parts share them.
    static constexpr std::array<std::size_t, depth> owner{
        static_cast<std::size_t>(owner_of<L, static_cast<int>(I)>)...};
    static constexpr std::array<bool, depth> shares = [] {
        std::array<bool, depth> all{};
        for (std::size_t part = 0; part < depth; ++part)
            if (owner[part] != part) all[part] = all[owner[part]] = true;
        return all;
    }();

    // `place`: for each part, the part that does its work, or none; `vanishes`: whether Identity takes its place;
    // `absorbing`: whether it does the work of others.
    struct Plan {
        std::array<std::size_t, depth> place{};
        std::array<bool, depth> vanishes{}, absorbing{};
    };
    static constexpr Plan plan = [] {
        constexpr auto& wiring = L::wiring;
        const std::array<bool, depth> vanish{detail::vanishes<Layer<I>>...},
            affine{ActsAsAffine<Layer<I>, Input<I>>...}, absorbs{AbsorbsAffine<Layer<I>, Input<I>>...};
        std::array<int, depth> readers{};
        for (std::size_t part = 0; part < depth; ++part)
            for (int p = 0; p < wiring.fan[part]; ++p)
                if (const int value = wiring.from[part][static_cast<std::size_t>(p)]; value >= wiring.inputs)
                    ++readers[static_cast<std::size_t>(value - wiring.inputs)];
        Plan plan;
        for (std::size_t part = 0; part < depth; ++part) {
            plan.place[part] = absorbs[part] && !shares[part] ? part : none;
            const int value = wiring.from[part][0];
            const bool is_output = wiring.is_output(wiring.inputs + static_cast<int>(part));
            std::size_t before = none;  // the part that does the work of the only part before this one
            if (wiring.fan[part] == 1 && value >= wiring.inputs &&
                readers[static_cast<std::size_t>(value - wiring.inputs)] == 1 && !wiring.is_output(value))
                before = plan.place[static_cast<std::size_t>(value - wiring.inputs)];
            const bool absorbed = affine[part] && before != none && !shares[part];
            if ((absorbed || vanish[part]) && !is_output) {
                plan.vanishes[part] = true;
                plan.place[part] = before;
                if (absorbed) plan.absorbing[before] = true;
            }
        }
        return plan;
    }();
    template <std::size_t K>
    using Kept = std::conditional_t<plan.absorbing[K], folded_absorber<Layer<K>, Input<K>>, folded<Layer<K>, Input<K>>>;
    template <std::size_t K, bool Vanishes>
    struct part {
        using type = typename Kept<K>::type;
    };
    template <std::size_t K>
    struct part<K, true> {
        using type = Identity;
    };
    using type = typename L::template with_parts<typename part<I, plan.vanishes[I]>::type...>;

    static constexpr void copy(const auto& parameters, const auto& state, auto& to, auto& to_state) {
        [[maybe_unused]] const int each[] = {(copy_part<I>(parameters, state, to, to_state), 0)...};
    }

  private:
    template <std::size_t K>
    static constexpr void copy_part(const auto& parameters, const auto& state, auto& to, auto& to_state) {
        if constexpr (owner[K] != K) {
            // its owner's parameters are copied
        } else if constexpr (!plan.vanishes[K]) {
            Kept<K>::copy(part_of<K>(parameters), part_of<K>(state), part_of<K>(to), part_of<K>(to_state));
        } else if constexpr (ActsAsAffine<Layer<K>, Input<K>> && plan.place[K] != none) {
            constexpr std::size_t place = plan.place[K];
            Channelwise<Input<K>> scale, shift;
            Layer<K>::as_affine(part_of<K>(parameters), part_of<K>(state), scale, shift);
            absorber_t<Layer<place>>::absorb(part_of<place>(to), scale, shift);
        }
    }
};
template <class L, class In>
    requires(HasWiring<L>&& TakesOtherParts<L>)
struct folded<L, In> : folded_wired<L, In> {};

template <class In, class... Layers>
struct folded<Sequential<Layers...>, In> {
    using Net = Sequential<Layers...>;
    static constexpr int depth = Net::depth;
    template <int I>
    using Layer = typename Net::template Layer<I>;
    template <int I>
    using Input = typename Net::template LayerInput<I, In>;

    // `place`: for each layer, the place in the folded network of the layer that does its work; `absorbed`: whether
    // another layer does it. `kept`: for each place, the layer that is kept there; `absorbing`: whether it absorbs
    // other layers.
    struct Plan {
        std::array<int, static_cast<std::size_t>(depth)> place{}, kept{};
        std::array<bool, static_cast<std::size_t>(depth)> absorbed{}, absorbing{};
        int count = 0;
    };
    static constexpr Plan plan = []<std::size_t... I>(std::index_sequence<I...>) {
        const std::array<bool, sizeof...(I)> vanish{vanishes<Layers>...},
            affine{ActsAsAffine<Layers, Input<static_cast<int>(I)>>...},
            absorbs{AbsorbsAffine<Layers, Input<static_cast<int>(I)>>...};
        Plan plan;
        bool open = false;  // whether the last kept layer can absorb an affine layer
        for (std::size_t i = 0; i < sizeof...(I); ++i) {
            plan.absorbed[i] = open && affine[i];
            const bool keep = !plan.absorbed[i] && (!vanish[i] || (plan.count == 0 && i + 1 == sizeof...(I)));
            if (keep) {
                open = absorbs[i];
                plan.kept[static_cast<std::size_t>(plan.count++)] = static_cast<int>(i);
            }
            plan.place[i] = plan.count - 1;
            if (plan.absorbed[i]) plan.absorbing[static_cast<std::size_t>(plan.place[i])] = true;
        }
        return plan;
    }
    (std::index_sequence_for<Layers...>{});

    template <int K, class Kept = Layer<plan.kept[K]>, class From = Input<plan.kept[K]>>
    using Place = std::conditional_t<plan.absorbing[K], folded_absorber<Kept, From>, folded<Kept, From>>;
    template <class>
    struct of_kept;
    template <std::size_t... K>
    struct of_kept<std::index_sequence<K...>> {
        using type = Sequential<typename Place<static_cast<int>(K)>::type...>;
    };
    using type = typename of_kept<IndicesBelow<plan.count>>::type;

    static constexpr void copy(const auto& parameters, const auto& state, auto& to, auto& to_state) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            [[maybe_unused]] const int each[] = {(copy_layer<I>(parameters, state, to, to_state), 0)...};
        }
        (std::index_sequence_for<Layers...>{});
    }

  private:
    template <int I>
    static constexpr void copy_layer(const auto& parameters, const auto& state, auto& to, auto& to_state) {
        constexpr int place = plan.place[I];
        if constexpr (plan.absorbed[I]) {
            using Absorbing = absorber_t<Layer<plan.kept[place]>>;
            Channelwise<Input<I>> scale, shift;
            Layer<I>::as_affine(part_of<I>(parameters), part_of<I>(state), scale, shift);
            Absorbing::absorb(part_of<place>(to), scale, shift);
        } else if constexpr (place >= 0) {
            if constexpr (plan.kept[place] == I)
                Place<place>::copy(part_of<I>(parameters), part_of<I>(state), part_of<place>(to),
                                   part_of<place>(to_state));
        }
    }
};

}  // namespace detail

/// The network that `fold` makes of Net on inputs of shape In.
template <class Net, class In>
using folded_t = typename detail::folded<Net, In>::type;

/// Writes a network for inference into `into`: normalisation is folded into the layer before it, and dropout is left
/// out. Both models may be static or on the heap, so that models larger than the stack can be folded.
template <class Net, class In, class P>
constexpr void fold(const Model<Net, In, P>& model, Model<folded_t<Net, In>, In, P>& into) {
    if constexpr (Model<Net, In, P>::is_sound) {
        set_zero<float>(into.parameters());  // a bias that a layer did not have starts at 0
        detail::folded<Net, In>::copy(model.parameters(), model.state(), into.parameters(), into.state());
    }
}

/// Returns the folded model, which must have at most 1 MiB. A model that was refused is returned unchanged, so that one
/// mistake stays one error.
template <class Net, class In, class P>
constexpr auto fold(const Model<Net, In, P>& model) {
    if constexpr (Model<Net, In, P>::is_sound) {
        using Folded = Model<folded_t<Net, In>, In, P>;
        constexpr bool fits_on_stack = sizeof(Folded) <= detail::most_bytes_on_a_stack;
        static_assert(
            fits_on_stack,
            "kiln: fold(model) needs a model of at most 1 MiB, because it returns the model on the stack, got a larger "
            "one; try fold(model, into) with an `into` that is static or on the heap");
        Folded result;
        fold(model, result);
        return result;
    } else {
        return model;
    }
}

template <class M>
    requires detail::is_one_of<M>
constexpr auto fold(const M& model) {
    static_assert(!detail::is_one_of<M>, "kiln: fold needs a Model, got a OneOf; try the model in it: visit");
    return model;
}

}  // namespace kiln::inline KILN_TARGET
