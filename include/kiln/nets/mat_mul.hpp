// SPDX-License-Identifier: BSL-1.0
#pragma once
// Joins that multiply two matrices, or as many pairs of matrices as the leading sizes count. Attention needs them: for
// queries and keys of shape <positions, features>, MatMulTransposed gives the scores q transpose(k).
//
// Shape: MatMul <…, M, K> and <…, K, N> -> <…, M, N>
// Shape: MatMulTransposed <…, M, K> and <…, N, K> -> <…, M, N>
// Shape: TransposedMatMul <…, K, M> and <…, K, N> -> <…, M, N>
// Formula: y[m][n] = sum_k a[m][k] b[k][n], with b[n][k] in the place of b[k][n], or a[k][m] in the place of a[m][k]
// Cost: M K N multiply-adds for each pair
// Differs from PyTorch: leading sizes are equal, not broadcast; a vector is written as a matrix of one row or column.
// Source: torch.matmul(a, b), torch.matmul(a, b.mT) and torch.matmul(a.mT, b)

#include <kiln/core/contract.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/record.hpp>
#include <kiln/kernels/matrix_product.hpp>

#include <concepts>
#include <initializer_list>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// The matrix of a product that is transposed.
enum class Transposed { none, first, second };

// The sizes of a product of two matrices of extents a and b.
struct MatrixSizes {
    bool of_reals = false, of_one_rank = false, equal_leading = false, equal_inner = false;
    int rows = 1, columns = 1, terms = 1;

    constexpr MatrixSizes(Transposed which, const Extents& a, const Extents& b)
        : of_reals(a.values == 0 && b.values == 0),
          of_one_rank(a.rank > 1 && a.rank == b.rank) {
        if (!of_one_rank) return;
        const bool first = which == Transposed::first, second = which == Transposed::second;
        const int row = a.rank - 2, column = a.rank - 1;
        rows = a[first ? column : row];
        columns = b[second ? row : column];
        terms = a[first ? row : column];
        equal_inner = terms == b[second ? column : row];
        equal_leading = true;
        for (int i = 0; i < row; ++i) equal_leading = equal_leading && a[i] == b[i];
    }
};

constexpr Fit fit_of_matrices(Transposed which, std::initializer_list<Extents> in) {
    Fit fit{.out = *in.begin(), .fits = false};
    if (in.size() != 2) return fit;
    const MatrixSizes sizes(which, in.begin()[0], in.begin()[1]);
    if (!sizes.of_one_rank) return fit;
    fit.out.values = 0;
    fit.out.size[fit.out.rank - 2] = sizes.rows;
    fit.out.size[fit.out.rank - 1] = sizes.columns;
    fit.fits = sizes.of_reals && sizes.equal_leading && sizes.equal_inner && fit.out.valid();
    return fit;
}
constexpr long long multiply_adds_of_matrices(Transposed which, const Extents& a, const Extents& b) {
    return fit_of_matrices(which, {a, b}).out.count() * MatrixSizes(which, a, b).terms;
}

// The need of a product that does not fit inputs In.
template <Transposed Which, class Inner, class In>
struct need_of_matrices {
    using type = inputs<2>;
};
template <Transposed Which, class Inner, class A, class B>
struct need_of_matrices<Which, Inner, Shapes<A, B>> {
    static constexpr MatrixSizes sizes{Which, A::extents, B::extents};
    using type = typename first_unmet<need<sizes.of_reals, real_numbers>, need<sizes.of_one_rank, matrices>,
                                      need<sizes.equal_leading, equal_leading_sizes>, need<sizes.equal_inner, Inner>,
                                      need<false, fewer_elements>>::type;
};

// y = a b for each pair of matrices: an M x K matrix a and a K x N matrix b, either of which may be transposed.
template <bool FirstTransposed, bool SecondTransposed, int M, int N, int K>
constexpr void multiply_each(const auto& a, const auto& b, auto& y) {
    if constexpr (!is_nothing<decltype(y)>)
        for (int i = 0; i < y.count / (M * N); ++i)
            kernels::matrix_product<FirstTransposed, SecondTransposed, M, N, K>(a.data + i * M * K, b.data + i * K * N,
                                                                                y.data + i * M * N);
}

