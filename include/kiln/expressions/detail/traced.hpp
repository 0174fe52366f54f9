// SPDX-License-Identifier: BSL-1.0
#pragma once
// The operations of a function of scalars. The function runs once while compiling, on elements without a value that are
// counted; so the memory of a run is constant. A run notes each operation with its partial derivatives. The order of
// the notes is that of the run: compilers may evaluate the arguments of a call in another order than constants.

#include <kiln/core/element.hpp>

#include <initializer_list>

namespace kiln::inline KILN_TARGET::expressions {

/// One operation: its slope times a partial derivative is added to the slope of each operand. The derivative of a sum
/// is 1, and is not kept. Operands are numbered: the inputs come first, then the results of operations; -1 is a
/// constant.
struct ScalarOperation {
    int operand[3] = {-1, -1, -1};
    bool has_partial[3] = {};
};

/// The numbers of inputs, of operations and of their partial derivatives.
struct ScalarCounts {
    int inputs = 0, operations = 0, partials = 0;
    bool branches = false;
};

/// A comparison of traced elements, for `select` alone. A branch on it makes the function unfit.
struct TracedMask {
    ScalarCounts* counts = nullptr;
    constexpr explicit operator bool() const {
        if (counts != nullptr) counts->branches = true;
        return false;
    }
};

/// An element that counts its operations.
struct Traced {
    ScalarCounts* counts = nullptr;  // nullptr: a constant

    Traced() = default;
    constexpr Traced(double) {}
    static constexpr Traced input(ScalarCounts* all) {
        Traced one;
        one.counts = all;
        return one;
    }

    friend constexpr Traced operator+(const Traced& a, const Traced& b) { return binary(a, b, false, false); }
    friend constexpr Traced operator-(const Traced& a, const Traced& b) { return binary(a, b, false, true); }
    friend constexpr Traced operator*(const Traced& a, const Traced& b) { return binary(a, b, true, true); }
    friend constexpr Traced operator/(const Traced& a, const Traced& b) { return binary(a, b, true, true); }
    friend constexpr Traced operator-(const Traced& a) { return unary(a); }
    friend constexpr Traced& operator+=(Traced& a, const Traced& b) { return a = a + b; }
    friend constexpr Traced& operator-=(Traced& a, const Traced& b) { return a = a - b; }
    friend constexpr Traced& operator*=(Traced& a, const Traced& b) { return a = a * b; }
    friend constexpr Traced& operator/=(Traced& a, const Traced& b) { return a = a / b; }
    friend constexpr Traced fma(const Traced& a, const Traced& b, const Traced& c) {
        return count({a.counts, b.counts, c.counts}, (a.counts != nullptr) + (b.counts != nullptr));
    }

    friend constexpr TracedMask operator>(const Traced& a, const Traced& b) { return compare(a, b); }
    friend constexpr TracedMask operator<(const Traced& a, const Traced& b) { return compare(a, b); }
    friend constexpr TracedMask operator>=(const Traced& a, const Traced& b) { return compare(a, b); }
    friend constexpr TracedMask operator<=(const Traced& a, const Traced& b) { return compare(a, b); }
    friend constexpr TracedMask operator==(const Traced& a, const Traced& b) { return compare(a, b); }
    friend constexpr Traced select(const TracedMask&, const Traced& a, const Traced& b) {
        return binary(a, b, true, true);
    }
    friend constexpr Traced max(const Traced& a, const Traced& b) { return binary(a, b, true, true); }
    friend constexpr Traced min(const Traced& a, const Traced& b) { return binary(a, b, true, true); }
    friend constexpr Traced pow(const Traced& a, const Traced& b) { return binary(a, b, true, true); }
    friend constexpr Traced abs(const Traced& a) { return unary(a); }
    friend constexpr Traced exp(const Traced& a) { return unary(a); }
    friend constexpr Traced expm1(const Traced& a) { return unary(a); }
    friend constexpr Traced log(const Traced& a) { return unary(a); }
    friend constexpr Traced log1p(const Traced& a) { return unary(a); }
    friend constexpr Traced tanh(const Traced& a) { return unary(a); }
    friend constexpr Traced erf(const Traced& a) { return unary(a); }
    friend constexpr Traced sqrt(const Traced& a) { return unary(a); }
    friend constexpr Traced sin(const Traced& a) { return unary(a); }
    friend constexpr Traced cos(const Traced& a) { return unary(a); }
    friend constexpr Traced reduce(const Traced& a) { return a; }

