// SPDX-License-Identifier: BSL-1.0
#pragma once
// The step that is a product: matmul or affine.

#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/expressions/detail/memory.hpp>
#include <kiln/expressions/detail/operation_step.hpp>
#include <kiln/kernels/axis.hpp>
#include <kiln/kernels/matrix_product.hpp>
#include <kiln/kernels/mixed_product.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/product.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::expressions {

/// Operation I of function F, which is a product.
template <class F, int I>
struct ProductStep {
    using G = Graph<F>;
    using Of = OperationStep<F, I>;
    static constexpr const Operation& operation = Of::operation;
    static constexpr Primitive primitive = Of::primitive;

    // y = a b: an M x K matrix times a K x N matrix, `count` times.
    struct Product {
        int count = 1, rows = 1, columns = 1, terms = 1;
    };
    static constexpr Product product = [] {
        Product sizes;
        if (primitive != Primitive::matmul && primitive != Primitive::affine) return sizes;
        const Extents& y = G::shapes[I];
        const Extents& a = Of::extents_of(primitive == Primitive::matmul ? 0 : 1);
        sizes.columns = y[y.rank - 1];
        sizes.terms = a[a.rank - 1];
        if (primitive == Primitive::matmul) sizes.rows = y[y.rank - 2];
        sizes.count = static_cast<int>(y.count()) / (sizes.rows * sizes.columns);
        if (primitive == Primitive::affine) {
            sizes.rows = sizes.count;
            sizes.count = 1;
        }
        return sizes;
    }();
    static constexpr bool transposed = operation.last != 0;
    static constexpr int M = product.rows, N = product.columns, K = product.terms;

    // y = a b, where either may be scalars.
    template <bool FirstTransposed, bool SecondTransposed, int Rows, int Columns, int Terms, class E>
    static constexpr void multiply(const auto* a, const auto* b, E* y) {
        using A = std::remove_cvref_t<decltype(*a)>;
        using B = std::remove_cvref_t<decltype(*b)>;
        constexpr kernels::MatrixSteps a_steps{FirstTransposed ? 1 : Terms, FirstTransposed ? Rows : 1},
            b_steps{SecondTransposed ? 1 : Columns, SecondTransposed ? Terms : 1}, y_steps{Columns, 1};
        if constexpr (std::is_same_v<A, E> && std::is_same_v<B, E>)
            kernels::matrix_product<FirstTransposed, SecondTransposed, Rows, Columns, Terms>(a, b, y);
        else if constexpr (std::is_same_v<A, E>)
            kernels::mixed_product<Rows, Columns, Terms, a_steps, b_steps, y_steps>(a, b, Nothing{}, y);
        else  // transpose(y) = transpose(b) transpose(a)
            kernels::mixed_product<Columns, Rows, Terms, b_steps.transposed(), a_steps.transposed(),
                                   y_steps.transposed()>(b, a, Nothing{}, y);
    }
    // dw += transpose(a) b, summed over lanes: a Rows x Columns matrix of scalars, where a and b have `Terms` rows,
    // which stand as columns if they are transposed.
    template <bool FirstTransposed, bool SecondTransposed, int Rows, int Columns, int Terms, class E, class S>
    static constexpr void add_gradient(const E* a, const E* b, S* dw) {
        constexpr kernels::MatrixSteps a_steps{FirstTransposed ? 1 : Rows, FirstTransposed ? Terms : 1},
            b_steps{SecondTransposed ? 1 : Columns, SecondTransposed ? Terms : 1};
        kernels::mixed_product_gradient<Rows, Columns, Terms, a_steps, b_steps>(a, b, dw);
    }

    static constexpr void forward_matmul(const auto& frame) {
        const auto* a = Of::template operand<0>(frame).data;
        const auto* b = Of::template operand<1>(frame).data;
        auto* y = frame.template value<I>().data;
        for (int i = 0; i < product.count; ++i)
            multiply<false, transposed, M, N, K>(a + i * M * K, b + i * K * N, y + i * M * N);
    }
    // da = dy transpose(b), db = transpose(a) dy; the slope of a matrix that is transposed is the transpose of that.
    template <int Which>
    static constexpr void matmul_slope(const auto& frame) {
        using Frame = std::remove_cvref_t<decltype(frame)>;
        using E = typename Frame::Element;
        if constexpr (Of::template wants<Frame::wanted, Which>) {
            const E* dy = frame.template slope<I>().data;
            const auto* other = Of::template operand<1 - Which>(frame).data;
            if constexpr (G::is_parameter(Of::home_of(Which))) {
                auto* to = frame.template gradient<Of::home_of(Which)>().data;
                for (int i = 0; i < product.count; ++i) {
                    const E* slopes = dy + i * M * N;
                    const E* factors = other + i * (Which == 0 ? K * N : M * K);
                    if constexpr (Which == 0)  // da[m][k] = sum_n dy[m][n] b[k][n]
                        add_gradient<true, !transposed, M, K, N>(slopes, factors, to + i * M * K);
                    else if constexpr (transposed)
                        add_gradient<false, false, N, K, M>(slopes, factors, to + i * K * N);
                    else
                        add_gradient<false, false, K, N, M>(factors, slopes, to + i * K * N);
                }
            } else {
                E* to = product_target<Which>(frame);
                for (int i = 0; i < product.count; ++i) {
                    const E* slopes = dy + i * M * N;
                    const auto* factors = other + i * (Which == 0 ? K * N : M * K);
                    if constexpr (Which == 0)
                        multiply<false, !transposed, M, K, N>(slopes, factors, to + i * M * K);
                    else if constexpr (transposed)
                        multiply<true, false, N, K, M>(slopes, factors, to + i * K * N);
                    else
                        multiply<true, false, K, N, M>(factors, slopes, to + i * K * N);
                }
                add_term<Which>(frame);
            }
        }
    }
    // A product sets its result. Where others have written the slope, the product is added to it as a term.
    template <int Which>
    static constexpr auto* product_target(const auto& frame) {
        if constexpr (Of::template adds<std::remove_cvref_t<decltype(frame)>::wanted, Which>)
            return frame.template in_scratch<Place{Purpose::term, Of::home_of(Which), Of::step, Which}>().data;
        else
            return frame.template slope<Of::home_of(Which)>().data;
    }
    template <int Which>
    static constexpr void add_term(const auto& frame) {
        if constexpr (Of::template adds<std::remove_cvref_t<decltype(frame)>::wanted, Which>)
            copy_block<true>(
                frame.template in_scratch<Place{Purpose::term, Of::home_of(Which), Of::step, Which}>().data,
                frame.template slope<Of::home_of(Which)>().data, static_cast<int>(Of::extents_of(Which).count()));
    }

