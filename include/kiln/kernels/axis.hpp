// SPDX-License-Identifier: BSL-1.0
#pragma once
// Sums, largest elements and softmax over one axis of a tensor, and their adjoints. A tensor of Outer x N x Inner
// elements has Outer x Inner lines of N elements, `Inner` apart; a result with one element a line has Outer x Inner
// elements.
//
// Neighbouring lines of plain numbers are taken together, as packs. Where a line's elements are neighbours themselves,
// the packs lie within the line.
//
// An adjoint sets the slope, or adds to it (`Add`).

#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/pack.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

/// A tensor's sizes before, along and behind an axis.
struct AxisSizes {
    int outer = 1, along = 1, inner = 1;
};

namespace detail {

/// Calls visit.template operator()<Pack>(offset of the line in the tensor, offset in a result) for packs of lines.
template <AxisSizes S, class E>
constexpr void for_each_line(auto visit) {
    using Pack = neighbours_t<E, S.inner>;
    constexpr int step = neighbours_step<E, S.inner>, rest = S.inner % step;
    for (int o = 0; o < S.outer; ++o) {
        const int from = o * S.along * S.inner, to = o * S.inner;
        for (int i = 0; i < S.inner - rest; i += step) visit.template operator()<Pack>(from + i, to + i);
        if constexpr (rest > 0)
            for (int i = S.inner - rest; i < S.inner; ++i) visit.template operator()<E>(from + i, to + i);
    }
}

/// Calls visit.template operator()<Pack>(k) for packs of the elements of a line of neighbours, and for single elements
/// at its end.
template <int N, class E>
constexpr void along_line(auto visit) {
    using Pack = neighbours_t<E, N>;
    constexpr int step = neighbours_step<E, N>, rest = N % step;
    for (int k = 0; k < N - rest; k += step) visit.template operator()<Pack>(k);
    if constexpr (rest > 0)
        for (int k = N - rest; k < N; ++k) visit.template operator()<E>(k);
}
template <AxisSizes S, class E>
inline constexpr bool has_neighbours = std::is_floating_point_v<E>&& S.inner == 1 && S.along > 1;

template <bool Add, class Pack, class E>
constexpr void put(const Pack& slope, E* to) {
    if constexpr (Add)
        store(load<Pack>(to) + slope, to);
    else
        store(slope, to);
}

// sum_k f(element k of the line at `from`), where f takes a pack and its place.
template <AxisSizes S, class Pack, class E>
constexpr Pack sum_line(int from, auto f) {
    if constexpr (has_neighbours<S, E>) {
        using Wide = neighbours_t<E, S.along>;
        Wide sums(E(0));
        E rest(0);
        along_line<S.along, E>([&]<class P>(int k) {
            if constexpr (std::is_same_v<P, Wide>)
                sums += f.template operator()<P>(from + k);
            else
                rest += f.template operator()<P>(from + k);
        });
        return reduce(sums) + rest;
    } else {
        Pack sum(scalar_t<E>(0));
        for (int k = 0; k < S.along; ++k) sum += f.template operator()<Pack>(from + k * S.inner);
        return sum;
    }
}
// Calls f for each element of a line, or for packs of them.
template <AxisSizes S, class Pack, class E>
constexpr void each_of_line(int from, auto f) {
    if constexpr (has_neighbours<S, E>)
        along_line<S.along, E>([&]<class P>(int k) { f.template operator()<P>(from + k); });
    else
        for (int k = 0; k < S.along; ++k) f.template operator()<Pack>(from + k * S.inner);
}
template <AxisSizes S, class Pack, class E>
constexpr Pack largest_of_line(const E* x, int from) {
    if constexpr (has_neighbours<S, E>) {
        using Wide = neighbours_t<E, S.along>;
        constexpr int step = neighbours_step<E, S.along>;
        Wide most = load<Wide>(x + from);
        for (int k = step; k < S.along; k += step)  // the last pack may overlap the one before
            most = max(load<Wide>(x + from + (k < S.along - step ? k : S.along - step)), most);
        E largest = lane(most, 0);
        for (int l = 1; l < width<Wide>; ++l) largest = max(lane(most, l), largest);
        return largest;
    } else {
        Pack most = load<Pack>(x + from);
        for (int k = 1; k < S.along; ++k) most = max(load<Pack>(x + from + k * S.inner), most);
        return most;
    }
}

}  // namespace detail

