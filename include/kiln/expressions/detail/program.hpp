// SPDX-License-Identifier: BSL-1.0
#pragma once
// An expression as a value: its operations in an order in which they can be computed, and their shapes.

#include <kiln/core/shape.hpp>
#include <kiln/expressions/symbol.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace kiln::inline KILN_TARGET::expressions {

/// The operations of an expression. The first are its arguments, the last is its result.
template <int N>
struct Program {
    static constexpr int count = N;
    int arguments = 0;
    std::array<Operation, static_cast<std::size_t>(N)> at{};

    constexpr const Operation& operator[](int i) const { return at[static_cast<std::size_t>(i)]; }
};

/// Runs `express` with as many symbols as there are arguments, and drops the operations that the result does not need.
template <std::size_t... I>
constexpr Notes note_expression(auto express, int inputs, std::index_sequence<I...>) {
    Notes notes;
    notes.arguments = static_cast<int>(sizeof...(I));
    notes.inputs = inputs;
    for (int i = 0; i < notes.arguments; ++i) notes.add({.primitive = Primitive::argument, .axis = i});
    Symbol result = express(Symbol(&notes, static_cast<int>(I))...);
    if (notes.too_long || notes.branches) {  // refused, so any expression will do
        notes.count = notes.arguments;
        result = {&notes, 0};
    }
    const Primitive last = notes.at[result.number()].primitive;
    if (last == Primitive::argument || last == Primitive::constant || last == Primitive::reshape)
        result = {&notes, notes.add({.primitive = Primitive::copy, .operands = 1, .operand = {result.number()}})};

    bool needed[Notes::most] = {};
    int place[Notes::most] = {};
    needed[result.number()] = true;
    for (int i = result.number(); i >= 0; --i)
        for (int k = 0; k < notes.at[i].operands && needed[i]; ++k) needed[notes.at[i].operand[k]] = true;
    int kept = 0;
    for (int i = 0; i <= result.number(); ++i) {
        if (!needed[i] && i >= notes.arguments) continue;
        place[i] = kept;
        for (int k = 0; k < notes.at[i].operands; ++k) notes.at[i].operand[k] = place[notes.at[i].operand[k]];
        notes.at[kept++] = notes.at[i];
    }
    notes.count = kept;
    return notes;
}

template <int N>
constexpr Program<N> program_of(const Notes& notes) {
    Program<N> program;
    program.arguments = notes.arguments;
    for (std::size_t i = 0; i < static_cast<std::size_t>(N); ++i) program.at[i] = notes.at[i];
    return program;
}

/// Whether a primitive computes element by element.
constexpr bool is_pointwise(Primitive p) { return Primitive::copy <= p && p <= Primitive::select; }

/// Whether the result depends on this operand in a way that has a derivative.
constexpr bool has_derivative(Primitive p, int operand) {
    if (p == Primitive::select) return operand >= 2;
    if (p == Primitive::gather || p == Primitive::pick) return operand == 0;
    return true;
}

// ---- Shapes ----

/// The needs of a primitive that its operands may not meet.
enum class Unmet : unsigned char {
    nothing,
    real_numbers,
    sizes_equal_or_one,
    axis,
    matrices,
    equal_leading_sizes,
    columns_equal_to_rows,
    equal_columns,
    weight_and_bias,
    last_size,
    as_many_elements,
    range,
    sizes_equal_elsewhere,
    table_of_all_tokens,
    labels_of_last_axis
};

/// The extents of all operations, and the first that does not fit.
template <int N>
struct Inference {
    std::array<Extents, static_cast<std::size_t>(N)> extents{};
    int misfit = -1;
    Unmet unmet = Unmet::nothing;

    constexpr const Extents& operator[](int i) const { return extents[static_cast<std::size_t>(i)]; }
};

/// The number of an axis counted from the front, or -1.
constexpr int axis_of(const Operation& operation, const Extents& a) {
    const int axis = operation.axis < 0 ? operation.axis + a.rank : operation.axis;
    return 0 <= axis && axis < a.rank ? axis : -1;
}

/// One result of inference.
struct Inferred {
    Extents extents{};
    Unmet unmet = Unmet::nothing;
};

constexpr Inferred infer_pointwise(const Extents* const* in, int operands) {
    Inferred out;
    for (int k = 0; k < operands; ++k) {
        const Extents& a = *in[k];
        if (a.rank > out.extents.rank) {
            Extents longer = a;
            for (int i = 1; i <= out.extents.rank; ++i)
                if (int& size = longer.size[a.rank - i]; size == 1)
                    size = out.extents[out.extents.rank - i];
                else if (const int other = out.extents[out.extents.rank - i]; other != 1 && other != size)
                    out.unmet = Unmet::sizes_equal_or_one;
            out.extents = longer;
        } else {
            for (int i = 1; i <= a.rank; ++i)
                if (int& size = out.extents.size[out.extents.rank - i]; size == 1)
                    size = a[a.rank - i];
                else if (a[a.rank - i] != 1 && a[a.rank - i] != size)
                    out.unmet = Unmet::sizes_equal_or_one;
        }
    }
    return out;
}