    static constexpr auto bias(const auto& frame) {
        if constexpr (operation.operands == 3)
            return Of::template operand<2>(frame).data;
        else
            return Nothing{};
    }
    static constexpr bool is_vector = M == 1;  // one row, for which the kernels of Linear are best

    // A sequence of one frame is computed as longer ones are, with the same bits.
    static constexpr void forward_affine(const auto& frame) {
        constexpr bool is_sequence = Of::extents_of(1).rank > 1;
        using E = typename std::remove_cvref_t<decltype(frame)>::Element;
        const auto& w = Of::template operand<0>(frame);
        const auto& x = Of::template operand<1>(frame);
        auto& y = frame.template value<I>();
        if constexpr (has_scalar_weights && is_vector && !is_sequence) {
            if constexpr (operation.operands == 3)
                kernels::product(x, w, Of::template operand<2>(frame), y);
            else
                kernels::product(x, w, Nothing{}, y);
        } else if constexpr (!has_scalar_weights || std::is_same_v<E, float>) {
            multiply<false, true, M, N, K>(x.data, w.data, y.data);
            if constexpr (operation.operands == 3)
                for (int m = 0; m < M; ++m)
                    for (int n = 0; n < N; ++n)
                        kernels::store(kernels::load<E>(y.data + m * N + n) + E(Of::template operand<2>(frame).data[n]),
                                       y.data + m * N + n);
        } else {
            kernels::mixed_product<M, N, K, kernels::MatrixSteps{K, 1}, kernels::MatrixSteps{1, K},
                                   kernels::MatrixSteps{N, 1}>(x.data, w.data, bias(frame), y.data);
        }
    }
    // Whether weights and bias are parameters.
    static constexpr bool has_scalar_weights =
        G::is_parameter(Of::home_of(0)) &&
        (operation.operands < 3 || G::is_parameter(Of::home_of(operation.operands - 1)));

    static constexpr void backward_affine(const auto& frame) {
        using Frame = std::remove_cvref_t<decltype(frame)>;
        using E = typename Frame::Element;
        const auto& x = Of::template operand<1>(frame);
        const auto& dy = frame.template slope<I>();
        if constexpr (operation.operands == 3) backward_bias(frame);
        if constexpr (Of::template wants<Frame::wanted, 0>) {
            if constexpr (!G::is_parameter(Of::home_of(0))) {
                multiply<true, false, N, K, M>(dy.data, x.data, product_target<0>(frame));
                add_term<0>(frame);
            } else if constexpr (is_vector) {
                Nothing none;
                kernels::product_weight_gradient(x, dy, frame.template gradient<Of::home_of(0)>(), none);
            } else {
                add_gradient<false, false, N, K, M>(dy.data, x.data, frame.template gradient<Of::home_of(0)>().data);
            }
        }
        if constexpr (Of::template wants<Frame::wanted, 1>) {
            E* const to = product_target<1>(frame);
            multiply<false, false, M, K, N>(dy.data, Of::template operand<0>(frame).data, to);
            add_term<1>(frame);
        }
    }
    // The slope of the bias is the sum of dy over rows.
    static constexpr void backward_bias(const auto& frame) {
        using Frame = std::remove_cvref_t<decltype(frame)>;
        using E = typename Frame::Element;
        constexpr int last = operation.operands - 1;
        if constexpr (Of::template wants<Frame::wanted, last>) {
            const E* dy = frame.template slope<I>().data;
            Tensor<E, Shape<N>> sum;
            kernels::sum_over_axis<kernels::AxisSizes{1, M, N}>(dy, sum.data, Nothing{});
            if constexpr (G::is_parameter(Of::home_of(last)))
                kernels::add_reduced(sum, frame.template gradient<Of::home_of(last)>());
            else
                copy_block<Of::template adds<Frame::wanted, last>>(sum.data,
                                                                   frame.template slope<Of::home_of(last)>().data, N);
        }
    }

    static constexpr void forward(const auto& frame) {
        if constexpr (primitive == Primitive::matmul)
            forward_matmul(frame);
        else
            forward_affine(frame);
    }
    static constexpr void backward(const auto& frame) {
        if constexpr (primitive == Primitive::matmul) {
            matmul_slope<0>(frame);
            matmul_slope<1>(frame);
        } else {
            backward_affine(frame);
        }
    }
};

}  // namespace kiln::inline KILN_TARGET::expressions
