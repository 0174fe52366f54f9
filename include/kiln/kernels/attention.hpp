// SPDX-License-Identifier: BSL-1.0
#pragma once
// One head of scaled dot-product attention, and its adjoint (A. Vaswani et al.: Attention is all you need, 2017,
// equation 1). Each query shares itself out among the keys, and takes as much of each value:
//
//   p[t][k] = exp(s q[t] k[k]) / sum_j exp(s q[t] k[j]),   y[t] = sum_k p[t][k] v[k],   s = 1 / sqrt(size)
//   dp[t][k] = dy[t] v[k],   ds[t][k] = s p[t][k] (dp[t][k] - sum_j p[t][j] dp[t][j])
//   dv[k] = sum_t p[t][k] dy[t],   dk[k] = sum_t ds[t][k] q[t],   dq[t] = sum_k ds[t][k] k[k]
//
// A causal head shares among keys up to t, a masked one among the first keys. Shares of all other keys are exact zeros:
// exp of a large negative number would be denormal, and six times slower. A causal head computes the lower triangle, in
// blocks of rows. Neighbouring keys of one float sample go in packs; therefore its keys are transposed first.
//
// A stream keeps the keys and values of the last frames in a ring.
//
// Sums over keys run in the order of keys, by packs of native width for float, so y has the same bits however many keys
// are masked. Cost: (2 size + 2) multiply-adds for each query and key that it sees.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/math.hpp>
#include <kiln/kernels/mixed_product.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>
#include <kiln/kernels/transpose.hpp>

#include <limits>
#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

/// The sizes of a head. Rows of queries, of keys and values, and of outputs stand QueryStep, KeyStep and OutputStep
/// elements apart.
template <int Queries, int Keys, int Size, bool Causal, int QueryStep, int KeyStep, int OutputStep>
struct HeadSizes {
    static_assert(!Causal || Queries == Keys);
    static constexpr int queries = Queries, keys = Keys, size = Size;
    static constexpr bool causal = Causal;
    static constexpr int query_step = QueryStep, key_step = KeyStep, output_step = OutputStep;
    /// The keys that query t of a block that ends before query `end` may see.
    static constexpr int seen(int end) { return Causal ? end : Keys; }
};

/// The keys that a sample has, if fewer than all: for each lane.
template <class E>
struct KeyLimit {
    bool is_set = false;
    ArrayOf<int, width<E>> keys = {};
};

namespace detail {

// Neighbouring keys that one step takes: a native vector of them for float, so that sums do not depend on their number.
template <class E>
struct key_pack {
    using type = E;
};
template <>
struct key_pack<float> {
    using type = Lanes<float, native_lanes>;
};
template <class E>
using key_pack_t = typename key_pack<E>::type;
template <class E>
inline constexpr int key_step = std::is_same_v<E, float> ? native_lanes : 1;

// The block of sums in registers: rows by packs or elements. Elements that are not vectors go one by one.
template <class E>
constexpr Tile head_tile() {
    constexpr int registers = native_registers;
    if constexpr (std::is_same_v<E, float>)
        return {registers >= 32 ? 8 : 4, 2};
    else if constexpr (is_lanes<E>)
        return registers >= 32 ? Tile{4, 4} : Tile{2, 4};
    else
        return {1, 1};
}

}  // namespace detail

/// The room for a row of shares: whole packs.
template <class E, int Keys>
inline constexpr int share_room = (Keys + detail::key_step<E> - 1) / detail::key_step<E>* detail::key_step<E>;

/// The working memory of one head.
template <class E, class H>
struct HeadMemory {
    static constexpr bool packs = std::is_same_v<E, float>;
    static constexpr int room = share_room<E, H::keys>;
    ArrayOf<E, (packs ? H::size * room : 1)> transposed;
    ArrayOf<E, detail::head_tile<E>().outer * room> rows;  ///< shares that are not kept, or slopes of shares
};

