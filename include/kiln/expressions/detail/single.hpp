// SPDX-License-Identifier: BSL-1.0
#pragma once
// A step that is one primitive: a product, a sum over an axis, a copy, or a choice by whole numbers.

#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/expressions/detail/memory.hpp>
#include <kiln/kernels/axis.hpp>
#include <kiln/kernels/matrix_product.hpp>
#include <kiln/kernels/mixed_product.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/product.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

namespace kiln::inline KILN_TARGET::expressions {

/// The sizes before, along and behind the axis of an operation on a value of extents a.
constexpr kernels::AxisSizes axis_sizes(const Operation& operation, const Extents& a) {
    if (operation.axis == Operation::all_axes) return {1, static_cast<int>(a.count()), 1};
    const int axis = axis_of(operation, a);
    kernels::AxisSizes sizes;
    for (int i = 0; i < a.rank; ++i) (i < axis ? sizes.outer : i == axis ? sizes.along : sizes.inner) *= a[i];
    return sizes;
}

/// A step that is one primitive, operation I.
template <class F, int I>
struct Single {
    using G = Graph<F>;
    static constexpr const Operation& operation = G::program[I];
    static constexpr Primitive primitive = operation.primitive;
    static constexpr int step = G::steps.step[I];
    static constexpr const Extents& extents_of(int k) { return G::shapes[operation.operand[k]]; }
    static constexpr int home_of(int k) { return G::steps.home[operation.operand[k]]; }
    static constexpr kernels::AxisSizes sizes = axis_sizes(operation, extents_of(0));

    template <int K>
    static constexpr auto& operand(const auto& frame) {
        return frame.template value<home_of(K)>();
    }
    // Whether the slope of operand K is wanted, and whether others have written it already.
    template <ArgumentSet Wanted, int K>
    static constexpr bool wants = G::template needs<Wanted>.slope[operation.operand[K]];
    template <ArgumentSet Wanted, int K>
    static constexpr bool adds = !G::template writes_first<Wanted>(I, K);

    // ---- Products ----

