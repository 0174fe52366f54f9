// SPDX-License-Identifier: BSL-1.0
#pragma once
// One frame of a recurrent layer, from weights that are laid out for it: of one sample of plain numbers (float,
// double), with the units of the layer in packs, or of a sample in each lane. Cells, gates and sums are those of
// kernels/recurrent.hpp. A step reads all weights once, in their order in memory:
//
//   [block of packs][input][pack][gate][lane]        zeros in the lanes behind the last unit
//
// A block is as many packs as have all their sums in registers. A step waits for its sums, each multiply-add for the
// one before; so few sums are each made of two or four, of every second or fourth input, which are added up at the end.
// How many does not depend on the machine's registers, so that vectors of one width have the same bits everywhere.
// Sums of lanes run in the order of kernels/recurrent.hpp.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/recurrent.hpp>
#include <kiln/kernels/tile.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

/// The packs of H units of scalars S.
template <class S, int H>
struct UnitPacks {
    static constexpr int native = native_bytes / static_cast<int>(sizeof(S));
    static constexpr int lanes = [] {
        int power = 1;
        while (power < H && power < native) power *= 2;
        return power;
    }();
    static constexpr int count = (H + lanes - 1) / lanes, padded = count * lanes;
    using Pack = Lanes<S, lanes>;
    /// Packs in a block, for a cell with this number of sums.
    static constexpr int block(int sums) { return choose_block(count, native_registers * 3 / 4 / sums); }
    /// The parts of a sum over N inputs: together with the sums beside it some eight additions at once.
    static constexpr int parts(int gates, int sums, int N) {
        const int most = 12 / sums, beside = gates * (count < most ? count : most);
        const int wanted = beside <= 4 ? 4 : beside <= 8 ? 2 : 1;
        return N >= 2 * wanted ? wanted : 1;
    }
};

/// The parameters of a recurrent layer in the order in which a step reads them.
template <class Cell, int In, int H, class S>
struct PreparedRecurrent {
    static constexpr int lanes = UnitPacks<S, H>::padded;
    alignas(64) ArrayOf<S, In * Cell::gates * lanes> input;
    alignas(64) ArrayOf<S, H * Cell::gates * lanes> hidden;
    alignas(64) ArrayOf<S, Cell::sums * lanes> bias;  ///< [pack][sum][lane]
};

namespace detail {
template <class Cell, int N, int H, class S>
constexpr void prepare_weights(const S* w, S* to) {
    using Packs = UnitPacks<S, H>;
    constexpr int block = Packs::block(Cell::sums);
    for (int first = 0; first < Packs::count; first += block)
        for (int i = 0; i < N; ++i)
            for (int p = first; p < first + block && p < Packs::count; ++p)
                for (int g = 0; g < Cell::gates; ++g)
                    for (int l = 0; l < Packs::lanes; ++l) {
                        const int u = p * Packs::lanes + l;
                        *to++ = u < H ? w[(g * H + u) * N + i] : S(0);
                    }
}
}  // namespace detail

/// Lays the parameters out.
template <class Cell, int In, int H, class S>
constexpr void prepare_recurrent(const RecurrentWeights<S>& w, PreparedRecurrent<Cell, In, H, S>& to) {
    using Packs = UnitPacks<S, H>;
    detail::prepare_weights<Cell, In, H>(w.input, to.input);
    detail::prepare_weights<Cell, H, H>(w.hidden, to.hidden);
    S* bias = to.bias;
    for (int p = 0; p < Packs::count; ++p)
        for (int s = 0; s < Cell::sums; ++s)
            for (int l = 0; l < Packs::lanes; ++l) {
                const int u = p * Packs::lanes + l;
                *bias++ = u < H ? detail::bias_of_sum<Cell, H>(w, s, u) : S(0);
            }
}

