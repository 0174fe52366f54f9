// SPDX-License-Identifier: BSL-1.0
#pragma once
// Stages: a layer by itself, or fused with one or two layers behind it (core/contract/claims.hpp, fusion).

#include <kiln/core/contract.hpp>

#include <cstddef>
#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

// The place behind the last layer.
struct no_layer;

// The stage that begins with layer L, provided that no earlier stage contains L: L alone, or L fused with one or two
// layers behind it.
template <class L, class In, class Next, class NextButOne>
struct stage_from {
    static constexpr std::size_t length = [] {
        if constexpr (!std::is_same_v<NextButOne, no_layer>)
            if constexpr (!std::is_void_v<fused_t<L, In, Next, NextButOne>>) return 3;
        if constexpr (!std::is_same_v<Next, no_layer>)
            if constexpr (!std::is_void_v<fused_t<L, In, Next>>) return 2;
        return 1;
    }();
    template <std::size_t Length, class = void>
    struct of_length {
        using type = L;
    };
    template <class Unused>
    struct of_length<2, Unused> {
        using type = fused_t<L, In, Next>;
    };
    template <class Unused>
    struct of_length<3, Unused> {
        using type = fused_t<L, In, Next, NextButOne>;
    };
    using type = typename of_length<length>::type;
};

}  // namespace kiln::inline KILN_TARGET::detail
