// SPDX-License-Identifier: BSL-1.0
#pragma once
// Gated activations: a = f(z) sigmoid(s), where f is an activation, and z and s are rows of one block; or a = f(z). An
// activation is a pointwise layer, or a layer with a gate of its own, y = x gate(x).
//
// The tape has, of every frame, first what the slope of f is computed from, y of pointwise layers and else z, and then
// sigmoid(s).

#include <kiln/core/contract/claims.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/correlate_channels.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/sigmoid.hpp>

#include <concepts>

namespace kiln::inline KILN_TARGET::kernels {

/// An activation y = x gate(x) whose derivative follows from x.
template <class A>
concept SelfGated = MakesClaims<A> && requires(const float& x) {
    { A::gate(x) } -> std::same_as<float>;
    { A::slope(x) } -> std::same_as<float>;
};

/// An activation of single elements.
template <class A>
concept ElementActivation = Pointwise<A> || SelfGated<A>;

namespace detail {

template <class A, class E>
[[gnu::always_inline]] constexpr E value_of(const E& x) {
    if constexpr (Pointwise<A>)
        return A::value(x);
    else
        return x * A::gate(x);
}
// dy f'(x), from what the tape has kept.
template <class A, class E>
[[gnu::always_inline]] constexpr E slope_of_kept(const E& kept, const E& dy) {
    if constexpr (Pointwise<A>)
        return A::slope(kept, dy);
    else
        return dy * A::slope(kept);
}

}  // namespace detail

/// a and sums + a for `frames` frames of Channels channels: z and the gates behind z turn into a. `tape` gets the frames
/// of what is kept, or is Nothing.
template <class A, int Channels, bool IsGated, class E>
constexpr void activate_rows(E* z, E* sums, auto tape, int frames) {
    using Row = ChannelRow<E>;
    using Pack = typename Row::Pack;
    constexpr int block = Row::block, kept = IsGated ? 2 * Channels : Channels;
    for (int c = 0; c < Channels; ++c)
        for (int t = 0; t < frames; t += Row::step) {
            E* const at = z + c * block + t;
            const Pack x = load<Pack>(at);
            Pack a = detail::value_of<A>(x);
            const auto keep = [&](const Pack& value, int channel) {
                if constexpr (!is_nothing<decltype(tape)>) {
                    const int count = frames - t < Row::step ? frames - t : Row::step;
                    if constexpr (Row::step == 1)
                        store(value, tape + t * kept + channel);
                    else
                        for (int l = 0; l < count; ++l) tape[(t + l) * kept + channel] = lane(value, l);
                }
            };
            keep(Pointwise<A> ? a : x, c);
            if constexpr (IsGated) {
                const Pack gate = sigmoid(load<Pack>(at + Channels * block));
                keep(gate, Channels + c);
                a = a * gate;
            }
            store(a, at);
            store(load<Pack>(sums + c * block + t) + a, sums + c * block + t);
        }
}

/// a of `frames` frames again, from the tape.
template <class A, int Channels, bool IsGated, class E>
constexpr void activate_kept(const E* tape, E* a, int frames) {
    constexpr int kept = IsGated ? 2 * Channels : Channels;
    for (int t = 0; t < frames; ++t)
        for (int c = 0; c < Channels; ++c) {
            E value = load<E>(tape + t * kept + c);
            if constexpr (!Pointwise<A>) value = detail::value_of<A>(value);
            if constexpr (IsGated) value = value * load<E>(tape + t * kept + Channels + c);
            store(value, a + t * Channels + c);
        }
}

/// The slopes of z and of the gates behind z, for slopes da + more of a.
template <class A, int Channels, bool IsGated, class E>
constexpr void activation_slopes(const E* tape, const E* da, const E* more, E* dz, int frames) {
    constexpr int kept = IsGated ? 2 * Channels : Channels;
    for (int t = 0; t < frames; ++t)
        for (int c = 0; c < Channels; ++c) {
            const int at = t * kept + c;
            const E value = load<E>(tape + at);
            E slope = load<E>(da + t * Channels + c) + load<E>(more + t * Channels + c);
            if constexpr (IsGated) {
                const E gate = load<E>(tape + at + Channels), one(scalar_t<E>(1));
                E a = value;
                if constexpr (!Pointwise<A>) a = detail::value_of<A>(value);
                store(slope * a * (gate * (one - gate)), dz + at + Channels);
                slope = slope * gate;
            }
            store(detail::slope_of_kept<A>(value, slope), dz + at);
        }
}

}  // namespace kiln::inline KILN_TARGET::kernels
