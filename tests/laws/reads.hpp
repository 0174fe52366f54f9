// SPDX-License-Identifier: BSL-1.0
#pragma once
// The law of values that backward does not read: a layer that claims reads_input = false, or reads_output = false
// (core/contract/claims.hpp, GRAPHS), finds the same dx and gradients when x, or y, has been overwritten with NaN after
// forward. Tried over one sample in double and over sixteen in lanes, with dx and without.

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/record.hpp>

#include "laws/instance.hpp"

#include <cstddef>
#include <memory>

namespace kiln::laws {

namespace detail {

template <class E>
bool same_lanes(const E& a, const E& b) {
    for (int l = 0; l < width<E>; ++l)
        if (!(lane(a, l) == lane(b, l))) return false;
    return true;
}

template <class L, class In, class E>
bool overwriting_changes_nothing(bool with_dx) {
    using Layer = Instance<L, In, E>;
    using S = typename Layer::Scalar;
    const auto untouched = std::make_unique<Layer>(1), overwritten = std::make_unique<Layer>(1);
    untouched->forward();
    overwritten->forward();
    if constexpr (!kiln::reads_input<L>) set_bits(overwritten->x);
    if constexpr (!kiln::reads_output<L>) set_bits(overwritten->y);
    for (Layer* layer : {untouched.get(), overwritten.get()}) {
        if (with_dx)
            layer->backward();
        else
            layer->backward_without_dx();
    }
    if constexpr (!kiln::detail::is_tokens<In>)
        for (int i = 0; with_dx && i < untouched->dx.count; ++i)
            if (!same_lanes(untouched->dx.data[i], overwritten->dx.data[i])) return false;
    const auto expected = tensors<const S>(untouched->gradients), found = tensors<const S>(overwritten->gradients);
    for (std::size_t k = 0; k < expected.size(); ++k)
        for (int i = 0; i < expected[k].count; ++i)
            if (!(expected[k].data[i] == found[k].data[i])) return false;
    return true;
}

}  // namespace detail

/// Whether layer L claims to leave x or y unread in backward.
template <class L>
concept ClaimsNotToRead = !kiln::reads_input<L> || !kiln::reads_output<L>;

/// Whether backward leaves unread what the layer claims.
template <class L, class In>
bool check_reads() {
    if constexpr (ClaimsNotToRead<L>) {
        for (const bool with_dx : {true, false})
            if (!detail::overwriting_changes_nothing<L, In, double>(with_dx) ||
                !detail::overwriting_changes_nothing<L, In, Lanes<float, 16>>(with_dx))
                return false;
    }
    return true;
}

}  // namespace kiln::laws