/// y = factor sum x over the axis. `factor` is a number, or Nothing for 1.
template <AxisSizes S, class E>
constexpr void sum_over_axis(const E* x, E* y, auto factor) {
    detail::for_each_line<S, E>([&]<class Pack>(int from, int to) {
        const Pack sum = detail::sum_line<S, Pack, E>(from, [&]<class P>(int at) { return load<P>(x + at); });
        if constexpr (is_nothing<decltype(factor)>)
            store(sum, y + to);
        else
            store(sum * Pack(scalar_t<E>(factor)), y + to);
    });
}
/// dx = factor dy in every element of a line.
template <AxisSizes S, bool Add, class E>
constexpr void spread_over_axis(const E* dy, E* dx, scalar_t<E> factor) {
    detail::for_each_line<S, E>([&]<class Pack>(int from, int to) {
        const Pack slope = load<Pack>(dy + to) * Pack(factor);
        detail::each_of_line<S, Pack, E>(from, [&]<class P>(int at) { detail::put<Add>(P(slope), dx + at); });
    });
}

/// y = the largest x over the axis.
template <AxisSizes S, class E>
constexpr void largest_over_axis(const E* x, E* y) {
    detail::for_each_line<S, E>(
        [&]<class Pack>(int from, int to) { store(detail::largest_of_line<S, Pack>(x, from), y + to); });
}
/// dx = dy in the first element that equals y, 0 in the others.
template <AxisSizes S, bool Add, class E>
constexpr void largest_over_axis_slope(const E* x, const E* y, const E* dy, E* dx) {
    detail::for_each_line<S, E>([&]<class Pack>(int from, int to) {
        const Pack most = load<Pack>(y + to), zero(scalar_t<E>(0));
        Pack slope = load<Pack>(dy + to);
        for (int k = 0; k < S.along; ++k) {
            const int at = from + k * S.inner;
            const auto is_largest = load<Pack>(x + at) == most;
            detail::put<Add>(select(is_largest, slope, zero), dx + at);
            slope = select(is_largest, zero, slope);
        }
    });
}

/// y_k = exp(x_k) / sum_j exp(x_j) along the axis. The largest x is subtracted first, so nothing overflows.
template <AxisSizes S, class E>
constexpr void softmax_over_axis(const E* x, E* y) {
    detail::for_each_line<S, E>([&]<class Pack>(int from, int) {
        const Pack most = detail::largest_of_line<S, Pack>(x, from);
        const Pack sum = detail::sum_line<S, Pack, E>(from, [&]<class P>(int at) {
            const P power = exp(load<P>(x + at) - P(most));
            store(power, y + at);
            return power;
        });
        const Pack scale = Pack(scalar_t<E>(1)) / sum;
        detail::each_of_line<S, Pack, E>(from, [&]<class P>(int at) { store(load<P>(y + at) * P(scale), y + at); });
    });
}
/// dx_k = y_k (dy_k - sum_j dy_j y_j).
template <AxisSizes S, bool Add, class E>
constexpr void softmax_over_axis_slope(const E* y, const E* dy, E* dx) {
    detail::for_each_line<S, E>([&]<class Pack>(int from, int) {
        const Pack mean =
            detail::sum_line<S, Pack, E>(from, [&]<class P>(int at) { return load<P>(dy + at) * load<P>(y + at); });
        detail::each_of_line<S, Pack, E>(
            from, [&]<class P>(int at) { detail::put<Add>((load<P>(dy + at) - P(mean)) * load<P>(y + at), dx + at); });
    });
}

/// y = log sum_k exp(x_k) over the axis, where the largest x is subtracted first. `powers` becomes exp(x_k - the
/// largest), for the slope, unless it is Nothing.
template <AxisSizes S, class E>
constexpr void log_sum_exp_over_axis(const E* x, E* y, auto powers) {
    detail::for_each_line<S, E>([&]<class Pack>(int from, int to) {
        const Pack most = detail::largest_of_line<S, Pack>(x, from);
        const Pack sum = detail::sum_line<S, Pack, E>(from, [&]<class P>(int at) {
            const P power = exp(load<P>(x + at) - P(most));
            if constexpr (!is_nothing<decltype(powers)>) store(power, powers + at);
            return power;
        });
        store(log(sum) + most, y + to);
    });
}
/// dx_k = dy exp(x_k) / sum_j exp(x_j), from the powers.
template <AxisSizes S, bool Add, class E>
constexpr void log_sum_exp_over_axis_slope(const E* powers, const E* dy, E* dx) {
    detail::for_each_line<S, E>([&]<class Pack>(int from, int to) {
        const Pack sum = detail::sum_line<S, Pack, E>(from, [&]<class P>(int at) { return load<P>(powers + at); });
        const Pack scale = load<Pack>(dy + to) / sum;
        detail::each_of_line<S, Pack, E>(
            from, [&]<class P>(int at) { detail::put<Add>(load<P>(powers + at) * P(scale), dx + at); });
    });
}

}  // namespace kiln::inline KILN_TARGET::kernels
