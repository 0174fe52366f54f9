// SPDX-License-Identifier: BSL-1.0
#pragma once
// The law of lengths (core/contract/stream.hpp): a sample with fewer frames than its shape has the outputs, the slopes
// and the gradients that it has in a network whose T is its length. The padding may hold anything.

#include <kiln/core/contract.hpp>

#include "laws/instance.hpp"

#include <array>
#include <memory>
#include <type_traits>

namespace kiln::laws {

namespace detail {
template <Extents X, int Frames>
inline constexpr Extents with_frames = [] {
    Extents shorter = X;
    shorter.size[0] = Frames;
    return shorter;
}();

template <class L, class In, class E>
void pass_short_samples(Instance<L, In, E>& layer, const int* lengths) {
    const auto scratch = std::make_unique<scratch_t<L, E, In>>();
    set_bits(*scratch);
    const Context at{layer.parameters,
                     layer.gradients,
                     std::as_const(layer.state),
                     layer.observed,
                     layer.statistics,
                     layer.tape,
                     *scratch,
                     Pass{.training = true, .live = width<E>, .lengths = lengths}};
    L::forward(layer.x, layer.y, at);
    L::backward(layer.x, layer.y, layer.dy, layer.dx, at);
}
}  // namespace detail

/// Whether samples of `Frames` frames in every other lane of In obey the law.
template <class L, class In, int Frames, class E>
bool check_short_samples() {
    using Short = shape_of<detail::with_frames<In::extents, Frames>>;
    using Out = output_t<L, In>;
    using ShortOut = output_t<L, Short>;
    constexpr bool is_sequence = Out::count != ShortOut::count;
    const auto all = std::make_unique<Instance<L, In, E>>(1);
    const auto alone = std::make_unique<Instance<L, Short, E>>(2);
    std::array<int, width<E>> lengths{};
    for (int l = 0; l < width<E>; ++l) lengths[static_cast<std::size_t>(l)] = l % 2 == 0 ? Frames : In::extents[0];
    alone->parameters = all->parameters;
    for (int i = 0; i < Short::count; ++i) alone->x.data[i] = all->x.data[i];
    for (int i = 0; i < Out::count; ++i)
        for (int l = 0; l < width<E>; ++l) {
            // The gradients of lanes with all frames are not looked at.
            const bool is_short = l % 2 == 0, exists = !is_sequence || i < ShortOut::count;
            if (is_short && exists)
                set_lane(all->dy.data[i], l, lane(alone->dy.data[i], l));
            else
                set_lane(all->dy.data[i], l, scalar_t<E>(0));
            if (!is_short && exists) set_lane(alone->dy.data[i], l, scalar_t<E>(0));
        }
    detail::pass_short_samples(*all, lengths.data());
    detail::pass_short_samples(*alone, nullptr);
    const auto same = [](const E& a, const E& b) {
        for (int l = 0; l < width<E>; l += 2)
            if (!(lane(a, l) == lane(b, l))) return false;
        return true;
    };
    for (int i = 0; i < ShortOut::count; ++i)
        if (!same(all->y.data[i], alone->y.data[i])) return false;
    for (int i = 0; i < In::count; ++i)
        if (!same(all->dx.data[i], i < Short::count ? alone->dx.data[i] : E(scalar_t<E>(0)))) return false;
    return record_distance<scalar_t<E>>(all->gradients, alone->gradients) < 1e-6;
}

}  // namespace kiln::laws