namespace detail {

// y[m][n] = sum_k a[m][k] b[k][n] for R rows and C columns, which are packs of floats or elements. Rows of a and its
// terms stand A apart, terms of b and its packs B.
template <int R, int C, MatrixSteps A, MatrixSteps B, MatrixSteps Y, class Whole, class E>
constexpr void head_block(const E* a, const E* b, E* y, int terms) {
    using Pack = typename matrix_pack<Whole, 1>::type;
    for (int part = 0; part < (width<Whole>); part += (width<Pack>)) {
        ArrayOf<ArrayOf<Pack, C>, R> sum;
        KILN_UNROLL for (int m = 0; m < R; ++m) KILN_UNROLL for (int n = 0; n < C; ++n)
            store(Pack(scalar_t<E>(0)), sum[m] + n);
        for (int k = 0; k < terms; ++k) {
            const E* const factors = one_pointer(a + k * A.column);
            ArrayOf<Pack, C> pack;
            KILN_UNROLL for (int n = 0; n < C; ++n)
                store(load_part<Pack>(b + k * B.row + n * B.column, part), pack + n);
            KILN_UNROLL for (int m = 0; m < R; ++m) {
                const Pack factor = load_factor<Pack>(factors + m * A.row, part);
                KILN_UNROLL for (int n = 0; n < C; ++n) store(fma(pack[n], factor, sum[m][n]), sum[m] + n);
            }
            if constexpr (R * C == 1 || std::is_same_v<Pack, float>)
                KILN_UNROLL for (int m = 0; m < R; ++m) KILN_UNROLL for (int n = 0; n < C; ++n)
                    store(carried(load<Pack>(sum[m] + n)), sum[m] + n);
            KILN_END_STEP;
        }
        KILN_UNROLL for (int m = 0; m < R; ++m) KILN_UNROLL for (int n = 0; n < C; ++n)
            store_part(sum[m][n], y + m * Y.row + n * Y.column, part);
    }
}

// The same for R rows and `columns` packs or elements, a number known at run time.
template <int R, MatrixSteps A, MatrixSteps B, MatrixSteps Y, class Whole, class E>
constexpr void head_columns(const E* a, const E* b, E* y, int terms, int columns) {
    constexpr int C = head_tile<E>().inner;
    const int rest = columns % C;
    for (int n = 0; n < columns - rest; n += C)
        head_block<R, C, A, B, Y, Whole>(a, b + n * B.column, y + n * Y.column, terms);
    if constexpr (C > 1)
        for (int n = columns - rest; n < columns; ++n)
            head_block<R, 1, A, B, Y, Whole>(a, b + n * B.column, y + n * Y.column, terms);
}

// y[r] = sum_k a[r][k] b[k] for R rows of Size numbers, packed for float; the last pack may overlap the one before.
template <int R, int Size, MatrixSteps A, int BRow, int YRow, class E>
constexpr void head_rows(const E* a, const E* b, E* y, int terms) {
    using Pack = pack_t<E, Size>;
    constexpr int step = pack_step<E, Size>, whole = Size / step;
    head_columns<R, A, MatrixSteps{BRow, step}, MatrixSteps{YRow, step}, Pack>(a, b, y, terms, whole);
    if constexpr (Size % step != 0)
        head_block<R, 1, A, MatrixSteps{BRow, 1}, MatrixSteps{YRow, 1}, Pack>(a, b + Size - step, y + Size - step,
                                                                              terms);
}

// Calls visit<R>(first) for blocks of rows that cover Count.
template <class E, int Count>
constexpr void for_each_block(auto visit) {
    constexpr int R = head_tile<E>().outer, whole = Count / R * R;
    for (int first = 0; first < whole; first += R) visit.template operator()<R>(first);
    if constexpr (whole < Count) visit.template operator()<Count - whole>(whole);
}

// to[d][k] = from[k][d], rows of `room` keys; keys that do not exist are zeros.
template <class H>
constexpr void transpose_keys(const float* from, float* to) {
    constexpr int room = share_room<float, H::keys>;
    constexpr int block = pack_step<float, (H::keys < H::size ? H::keys : H::size)>;
    for (int k = 0; k < H::keys; k += block)
        for (int d = 0; d < H::size; d += block) {
            const int key = k < H::keys - block ? k : H::keys - block,
                      place = d < H::size - block ? d : H::size - block;
            transpose_numbers<block>(from + key * H::key_step + place, H::key_step, to + place * room + key, room);
        }
    if constexpr (H::keys < room)
        for (int d = 0; d < H::size; ++d)
            for (int k = H::keys; k < room; ++k) to[d * room + k] = 0;
}

// R rows of products with all keys (or values) that are seen: y[r][k] = a[r] b[k]. `transposed` serves float.
template <class H, int R, int ARow, class E>
constexpr void products_with_keys(const E* a, const E* b, const E* transposed, E* y, int seen) {
    constexpr int room = share_room<E, H::keys>, step = key_step<E>;
    if constexpr (std::is_same_v<E, float>)
        head_columns<R, MatrixSteps{ARow, 1}, MatrixSteps{room, step}, MatrixSteps{room, step}, key_pack_t<E>>(
            a, transposed, y, H::size, (seen + step - 1) / step);
    else
        head_columns<R, MatrixSteps{ARow, 1}, MatrixSteps{1, H::key_step}, MatrixSteps{room, 1}, E>(a, b, y, H::size,
                                                                                                    seen);
}

template <class Pack>
constexpr auto largest_lane(const Pack& pack) {
    if constexpr ((width<Pack>) == 1)
        return lane(pack, 0);
    else
        return largest_lane(max(lower_half(pack), upper_half(pack)));
}

// The numbers 0, 1, 2, … in the lanes of a pack.
template <class Pack>
constexpr Pack lane_numbers() {
    Pack numbers;
    for (int l = 0; l < width<Pack>; ++l) set_lane(numbers, l, scalar_t<Pack>(l));
    return numbers;
}

// Scores of one query become shares: of the first n keys, and zeros up to `stop`.
template <class E>
constexpr void share_out(E* row, int n, int stop, const E& scale, const KeyLimit<E>& limit) {
    using S = scalar_t<E>;
    if constexpr (std::is_same_v<E, float>) {
        using Pack = key_pack_t<E>;
        constexpr int step = key_step<E>;
        if (limit.is_set && limit.keys[0] < n) n = limit.keys[0];
        const int whole = n / step * step;
        const auto inside = lane_numbers<Pack>() < Pack(static_cast<float>(n - whole));
        const Pack lowest(std::numeric_limits<float>::lowest()), zero(0.0f);
        Pack most = lowest;
        for (int k = 0; k < whole; k += step) most = max(load<Pack>(row + k), most);
        if (whole < n) most = max(select(inside, load<Pack>(row + whole), lowest), most);
        const Pack top(largest_lane(most)), factor(scale);
        Pack sum = zero;
        for (int k = 0; k < whole; k += step) {
            const Pack power = exp((load<Pack>(row + k) - top) * factor);
            store(power, row + k);
            sum += power;
        }
        if (whole < n) {
            const Pack power = select(inside, exp((select(inside, load<Pack>(row + whole), top) - top) * factor), zero);
            store(power, row + whole);
            sum += power;
        }
        const int end = whole < n ? whole + step : whole;
        const Pack inverse(n > 0 ? 1.0f / reduce(sum) : 0.0f);
        for (int k = 0; k < end; k += step) store(load<Pack>(row + k) * inverse, row + k);
        for (int k = end; k < stop; k += step) store(zero, row + k);
    } else {
        const E zero(S(0));
        E keys(S(0));  // of each lane
        if (limit.is_set)
            for (int l = 0; l < width<E>; ++l) set_lane(keys, l, S(limit.keys[l]));
        const auto kept = [&](int k, const E& value, const E& other) {
            return limit.is_set ? select(E(S(k)) < keys, value, other) : value;
        };
        E most = load<E>(row);
        for (int k = 1; k < n; ++k) most = max(kept(k, load<E>(row + k), most), most);
        E sum = zero;
        for (int k = 0; k < n; ++k) {
            const E power = kept(k, exp((load<E>(row + k) - most) * scale), zero);
            store(power, row + k);
            sum += power;
        }
        E inverse = E(S(1)) / sum;
        if (limit.is_set) inverse = select(sum > zero, inverse, zero);
        for (int k = 0; k < n; ++k) store(load<E>(row + k) * inverse, row + k);
        for (int k = n; k < stop; ++k) store(zero, row + k);
    }
}

// Slopes of one query's shares become slopes of its scores, over the shares.
template <class E>
constexpr void slopes_of_scores(const E* slopes, E* row, int seen, const E& scale) {
    using Pack = key_pack_t<E>;
    constexpr int step = key_step<E>;
    Pack product(scalar_t<E>(0));
    for (int k = 0; k < seen; k += step) product = fma(load<Pack>(slopes + k), load<Pack>(row + k), product);
    Pack mean = product;
    if constexpr (step > 1) mean = Pack(reduce(product));
    const Pack factor(scale);
    for (int k = 0; k < seen; k += step)
        store((load<Pack>(slopes + k) - mean) * (load<Pack>(row + k) * factor), row + k);
}

template <class H, class E>
constexpr E score_scale() {
    return E(static_cast<scalar_t<E>>(1 / sqrt(static_cast<double>(H::size))));
}

}  // namespace detail

