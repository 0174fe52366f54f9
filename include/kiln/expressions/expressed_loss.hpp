// SPDX-License-Identifier: BSL-1.0
#pragma once
// A loss that is written as an expression of tensors. The loss derives from ExpressedLoss<itself>; its slope follows
// from the expression:
//
//   struct Squares : kiln::ExpressedLoss<Squares> {
//       static constexpr auto express(auto y, auto target) { return mean(square(y - target)); }
//   };
//
// `express` gets a symbol for the output and one for the target, and returns one number, the loss of a sample. The
// target is a tensor of the output's shape. For classes the loss says `template <class> using Target = int;`, and the
// target is a label for `pick`: -log(pick(softmax(y, Axis{0}), label)).
//
// Settings are members that the expression reads: `settings` lists them, and `express` gets a symbol for each.
//
//   float delta = 1;
//   constexpr Mine() = default;
//   constexpr explicit Mine(float limit) : delta(limit) {}  // for g++ warns of Mine{.delta = 2}, which has a base
//   static constexpr auto settings() { return std::array{&Mine::delta}; }
//   static constexpr auto express(auto y, auto target, auto delta);
//
// A loss with `float share(int label) const` (class weights) is multiplied by the sample's share. All other members of
// a loss, such as `judged_by` and `fault`, are as in core/contract/loss.hpp.

#include <kiln/core/contract.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/expressions/detail/frame.hpp>
#include <kiln/expressions/detail/function.hpp>
#include <kiln/expressions/detail/passes.hpp>
#include <kiln/expressions/symbol.hpp>

#include <boost/hana/basic_tuple.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::expressions {

template <class L>
constexpr std::size_t setting_count() {
    if constexpr (requires { L::settings(); })
        return L::settings().size();
    else
        return 0;
}

/// The arguments of loss L: the output, the target, the settings.
template <class L>
struct LossProgram {
    static constexpr bool of_labels = std::is_same_v<typename L::template Target<Shape<1>>, int>;
    static constexpr std::size_t arguments = 2 + setting_count<L>();
    struct Source {  // a loss reads one output, and its other arguments are elements too
        static constexpr int inputs = static_cast<int>(arguments);
        static constexpr auto express(auto... symbols) requires requires { L::express(symbols...); }
        { return L::express(symbols...); }
    };
    using Of = ProgramOf<Source, static_cast<int>(arguments)>;

    static constexpr std::array<Extents, arguments> extents_for(const Extents& output, const Extents& target) {
        std::array<Extents, arguments> extents{};
        for (std::size_t i = 2; i < arguments; ++i) extents[i] = Extents{1};
        extents[0] = output;
        extents[1] = target;
        if (of_labels) {
            extents[1] = Extents{1};
            extents[1].values = output[output.rank - 1];
        }
        return extents;
    }
};

template <class Target, class Out>
struct extents_of_target {
    static constexpr Extents value = Out::extents;
};
template <class S, class Out>
struct extents_of_target<Tensor<float, S>, Out> {
    static constexpr Extents value = S::extents;
};

/// The expression of loss L for outputs of shape Out.
template <class L, class Out>
struct LossFunction {
    using Program = LossProgram<L>;
    static constexpr auto& program = Program::Of::program;
    static constexpr std::array<Extents, Program::arguments> extents =
        Program::extents_for(Out::extents, extents_of_target<typename L::template Target<Out>, Out>::value);
    static constexpr std::array<Argument, Program::arguments> kinds = [] {
        std::array<Argument, Program::arguments> all{};
        for (Argument& kind : all) kind = Argument::fixed;
        all[0] = Argument::input;
        return all;
    }();
};

template <class L, class Out>
constexpr auto need_of_loss() {
    using G = Graph<LossFunction<L, Out>>;
    using Of = typename LossProgram<L>::Of;
    if constexpr (!is_sound<Of>)
        return static_cast<express_need<Of, a_symbol_for_output_target_and_setting>*>(nullptr);
    else if constexpr (G::shapes.misfit < 0 && G::shapes[G::root].count() != 1)
        return static_cast<
            primitive<G::program[G::root].primitive, expects<one_number>, got<typename G::template ShapeOf<G::root>>>*>(
            nullptr);
    else
        return need_of_primitive<G>();
}

}  // namespace kiln::inline KILN_TARGET::expressions

