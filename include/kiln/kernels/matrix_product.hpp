// SPDX-License-Identifier: BSL-1.0
#pragma once
// Products of two matrices of elements, each of which may be transposed:
//
//   y[m][n] = sum_k a[m][k] b[k][n]      with a[k][m] in the place of a[m][k], or b[n][k] in the place of b[k][n]
//
// Every sum runs in the order of k, whatever the tile and the element type. Cost: M N K multiply-adds. The gradients of
// a product are products: da = dy transpose(b), db = transpose(a) dy.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>
#include <kiln/kernels/transpose.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

using kiln::detail::ArrayOf;

namespace detail {

// Sizes and orders of a product: a is M x K, or K x M if it is transposed; b is K x N, or N x K; y is M x N.
template <bool FirstTransposed, bool SecondTransposed, int M, int N, int K>
struct MatrixProduct {
    static constexpr bool second_transposed = SecondTransposed;
    static constexpr int rows = M, columns = N, terms = K;
    // The distances in a of neighbouring rows and of neighbouring terms.
    static constexpr int row_step = FirstTransposed ? 1 : K, term_step = FirstTransposed ? M : 1;
};

// The unit in which a row of N elements E is read: a pack, or one native vector of a wider element. Such elements are
// multiplied vector by vector, for a tile of few wide packs would load almost as often as it multiplies.
template <class E, int N>
struct matrix_pack {
    using type = pack_t<E, N>;
};
template <class T, int L, int N>
    requires(Lanes<T, L>::part < L)
struct matrix_pack<Lanes<T, L>, N> {
    using type = Lanes<T, Lanes<T, L>::part>;
};

// The pack at `from`; of a wider element its lanes from `lane` on.
template <class Pack, class E>
constexpr Pack load_part(const E* from, int lane) {
    if constexpr ((width<E>) > (width<Pack>))
        return Pack::load(from->v + lane);
    else
        return load<Pack>(from);
}
template <class Pack, class E>
constexpr void store_part(const Pack& pack, E* to, int lane) {
    if constexpr ((width<E>) > (width<Pack>))
        pack.store(to->v + lane);
    else
        store(pack, to);
}
// A pack that multiplies others by the element at `from`, lane by lane if it has lanes. g++ 12 would read lanes from
// memory again for each product, unless it sees nothing of where they come from (`rounded`).
template <class Pack, class E>
constexpr Pack load_factor(const E* from, int lane) {
    if constexpr ((width<E>) < (width<Pack>))
        return Pack(*from);
    else if constexpr (is_lanes<E>)
        return rounded(load_part<Pack>(from, lane));
    else
        return load<E>(from);
}

// Adds terms to MB rows by PB packs of y, which stand in a row of y at `to`. Term k of the packs stands at `from` in
// row k of b, whose rows are BStep apart. `First` starts from 0.
template <class Product, int MB, int PB, int BStep, bool First, class E>
constexpr void matrix_tile(const E* a, const E* b, const ArrayOf<int, PB>& from, E* y, const ArrayOf<int, PB>& to,
                           int terms, int lane) {
    using Pack = typename matrix_pack<E, Product::columns>::type;
    ArrayOf<ArrayOf<Pack, PB>, MB> sum;
    KILN_UNROLL for (int m = 0; m < MB; ++m) KILN_UNROLL for (int q = 0; q < PB; ++q) {
        if constexpr (First)
            sum[m][q] = Pack(scalar_t<E>(0));
        else
            sum[m][q] = load_part<Pack>(y + m * Product::columns + to[q], lane);
    }
    for (int k = 0; k < terms; ++k) {
        const E* const factors = one_pointer(a + k * Product::term_step);
        ArrayOf<Pack, PB> pack;
        KILN_UNROLL for (int q = 0; q < PB; ++q) pack[q] = load_part<Pack>(b + k * BStep + from[q], lane);
        KILN_UNROLL for (int m = 0; m < MB; ++m) {
            const Pack factor = load_factor<Pack>(factors + m * Product::row_step, lane);
            KILN_UNROLL for (int q = 0; q < PB; ++q) sum[m][q] = fma(pack[q], factor, sum[m][q]);
        }
        if constexpr (MB * PB == 1 || std::is_same_v<Pack, float>)
            KILN_UNROLL for (int m = 0; m < MB; ++m) KILN_UNROLL for (int q = 0; q < PB; ++q) sum[m][q] =
                carried(sum[m][q]);
        KILN_END_STEP;
    }
    KILN_UNROLL for (int m = 0; m < MB; ++m) KILN_UNROLL for (int q = 0; q < PB; ++q)
        store_part(sum[m][q], y + m * Product::columns + to[q], lane);
}

// Adds terms to PB packs of every row of y.
template <class Product, int MB, int PB, int BStep, bool First, class E>
constexpr void matrix_rows(const E* a, const E* b, const ArrayOf<int, PB>& from, E* y, const ArrayOf<int, PB>& to,
                           int terms) {
    constexpr int whole = Product::rows / MB * MB, rest = Product::rows - whole;
    for (int lane = 0; lane < width<E>; lane += (width<typename matrix_pack<E, Product::columns>::type>)) {
        for (int m = 0; m < whole; m += MB)
            matrix_tile<Product, MB, PB, BStep, First>(a + m * Product::row_step, b, from, y + m * Product::columns, to,
                                                       terms, lane);
        if constexpr (rest > 0)
            matrix_tile<Product, rest, PB, BStep, First>(a + whole * Product::row_step, b, from,
                                                         y + whole * Product::columns, to, terms, lane);
    }
}

// PB packs of neighbouring floats of every row of y, where b is transposed. Neighbours in y belong to other rows of b,
// so b is transposed in blocks, into a panel in which the packs of a term stand side by side.
template <class Product, int MB, int PB>
constexpr void matrix_panels(const float* a, const float* b, float* y, const ArrayOf<int, PB>& to) {
    constexpr int L = pack_step<float, Product::columns>, K = Product::terms, width = PB * L;
    constexpr int block = pack_step<float, (K < L ? K : L)>;
    // As many terms as make 128 packs, which stay in the first-level cache.
    constexpr int panel = choose_block(K, PB < 8 ? 128 / PB : 16);
    // The last block ends with the panel, so in a short panel it begins before it.
    constexpr int before = K % panel == 0 ? 0 : block;
    ArrayOf<float, (before + panel) * width> memory;
    float* const columns = memory + before * width;
    ArrayOf<int, PB> from;
    KILN_UNROLL for (int q = 0; q < PB; ++q) from[q] = q * L;
    for (int begin = 0; begin < K; begin += panel) {
        const int terms = K - begin < panel ? K - begin : panel;
        for (int k = 0; k < terms; k += block) {
            const int term = k < terms - block ? k : terms - block;
            for (int q = 0; q < PB; ++q)
                for (int row = 0; row < L; row += block)
                    transpose_numbers<block>(b + (to[q] + row) * K + begin + term, K,
                                             columns + term * width + q * L + row, width);
        }
        const float* const factors = a + begin * Product::term_step;
        if (begin == 0)
            matrix_rows<Product, MB, PB, width, true>(factors, columns, from, y, to, terms);
        else if constexpr (panel < K)
            matrix_rows<Product, MB, PB, width, false>(factors, columns, from, y, to, terms);
    }
}

// PB packs of every row of y, from pack `first` on.
template <class Product, int MB, int PB, class E>
constexpr void matrix_columns(const E* a, const E* b, E* y, int first) {
    constexpr int N = Product::columns, K = Product::terms;
    ArrayOf<int, PB> to, from;
    KILN_UNROLL for (int q = 0; q < PB; ++q) {
        to[q] = pack_start<E, N>(first + q);
        from[q] = Product::second_transposed ? to[q] * K : to[q];
    }
    if constexpr (Product::second_transposed && (pack_step<E, N>) > 1)
        matrix_panels<Product, MB, PB>(a, b, y, to);
    else
        matrix_rows<Product, MB, PB, Product::second_transposed ? 1 : N, true>(a, b, from, y, to, K);
}

}  // namespace detail