  private:
    static constexpr Traced count(std::initializer_list<ScalarCounts*> operands, int partials) {
        for (ScalarCounts* const all : operands) {
            if (all == nullptr) continue;
            ++all->operations;
            all->partials += partials;
            return input(all);
        }
        return {};
    }
    static constexpr TracedMask compare(const Traced& a, const Traced& b) {
        return {a.counts != nullptr ? a.counts : b.counts};
    }
    static constexpr Traced unary(const Traced& a) { return count({a.counts}, 1); }
    static constexpr Traced binary(const Traced& a, const Traced& b, bool first, bool second) {
        return count({a.counts, b.counts}, (first && a.counts != nullptr) + (second && b.counts != nullptr));
    }
};

/// The operations of a run so far.
template <class E>
struct ScalarRecord {
    ScalarOperation* operation = nullptr;
    E* partial = nullptr;
    int next = 0;  // the number of the next input or result
};

/// An element E that notes its operations.
template <class E>
class Recorded {
  public:
    Recorded() = default;
    constexpr Recorded(double number) : kept_value(E(static_cast<scalar_t<E>>(number))) {}
    /// An input.
    constexpr Recorded(const E& input, ScalarRecord<E>* record) : kept_value(input), kept_record(record) {
        if (record != nullptr) kept_number = record->next++;
    }
    constexpr const E& value() const { return kept_value; }
    constexpr int number() const { return kept_number; }

    friend constexpr Recorded operator+(const Recorded& a, const Recorded& b) {
        return note(a.kept_value + b.kept_value, {&a, &b}, {});
    }
    friend constexpr Recorded operator-(const Recorded& a, const Recorded& b) {
        const E minus = -one();
        return note(a.kept_value - b.kept_value, {&a, &b}, {nullptr, &minus});
    }
    friend constexpr Recorded operator*(const Recorded& a, const Recorded& b) {
        return note(a.kept_value * b.kept_value, {&a, &b}, {&b.kept_value, &a.kept_value});
    }
    friend constexpr Recorded operator/(const Recorded& a, const Recorded& b) {
        const E inverse = one() / b.kept_value, quotient = a.kept_value / b.kept_value, slope = -(quotient * inverse);
        return note(quotient, {&a, &b}, {&inverse, &slope});
    }
    friend constexpr Recorded operator-(const Recorded& a) { return a.then(-a.kept_value, -one()); }
    friend constexpr Recorded& operator+=(Recorded& a, const Recorded& b) { return a = a + b; }
    friend constexpr Recorded& operator-=(Recorded& a, const Recorded& b) { return a = a - b; }
    friend constexpr Recorded& operator*=(Recorded& a, const Recorded& b) { return a = a * b; }
    friend constexpr Recorded& operator/=(Recorded& a, const Recorded& b) { return a = a / b; }
    friend constexpr Recorded fma(const Recorded& a, const Recorded& b, const Recorded& c) {
        using kiln::fma;
        return note(fma(a.kept_value, b.kept_value, c.kept_value), {&a, &b, &c}, {&b.kept_value, &a.kept_value});
    }

