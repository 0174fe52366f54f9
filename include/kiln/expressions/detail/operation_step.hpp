// SPDX-License-Identifier: BSL-1.0
#pragma once
// A step that is one primitive: its operands, and their slopes.

#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/expressions/detail/memory.hpp>
#include <kiln/kernels/axis.hpp>
#include <kiln/kernels/pack.hpp>

namespace kiln::inline KILN_TARGET::expressions {

/// The sizes before, along and behind the axis of an operation on a value of extents a.
constexpr kernels::AxisSizes axis_sizes(const Operation& operation, const Extents& a) {
    if (operation.axis == Operation::all_axes) return {1, static_cast<int>(a.count()), 1};
    const int axis = axis_of(operation, a);
    kernels::AxisSizes sizes;
    for (int i = 0; i < a.rank; ++i) (i < axis ? sizes.outer : i == axis ? sizes.along : sizes.inner) *= a[i];
    return sizes;
}

/// Operation I of function F, which is a step of its own.
template <class F, int I>
struct OperationStep {
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

    static constexpr int along_of(int k) { return axis_sizes(operation, extents_of(k)).along; }
    static constexpr int last_size = extents_of(0)[extents_of(0).rank - 1];
    static constexpr int size_before_last = extents_of(0).rank > 1 ? extents_of(0)[extents_of(0).rank - 2] : 1;
};

/// to = from, or to += from, for `count` elements.
template <bool Add, class E>
constexpr void copy_block(const E* from, E* to, int count) {
    for (int i = 0; i < count; ++i) {
        if constexpr (Add)
            kernels::store(kernels::load<E>(from + i) + kernels::load<E>(to + i), to + i);
        else
            kernels::store(kernels::load<E>(from + i), to + i);
    }
}
/// Sets all elements to 0.
template <class E, class Dims>
constexpr void clear(Tensor<E, Dims>& tensor) {
    for (E& element : tensor) kernels::store(E(scalar_t<E>(0)), &element);
}

}  // namespace kiln::inline KILN_TARGET::expressions
