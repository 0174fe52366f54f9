// SPDX-License-Identifier: BSL-1.0
#pragma once
// Sums over whole maps, for the gradient of a bias and for a global average.

#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/kernels/pack.hpp>

namespace kiln::inline KILN_TARGET::kernels {

/// The sum of N elements, in their order. Floats are summed over packs of neighbours, then across the pack, then the
/// rest.
template <int N, class E>
constexpr E sum(const E* from) {
    using Pack = pack_t<E, N>;
    constexpr int step = pack_step<E, N>, whole = N / step * step;
    Pack packs = load<Pack>(from);
    for (int k = step; k < whole; k += step) packs += load<Pack>(from + k);
    if constexpr (step == 1) {
        return packs;
    } else {
        E total = reduce(packs);
        for (int k = whole; k < N; ++k) total += from[k];
        return total;
    }
}

/// db[o] += the sum of map o of dy over pixels and lanes: the gradient of a bias that is added to every pixel of its
/// map. db may be Nothing.
template <class E, int O, int H, int W>
constexpr void bias_gradient(const Tensor<E, Shape<O, H, W>>& dy, auto& db) {
    if constexpr (!is_nothing<decltype(db)>)
        for (int o = 0; o < O; ++o) db.data[o] += reduce(sum<H * W>(dy.data + o * H * W));
}

}  // namespace kiln::inline KILN_TARGET::kernels
