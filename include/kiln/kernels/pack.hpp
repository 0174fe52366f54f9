// SPDX-License-Identifier: BSL-1.0
#pragma once
// The unit in which kernels read rows. A kernel over lanes works on one element (`Lanes<float, 16>`: 16 samples) at a
// time. A kernel over plain floats takes neighbouring floats of a row together, a pack (`pack_t<float, 26>` is
// `Lanes<float, 16>`). The last pack of a row is not masked but overlaps the one before.

#include <kiln/core/lanes.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

namespace detail {
constexpr int floor_power_of_two(int n) {
    int power = 1;
    while (power <= n / 2) power *= 2;
    return power;
}

template <class E, int RowLength>
struct pack {
    using type = E;
    static constexpr int step = 1;
};
template <int RowLength>
    requires(RowLength > 1)
struct pack<float, RowLength> {
    static constexpr int step = floor_power_of_two(RowLength < native_lanes ? RowLength : native_lanes);
    using type = Lanes<float, step>;
};
}  // namespace detail

/// The unit in which a kernel reads a row of RowLength elements E: a pack of neighbouring floats, or one element.
template <class E, int RowLength>
using pack_t = typename detail::pack<E, RowLength>::type;

/// Elements E in a pack.
template <class E, int RowLength>
inline constexpr int pack_step = detail::pack<E, RowLength>::step;

/// Packs that cover a row of RowLength elements E.
template <class E, int RowLength>
inline constexpr int packs_in = (RowLength + pack_step<E, RowLength> - 1) / pack_step<E, RowLength>;

/// Where pack k of a row starts. The last pack is moved back so that it ends with the row.
template <class E, int RowLength>
constexpr int pack_start(int k) {
    const int start = k * pack_step<E, RowLength>;
    return start < RowLength - pack_step<E, RowLength> ? start : RowLength - pack_step<E, RowLength>;
}

namespace detail {
template <class E, int Count>
struct neighbours : pack<E, Count> {};
template <int Count>
    requires(Count > 1)
struct neighbours<double, Count> {
    static constexpr int native = native_bytes / static_cast<int>(sizeof(double));
    static constexpr int step = floor_power_of_two(Count < native ? Count : native);
    using type = Lanes<double, step>;
};
}  // namespace detail

/// As pack_t, and packs of neighbouring doubles as well: for kernels that add up in any order.
template <class E, int Count>
using neighbours_t = typename detail::neighbours<E, Count>::type;
template <class E, int Count>
inline constexpr int neighbours_step = detail::neighbours<E, Count>::step;

/// Calls visit.template operator()<P>(i) for packs P of Count neighbours that begin at i, then for the single elements
/// that are left over. Elements that are no plain numbers are visited one by one.
template <class E, int Count>
[[gnu::always_inline]] constexpr void for_neighbours(auto visit) {
    using Pack = neighbours_t<E, Count>;
    constexpr int step = neighbours_step<E, Count>, whole = Count / step * step;
    for (int i = 0; i < whole; i += step) visit.template operator()<Pack>(i);
    if constexpr (whole < Count)
        for (int i = whole; i < Count; ++i) visit.template operator()<E>(i);
}

/// The pack whose first element is at `from`, its elements `Stride` apart. Kernels copy elements with `load` and
/// `store` only: a plain copy of Lanes makes g++ 12 go through the stack, in halves.
template <class Pack, int Stride = 1, class E>
constexpr Pack load(const E* from) {
    if constexpr (std::is_same_v<Pack, E> && !(is_lanes<E> && width < E >> 1)) {
        return *from;
    } else if constexpr (std::is_same_v<Pack, E>) {
        return Pack::load(from->v);
    } else if constexpr (Stride == 1) {
        return Pack::load(from);
    } else {
        E apart[width<Pack>];
        for (int l = 0; l < width<Pack>; ++l) apart[l] = from[l * Stride];
        return Pack::load(apart);
    }
}
/// Writes a pack to where its first element stands, at `to`.
template <class Pack, class E>
constexpr void store(const Pack& pack, E* to) {
    if constexpr (std::is_same_v<Pack, E> && !(is_lanes<E> && width < E >> 1))
        *to = pack;
    else if constexpr (std::is_same_v<Pack, E>)
        pack.store(to->v);
    else
        pack.store(to);
}

}  // namespace kiln::inline KILN_TARGET::kernels