constexpr Inferred infer_matmul(const Extents& a, const Extents& b, bool second_transposed) {
    if (a.rank < 2 || a.rank != b.rank) return {a, Unmet::matrices};
    const int row = a.rank - 2, column = a.rank - 1;
    Inferred out{a};
    out.extents.size[column] = b[second_transposed ? row : column];
    for (int i = 0; i < row; ++i)
        if (a[i] != b[i]) out.unmet = Unmet::equal_leading_sizes;
    if (out.unmet == Unmet::nothing && a[column] != b[second_transposed ? column : row])
        out.unmet = second_transposed ? Unmet::equal_columns : Unmet::columns_equal_to_rows;
    return out;
}

constexpr Inferred infer_affine(const Extents& w, const Extents& x, const Extents* b) {
    if (w.rank != 2 || (b != nullptr && (b->rank != 1 || (*b)[0] != w[0]))) return {x, Unmet::weight_and_bias};
    Inferred out{x};
    out.extents.size[x.rank - 1] = w[0];
    if (x[x.rank - 1] != w[1]) out.unmet = Unmet::last_size;
    return out;
}

constexpr Inferred infer_reshape(const Operation& operation, const Extents& a) {
    Inferred out;
    out.extents.rank = operation.rank == 0 ? 1 : operation.rank;
    for (int i = 0; i < operation.rank; ++i) out.extents.size[i] = operation.size[i];
    if (operation.rank == 0) out.extents.size[0] = static_cast<int>(a.count());
    if (!out.extents.valid() || out.extents.count() != a.count()) return {a, Unmet::as_many_elements};
    return out;
}

constexpr Inferred infer_along_axis(const Operation& operation, const Extents* const* in) {
    Inferred out{*in[0]};
    const bool of_all = operation.axis == Operation::all_axes;
    const int axis = of_all ? 0 : axis_of(operation, *in[0]);
    if (axis < 0) return {*in[0], Unmet::axis};
    int& size = out.extents.size[axis];
    if (of_all) {
        out.extents = Extents{1};
    } else if (operation.primitive == Primitive::slice) {
        if (operation.first < 0 || operation.last > size || operation.first >= operation.last)
            out.unmet = Unmet::range;
        else
            size = operation.last - operation.first;
    } else if (operation.primitive == Primitive::concat) {
        Extents other = *in[1];
        if (other.rank == out.extents.rank) {
            other.size[axis] += size;
            size = other.size[axis];
        }
        if (other != out.extents || !other.valid()) return {*in[0], Unmet::sizes_equal_elsewhere};
    } else if (operation.primitive != Primitive::softmax) {
        size = 1;
    }
    return out;
}

constexpr Inferred infer_lookup(const Operation& operation, const Extents& a, const Extents& index) {
    Inferred out{index};
    out.extents.values = 0;
    if (operation.primitive == Primitive::gather) {
        if (a.rank != 2 || index.values == 0 || index.values > a[0] || index.rank >= Extents::max_rank)
            return {a, Unmet::table_of_all_tokens};
        out.extents.size[out.extents.rank++] = a[1];
        return out;
    }
    // One label for a vector, or one for each row.
    Extents rows = a;
    if (a.rank == 1)
        rows = Extents{1};
    else
        rows.size[--rows.rank] = 0;
    if (index.values == 0 || index.values > a[a.rank - 1] || rows != out.extents)
        return {a, Unmet::labels_of_last_axis};
    return out;
}

constexpr Inferred infer_operation(const Operation& operation, const Extents* const* in) {
    const bool looks_up = operation.primitive == Primitive::gather || operation.primitive == Primitive::pick;
    for (int k = 0; k < operation.operands; ++k)
        if (in[k]->values != 0 && !(looks_up && k == 1)) return {*in[k], Unmet::real_numbers};
    switch (operation.primitive) {
    case Primitive::constant:
        return {Extents{1}};
    case Primitive::matmul:
        return infer_matmul(*in[0], *in[1], operation.last != 0);
    case Primitive::affine:
        return infer_affine(*in[0], *in[1], operation.operands == 3 ? in[2] : nullptr);
    case Primitive::reshape:
        return infer_reshape(operation, *in[0]);
    case Primitive::gather:
    case Primitive::pick:
        return infer_lookup(operation, *in[0], *in[1]);
    case Primitive::transpose: {
        Inferred out{*in[0]};
        const int rank = out.extents.rank;
        if (rank < 2) return {*in[0], Unmet::matrices};
        out.extents.size[rank - 2] = (*in[0])[rank - 1];
        out.extents.size[rank - 1] = (*in[0])[rank - 2];
        return out;
    }
    default:
        return is_pointwise(operation.primitive) ? infer_pointwise(in, operation.operands)
                                                 : infer_along_axis(operation, in);
    }
}

/// The extents of all operations, for arguments of these extents.
template <int N>
constexpr Inference<N> infer(const Program<N>& program, const Extents* arguments) {
    Inference<N> all;
    for (int i = 0; i < N; ++i) {
        Extents& out = all.extents[static_cast<std::size_t>(i)];
        if (i < program.arguments) {
            out = arguments[i];
            continue;
        }
        const Operation& operation = program[i];
        const Extents* in[Operation::most_operands] = {};
        for (int k = 0; k < operation.operands; ++k) in[k] = &all[operation.operand[k]];
        const Inferred inferred = infer_operation(operation, in);
        out = inferred.extents;
        if (out.rank == 0) out = Extents{1};
        if (inferred.unmet != Unmet::nothing && all.misfit < 0) {
            all.misfit = i;
            all.unmet = inferred.unmet;
        }
    }
    return all;
}

}  // namespace kiln::inline KILN_TARGET::expressions