namespace detail {

// sum[p][sum_of[g]] += w[i][p][g] from[i] over N inputs, for `Gates` gates from First on, of PB packs.
template <class Cell, int PB, int N, int H, int First, int Gates, class Pack, class S>
KILN_NATIVE_VECTORS constexpr void add_gates(const S* from, const S* w, const int* sum_of,
                                             ArrayOf<ArrayOf<Pack, Cell::sums>, PB>& sum) {
    constexpr int L = width<Pack>, parts = UnitPacks<S, H>::parts(Cell::gates, Cell::sums, N),
                  whole = N / parts * parts;
    ArrayOf<ArrayOf<ArrayOf<Pack, Gates>, PB>, parts> part;
    KILN_UNROLL for (int k = 0; k < parts; ++k) KILN_UNROLL for (int p = 0; p < PB; ++p)
        KILN_UNROLL for (int g = 0; g < Gates; ++g)
            store(k == 0 ? load<Pack>(sum[p] + sum_of[First + g]) : Pack(S(0)), part[k][p] + g);
    const auto add = [&](int i, auto& to) __attribute__((always_inline)) {
        const Pack value(from[i]);
        const S* const column = one_pointer(w + (i * PB * Cell::gates + First) * L);
        KILN_UNROLL for (int p = 0; p < PB; ++p) KILN_UNROLL for (int g = 0; g < Gates; ++g)
            store(fma(value, Pack::load(column + (p * Cell::gates + g) * L), to[p][g]), to[p] + g);
        if constexpr (PB * Gates * parts == 1) store(carried(load<Pack>(to[0])), to[0]);
    };
    for (int i = 0; i < whole; i += parts) KILN_UNROLL for (int k = 0; k < parts; ++k) add(i + k, part[k]);
    KILN_UNROLL for (int i = whole; i < N; ++i) add(i, part[i - whole]);
    KILN_UNROLL for (int half = parts / 2; half > 0; half /= 2) KILN_UNROLL for (int k = 0; k < half; ++k)
        KILN_UNROLL for (int p = 0; p < PB; ++p) KILN_UNROLL for (int g = 0; g < Gates; ++g)
            store(part[k][p][g] + part[k + half][p][g], part[k][p] + g);
    KILN_UNROLL for (int p = 0; p < PB; ++p) KILN_UNROLL for (int g = 0; g < Gates; ++g)
        store(load<Pack>(part[0][p] + g), sum[p] + sum_of[First + g]);
}

// The same for all gates. The gates of a lone pack go one after another: then the first of them opens while the sums of
// the others are made, and the inputs of all of them stay in registers.
template <class Cell, int PB, int N, int H, int First = 0, class Pack, class S>
KILN_NATIVE_VECTORS constexpr void add_columns(const S* from, const S* w, const int* sum_of,
                                               ArrayOf<ArrayOf<Pack, Cell::sums>, PB>& sum) {
    constexpr int gates = PB == 1 && N <= native_registers / 2 ? 1 : Cell::gates;
    add_gates<Cell, PB, N, H, First, gates>(from, w, sum_of, sum);
    if constexpr (First + gates < Cell::gates) add_columns<Cell, PB, N, H, First + gates>(from, w, sum_of, sum);
}

// A pack of numbers, of which the first `count` exist.
template <int H, class Pack, class S>
constexpr void store_units(const Pack& pack, S* to, int first) {
    constexpr int L = width<Pack>;
    if (H % L == 0 || first + L <= H) {
        pack.store(to + first);
    } else {
        for (int l = 0; l < H % L; ++l) to[first + l] = pack.v[l];
    }
}

template <class Cell, class Gates, int PB, int In, int H, class S>
KILN_NATIVE_VECTORS constexpr void step_block(const S* x, const S* h, [[maybe_unused]] S* memory,
                                              const PreparedRecurrent<Cell, In, H, S>& w, S* next,
                                              [[maybe_unused]] auto kept, int first) {
    using Pack = typename UnitPacks<S, H>::Pack;
    constexpr int L = width<Pack>;
    ArrayOf<ArrayOf<Pack, Cell::sums>, PB> sum;
    KILN_UNROLL for (int p = 0; p < PB; ++p) KILN_UNROLL for (int s = 0; s < Cell::sums; ++s)
        store(Pack::load(w.bias + ((first + p) * Cell::sums + s) * L), sum[p] + s);
    add_columns<Cell, PB, In, H>(x, w.input + first * In * Cell::gates * L, Cell::input_sum, sum);
    add_columns<Cell, PB, H, H>(h, w.hidden + first * H * Cell::gates * L, Cell::hidden_sum, sum);
    KILN_UNROLL for (int p = 0; p < PB; ++p) {
        ArrayOf<Pack, Cell::kept> keep;
        const int u = (first + p) * L;
        Pack cell(S(0));
        if constexpr (Cell::has_memory) cell = Pack::load(memory + u);
        Cell::template next<Gates>(sum[p], Pack::load(h + u), cell, keep).store(next + u);
        if constexpr (Cell::has_memory) cell.store(memory + u);
        if constexpr (!is_nothing<decltype(kept)>)
            for (int n = 0; n < Cell::kept; ++n) store_units<H>(keep[n], kept + n * H, u);
    }
}

}  // namespace detail

