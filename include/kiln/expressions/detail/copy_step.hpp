// SPDX-License-Identifier: BSL-1.0
#pragma once
// The step that puts elements elsewhere: transpose, slice or concat.

#include <kiln/expressions/detail/memory.hpp>
#include <kiln/expressions/detail/operation_step.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::expressions {

/// Operation I of function F, which puts elements elsewhere: transpose, slice or concat.
template <class F, int I>
struct CopyStep {
    using Of = OperationStep<F, I>;
    static constexpr Primitive primitive = Of::primitive;
    static constexpr int rows = Of::size_before_last, columns = Of::last_size, inner = Of::sizes.inner;

    // Blocks of each row: rows of `from_row` elements to rows of `to_row`, `block` elements of each.
    template <bool Add, class E>
    static constexpr void copy_rows(const E* from, int from_row, E* to, int to_row, int block) {
        for (int o = 0; o < Of::sizes.outer; ++o) copy_block<Add>(from + o * from_row, to + o * to_row, block);
    }
    // Exchanges the last two axes of matrices of Rows x Columns, `count` elements in all.
    template <bool Add, int Rows, int Columns, class E>
    static constexpr void transpose_each(const E* from, E* to, int count) {
        for (int i = 0; i < count; i += Rows * Columns)
            for (int r = 0; r < Rows; ++r)
                for (int c = 0; c < Columns; ++c) copy_block<Add>(from + i + r * Columns + c, to + i + c * Rows + r, 1);
    }
    // The place of operand K's elements in the rows of the longer value: of a slice or a concat.
    static constexpr int row =
        primitive == Primitive::concat ? (Of::along_of(0) + Of::along_of(1)) * inner : Of::sizes.along * inner;
    static constexpr int block_of(int k) {
        return (primitive == Primitive::concat ? Of::along_of(k) : Of::operation.last - Of::operation.first) * inner;
    }
    static constexpr int begin_of(int k) {
        return primitive == Primitive::concat ? (k == 0 ? 0 : block_of(0)) : Of::operation.first * inner;
    }

    static constexpr void forward(const auto& frame) {
        const auto& a = Of::template operand<0>(frame);
        auto& y = frame.template value<I>();
        if constexpr (primitive == Primitive::transpose) {
            transpose_each<false, rows, columns>(a.data, y.data, y.count);
        } else if constexpr (primitive == Primitive::slice) {
            copy_rows<false>(a.data + begin_of(0), row, y.data, block_of(0), block_of(0));
        } else {
            copy_rows<false>(a.data, block_of(0), y.data, row, block_of(0));
            copy_rows<false>(Of::template operand<1>(frame).data, block_of(1), y.data + begin_of(1), row, block_of(1));
        }
    }
    template <int K>
    static constexpr void backward_operand(const auto& frame) {
        constexpr ArgumentSet wanted = std::remove_cvref_t<decltype(frame)>::wanted;
        if constexpr (Of::template wants<wanted, K>) {
            constexpr bool add = Of::template adds<wanted, K>;
            const auto& dy = frame.template slope<I>();
            auto& dx = frame.template slope<Of::home_of(K)>();
            if constexpr (primitive == Primitive::transpose) {
                transpose_each<add, columns, rows>(dy.data, dx.data, dx.count);
            } else if constexpr (primitive == Primitive::slice) {
                if constexpr (!add) clear(dx);  // the elements that it leaves out
                copy_rows<true>(dy.data, block_of(0), dx.data + begin_of(0), row, block_of(0));
            } else {
                copy_rows<add>(dy.data + begin_of(K), row, dx.data, block_of(K), block_of(K));
            }
        }
    }
    static constexpr void backward(const auto& frame) {
        backward_operand<0>(frame);
        if constexpr (primitive == Primitive::concat) backward_operand<1>(frame);
    }
};

}  // namespace kiln::inline KILN_TARGET::expressions
