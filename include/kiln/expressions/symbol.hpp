// SPDX-License-Identifier: BSL-1.0
#pragma once
// Symbols, of which expressions are made. `express` of a user's layer or loss (expressions/expressed.hpp,
// expressions/expressed_loss.hpp) is called once, while compiling, with a symbol for each argument. Each primitive
// below notes itself, and returns a symbol for its result. So the notes are the graph of the expression, and no number
// is ever computed with symbols. Two primitives of the same kind with the same operands are noted once: equal
// expressions share their value.
//
//   + - * /                          elements of two values whose sizes are equal, or 1 in one of them (NumPy's rule)
//   exp expm1 log log1p tanh erf sigmoid sqrt sin cos abs square · pow(a, n), n a whole number · max(a, b) min(a, b)
//   select(a > b, c, d)              c where a > b, d elsewhere; also <, >= and <=
//   scale(a, 0.5)                    a times a number; numbers may stand in the place of any operand above
//   sum mean max (a, Axis{k})        over axis k, counted from the back if k < 0; the axis stays, with size 1
//   sum mean (a)                     over all elements, with the result Shape<1>
//   softmax log_sum_exp (a, Axis{k})
//   matmul(a, b)                     <…, M, K> and <…, K, N> -> <…, M, N>
//   affine(w, x, b), affine(w, x)    w (O, I) x + b (O) for each row of x, <…, I> -> <…, O>
//   transpose(a)                     exchanges the last two axes
//   reshape(a, 2, 3) flatten(a)      the same elements in other sizes
//   slice(a, Axis{k}, begin, end)    elements begin … end - 1 of an axis
//   concat(Axis{k}, a, b, …)         one after the other along an axis
//   gather(table, tokens)            row t of the table for each token t: (V, D) and tokens <T> -> <T, D>
//   pick(a, labels)                  element t of the last axis for each label t: <…, C> and labels <…> -> <…>
//
// `express` may have loops, and may call functions of symbols. An `if` on the values of symbols is refused.

#include <kiln/core/target.hpp>

#include <concepts>
#include <cstddef>

namespace kiln {

/// A primitive of expressions.
enum class Primitive : unsigned char {
    argument,
    constant,
    copy,
    add,
    subtract,
    multiply,
    divide,
    negate,
    exp,
    expm1,
    log,
    log1p,
    tanh,
    erf,
    sigmoid,
    sqrt,
    sin,
    cos,
    abs,
    max,
    min,
    select,  // the last of those that compute element by element
    sum,
    mean,
    max_over_an_axis,
    softmax,
    log_sum_exp,
    matmul,
    affine,
    transpose,
    reshape,
    slice,
    concat,
    gather,
    pick
};

/// An axis of a value, by its number; counted from the back if the number is negative.
struct Axis {
    int number = 0;
};

}  // namespace kiln

namespace kiln::inline KILN_TARGET {

namespace expressions {

/// A primitive with its operands, which are operations of smaller numbers.
struct Operation {
    static constexpr int most_operands = 4, all_axes = -1000;

    Primitive primitive = Primitive::argument;
    int operands = 0;
    int operand[most_operands] = {};
    int axis = 0;       // of a primitive with an axis; for `argument` its number
    int first = 0;      // slice: the range; reshape: the sizes are first, last, more…
    int last = 0;       // matmul: 1 if the second operand is transposed
    int rank = 0;       // reshape: the number of sizes, 0 to flatten; select: 1 if a may equal b
    int size[5] = {};   // reshape
    double number = 0;  // constant

    friend constexpr bool operator==(const Operation& a, const Operation& b) {
        if (a.primitive != b.primitive || a.operands != b.operands || a.axis != b.axis || a.first != b.first ||
            a.last != b.last || a.rank != b.rank || a.number != b.number)
            return false;
        for (int i = 0; i < a.operands; ++i)
            if (a.operand[i] != b.operand[i]) return false;
        for (int i = 0; i < a.rank && a.primitive == Primitive::reshape; ++i)
            if (a.size[i] != b.size[i]) return false;
        return true;
    }
};

/// The operations of an expression while `express` runs.
struct Notes {
    static constexpr int most = 256;

    Operation at[most];
    int count = 0, inputs = 0, arguments = 0;
    bool too_long = false, branches = false;

