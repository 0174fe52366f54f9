// SPDX-License-Identifier: BSL-1.0
#pragma once
// Layers and losses that are written as functions of scalars, in loops over elements, without backward:
//
//   struct Softsign {
//       static constexpr kiln::Fit shape(kiln::Extents in) { return {.out = in}; }
//       static constexpr void forward(const auto& x, auto& y, auto) {
//           for (int i = 0; i < x.count; ++i) y[i] = x[i] / (1 + kiln::math::abs(x[i]));
//       }
//   };
//   using Layer = kiln::Derived<Softsign>;
//
//   struct Quantile : kiln::DerivedLoss<Quantile> {
//       float share = 0.5f;
//       template <class E, class Out>
//       constexpr E value(const kiln::Tensor<E, Out>& y, const kiln::Tensor<E, Out>& target) const;
//   };
//
// A run keeps the partial derivatives of each operation, and backward multiplies them in the reverse order (R. Wengert:
// A simple automatic derivative evaluation program, 1964). The function runs once more while compiling, to count its
// operations, so the memory is constant. Hence as many operations are done for all values and all settings: select(a >
// b, c, d) stands in the place of a branch.
//
// Cost: 11 times that of a backward written by hand over lanes, 130 times for one float sample, whose loops by hand run in
// packs (a softsign of 64 numbers, measured), so this is for small odd functions. An expression
// (expressions/expressed.hpp) costs about what a hand-written layer does.
//
// Claims about the layer's forward stay true: a Derived layer streams if the layer says that it is framewise.

#include <kiln/core/contract.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/sine.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/expressions/detail/traced.hpp>
#include <kiln/kernels/pack.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln {

// The words in which a derived function is reported that is too long: try an expression, or Derived<L, MOST>.
template <int Most>
struct operations_of_at_most;
template <int Count>
struct operations;
struct select_in_the_place_of_a_branch;

}  // namespace kiln

namespace kiln::inline KILN_TARGET {

namespace detail {
template <class E>
struct element_traits<expressions::Recorded<E>> {
    using scalar = expressions::Recorded<E>;
    using index = int;
    static constexpr int width = 1;
};
}  // namespace detail

namespace expressions {

/// The memory of a run of a function with these counts, and of the way back.
template <class E, ScalarCounts Counts>
struct ScalarTape {
    std::array<ScalarOperation, static_cast<std::size_t>(Counts.operations)> operation;
    std::array<E, static_cast<std::size_t>(Counts.partials)> partial;

    constexpr ScalarRecord<E> record() { return {operation.data(), partial.data()}; }

    static constexpr int values = Counts.inputs + Counts.operations;
    using Slopes = std::array<E, static_cast<std::size_t>(values)>;
    /// Sets the slopes of all values to zero, but for those of the results, to which dy_0, dy_1, … are added.
    static constexpr void begin(Slopes& slopes) {
        for (E& slope : slopes) kernels::store(E(scalar_t<E>(0)), &slope);
    }
    static constexpr void add(Slopes& slopes, int number, const E& dy) {
        if (number < 0) return;  // a constant
        E* const to = slopes.data() + number;
        kernels::store(kernels::load<E>(to) + dy, to);
    }
    /// Computes the slopes of all inputs from those of the results.
    constexpr void run_backward(Slopes& slopes) const {
        const E* kept = partial.data() + Counts.partials;
        for (int i = Counts.operations - 1; i >= 0; --i) {
            const ScalarOperation& one = operation[static_cast<std::size_t>(i)];
            const E given = kernels::load<E>(slopes.data() + Counts.inputs + i);
            for (int k = 2; k >= 0; --k) {
                if (one.operand[k] < 0) continue;
                E* const to = slopes.data() + one.operand[k];
                if (one.has_partial[k])
                    kernels::store(fma(given, kernels::load<E>(--kept), kernels::load<E>(to)), to);
                else
                    kernels::store(given + kernels::load<E>(to), to);
            }
        }
    }
};

/// The counts of a layer's forward.
template <class L, class In>
constexpr ScalarCounts count_layer() {
    ScalarCounts counts;
    Tensor<Traced, In> x{};
    Tensor<Traced, output_t<L, In>> y{};
    parameters_t<L, Traced, In> parameters{};
    for (Traced& input : x) input = Traced::input(&counts);
    counts.inputs = In::count;
    for (const auto& slice : tensors<Traced>(parameters)) {
        for (Traced& input : slice) input = Traced::input(&counts);
        counts.inputs += slice.count;
    }
    Nothing none;
    L::forward(x, y, Context{parameters, none, none, none, none, none, none, Pass{}});
    return counts;
}
template <class L, class In>
inline constexpr ScalarCounts counts_of_layer = count_layer<L, In>();

template <class L, class In, int Most>
inline constexpr bool can_be_derived = counts_of_layer<L, In>.operations <= Most && !counts_of_layer<L, In>.branches;
template <bool Branches, int Most>
using need_of_derived = std::conditional_t<Branches, select_in_the_place_of_a_branch, operations_of_at_most<Most>>;

/// The counts of a loss; targets are constants.
template <class L, class Out>
constexpr ScalarCounts count_loss() {
    ScalarCounts counts{.inputs = Out::count};
    Tensor<Traced, Out> y{}, target{};
    for (Traced& input : y) input = Traced::input(&counts);
    static_cast<void>(L{}.value(y, target));
    return counts;
}
template <class L, class Out>
inline constexpr ScalarCounts counts_of_loss = count_loss<L, Out>();

template <class L, class In, class E>
struct DerivedScratch {
    Tensor<Recorded<E>, In> x;
    Tensor<Recorded<E>, output_t<L, In>> y;
    parameters_t<L, Recorded<E>, In> parameters;
    typename ScalarTape<E, counts_of_layer<L, In>>::Slopes slope;
};
template <class L, class In, class E>
struct DerivedTape : ScalarTape<E, counts_of_layer<L, In>> {
    std::array<int, static_cast<std::size_t>(output_t<L, In>::count)> result;  // the numbers of the outputs
};

}  // namespace expressions
}  // namespace kiln::inline KILN_TARGET

