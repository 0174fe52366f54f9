// SPDX-License-Identifier: BSL-1.0
#pragma once
// Means, sums of squares and sums of slopes of values in a row, in one pass over memory. Several sums run side by side,
// because one sum alone would wait for each addition to end.
//
// Source of the means: T. Chan, G. Golub, R. LeVeque: Updating Formulae and a Pairwise Algorithm for Computing Sample
// Variances, 1979. Values are taken in blocks that stay in registers: the mean of a block, then the deviations from it;
// then the block's moments are merged with those before.

#include <kiln/core/lanes.hpp>
#include <kiln/kernels/pack.hpp>

#include <cstddef>
#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

/// The mean of some values, and the sum of the squares of their deviations from it.
template <class E>
struct Moments {
    E mean, squares;
};

namespace detail {

// Merges the moments of `more` further values with those of `count` values.
template <class E>
constexpr void merge(Moments<E>& all, int count, const Moments<E>& other, int more) {
    using S = scalar_t<E>;
    const S share = S(more) / S(count + more);
    const E step = other.mean - all.mean;
    all.mean = fma(step, E(share), all.mean);
    all.squares += fma(step * step, E(S(count) * share), other.squares);
}

// The moments of N values in registers; their number is at most that of a block.
template <int N, class Pack>
constexpr Moments<Pack> moments_of_block(const auto* x, int stride) {
    using S = scalar_t<Pack>;
    Pack value[static_cast<std::size_t>(N)];
    Pack sum(S(0)), squares(S(0));
    for (int i = 0; i < N; ++i) {
        value[i] = load<Pack>(x + i * stride);
        sum += value[i];
    }
    const Pack mean = sum * Pack(S(1) / S(N));
    for (int i = 0; i < N; ++i) {
        const Pack deviation = value[i] - mean;
        squares = fma(deviation, deviation, squares);
    }
    return {mean, squares};
}

// The moments of Count packs in a row, lane by lane.
template <int Count, class Pack>
constexpr Moments<Pack> moments_of_packs(const auto* x, int stride) {
    constexpr int block = Count < 8 ? Count : 8, rest = Count % block;
    Moments<Pack> all = moments_of_block<block, Pack>(x, stride);
    for (int i = block; i + block <= Count; i += block)
        merge(all, i, moments_of_block<block, Pack>(x + i * stride, stride), block);
    if constexpr (rest > 0)
        merge(all, Count - rest, moments_of_block<rest, Pack>(x + (Count - rest) * stride, stride), rest);
    return all;
}

}  // namespace detail

/// The moments of Count elements in a row, lane by lane. Floats are taken in vectors of neighbours.
template <int Count, class E>
constexpr Moments<E> moments(const E* x) {
    using Pack = pack_t<E, Count>;
    if constexpr (std::is_same_v<Pack, E>) {
        return detail::moments_of_packs<Count, E>(x, 1);
    } else {
        constexpr int step = width<Pack>, packs = Count / step, rest = Count % step;
        const Moments<Pack> lanes = detail::moments_of_packs<packs, Pack>(x, step);
        const E mean = reduce(lanes.mean) / E(step);
        const Pack deviation = lanes.mean - Pack(mean);
        Moments<E> all{mean, reduce(fma(deviation * deviation, Pack(E(packs)), lanes.squares))};
        if constexpr (rest > 0)
            detail::merge(all, packs * step, detail::moments_of_packs<rest, E>(x + packs * step, 1), rest);
        return all;
    }
}

/// The sum of slopes, and the sum of slope (x - mean).
template <class E>
struct SlopeSums {
    E slopes, products;
};

namespace detail {
template <int Count, class Pack>
constexpr SlopeSums<Pack> sum_slopes_of_packs(const auto* x, const auto* y, const auto* dy, auto* kept, int stride,
                                              const Pack& mean, auto change) {
    using S = scalar_t<Pack>;
    constexpr int side_by_side = Count < 4 ? Count : 4, whole = Count / side_by_side * side_by_side;
    Pack slopes[static_cast<std::size_t>(side_by_side)], products[static_cast<std::size_t>(side_by_side)];
    for (int k = 0; k < side_by_side; ++k) slopes[k] = products[k] = Pack(S(0));
    const auto add = [&](int i, int k) {
        const Pack slope = change(load<Pack>(y + i * stride), load<Pack>(dy + i * stride));
        store(slope, kept + i * stride);
        slopes[k] += slope;
        products[k] = fma(slope, load<Pack>(x + i * stride) - mean, products[k]);
    };
    for (int i = 0; i < whole; i += side_by_side)
        for (int k = 0; k < side_by_side; ++k) add(i + k, k);
    for (int i = whole; i < Count; ++i) add(i, 0);
    for (int k = 1; k < side_by_side; ++k) {
        slopes[0] += slopes[k];
        products[0] += products[k];
    }
    return {slopes[0], products[0]};
}
}  // namespace detail

/// Sets kept_i = change(y_i, dy_i) for Count elements in a row and returns the sums of kept_i and of kept_i (x_i - mean),
/// lane by lane. `kept` may be y or dy.
template <int Count, class E>
constexpr SlopeSums<E> sum_slopes(const E* x, const E* y, const E* dy, E* kept, const E& mean, auto change) {
    using Pack = pack_t<E, Count>;
    if constexpr (std::is_same_v<Pack, E>) {
        return detail::sum_slopes_of_packs<Count, E>(x, y, dy, kept, 1, mean, change);
    } else {
        constexpr int step = width<Pack>, packs = Count / step, rest = Count % step, end = packs * step;
        const SlopeSums<Pack> lanes =
            detail::sum_slopes_of_packs<packs, Pack>(x, y, dy, kept, step, Pack(mean), change);
        SlopeSums<E> all{reduce(lanes.slopes), reduce(lanes.products)};
        if constexpr (rest > 0) {
            const SlopeSums<E> more =
                detail::sum_slopes_of_packs<rest, E>(x + end, y + end, dy + end, kept + end, 1, mean, change);
            all.slopes += more.slopes;
            all.products += more.products;
        }
        return all;
    }
}

}  // namespace kiln::inline KILN_TARGET::kernels