    constexpr int add(const Operation& operation) {
        for (int i = count - 1; i >= 0; --i)
            if (at[i] == operation) return i;
        if (count == most) {
            too_long = true;
            return 0;
        }
        at[count] = operation;
        return count++;
    }
    constexpr bool is_parameter(int number) const { return inputs <= number && number < arguments; }
};

}  // namespace expressions

class Symbol;

/// A comparison of symbols, for `select` alone: larger > smaller, or larger >= smaller.
struct SymbolMask {
    expressions::Notes* notes = nullptr;
    int larger = 0, smaller = 0;
    bool or_equal = false;

    /// A branch makes the expression unfit; the message says so (expressions/detail/function.hpp).
    constexpr explicit operator bool() const {
        notes->branches = true;
        return false;
    }
};

/// A value of an expression.
class Symbol {
    using Notes = expressions::Notes;
    using Operation = expressions::Operation;

  public:
    constexpr Symbol(Notes* taken_by, int number) : notes(taken_by), at(number) {}
    constexpr int number() const { return at; }

#define KILN_BINARY(name, kind)                                                                         \
    friend constexpr Symbol name(Symbol a, Symbol b) { return a.with(Primitive::kind, b); }             \
    friend constexpr Symbol name(Symbol a, double b) { return a.with(Primitive::kind, a.constant(b)); } \
    friend constexpr Symbol name(double a, Symbol b) { return b.constant(a).with(Primitive::kind, b); }
    KILN_BINARY(operator+, add)
    KILN_BINARY(operator-, subtract)
    KILN_BINARY(operator*, multiply)
    KILN_BINARY(operator/, divide)
    KILN_BINARY(max, max)
    KILN_BINARY(min, min)
#undef KILN_BINARY
#define KILN_UNARY(name, kind) \
    friend constexpr Symbol name(Symbol a) { return a.then({.primitive = Primitive::kind}); }
    KILN_UNARY(operator-, negate)
    KILN_UNARY(exp, exp)
    KILN_UNARY(expm1, expm1)
    KILN_UNARY(log, log)
    KILN_UNARY(log1p, log1p)
    KILN_UNARY(tanh, tanh)
    KILN_UNARY(erf, erf)
    KILN_UNARY(sigmoid, sigmoid)
    KILN_UNARY(sqrt, sqrt)
    KILN_UNARY(sin, sin)
    KILN_UNARY(cos, cos)
    KILN_UNARY(abs, abs)
#undef KILN_UNARY
    friend constexpr Symbol transpose(Symbol a) { return a.lifted().then({.primitive = Primitive::transpose}); }
    friend constexpr Symbol& operator+=(Symbol& a, const auto& b) { return a = a + b; }
    friend constexpr Symbol& operator-=(Symbol& a, const auto& b) { return a = a - b; }
    friend constexpr Symbol& operator*=(Symbol& a, const auto& b) { return a = a * b; }
    friend constexpr Symbol& operator/=(Symbol& a, const auto& b) { return a = a / b; }
    friend constexpr Symbol square(Symbol a) { return a * a; }
    friend constexpr Symbol scale(Symbol a, double factor) { return a * factor; }
    /// a to the n, by multiplications.
    friend constexpr Symbol pow(Symbol a, std::same_as<int> auto n) {
        if (n < 0) return 1 / pow(a, -n);
        if (n < 2) return n == 0 ? a.constant(1) : a;
        const Symbol half = pow(a, n / 2);
        return n % 2 == 0 ? half * half : half * half * a;
    }

