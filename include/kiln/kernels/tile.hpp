// SPDX-License-Identifier: BSL-1.0
#pragma once
// Register tiles. A kernel keeps a block of sums in registers while it walks over their terms. The block is `outer`
// values, each broadcast or loaded once, times `inner` packs. `choose_tile` chooses the block by a small cost model,
// for the machine that the code is compiled for.

#include <kiln/core/machine.hpp>
#include <kiln/kernels/pack.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

/// The same pointer, whose origin g++ 12 no longer sees. Otherwise g++ 12 keeps a pointer of its own for every row that
/// a constant offset reaches, more pointers than there are registers.
template <class T>
constexpr T* one_pointer(T* pointer) {
#if defined __GNUC__ && !defined __clang__
    if (!std::is_constant_evaluated()) asm("" : "+r"(pointer));
#endif
    return pointer;
}

/// The epilogue of a kernel that leaves its sums as they are (kernels/epilogue.hpp has others).
struct Unchanged {
    template <class E>
    constexpr const E& operator()(const E& value) const {
        return value;
    }
};

/// Native vectors that a pack fills.
template <class Pack>
inline constexpr int vectors_in = sizeof(Pack) <= native_bytes ? 1 : static_cast<int>(sizeof(Pack)) / native_bytes;

/// Registers that hold a product before it is added to a sum.
inline constexpr int product_registers = native_multiply_add ? 0 : 1;

/// Ends a step of a tile. g++ moves the loads of later steps ahead before it allocates registers, except on x86: for
/// those there are no registers, so it spills. It moves nothing across an empty `asm volatile`, which costs nothing.
#if defined __GNUC__ && !defined __clang__ && !defined __i386__ && !defined __x86_64__
#define KILN_END_STEP \
    if (!std::is_constant_evaluated()) asm volatile("")
#else
#define KILN_END_STEP static_cast<void>(0)
#endif

/// A block of outer x inner sums.
struct Tile {
    int outer = 1, inner = 1;
};

/// The tile that covers `outer` values by `inner` packs in the least time. A pack is `vectors` native vectors, and a
/// tile takes `steps` steps. The model counts two loads and two multiply-adds a cycle, and a third of a cycle for each
/// vector of a pack, which comes from the second-level cache (measured; high tiles use a pack more often). A tile must
/// fit into the native registers.
constexpr Tile choose_tile(int outer, int inner, int vectors, int steps) {
    Tile best;
    long long least = -1;
    for (int o = 1; o <= outer && o <= native_registers; ++o) {
        for (int i = 1; i <= inner && i <= native_registers; ++i) {
            const int sums = o * i * vectors;
            if (sums + (i + 1) * vectors + product_registers > native_registers && (o > 1 || i > 1)) continue;
            // Time of a tile, in sixths of a cycle: its steps, and some twenty cycles to begin, drain and store.
            const auto time = [&](int rows, int columns) -> long long {
                if (rows == 0 || columns == 0) return 0;
                const int work = rows * columns * vectors, loads = multiply_adds_a_load * (rows + columns * vectors),
                          most = work > loads ? work : loads;
                return steps * (3LL * (most > 8 ? most : 8) + 2 * columns * vectors) + 120;
            };
            const long long full_rows = outer / o, full_columns = inner / i;
            const int rest_rows = outer % o, rest_columns = inner % i;
            const long long total = full_rows * (full_columns * time(o, i) + time(o, rest_columns)) +
                                    full_columns * time(rest_rows, i) + time(rest_rows, rest_columns);
            // Each further kind of tile is more code to compile and to fetch, worth a gain of about 3 % or more.
            const long long kinds = (rest_rows > 0 ? 2 : 1) * (rest_columns > 0 ? 2 : 1);
            const long long cost = total * (32 + kinds);
            if (least < 0 || cost < least) {
                least = cost;
                best = {o, i};
            }
        }
    }
    return best;
}

/// The size of the blocks in which n sums are kept in registers, of which `most` fit. A divisor of n is chosen if one
/// is near, because a remainder needs a kind of tile of its own. `most` is chosen where the remainder hardly matters.
constexpr int choose_block(int n, int most) {
    if (most < 1) return 1;  // a single sum that does not fit
    if (n <= most) return n;
    if (n >= 12 * most) return most;
    for (int block = most; 2 * block > most; --block)
        if (n % block == 0) return block;
    return most;
}

}  // namespace kiln::inline KILN_TARGET::kernels