namespace kiln {

/// The base class of loss `L`, which is written as an expression.
template <class L>
struct ExpressedLoss {
    template <class Out>
    using Target = Tensor<float, Out>;

    static constexpr Fit fits(Extents output) {
        using Program = expressions::LossProgram<L>;
        const auto extents = Program::extents_for(output, output);
        const auto shapes = expressions::infer(Program::Of::program, extents.data());
        const bool is_number = shapes.misfit < 0 && shapes.extents.back().count() == 1;
        return {.out = output, .fits = expressions::is_sound<typename Program::Of> && is_number};
    }
    template <class Out>
    using needs = std::remove_pointer_t<decltype(expressions::need_of_loss<L, Out>())>;
    static constexpr bool valid(int label,
                                Extents output) requires(std::is_same_v<typename L::template Target<Shape<1>>, int>) {
        return 0 <= label && label < output[output.rank - 1];
    }

    template <class E, class Out>
    constexpr E operator()(const Tensor<E, Out>& y, const auto& targets, const E& weight, Tensor<E, Out>& dy) const {
        using F = expressions::LossFunction<L, Out>;
        return run<F>(y, targets, weight, dy, std::make_index_sequence<F::extents.size() - 2>{});
    }

  private:
    template <class F, class E, class Out, std::size_t... S>
    constexpr E run(const Tensor<E, Out>& y, const auto& targets, const E& weight, Tensor<E, Out>& dy,
                    std::index_sequence<S...>) const {
        using G = expressions::Graph<F>;
        using One = Tensor<E, typename G::template ShapeOf<G::root>>;
        const auto& target = tensor_of<G>(targets);
        const L& loss = static_cast<const L&>(*this);
        const Tensor<E, Shape<1>> setting[] = {{E(static_cast<scalar_t<E>>(loss.*(L::settings()[S])))}...,
                                               {E(scalar_t<E>(0))}};
        const auto arguments = hana::basic_tuple<const Tensor<E, Out>*, std::remove_reference_t<decltype(target)>*,
                                                 std::conditional_t<S == S, const Tensor<E, Shape<1>>*, void>...>{
            &y, &target, &setting[S]...};
        const auto slopes = hana::basic_tuple<Tensor<E, Out>*>{&dy};
        One value;
        const One slope{shared_weight(targets, weight)};
        Nothing tape;
        typename G::template Held<expressions::Memory::whole, E> memory;
        const expressions::Frame<F, E, 1, decltype(arguments), decltype(slopes), One, const One, Nothing,
                                 decltype(memory)>
            frame{arguments, slopes, value, slope, tape, memory};
        expressions::differentiate_expression<F>(frame);
        return value.data[0] * slope.data[0];
    }
    // Labels as a tensor of whole numbers. A lane without a sample may hold any number.
    template <class G, class Targets>
    static constexpr decltype(auto) tensor_of(const Targets& targets) {
        if constexpr (requires { typename Targets::Dimensions; }) {
            return (targets);
        } else {
            constexpr int lanes = static_cast<int>(std::tuple_size_v<Targets>);
            using E = std::conditional_t<lanes == 1, float, Lanes<float, lanes>>;
            Tensor<E, typename G::template ShapeOf<1>> labels;
            for (int l = 0; l < lanes; ++l) {
                const int label = targets[static_cast<std::size_t>(l)];
                set_lane(labels.data[0], l, 0 <= label && label < G::shapes[1].values ? label : 0);
            }
            return labels;
        }
    }
    template <class E, class Targets>
    constexpr E shared_weight(const Targets& targets, const E& weight) const {
        const L& loss = static_cast<const L&>(*this);
        if constexpr (requires { loss.share(targets[0]); }) {
            E shared = weight;
            for (int l = 0; l < width<E>; ++l)
                set_lane(shared, l, lane(weight, l) * scalar_t<E>(loss.share(targets[static_cast<std::size_t>(l)])));
            return shared;
        } else {
            return weight;
        }
    }
};

}  // namespace kiln
