// SPDX-License-Identifier: BSL-1.0
#pragma once
// Losses that are a sum over elements, where each term depends on one output and its target alone.

#include <kiln/core/pass.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/pack.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

/// The loss of one element, and its derivative with respect to the output.
template <class E>
struct Term {
    E loss, slope;
};

/// share · sum_i loss_i and dy_i = share · slope_i, where {loss_i, slope_i} = term(y_i, target_i). Floats are taken in
/// vectors of neighbours.
template <class E, class Out>
constexpr E elementwise_loss(auto term, const Tensor<E, Out>& y, const Tensor<E, Out>& target, const E& share,
                             Tensor<E, Out>& dy) {
    E sum(scalar_t<E>(0));
    int i = 0;
    using Pack = pack_t<E, Out::count>;
    if constexpr (!std::is_same_v<Pack, E>) {
        Pack sums(scalar_t<E>(0));
        const Pack shares(share);
        for (; i + width<Pack> <= Out::count; i += width<Pack>) {
            const Term<Pack> here = term(load<Pack>(y.data + i), load<Pack>(target.data + i));
            sums += here.loss;
            store(here.slope * shares, dy.data + i);
        }
        sum = reduce(sums);
    }
    for (; i < Out::count; ++i) {
        const Term<E> here = term(load<E>(y.data + i), load<E>(target.data + i));
        sum += here.loss;
        store(here.slope * share, dy.data + i);
    }
    return sum * share;
}

/// The same for sequences with lengths: terms of frames behind a sample's length are left out, and their dy is 0.
template <class E, class Out>
constexpr E elementwise_loss(auto term, const Tensor<E, Out>& y, const Tensor<E, Out>& target, const E& share,
                             Tensor<E, Out>& dy, const Pass& pass) {
    constexpr int frames = Out::extents[0], each = Out::count / frames;
    const E zero(scalar_t<E>(0));
    E sum = zero;
    for (int t = 0; t < frames; ++t) {
        E counts = zero;
        bool any = false;
        for (int l = 0; l < width<E>; ++l)
            if (t < pass.length(l, frames)) {
                set_lane(counts, l, scalar_t<E>(1));
                any = true;
            }
        const auto inside = counts > zero;
        for (int i = t * each; i < (t + 1) * each; ++i) {
            if (!any) {
                store(zero, dy.data + i);
                continue;
            }
            const Term<E> here = term(load<E>(y.data + i), load<E>(target.data + i));
            sum += select(inside, here.loss, zero);
            store(select(inside, here.slope * share, zero), dy.data + i);
        }
    }
    return sum * share;
}

/// The factor of each element in the mean over the elements of `Out`, for a sample of this weight.
template <class Out, class E>
constexpr E mean_share(const E& weight) {
    return weight / E(scalar_t<E>(Out::count));
}

}  // namespace kiln::inline KILN_TARGET::kernels
