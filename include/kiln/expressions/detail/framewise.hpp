// SPDX-License-Identifier: BSL-1.0
#pragma once
// Whether an expression maps each frame of its inputs by itself: axis 0 is time, and no primitive mixes it.

#include <kiln/core/shape.hpp>
#include <kiln/expressions/detail/program.hpp>
#include <kiln/expressions/symbol.hpp>

#include <cstddef>

namespace kiln::inline KILN_TARGET::expressions {

/// The dependence of a value on time: the same for all frames, frame by frame, or anything else.
enum class Time : unsigned char { constant, framewise, mixed };

/// The dependence of the result of a primitive with an operand that is `framewise`, and none that is `mixed`.
constexpr Time time_after(const Operation& operation, const Extents& out, const Extents* const* in, const Time* times) {
    const auto is_framewise = [&](int k) { return times[k] == Time::framewise; };
    const auto when = [](bool condition) { return condition ? Time::framewise : Time::mixed; };
    const auto along_axis = [&] { return operation.axis != Operation::all_axes && axis_of(operation, *in[0]) > 0; };
    switch (operation.primitive) {
    case Primitive::sum:
    case Primitive::mean:
    case Primitive::max_over_an_axis:
    case Primitive::softmax:
    case Primitive::log_sum_exp:
    case Primitive::slice:
        return when(along_axis());
    case Primitive::concat:
        return when(along_axis() && is_framewise(0) && is_framewise(1));
    case Primitive::matmul:  // rows of frames, or a matrix for each frame
        return when(is_framewise(0) && (is_framewise(1) ? out.rank > 2 : out.rank == 2));
    case Primitive::affine:
        return when(!is_framewise(0) && is_framewise(1) && in[1]->rank > 1);
    case Primitive::transpose:
        return when(out.rank > 2);
    case Primitive::gather:
        return when(!is_framewise(0));
    case Primitive::reshape:
    case Primitive::pick:
        return Time::mixed;
    default:  // element by element; sizes are aligned from the back
        for (int k = 0; k < operation.operands; ++k)
            if (is_framewise(k) ? in[k]->rank != out.rank : in[k]->rank == out.rank && (*in[k])[0] != 1)
                return Time::mixed;
        return Time::framewise;
    }
}

/// Whether the result of a program is framewise, if its first `inputs` arguments are.
template <int N>
constexpr bool maps_frames(const Program<N>& program, const Inference<N>& shapes, int inputs) {
    Time time[static_cast<std::size_t>(N)]{};
    for (int i = 0; i < N; ++i) {
        if (i < program.arguments) {
            time[i] = i < inputs ? Time::framewise : Time::constant;
            continue;
        }
        const Operation& operation = program[i];
        const Extents* in[Operation::most_operands] = {};
        Time of_operands[Operation::most_operands] = {};
        bool any_framewise = false, any_mixed = false;
        for (int k = 0; k < operation.operands; ++k) {
            in[k] = &shapes[operation.operand[k]];
            of_operands[k] = time[operation.operand[k]];
            any_framewise = any_framewise || of_operands[k] == Time::framewise;
            any_mixed = any_mixed || of_operands[k] == Time::mixed;
        }
        time[i] = any_mixed       ? Time::mixed
                  : any_framewise ? time_after(operation, shapes[i], in, of_operands)
                                  : Time::constant;
    }
    return time[N - 1] == Time::framewise;
}

}  // namespace kiln::inline KILN_TARGET::expressions