    friend constexpr SymbolMask operator>(Symbol a, Symbol b) { return {a.notes, a.at, b.at, false}; }
    friend constexpr SymbolMask operator>(Symbol a, double b) { return a > a.constant(b); }
    friend constexpr SymbolMask operator>(double a, Symbol b) { return b.constant(a) > b; }
    friend constexpr SymbolMask operator<(const auto& a, Symbol b) { return b > a; }
    friend constexpr SymbolMask operator<(Symbol a, double b) { return b > a; }
    friend constexpr SymbolMask operator>=(Symbol a, Symbol b) { return {a.notes, a.at, b.at, true}; }
    friend constexpr SymbolMask operator>=(Symbol a, double b) { return a >= a.constant(b); }
    friend constexpr SymbolMask operator>=(double a, Symbol b) { return b.constant(a) >= b; }
    friend constexpr SymbolMask operator<=(const auto& a, Symbol b) { return b >= a; }
    friend constexpr SymbolMask operator<=(Symbol a, double b) { return b >= a; }
    /// a where the mask is set, b elsewhere.
    friend constexpr Symbol select(const SymbolMask& mask, const auto& a, const auto& b) {
        const Symbol larger(mask.notes, mask.larger);
        return larger.note({.primitive = Primitive::select,
                            .operands = 4,
                            .operand = {mask.larger, mask.smaller, larger.symbol(a).at, larger.symbol(b).at},
                            .rank = mask.or_equal ? 1 : 0});
    }

#define KILN_OVER_AXIS(name, kind) \
    friend constexpr Symbol name(Symbol a, Axis axis) { return a.lifted().over(Primitive::kind, axis.number); }
    KILN_OVER_AXIS(sum, sum)
    KILN_OVER_AXIS(mean, mean)
    KILN_OVER_AXIS(max, max_over_an_axis)
    KILN_OVER_AXIS(softmax, softmax)
    KILN_OVER_AXIS(log_sum_exp, log_sum_exp)
#undef KILN_OVER_AXIS
    friend constexpr Symbol sum(Symbol a) { return a.lifted().over(Primitive::sum, Operation::all_axes); }
    friend constexpr Symbol mean(Symbol a) { return a.lifted().over(Primitive::mean, Operation::all_axes); }

    friend constexpr Symbol matmul(Symbol a, Symbol b) {
        const Operation& second = b.notes->at[b.at];
        const bool transposed = second.primitive == Primitive::transpose;
        if (transposed) b.at = second.operand[0];
        if (a.notes->is_parameter(b.at)) a = a.lifted();
        return a.note(
            {.primitive = Primitive::matmul, .operands = 2, .operand = {a.at, b.at}, .last = transposed ? 1 : 0});
    }
    friend constexpr Symbol affine(Symbol w, Symbol x, Symbol b) {
        return x.note({.primitive = Primitive::affine, .operands = 3, .operand = {w.at, x.lifted().at, b.at}});
    }
    friend constexpr Symbol affine(Symbol w, Symbol x) {
        return x.note({.primitive = Primitive::affine, .operands = 2, .operand = {w.at, x.lifted().at}});
    }
    friend constexpr Symbol reshape(Symbol a, std::same_as<int> auto... sizes) requires(sizeof...(sizes) <= 5) {
        return a.then(
            {.primitive = Primitive::reshape, .rank = static_cast<int>(sizeof...(sizes)), .size = {sizes...}});
    }
    friend constexpr Symbol flatten(Symbol a) { return reshape(a); }
    friend constexpr Symbol slice(Symbol a, Axis axis, int begin, int end) {
        return a.lifted().then({.primitive = Primitive::slice, .axis = axis.number, .first = begin, .last = end});
    }
    friend constexpr Symbol concat(Axis axis, Symbol a, std::same_as<Symbol> auto... others) {
        Symbol all = a.lifted();
        ((all = all.note({.primitive = Primitive::concat,
                          .operands = 2,
                          .operand = {all.at, others.lifted().at},
                          .axis = axis.number})),
         ...);
        return all;
    }
    friend constexpr Symbol gather(Symbol table, Symbol tokens) { return table.with(Primitive::gather, tokens); }
    friend constexpr Symbol pick(Symbol a, Symbol labels) { return a.lifted().with(Primitive::pick, labels); }

  private:
    constexpr Symbol note(const Operation& operation) const { return {notes, notes->add(operation)}; }
    constexpr Symbol then(Operation operation) const {
        operation.operands = 1;
        operation.operand[0] = at;
        return note(operation);
    }
    constexpr Symbol with(Primitive primitive, Symbol b) const {
        return note({.primitive = primitive, .operands = 2, .operand = {at, b.at}});
    }
    constexpr Symbol over(Primitive primitive, int axis) const { return then({.primitive = primitive, .axis = axis}); }
    constexpr Symbol constant(double number) const {
        return note({.primitive = Primitive::constant, .number = number});
    }
    constexpr Symbol symbol(Symbol a) const { return a; }
    constexpr Symbol symbol(double number) const { return constant(number); }
    // A parameter as elements, for primitives that read nothing else. A constant too.
    constexpr Symbol lifted() const {
        const bool is_element = !notes->is_parameter(at) && notes->at[at].primitive != Primitive::constant;
        return is_element ? *this : then({.primitive = Primitive::copy});
    }

    Notes* notes;
    int at;
};

}  // namespace kiln::inline KILN_TARGET