namespace kiln {

/// Layer L, which has forward alone, with backward. Its forward may do `Most` operations.
template <class L, int Most = 500>
struct Derived : L {
    using claims_of = std::conditional_t<MakesClaims<L>, Derived, void>;  // forward is that of L

    template <class In>
        requires(!expressions::can_be_derived<L, In, Most>)
    using Mistake =
        not_a_layer<Derived, expects<expressions::need_of_derived<expressions::counts_of_layer<L, In>.branches, Most>>,
                    got<operations<expressions::counts_of_layer<L, In>.operations>>>;

    template <class E, class In>
    using Tape = expressions::DerivedTape<L, In, E>;
    template <class E, class In, Wanted W>
    using Scratch = std::conditional_t<W == Wanted::outputs, Nothing, expressions::DerivedScratch<L, In, E>>;

    template <class E, class In>
    static constexpr void forward(const Tensor<E, In>& x, auto& y, auto at) {
        if constexpr (is_nothing<decltype(at.tape)>) {
            L::forward(x, y, at);
        } else {
            using Number = expressions::Recorded<E>;
            auto record = at.tape.record();
            for (int i = 0; i < In::count; ++i) at.scratch.x.data[i] = Number(kernels::load<E>(x.data + i), &record);
            const auto from = tensors<const scalar_t<E>>(at.parameters);
            const auto to = tensors<Number>(at.scratch.parameters);
            for (std::size_t k = 0; k < to.size(); ++k)
                for (int i = 0; i < to[k].count; ++i) to[k].data[i] = Number(E(from[k].data[i]), &record);
            Nothing none;
            L::forward(at.scratch.x, at.scratch.y,
                       Context{at.scratch.parameters, none, none, none, none, none, none, at.pass});
            for (int k = 0; k < y.count; ++k) {
                kernels::store(at.scratch.y.data[k].value(), y.data + k);
                at.tape.result[static_cast<std::size_t>(k)] = at.scratch.y.data[k].number();
            }
        }
    }
    template <class E, class In>
    static constexpr void backward(const Tensor<E, In>&, const auto&, const auto& dy, auto& dx,
                                   auto at) requires(expressions::can_be_derived<L, In, Most>) {
        auto& slope = at.scratch.slope;
        at.tape.begin(slope);
        for (int k = 0; k < dy.count; ++k)
            at.tape.add(slope, at.tape.result[static_cast<std::size_t>(k)], kernels::load<E>(dy.data + k));
        at.tape.run_backward(slope);
        if constexpr (!is_nothing<decltype(dx)>)
            for (int i = 0; i < In::count; ++i) kernels::store(kernels::load<E>(slope.data() + i), dx.data + i);
        if constexpr (!is_nothing<decltype(at.gradients)>) {
            const E* from = slope.data() + In::count;
            for (const auto& slice : tensors<scalar_t<E>>(at.gradients))
                for (auto& gradient : slice) gradient += rounded(reduce(kernels::load<E>(from++)));
        }
    }
    static constexpr bool backward_without_gradients = true;
};

/// The base class of loss `L`, which has `value(y, target)` alone: the loss of a sample. It may do `Most` operations.
template <class L, int Most = 500>
struct DerivedLoss {
    template <class Out>
    using Target = Tensor<float, Out>;

    template <class E, class Out>
    constexpr E operator()(const Tensor<E, Out>& y, const auto& target, const E& weight, Tensor<E, Out>& dy) const {
        constexpr expressions::ScalarCounts counts = expressions::counts_of_loss<L, Out>;
        constexpr bool is_short = counts.operations <= Most, has_no_branch = !counts.branches;
        static_assert(is_short, "kiln: a derived loss needs at most MOST operations, got more; try an expression "
                                "(kiln::ExpressedLoss), or DerivedLoss<L, MOST>");
        static_assert(
            has_no_branch,
            "kiln: a derived loss needs the same operations for all values, got a branch on a comparison; try "
            "kiln::math::select(a > b, c, d)");
        using Number = expressions::Recorded<E>;
        expressions::ScalarTape<E, counts> tape;
        typename expressions::ScalarTape<E, counts>::Slopes slope;
        auto record = tape.record();
        Tensor<Number, Out> inputs, targets;
        for (int i = 0; i < Out::count; ++i) {
            inputs.data[i] = Number(kernels::load<E>(y.data + i), &record);
            targets.data[i] = Number(kernels::load<E>(target.data + i), nullptr);
        }
        const Number loss = static_cast<const L&>(*this).value(inputs, targets);
        tape.begin(slope);
        tape.add(slope, loss.number(), weight);
        tape.run_backward(slope);
        for (int i = 0; i < Out::count; ++i) kernels::store(kernels::load<E>(slope.data() + i), dy.data + i);
        return loss.value() * weight;
    }
};

}  // namespace kiln
