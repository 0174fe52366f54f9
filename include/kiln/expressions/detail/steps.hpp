// SPDX-License-Identifier: BSL-1.0
#pragma once
// The order in which an expression is computed, and the values that have a place in memory.
//
// An expression is computed in steps. A step is one primitive, or a chain: neighbouring primitives that compute element
// by element, in one loop over the elements, whose values stay in registers. The sum or the mean of all elements of a
// chain is taken in the same loop (a total). A reshape is no step, because its elements are those of its operand, its
// home.
//
// Backward needs values of forward. Those that are costly to compute are kept: results of products, sums, exponentials.
// Within a chain the others are computed again from values that are kept.

#include <kiln/core/shape.hpp>
#include <kiln/expressions/detail/program.hpp>

#include <array>
#include <cstddef>

namespace kiln::inline KILN_TARGET::expressions {

template <class T, int N>
struct Each {  // an array with int as its index
    std::array<T, static_cast<std::size_t>(N)> of{};
    constexpr T& operator[](int i) { return of[static_cast<std::size_t>(i)]; }
    constexpr const T& operator[](int i) const { return of[static_cast<std::size_t>(i)]; }
};

/// The steps of an expression. Arguments, constants and their reshapes have the step -1.
template <int N>
struct Steps {
    int count = 0;
    Each<int, N> step{};         // of each operation
    Each<int, N> home{};         // the operation that computes the elements of each operation
    Each<bool, N> is_outside{};  // whether another step reads the elements, or the caller
    Each<int, N> last_reader{};  // the last step that reads the elements, or computes them
    Each<bool, N> is_total{};    // whether a sum or a mean is taken in the chain of its operand
};

constexpr bool is_sum_of_all(const Operation& operation) {
    return (operation.primitive == Primitive::sum || operation.primitive == Primitive::mean) &&
           operation.axis == Operation::all_axes;
}

// Moves primitives into the chain that alone reads them, so that their values stay in registers. Later operations are
// moved first, and tell their operands where they are.
template <int N>
constexpr void sink(const Program<N>& program, const Inference<N>& shapes, Steps<N>& steps) {
    Each<int, N> reader{};         // 1 + the step of the readers, as long as it is one chain
    Each<bool, N> is_scattered{};  // whether it is not
    for (int i = N - 1; i >= program.arguments; --i) {
        const Operation& operation = program[i];
        int inside = 0;
        for (int k = 0; k < operation.operands; ++k)
            if (steps.step[steps.home[operation.operand[k]]] == steps.step[i]) ++inside;
        const bool is_chained = is_pointwise(operation.primitive);
        if (is_chained && reader[i] > 0 && !is_scattered[i] && inside < 2) steps.step[i] = reader[i] - 1;
        for (int k = 0; k < operation.operands; ++k) {
            const int read = operation.operand[k], here = steps.step[i] + 1;
            if (!is_chained || shapes[read] != shapes[i] || (reader[read] > 0 && reader[read] != here))
                is_scattered[read] = true;
            reader[read] = here;
        }
    }
    // Steps that are empty now are left out.
    Each<int, N + 1> number{};
    for (int i = program.arguments; i < N; ++i)
        if (steps.step[i] >= 0) number[steps.step[i]] = 1;
    int count = 0;
    for (int step = 0; step < steps.count; ++step) number[step] = number[step] > 0 ? count++ : -1;
    for (int i = program.arguments; i < N; ++i)
        if (steps.step[i] >= 0) steps.step[i] = number[steps.step[i]];
    steps.count = count;
}

template <int N>
constexpr Steps<N> make_steps(const Program<N>& program, const Inference<N>& shapes) {
    Steps<N> steps;
    Each<int, N + 1> chain{};  // 1 + the first operation of a step that is a chain
    for (int i = 0; i < N; ++i) {
        const Operation& operation = program[i];
        steps.home[i] = i;
        steps.step[i] = -1;
        if (i < program.arguments || operation.primitive == Primitive::constant) continue;
        int after = -1;
        for (int k = 0; k < operation.operands; ++k) {
            const int home = steps.home[operation.operand[k]];
            const int ready = steps.step[home] + (steps.is_total[home] ? 1 : 0);
            after = ready > after ? ready : after;
        }
        if (operation.primitive == Primitive::reshape) {
            steps.home[i] = steps.home[operation.operand[0]];
            steps.step[i] = steps.step[steps.home[i]];
            continue;
        }
        if (is_sum_of_all(operation) && is_pointwise(program[steps.home[operation.operand[0]]].primitive)) {
            steps.is_total[i] = true;
            steps.step[i] = steps.step[steps.home[operation.operand[0]]];
            continue;
        }
        const bool pointwise = is_pointwise(operation.primitive);
        int step = steps.count - 1;  // the last chain that can compute it
        while (pointwise && step >= 0 && step >= after && !(chain[step] > 0 && shapes[chain[step] - 1] == shapes[i]))
            --step;
        if (pointwise && step >= 0 && step >= after) {
            steps.step[i] = step;
        } else {
            steps.step[i] = steps.count++;
            if (pointwise) chain[steps.step[i]] = i + 1;
        }
    }
    sink(program, shapes, steps);
    for (int i = 0; i < N; ++i) {
        steps.last_reader[i] = steps.step[i];
        if (program[i].primitive == Primitive::reshape) continue;
        for (int k = 0; k < program[i].operands; ++k) {
            const int home = steps.home[program[i].operand[k]];
            if (steps.step[home] != steps.step[i]) steps.is_outside[home] = true;
            if (steps.step[i] > steps.last_reader[home]) steps.last_reader[home] = steps.step[i];
        }
    }
    steps.is_outside[N - 1] = true;
    return steps;
}

/// Whether a result is worth a place in memory, rather than being computed again.
constexpr bool is_costly(Primitive p) {
    if (!is_pointwise(p)) return true;
    return p == Primitive::divide || (Primitive::exp <= p && p <= Primitive::cos);
}

/// Whether the derivative with respect to operand k reads the value of operand `read`, or (`read` = -1) of the result.
constexpr bool derivative_reads(const Operation& operation, int k, int read) {
    switch (operation.primitive) {
    case Primitive::multiply:
    case Primitive::matmul:
        return read == 1 - k;
    case Primitive::affine:
        return k < 2 && read == 1 - k;
    case Primitive::divide:
        return read == 1 || (k == 1 && read == -1);
    case Primitive::exp:
    case Primitive::expm1:
    case Primitive::tanh:
    case Primitive::sigmoid:
    case Primitive::sqrt:
    case Primitive::softmax:
        return read == -1;
    case Primitive::log:
    case Primitive::log1p:
    case Primitive::erf:
    case Primitive::sin:
    case Primitive::cos:
    case Primitive::abs:
        return read == 0;
    case Primitive::max:
    case Primitive::min:
        return read == 0 || read == 1;
    case Primitive::select:
        return read == 0 || read == 1;
    case Primitive::log_sum_exp:
    case Primitive::max_over_an_axis:
        return read == 0 || read == -1;
    case Primitive::gather:
    case Primitive::pick:
        return read == 1;
    default:
        return false;
    }
}

/// The values and slopes that backward needs, where the slopes of some arguments are wanted.
template <int N>
struct Needs {
    Each<bool, N> slope{};      // of each home: whether its slope is computed
    Each<bool, N> value{};      // of each home: whether the backward pass of its own chain needs its value
    Each<bool, N> kept{};       // of each home that is no argument: whether its value is kept for backward
    Each<int, N> until{};       // the last step that reads the value in backward, which is the first step that computes
    Each<int, N> first_user{};  // the first step and the last that write the slope
    Each<int, N> last_user{};
    Each<int, N> uses{};  // the number of steps, or operands of a step that is no chain, that write the slope
};

// The users of each slope: a chain is one user, however often it reads the value.
template <int N>
constexpr void count_users(const Program<N>& program, const Steps<N>& steps, Needs<N>& needs) {
    Each<int, N + 1> first{}, next{}, seen_by{};  // the operations of each step as lists, their numbers plus 1
    for (int i = N - 1; i >= program.arguments; --i) {
        if (steps.step[i] < 0 || program[i].primitive == Primitive::reshape) continue;
        next[i] = first[steps.step[i]];
        first[steps.step[i]] = i + 1;
    }
    for (int step = 0; step < steps.count; ++step)
        for (int at = first[step]; at > 0; at = next[at - 1]) {
            const Operation& operation = program[at - 1];
            for (int k = 0; k < operation.operands && needs.slope[at - 1]; ++k) {
                const int home = steps.home[operation.operand[k]];
                if (!needs.slope[operation.operand[k]] || !has_derivative(operation.primitive, k)) continue;
                if (steps.step[home] == step || (is_pointwise(operation.primitive) && seen_by[home] == step + 1))
                    continue;
                seen_by[home] = step + 1;
                ++needs.uses[home];
            }
        }
}

/// `wanted[a]`: whether the slope of argument a is wanted.
template <int N>
constexpr Needs<N> make_needs(const Program<N>& program, const Steps<N>& steps, const bool* wanted) {
    Needs<N> needs;
    Each<bool, N> leads{};  // whether the result depends on it in a way that has a derivative
    for (int i = 0; i < N; ++i) {
        needs.until[i] = needs.first_user[i] = steps.count;
        needs.last_user[i] = -1;
        if (i < program.arguments) needs.slope[i] = wanted[i];
        for (int k = 0; k < program[i].operands; ++k)
            if (has_derivative(program[i].primitive, k) && needs.slope[program[i].operand[k]]) needs.slope[i] = true;
    }
    leads[N - 1] = true;
    for (int i = N - 1; i >= 0; --i) {
        needs.slope[i] = needs.slope[i] && leads[i];
        for (int k = 0; k < program[i].operands; ++k)
            if (leads[i] && has_derivative(program[i].primitive, k)) leads[program[i].operand[k]] = true;
    }
    const auto read = [&](int operation, int step) {
        const int home = steps.home[operation];
        if (program[home].primitive == Primitive::constant) return;
        if (step < needs.until[home]) needs.until[home] = step;
        needs.value[home] = true;
        if (steps.step[home] != step && steps.step[home] >= 0) needs.kept[home] = true;
    };
    for (int i = N - 1; i >= 0; --i) {
        const Operation& operation = program[i];
        if (operation.primitive == Primitive::reshape) {  // its slope is that of its home
            const int home = steps.home[i];
            needs.slope[home] = needs.slope[home] || needs.slope[i];
            continue;
        }
        const int step = steps.step[i];
        for (int k = 0; k < operation.operands && needs.slope[i]; ++k) {
            const int home = steps.home[operation.operand[k]];
            if (!has_derivative(operation.primitive, k) || !needs.slope[operation.operand[k]]) continue;
            for (int other = -1; other < operation.operands; ++other)
                if (derivative_reads(operation, k, other)) read(other < 0 ? i : operation.operand[other], step);
            if (steps.step[home] == step) continue;
            if (step > needs.last_user[home]) needs.last_user[home] = step;
            if (step < needs.first_user[home]) needs.first_user[home] = step;
        }
        if (step < 0 || !needs.value[i]) continue;
        if (needs.kept[i] || is_costly(operation.primitive)) {
            needs.kept[i] = true;
        } else {
            for (int k = 0; k < operation.operands; ++k) read(operation.operand[k], step);
        }
    }
    count_users(program, steps, needs);
    return needs;
}

}  // namespace kiln::inline KILN_TARGET::expressions