template <Transposed Which, class A, class B>
constexpr void multiply_matrices(const A& a, const B& b, auto& y) {
    constexpr MatrixSizes sizes(Which, A::Dimensions::extents, B::Dimensions::extents);
    constexpr int M = sizes.rows, N = sizes.columns, K = sizes.terms;
    multiply_each<Which == Transposed::first, Which == Transposed::second, M, N, K>(a, b, y);
}

// For y = a b: da = dy transpose(b), db = transpose(a) dy. The slope of a matrix that is transposed is the transpose of
// that.
template <Transposed Which, class A, class B>
constexpr void set_slopes_of_matrices(const A& a, const B& b, const auto& dy, auto& da, auto& db) {
    constexpr MatrixSizes sizes(Which, A::Dimensions::extents, B::Dimensions::extents);
    constexpr int M = sizes.rows, N = sizes.columns, K = sizes.terms;
    if constexpr (Which == Transposed::first)
        multiply_each<false, true, K, M, N>(b, dy, da);
    else
        multiply_each<false, Which == Transposed::none, M, K, N>(dy, b, da);
    if constexpr (Which == Transposed::second)
        multiply_each<true, false, N, K, M>(dy, a, db);
    else
        multiply_each<Which == Transposed::none, false, K, N, M>(a, dy, db);
}

// A value of an ONNX graph whose last two dimensions are exchanged. The batch is its first dimension.
template <int... Leading>
auto transposed(const auto& value, std::integer_sequence<int, Leading...>) {
    constexpr int last = static_cast<int>(sizeof...(Leading)) + 1;
    return value.then("Transpose").with("perm", {Leading..., last, last - 1});
}
template <Transposed Which, class A, class B>
void describe_matrices(const auto& values, auto& y, const Shapes<A, B>*) {
    auto a = values[0], b = values[1];
    constexpr std::make_integer_sequence<int, A::rank - 1> leading{};
    if (Which == Transposed::first) a = transposed(a, leading);
    if (Which == Transposed::second) b = transposed(b, leading);
    y = a.then("MatMul", b);
}

// The join that multiplies two matrices. `Inner` is the need of the sizes over which it sums.
template <Transposed Which, class Inner>
struct MatrixJoin {
    static constexpr bool reads_output = false, backward_without_gradients = true;
    static constexpr bool mixes_frames = true;

    static constexpr Fit shape(std::same_as<Extents> auto... in) requires(sizeof...(in) > 0) {
        return fit_of_matrices(Which, {in...});
    }
    template <class In>
    using needs = typename need_of_matrices<Which, Inner, In>::type;
    static constexpr long long multiply_adds(Extents a, Extents b) { return multiply_adds_of_matrices(Which, a, b); }

    static constexpr void forward(const auto& x, auto& y, auto) {
        multiply_matrices<Which>(x.template get<0>(), x.template get<1>(), y);
    }
    static constexpr void backward(const auto& x, const auto&, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>)
            set_slopes_of_matrices<Which>(x.template get<0>(), x.template get<1>(), dy, dx.template get<0>(),
                                          dx.template get<1>());
    }
    static void describe(const auto& x, auto& y, auto) {
        using In = typename std::remove_cvref_t<decltype(x)>::Dimensions;
        describe_matrices<Which>(x.values, y, static_cast<const In*>(nullptr));
    }
};

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// y = a b: the matrix product of two values, <…, M, K> and <…, K, N> -> <…, M, N>.
struct MatMul : detail::MatrixJoin<detail::Transposed::none, columns_equal_to_rows> {
    using claims_of = MatMul;
};

/// y = a transpose(b): <…, M, K> and <…, N, K> -> <…, M, N>.
struct MatMulTransposed : detail::MatrixJoin<detail::Transposed::second, equal_columns> {
    using claims_of = MatMulTransposed;
};

/// y = transpose(a) b: <…, K, M> and <…, K, N> -> <…, M, N>.
struct TransposedMatMul : detail::MatrixJoin<detail::Transposed::first, equal_rows> {
    using claims_of = TransposedMatMul;
};

}  // namespace kiln