    // A branch on a mask is refused by TracedMask.
    template <class M>
    struct Mask {
        M mask;
        constexpr explicit operator bool() const { return false; }
    };
    friend constexpr auto operator>(const Recorded& a, const Recorded& b) {
        return masked(a.kept_value > b.kept_value);
    }
    friend constexpr auto operator<(const Recorded& a, const Recorded& b) {
        return masked(a.kept_value < b.kept_value);
    }
    friend constexpr auto operator>=(const Recorded& a, const Recorded& b) {
        return masked(a.kept_value >= b.kept_value);
    }
    friend constexpr auto operator<=(const Recorded& a, const Recorded& b) {
        return masked(a.kept_value <= b.kept_value);
    }
    friend constexpr auto operator==(const Recorded& a, const Recorded& b) {
        return masked(a.kept_value == b.kept_value);
    }
    template <class M>
    friend constexpr Recorded select(const Mask<M>& mask, const Recorded& a, const Recorded& b) {
        using kiln::select;
        const E first = select(mask.mask, one(), zero()), second = select(mask.mask, zero(), one());
        return note(select(mask.mask, a.kept_value, b.kept_value), {&a, &b}, {&first, &second});
    }
    friend constexpr Recorded max(const Recorded& a, const Recorded& b) { return select(a > b, a, b); }
    friend constexpr Recorded min(const Recorded& a, const Recorded& b) { return select(a < b, a, b); }
    friend constexpr Recorded pow(const Recorded& a, const Recorded& b) {
        using kiln::pow, kiln::log;
        const E power = pow(a.kept_value, b.kept_value);
        const E base = b.kept_value * pow(a.kept_value, b.kept_value - one());
        const E exponent = b.kept_record != nullptr ? power * log(a.kept_value) : zero();
        return note(power, {&a, &b}, {&base, &exponent});
    }
    friend constexpr Recorded abs(const Recorded& a) {
        using kiln::abs, kiln::select;
        return a.then(abs(a.kept_value),
                      select(a.kept_value > zero(), one(), select(a.kept_value < zero(), -one(), zero())));
    }
    friend constexpr Recorded exp(const Recorded& a) {
        using kiln::exp;
        const E power = exp(a.kept_value);
        return a.then(power, power);
    }
    friend constexpr Recorded expm1(const Recorded& a) {
        using kiln::expm1;
        const E power = expm1(a.kept_value);
        return a.then(power, power + one());
    }
    friend constexpr Recorded log(const Recorded& a) {
        using kiln::log;
        return a.then(log(a.kept_value), one() / a.kept_value);
    }
    friend constexpr Recorded log1p(const Recorded& a) {
        using kiln::log1p;
        return a.then(log1p(a.kept_value), one() / (a.kept_value + one()));
    }
    friend constexpr Recorded tanh(const Recorded& a) {
        using kiln::tanh;
        const E y = tanh(a.kept_value);
        return a.then(y, one() - y * y);
    }
    friend constexpr Recorded erf(const Recorded& a) {
        using kiln::erf, kiln::exp;
        const E slope = E(static_cast<scalar_t<E>>(1.1283791670955126));  // 2 / sqrt(pi)
        return a.then(erf(a.kept_value), slope * exp(-(a.kept_value * a.kept_value)));
    }
    friend constexpr Recorded sqrt(const Recorded& a) {
        using kiln::sqrt;
        const E root = sqrt(a.kept_value);
        return a.then(root, one() / (root + root));
    }
    friend constexpr Recorded sin(const Recorded& a) {
        using kiln::sin, kiln::cos;
        return a.then(sin(a.kept_value), cos(a.kept_value));
    }
    friend constexpr Recorded cos(const Recorded& a) {
        using kiln::sin, kiln::cos;
        return a.then(cos(a.kept_value), -sin(a.kept_value));
    }
    friend constexpr Recorded reduce(const Recorded& a) { return a; }

  private:
    static constexpr E one() { return E(scalar_t<E>(1)); }
    static constexpr E zero() { return E(scalar_t<E>(0)); }
    template <class M>
    static constexpr Mask<M> masked(const M& mask) {
        return {mask};
    }
    struct Operands {
        const Recorded* of[3] = {};
    };
    struct Partials {
        const E* of[3] = {};  // nullptr: 1
    };
    static constexpr Recorded note(const E& result, const Operands& operands, const Partials& partials) {
        ScalarRecord<E>* record = nullptr;
        ScalarOperation operation;
        for (int k = 0; k < 3; ++k) {
            if (operands.of[k] == nullptr || operands.of[k]->kept_record == nullptr) continue;
            record = operands.of[k]->kept_record;
            operation.operand[k] = operands.of[k]->kept_number;
            operation.has_partial[k] = partials.of[k] != nullptr;
            if (partials.of[k] != nullptr) *record->partial++ = *partials.of[k];
        }
        if (record != nullptr) *record->operation++ = operation;
        return {result, record};
    }
    constexpr Recorded then(const E& result, const E& partial) const { return note(result, {this}, {&partial}); }

    E kept_value;
    ScalarRecord<E>* kept_record = nullptr;  // nullptr: a constant
    int kept_number = -1;
};

}  // namespace kiln::inline KILN_TARGET::expressions