/// y = the hidden state after a frame x. h and memory hold padded packs of units, and are updated. Kept values go to
/// kept[n H + unit], or kept is Nothing.
template <class Cell, class Gates, int In, int H, class S>
KILN_NATIVE_VECTORS constexpr void recurrent_step(const S* x, S* h, S* memory,
                                                  const PreparedRecurrent<Cell, In, H, S>& w, S* y, auto kept) {
    using Packs = UnitPacks<S, H>;
    using Pack = typename Packs::Pack;
    constexpr int block = Packs::block(Cell::sums), whole = Packs::count / block * block, rest = Packs::count - whole;
    alignas(64) ArrayOf<S, Packs::padded> next;
    if constexpr (whole == block) {
        detail::step_block<Cell, Gates, block>(x, h, memory, w, next, kept, 0);
    } else {
        for (int p = 0; p < whole; p += block) detail::step_block<Cell, Gates, block>(x, h, memory, w, next, kept, p);
    }
    if constexpr (rest > 0) detail::step_block<Cell, Gates, rest>(x, h, memory, w, next, kept, whole);
    KILN_UNROLL for (int p = 0; p < Packs::count; ++p) {
        const Pack state = Pack::load(next + p * Packs::lanes);
        state.store(h + p * Packs::lanes);
        detail::store_units<H>(state, y, p * Packs::lanes);
    }
}

namespace detail {

// Units of pack `pack`, the first `Units` of it, in blocks of UB. The pack stands in a block of PB packs.
template <class Cell, class Gates, int PB, int Units, int UB, int In, int H, class E, class S>
constexpr void units_of_pack(const E* x, const E* h, E* memory, const PreparedRecurrent<Cell, In, H, S>& w, E* next,
                             auto kept, int first, int pack) {
    constexpr int L = UnitPacks<S, H>::lanes, row = Cell::gates * L, whole = Units / UB * UB;
    constexpr GateSteps steps{L, 1, PB * row};
    const S* const input = w.input + first * In * row + (pack - first) * row;
    const S* const hidden = w.hidden + first * H * row + (pack - first) * row;
    const auto units = [&]<int Count>(std::integral_constant<int, Count>, int lane) {
        ArrayOf<ArrayOf<E, Count>, Cell::sums> sum;
        for (int s = 0; s < Cell::sums; ++s)
            for (int k = 0; k < Count; ++k) store(E(w.bias[(pack * Cell::sums + s) * L + lane + k]), sum[s] + k);
        add_products<Count, In, steps, Cell::gates, Cell::sums>(x, input + lane, Cell::input_sum, sum);
        add_products<Count, H, steps, Cell::gates, Cell::sums>(h, hidden + lane, Cell::hidden_sum, sum);
        next_units<Cell, Gates, Count, H>(sum, h, memory, next, kept, pack * L + lane);
    };
    for (int lane = 0; lane < whole; lane += UB) units(std::integral_constant<int, UB>{}, lane);
    if constexpr (whole < Units) units(std::integral_constant<int, Units - whole>{}, whole);
}

}  // namespace detail

/// next = the hidden states after a frame x, given the states h before it, of a sample in each lane; memory is updated.
/// Kept values go to kept[n H + unit], or kept is Nothing. next and h are apart.
template <class Cell, class Gates, int In, int H, class E, class S>
constexpr void recurrent_frame(const E* x, const E* h, E* memory, const PreparedRecurrent<Cell, In, H, S>& w, E* next,
                               auto kept) {
    using Packs = UnitPacks<S, H>;
    constexpr int L = Packs::lanes, block = Packs::block(Cell::sums), whole = Packs::count / block * block,
                  rest = Packs::count - whole, last = H - (Packs::count - 1) * L;
    constexpr int units = choose_block(L, native_registers * 3 / 4 / vectors_in<E> / Cell::sums);
    const auto packs = [&]<int PB>(std::integral_constant<int, PB>, int first) {
        for (int p = first; p < first + PB; ++p) {
            if constexpr (last < L)
                if (p + 1 == Packs::count) {
                    detail::units_of_pack<Cell, Gates, PB, last, units, In, H>(x, h, memory, w, next, kept, first, p);
                    break;
                }
            if constexpr (last == L || Packs::count > 1)
                detail::units_of_pack<Cell, Gates, PB, L, units, In, H>(x, h, memory, w, next, kept, first, p);
        }
    };
    for (int first = 0; first < whole; first += block) packs(std::integral_constant<int, block>{}, first);
    if constexpr (rest > 0) packs(std::integral_constant<int, rest>{}, whole);
}

}  // namespace kiln::inline KILN_TARGET::kernels