/// The keys and the values, of Features elements, of the last Frames frames of a stream. Frame t stands in place t mod
/// Frames. For float the keys are transposed.
template <class E, int Frames, int Features>
struct KeyRing {
    static constexpr bool packs = std::is_same_v<E, float>;
    static constexpr int room = share_room<E, Frames>;
    ArrayOf<E, (packs ? Features * room : Frames * Features)> keys;
    ArrayOf<E, Frames * Features> values;
    int next = 0, count = 0;  ///< the place of the next frame, and the frames that there are

    /// Forgets all frames.
    constexpr void clear() {
        for (E& key : keys) store(E(scalar_t<E>(0)), &key);
        for (E& value : values) store(E(scalar_t<E>(0)), &value);
        next = count = 0;
    }
    constexpr void append(const E* key, const E* value) {
        for (int i = 0; i < Features; ++i) {
            store(load<E>(key + i), keys + (packs ? i * room + next : next * Features + i));
            store(load<E>(value + i), values + next * Features + i);
        }
        next = next + 1 == Frames ? 0 : next + 1;
        if (count < Frames) ++count;
    }
};

/// y of one head of Size elements for one query, which sees all frames of the ring; elements from `first` on belong to
/// the head. Until the ring is full the bits are those of a causal head.
template <int Size, class E, int Frames, int Features>
constexpr void attend(const E* q, const KeyRing<E, Frames, Features>& past, int first, E* y) {
    using H = HeadSizes<1, Frames, Size, false, Size, Features, Size>;
    constexpr int room = share_room<E, Frames>;
    ArrayOf<E, room> shares;
    const E* const keys = past.keys + (past.packs ? first * room : first);
    detail::products_with_keys<H, 1, Size>(q, keys, keys, shares, past.count);
    detail::share_out(shares, past.count, past.count, detail::score_scale<H, E>(), KeyLimit<E>{});
    detail::head_rows<1, Size, MatrixSteps{room, 1}, Features, Size>(shares, past.values + first, y, past.count);
}