/// y = a b, for an M x K matrix a and a K x N matrix b, which are stored as K x M and N x K if they are transposed.
template <bool FirstTransposed, bool SecondTransposed, int M, int N, int K, class E>
constexpr void matrix_product(const E* a, const E* b, E* y) {
    if constexpr (std::is_same_v<E, float> && N == 1 && M > 1) {
        // The same numbers as a row, which packs can hold.
        matrix_product<!SecondTransposed, !FirstTransposed, 1, M, K>(b, a, y);
    } else {
        using Product = detail::MatrixProduct<FirstTransposed, SecondTransposed, M, N, K>;
        constexpr int packs = packs_in<E, N>;
        // Over lanes a factor is a vector as well, and rows may lie a multiple of 4 KiB apart. The first-level cache
        // holds about eight such lines, so a tile has few rows.
        constexpr int rows = is_lanes<E> ? choose_block(M, native_registers / 5) : M;
        constexpr Tile tile = choose_tile(rows, packs, vectors_in<typename detail::matrix_pack<E, N>::type>, K);
        constexpr int whole = packs / tile.inner * tile.inner, rest = packs - whole;
        for (int q = 0; q < whole; q += tile.inner) detail::matrix_columns<Product, tile.outer, tile.inner>(a, b, y, q);
        if constexpr (rest > 0) detail::matrix_columns<Product, tile.outer, rest>(a, b, y, whole);
    }
}

}  // namespace kiln::inline KILN_TARGET::kernels
