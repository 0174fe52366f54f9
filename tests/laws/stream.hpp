// SPDX-License-Identifier: BSL-1.0
#pragma once
// The law of streams (core/contract/stream.hpp): a sequence that is given to `step` in blocks, however they are cut,
// has the bits of forward in inference.

#include <kiln/core/contract.hpp>

#include "laws/instance.hpp"

#include <memory>
#include <type_traits>

namespace kiln::laws {

namespace detail {
// The next N frames from frame `first` on.
template <int N, class L, int F>
void step_frames(const auto& layer, auto& carry, const auto& prepared, int first, auto& y) {
    using E = std::remove_cvref_t<decltype(layer.x[0])>;
    constexpr int out = L::shape(Extents{1, F}).out[1];
    const Nothing none;
    Tensor<E, Shape<N, F>> in;
    Tensor<E, Shape<N, out>> next;
    for (int i = 0; i < in.count; ++i) in[i] = layer.x[first * F + i];
    if constexpr (is_nothing<decltype(prepared)>)
        L::step(in, next, carry, StepContext{layer.parameters, none});
    else
        L::step(in, next, carry, StepContext{none, prepared});
    for (int i = 0; i < next.count; ++i) y[first * out + i] = next[i];
}
}  // namespace detail

/// Whether blocks of one, of two and of three frames give the bits of forward, for 12 frames of F elements E.
template <class L, int F, class E>
bool check_stream() {
    constexpr int T = 12;
    using In = Shape<T, F>;
    const auto layer = std::make_unique<Instance<L, In, E>>(1);
    layer->infer();
    const auto carry = std::make_unique<carry_t<L, E, In>>();
    const auto prepared = std::make_unique<prepared_t<L, scalar_t<E>, In>>();
    set_bits(*carry);
    set_bits(*prepared);
    if constexpr (!is_nothing<decltype(*prepared)>) L::prepare(layer->parameters, *prepared);
    if constexpr (!is_nothing<decltype(*carry)>) L::reset(*carry, StepContext{layer->parameters, *prepared});
    auto y = layer->y;
    set_bits(y);
    detail::step_frames<1, L, F>(*layer, *carry, *prepared, 0, y);
    detail::step_frames<3, L, F>(*layer, *carry, *prepared, 1, y);
    detail::step_frames<2, L, F>(*layer, *carry, *prepared, 4, y);
    detail::step_frames<5, L, F>(*layer, *carry, *prepared, 6, y);
    detail::step_frames<1, L, F>(*layer, *carry, *prepared, 11, y);
    for (int i = 0; i < y.count; ++i)
        for (int l = 0; l < width<E>; ++l)
            if (lane(y[i], l) != lane(layer->y[i], l)) return false;
    return true;
}

}  // namespace kiln::laws