/// y of one head. `shares` has room for all rows of shares (Keep), or is not read.
template <class H, bool Keep, class E>
constexpr void attend(const E* q, const E* k, const E* v, E* shares, E* y, const KeyLimit<E>& limit,
                      HeadMemory<E, H>& memory) {
    constexpr int room = share_room<E, H::keys>;
    if constexpr (HeadMemory<E, H>::packs) detail::transpose_keys<H>(k, memory.transposed);
    const E scale = detail::score_scale<H, E>();
    detail::for_each_block<E, H::queries>([&]<int R>(int t) {
        E* const rows = Keep ? shares + t * room : memory.rows;
        const int seen = H::seen(t + R);
        detail::products_with_keys<H, R, H::query_step>(q + t * H::query_step, k, memory.transposed, rows, seen);
        for (int r = 0; r < R; ++r) detail::share_out(rows + r * room, H::seen(t + r + 1), seen, scale, limit);
        detail::head_rows<R, H::size, MatrixSteps{room, 1}, H::key_step, H::output_step>(rows, v,
                                                                                         y + t * H::output_step, seen);
    });
}

/// dq, dk and dv of one head, from its shares, which are overwritten.
template <class H, class E>
constexpr void attend_backward(const E* q, const E* k, const E* v, E* shares, const E* dy, E* dq, E* dk, E* dv,
                               HeadMemory<E, H>& memory) {
    constexpr int room = share_room<E, H::keys>;
    const E scale = detail::score_scale<H, E>();
    // The queries that see key k: all, or those from the key on.
    const auto first_query = [](int key) { return H::causal ? key : 0; };
    const auto by_keys = [&]<int QueryStep>(const E* of_queries, E* to) {
        detail::for_each_block<E, H::keys>([&]<int R>(int key) {
            const int t = first_query(key);
            detail::head_rows<R, H::size, MatrixSteps{1, room}, QueryStep, H::key_step>(
                shares + t * room + key, of_queries + t * QueryStep, to + key * H::key_step, H::queries - t);
        });
    };
    by_keys.template operator()<H::output_step>(dy, dv);
    if constexpr (HeadMemory<E, H>::packs) detail::transpose_keys<H>(v, memory.transposed);
    detail::for_each_block<E, H::queries>([&]<int R>(int t) {
        const int seen = H::seen(t + R);
        detail::products_with_keys<H, R, H::output_step>(dy + t * H::output_step, v, memory.transposed, memory.rows,
                                                         seen);
        for (int r = 0; r < R; ++r)
            detail::slopes_of_scores(memory.rows + r * room, shares + (t + r) * room, seen, scale);
        detail::head_rows<R, H::size, MatrixSteps{room, 1}, H::key_step, H::query_step>(shares + t * room, k,
                                                                                        dq + t * H::query_step, seen);
    });
    by_keys.template operator()<H::query_step>(q, dk);
}

}  // namespace kiln::inline KILN_TARGET::kernels