    // y = a b: an M x K matrix times a K x N matrix, `count` times.
    struct Product {
        int count = 1, rows = 1, columns = 1, terms = 1;
    };
    static constexpr Product product = [] {
        Product sizes;
        if (primitive != Primitive::matmul && primitive != Primitive::affine) return sizes;
        const Extents& y = G::shapes[I];
        const Extents& a = extents_of(primitive == Primitive::matmul ? 0 : 1);
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
        const auto* a = operand<0>(frame).data;
        const auto* b = operand<1>(frame).data;
        auto* y = frame.template value<I>().data;
        for (int i = 0; i < product.count; ++i)
            multiply<false, transposed, M, N, K>(a + i * M * K, b + i * K * N, y + i * M * N);
    }
    // da = dy transpose(b), db = transpose(a) dy; the slope of a matrix that is transposed is the transpose of that.
    template <int Which>
    static constexpr void matmul_slope(const auto& frame) {
        using Frame = std::remove_cvref_t<decltype(frame)>;
        using E = typename Frame::Element;
        if constexpr (wants<Frame::wanted, Which>) {
            const E* dy = frame.template slope<I>().data;
            const auto* other = operand<1 - Which>(frame).data;
            if constexpr (G::is_parameter(home_of(Which))) {
                auto* to = frame.template gradient<home_of(Which)>().data;
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
        if constexpr (adds<std::remove_cvref_t<decltype(frame)>::wanted, Which>)
            return frame.template in_scratch<Place{Purpose::term, home_of(Which), step, Which}>().data;
        else
            return frame.template slope<home_of(Which)>().data;
    }
    template <int Which>
    static constexpr void add_term(const auto& frame) {
        if constexpr (adds<std::remove_cvref_t<decltype(frame)>::wanted, Which>)
            copy_block<true>(frame.template in_scratch<Place{Purpose::term, home_of(Which), step, Which}>().data,
                             frame.template slope<home_of(Which)>().data, static_cast<int>(extents_of(Which).count()));
    }

    static constexpr auto bias(const auto& frame) {
        if constexpr (operation.operands == 3)
            return operand<2>(frame).data;
        else
            return Nothing{};
    }
    static constexpr bool is_vector = M == 1;  // one row, for which the kernels of Linear are best

    static constexpr void forward_affine(const auto& frame) {
        using E = typename std::remove_cvref_t<decltype(frame)>::Element;
        const auto& w = operand<0>(frame);
        const auto& x = operand<1>(frame);
        auto& y = frame.template value<I>();
        if constexpr (!G::is_parameter(home_of(0)) || !has_scalar_bias) {
            multiply<false, true, M, N, K>(x.data, w.data, y.data);
            if constexpr (operation.operands == 3)
                for (int m = 0; m < M; ++m)
                    for (int n = 0; n < N; ++n)
                        kernels::store(kernels::load<E>(y.data + m * N + n) + E(operand<2>(frame).data[n]),
                                       y.data + m * N + n);
        } else if constexpr (is_vector) {
            if constexpr (operation.operands == 3)
                kernels::product(x, w, operand<2>(frame), y);
            else
                kernels::product(x, w, Nothing{}, y);
        } else if constexpr (std::is_same_v<E, float>) {
            kernels::matrix_product<false, true, M, N, K>(x.data, w.data, y.data);
            if constexpr (operation.operands == 3)
                for (int m = 0; m < M; ++m)
                    for (int n = 0; n < N; ++n) y.data[m * N + n] += operand<2>(frame).data[n];
        } else {
            kernels::mixed_product<M, N, K, kernels::MatrixSteps{K, 1}, kernels::MatrixSteps{1, K},
                                   kernels::MatrixSteps{N, 1}>(x.data, w.data, bias(frame), y.data);
        }
    }
    static constexpr bool has_scalar_bias = operation.operands < 3 || G::is_parameter(home_of(operation.operands - 1));

    static constexpr void backward_affine(const auto& frame) {
        using Frame = std::remove_cvref_t<decltype(frame)>;
        using E = typename Frame::Element;
        const auto& x = operand<1>(frame);
        const auto& dy = frame.template slope<I>();
        if constexpr (operation.operands == 3) backward_bias(frame);
        if constexpr (wants<Frame::wanted, 0>) {
            if constexpr (!G::is_parameter(home_of(0))) {
                multiply<true, false, N, K, M>(dy.data, x.data, product_target<0>(frame));
                add_term<0>(frame);
            } else if constexpr (is_vector) {
                Nothing none;
                kernels::product_weight_gradient(x, dy, frame.template gradient<home_of(0)>(), none);
            } else {
                add_gradient<false, false, N, K, M>(dy.data, x.data, frame.template gradient<home_of(0)>().data);
            }
        }
        if constexpr (wants<Frame::wanted, 1>) {
            E* const to = product_target<1>(frame);
            multiply<false, false, M, K, N>(dy.data, operand<0>(frame).data, to);
            add_term<1>(frame);
        }
    }
    // The slope of the bias is the sum of dy over rows.
    static constexpr void backward_bias(const auto& frame) {
        using Frame = std::remove_cvref_t<decltype(frame)>;
        using E = typename Frame::Element;
        constexpr int last = operation.operands - 1;
        if constexpr (wants<Frame::wanted, last>) {
            const E* dy = frame.template slope<I>().data;
            Tensor<E, Shape<N>> sum;
            kernels::sum_over_axis<kernels::AxisSizes{1, M, N}>(dy, sum.data, Nothing{});
            if constexpr (G::is_parameter(home_of(last)))
                kernels::add_reduced(sum, frame.template gradient<home_of(last)>());
            else
                copy_block<adds<Frame::wanted, last>>(sum.data, frame.template slope<home_of(last)>().data, N);
        }
    }

    // ---- Copies ----

    template <bool Add, class E>
    static constexpr void copy_block(const E* from, E* to, int count) {
        for (int i = 0; i < count; ++i) {
            if constexpr (Add)
                kernels::store(kernels::load<E>(from + i) + kernels::load<E>(to + i), to + i);
            else
                kernels::store(kernels::load<E>(from + i), to + i);
        }
    }
    // Copies a block of each row: rows of `from_row` elements to rows of `to_row`, `block` elements of each.
    template <bool Add, class E>
    static constexpr void copy_rows(const E* from, int from_row, E* to, int to_row, int block) {
        for (int o = 0; o < sizes.outer; ++o) copy_block<Add>(from + o * from_row, to + o * to_row, block);
    }
    // Exchanges the last two axes of a tensor of `rows` x `columns` matrices.
    template <bool Add, int Rows, int Columns, class E>
    static constexpr void transpose_each(const E* from, E* to, int matrices) {
        for (int i = 0; i < matrices; ++i)
            for (int r = 0; r < Rows; ++r)
                for (int c = 0; c < Columns; ++c)
                    copy_block<Add>(from + (i * Rows + r) * Columns + c, to + (i * Columns + c) * Rows + r, 1);
    }
    static constexpr int along_of(int k) { return axis_sizes(operation, extents_of(k)).along; }
    static constexpr int last_size = extents_of(0)[extents_of(0).rank - 1];
    static constexpr int size_before_last = extents_of(0).rank > 1 ? extents_of(0)[extents_of(0).rank - 2] : 1;

    // ---- Elements chosen by whole numbers ----

    // Calls visit(position, lane, number) for each whole number.
    template <class E>
    static constexpr void for_each_number(const auto& frame, auto visit) {
        const auto& numbers = operand<1>(frame);
        for (int t = 0; t < numbers.count; ++t)
            for (int l = 0; l < width<E>; ++l) visit(t, l, lane(numbers.data[t], l));
    }
    // Over lanes a few elements are compared with the numbers, rather than looked up lane by lane.
    template <class E>
    static constexpr bool compares = (width<E>) > 1 && last_size <= 8 * width<E>;
    template <class E>
    static constexpr auto lanes_of(const auto& numbers, int t) {
        std::array<int, static_cast<std::size_t>(width<E>)> all{};
        for (int l = 0; l < width<E>; ++l) all[static_cast<std::size_t>(l)] = lane(numbers.data[t], l);
        return all;
    }
    static constexpr void forward_pick(const auto& frame) {
        using E = typename std::remove_cvref_t<decltype(frame)>::Element;
        const auto& a = operand<0>(frame);
        auto& y = frame.template value<I>();
        if constexpr (compares<E>) {
            for (int t = 0; t < y.count; ++t) {
                const auto numbers = lanes_of<E>(operand<1>(frame), t);
                E hit = kernels::load<E>(a.data + t * last_size);
                for (int k = 1; k < last_size; ++k)
                    hit = select(equal_lanes<E>(numbers, k), kernels::load<E>(a.data + t * last_size + k), hit);
                kernels::store(hit, y.data + t);
            }
        } else {
            for_each_number<E>(frame, [&](int t, int l, int number) {
                set_lane(y.data[t], l, lane(a.data[t * last_size + number], l));
            });
        }
    }
    template <bool Add>
    static constexpr void backward_pick(const auto& frame, const auto& dy, auto& dx) {
        using E = typename std::remove_cvref_t<decltype(frame)>::Element;
        const E zero(scalar_t<E>(0));
        if constexpr (compares<E>) {
            for (int t = 0; t < dy.count; ++t) {
                const auto numbers = lanes_of<E>(operand<1>(frame), t);
                const E slope = kernels::load<E>(dy.data + t);
                for (int k = 0; k < last_size; ++k) {
                    E* const to = dx.data + t * last_size + k;
                    const E here = select(equal_lanes<E>(numbers, k), slope, zero);
                    kernels::store(Add ? kernels::load<E>(to) + here : here, to);
                }
            }
        } else {
            if constexpr (!Add)
                for (E& slope : dx) kernels::store(zero, &slope);
            for_each_number<E>(frame, [&](int t, int l, int number) {
                E& to = dx.data[t * last_size + number];
                set_lane(to, l, lane(to, l) + lane(dy.data[t], l));
            });
        }
    }

    template <class Frame>
    static constexpr void forward(const Frame& frame) {
        using E = typename Frame::Element;
        auto& y = frame.template value<I>();
        if constexpr (primitive == Primitive::matmul) {
            forward_matmul(frame);
        } else if constexpr (primitive == Primitive::affine) {
            forward_affine(frame);
        } else if constexpr (primitive == Primitive::gather) {
            const auto& table = operand<0>(frame);
            for_each_number<E>(frame, [&](int t, int l, int number) {
                for (int k = 0; k < last_size; ++k)
                    set_lane(y.data[t * last_size + k], l, lane(table.data[number * last_size + k], l));
            });
        } else if constexpr (primitive == Primitive::pick) {
            forward_pick(frame);
        } else {
            const E* a = operand<0>(frame).data;
            if constexpr (primitive == Primitive::sum)
                kernels::sum_over_axis<sizes>(a, y.data, Nothing{});
            else if constexpr (primitive == Primitive::mean)
                kernels::sum_over_axis<sizes>(a, y.data, scalar_t<E>(1) / scalar_t<E>(sizes.along));
            else if constexpr (primitive == Primitive::max_over_an_axis)
                kernels::largest_over_axis<sizes>(a, y.data);
            else if constexpr (primitive == Primitive::softmax)
                kernels::softmax_over_axis<sizes>(a, y.data);
            else if constexpr (primitive == Primitive::log_sum_exp)
                kernels::log_sum_exp_over_axis<sizes>(a, y.data, frame.template powers<I>());
            else if constexpr (primitive == Primitive::transpose)
                transpose_each<false, size_before_last, last_size>(a, y.data, y.count / (size_before_last * last_size));
            else if constexpr (primitive == Primitive::slice)
                copy_rows<false>(a + operation.first * sizes.inner, sizes.along * sizes.inner, y.data,
                                 (operation.last - operation.first) * sizes.inner,
                                 (operation.last - operation.first) * sizes.inner);
            else
                concat(frame, a, operand<1>(frame).data);
        }
    }
    static constexpr void concat(const auto& frame, const auto* a, const auto* b) {
        constexpr int first = along_of(0) * sizes.inner, second = along_of(1) * sizes.inner;
        auto* y = frame.template value<I>().data;
        copy_rows<false>(a, first, y, first + second, first);
        copy_rows<false>(b, second, y + first, first + second, second);
    }

    template <class Frame>
    static constexpr void backward(const Frame& frame) {
        if constexpr (primitive == Primitive::matmul) {
            matmul_slope<0>(frame);
            matmul_slope<1>(frame);
        } else if constexpr (primitive == Primitive::affine) {
            backward_affine(frame);
        } else if constexpr (primitive == Primitive::concat) {
            constexpr int first = along_of(0) * sizes.inner, second = along_of(1) * sizes.inner;
            slope_of_concat<0>(frame, 0, first, first + second);
            slope_of_concat<1>(frame, first, second, first + second);
        } else if constexpr (wants<Frame::wanted, 0>) {
            backward_alone<adds<Frame::wanted, 0>>(frame);
        }
    }
    template <int Which>
    static constexpr void slope_of_concat(const auto& frame, int begin, int block, int row) {
        using Frame = std::remove_cvref_t<decltype(frame)>;
        if constexpr (wants<Frame::wanted, Which>)
            copy_rows<adds<Frame::wanted, Which>>(frame.template slope<I>().data + begin, row,
                                                  frame.template slope<home_of(Which)>().data, block, block);
    }
    // Primitives of which one operand has a slope.
    template <bool Add, class Frame>
    static constexpr void backward_alone(const Frame& frame) {
        using E = typename Frame::Element;
        const auto& dy = frame.template slope<I>();
        if constexpr (primitive == Primitive::gather && G::is_parameter(home_of(0))) {
            auto& to = frame.template gradient<home_of(0)>();
            for_each_number<E>(frame, [&](int t, int l, int number) {
                for (int k = 0; k < last_size; ++k)
                    to.data[number * last_size + k] += lane(dy.data[t * last_size + k], l);
            });
        } else {
            auto& dx = frame.template slope<home_of(0)>();
            if constexpr (primitive == Primitive::sum)
                kernels::spread_over_axis<sizes, Add>(dy.data, dx.data, scalar_t<E>(1));
            else if constexpr (primitive == Primitive::mean)
                kernels::spread_over_axis<sizes, Add>(dy.data, dx.data, scalar_t<E>(1) / scalar_t<E>(sizes.along));
            else if constexpr (primitive == Primitive::max_over_an_axis)
                kernels::largest_over_axis_slope<sizes, Add>(operand<0>(frame).data, frame.template value<I>().data,
                                                             dy.data, dx.data);
            else if constexpr (primitive == Primitive::softmax)
                kernels::softmax_over_axis_slope<sizes, Add>(frame.template value<I>().data, dy.data, dx.data);
            else if constexpr (primitive == Primitive::log_sum_exp)
                kernels::log_sum_exp_over_axis_slope<sizes, Add>(frame.template powers<I>(), dy.data, dx.data);
            else if constexpr (primitive == Primitive::transpose)
                transpose_each<Add, last_size, size_before_last>(dy.data, dx.data,
                                                                 dx.count / (size_before_last * last_size));
            else if constexpr (primitive == Primitive::pick)
                backward_pick<Add>(frame, dy, dx);
            else
                backward_by_element<Add>(frame, dy, dx);
        }
    }
    // Primitives that leave elements out: their slope is zero.
    template <bool Add, class Frame>
    static constexpr void backward_by_element(const Frame& frame, const auto& dy, auto& dx) {
        using E = typename Frame::Element;
        if constexpr (!Add)
            for (E& slope : dx) kernels::store(E(scalar_t<E>(0)), &slope);
        if constexpr (primitive == Primitive::slice) {
            constexpr int block = (operation.last - operation.first) * sizes.inner;
            copy_rows<true>(dy.data, block, dx.data + operation.first * sizes.inner, sizes.along * sizes.inner, block);
        } else {
            for_each_number<E>(frame, [&](int t, int l, int number) {
                for (int k = 0; k < last_size; ++k) {
                    E& to = dx.data[number * last_size + k];
                    set_lane(to, l, lane(to, l) + lane(dy.data[t * last_size + k], l));
                }
            });
        }
    }
};

}  // namespace kiln::inline KILN_TARGET::expressions
