// SPDX-License-Identifier: BSL-1.0
#pragma once
// A layer that is written as an expression of tensors. The layer derives from Expressed<itself>; its shape, memory,
// forward and backward follow from the expression:
//
//   template <int In, int Out>
//   struct Dense : kiln::Expressed<Dense<In, Out>> {
//       template <class S, class>
//       struct Parameters {
//           BOOST_HANA_DEFINE_STRUCT(Parameters, (kiln::Tensor<S, kiln::Shape<Out, In>>, weight),
//                                    (kiln::Tensor<S, kiln::Shape<Out>>, bias));
//       };
//       static constexpr auto express(auto x, auto weight, auto bias) { return tanh(affine(weight, x, bias)); }
//   };
//
// `express` gets a symbol for x, then one for each parameter in the order of the record. expressions/symbol.hpp lists
// all primitives. A layer that reads several values says how many, `static constexpr int inputs = 2`, and `express`
// gets a symbol for each.
//
// Parameters whose sizes depend on the shape of the input need a shape rule of the layer's own.
//
// Cost: that of the primitives. Neighbouring primitives that compute element by element are one loop. Backward computes
// the derivatives of all primitives, in the reverse order; values that it needs are kept, or computed again where that
// is cheap.

#include <kiln/core/contract.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/record.hpp>
#include <kiln/expressions/detail/frame.hpp>
#include <kiln/expressions/detail/framewise.hpp>
#include <kiln/expressions/detail/function.hpp>
#include <kiln/expressions/detail/passes.hpp>
#include <kiln/expressions/symbol.hpp>

#include <boost/hana/basic_tuple.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::expressions {

// Two inputs, to see whether the sizes of parameters depend on the input.
using OneInput = Shape<1, 1, 1, 1, 1>;
using AnotherInput = Shape<2, 2, 2, 2, 2>;

template <class L>
struct LayerProgram {
    static constexpr auto& parameters = schema<parameters_t<L, float, OneInput>>;
    static constexpr int inputs = L::inputs, arguments = inputs + static_cast<int>(parameters.size());
    using Of = ProgramOf<L, arguments>;
    static constexpr bool parameters_are_known = [] {
        const auto& others = schema<parameters_t<L, float, AnotherInput>>;
        for (std::size_t i = 0; i < parameters.size(); ++i)
            if (parameters[i].extents != others[i].extents) return false;
        return true;
    }();

    static constexpr bool is_sound = expressions::is_sound<Of> && parameters_are_known;

    /// The shapes of all values, for the extents of the inputs.
    static constexpr auto infer_for(const Extents* in) {
        std::array<Extents, static_cast<std::size_t>(arguments)> extents{};
        for (std::size_t i = 0; i < extents.size(); ++i)
            extents[i] = i < static_cast<std::size_t>(inputs) ? in[i] : parameters[i - inputs].extents;
        return infer(Of::program, extents.data());
    }
};

template <class In>
struct inputs_of {
    static constexpr std::array<Extents, 1> extents{In::extents};
};
template <class... In>
struct inputs_of<Shapes<In...>> {
    static constexpr std::array<Extents, sizeof...(In)> extents{In::extents...};
};

/// The expression of layer L on inputs of shape In.
template <class L, class In>
struct LayerFunction {
    using Input = In;
    static constexpr auto& program = LayerProgram<L>::Of::program;
    static constexpr int inputs = LayerProgram<L>::inputs;
    static constexpr std::size_t arguments = static_cast<std::size_t>(program.arguments);
    static constexpr std::array<Extents, arguments> extents = [] {
        const auto& parameters = schema<parameters_t<L, float, In>>;
        const auto& in = inputs_of<In>::extents;
        std::array<Extents, arguments> all{};
        for (std::size_t i = 0; i < arguments; ++i)
            all[i] = i < static_cast<std::size_t>(inputs) ? in[i < in.size() ? i : 0] : parameters[i - inputs].extents;
        return all;
    }();
    static constexpr std::array<Argument, arguments> kinds = [] {
        std::array<Argument, arguments> all{};
        for (std::size_t i = 0; i < arguments; ++i)
            all[i] = i >= static_cast<std::size_t>(inputs) ? Argument::parameter
                     : extents[i].values != 0              ? Argument::fixed
                                                           : Argument::input;
        return all;
    }();
};

/// The shape of x, or the shapes of several inputs.
template <class X>
struct shape_of_inputs;
template <class X>
    requires requires { typename X::Dimensions; }
struct shape_of_inputs<X> {
    using type = typename X::Dimensions;
};
template <template <class...> class Several, class... T>
    requires(...&& requires { typename std::remove_const_t<T>::Dimensions; })
struct shape_of_inputs<Several<T...>> {
    using type = Shapes<typename T::Dimensions...>;
};

/// Input I of a layer, or its slope.
template <std::size_t I>
constexpr auto& input_at(auto& x) {
    if constexpr (requires { x.template get<static_cast<int>(I)>(); })
        return x.template get<static_cast<int>(I)>();
    else
        return x;
}
template <std::size_t... I, std::size_t... P>
constexpr auto pointers_to(auto& x, auto& record, std::index_sequence<I...>, std::index_sequence<P...>) {
    return hana::basic_tuple<std::remove_reference_t<decltype(input_at<I>(x))>*...,
                             std::remove_reference_t<decltype(member_at<P>(record))>*...>{&input_at<I>(x)...,
                                                                                          &member_at<P>(record)...};
}
// The arguments whose slopes are not Nothing.
template <class F, class... T>
constexpr ArgumentSet wanted_in(const hana::basic_tuple<T*...>*) {
    ArgumentSet set = 0;
    int i = 0;
    for (const bool wanted : {!is_nothing<T>...}) set |= static_cast<ArgumentSet>(wanted) << i++;
    return set & Graph<F>::all;
}

/// The need of layer L that an input of shape In does not meet.
template <class L, class In>
constexpr auto need_of_layer() {
    using Program = LayerProgram<L>;
    if constexpr (!is_sound<typename Program::Of>)
        return static_cast<express_need<typename Program::Of, a_symbol_for_each_input_and_parameter>*>(nullptr);
    else if constexpr (!Program::parameters_are_known)
        return static_cast<a_shape_rule_for_parameters_that_depend_on_the_input*>(nullptr);
    else
        return need_of_primitive<Graph<LayerFunction<L, In>>>();
}
/// Whether a layer with a shape rule of its own has the shape that its expression has.
template <class L, class In>
constexpr bool has_shape_of_expression() {
    using G = Graph<LayerFunction<L, In>>;
    return is_sound<typename LayerProgram<L>::Of> && G::shapes.misfit < 0 &&
           std::is_same_v<typename G::template ShapeOf<G::root>, output_t<L, In>>;
}

template <Wanted W>
inline constexpr Memory memory_of = W == Wanted::outputs ? Memory::inference : Memory::scratch;

}  // namespace kiln::inline KILN_TARGET::expressions

namespace kiln {

/// The base class of layer `L`, which is written as an expression.
template <class L>
struct Expressed {
    using claims_of = L;
    static constexpr int inputs = 1;
    static constexpr bool takes_tokens = expressions::is_index(expressions::LayerProgram<L>::Of::program, 0);
    static constexpr bool reads_input =
        expressions::may_read_inputs(expressions::LayerProgram<L>::Of::program, L::inputs);
    static constexpr bool reads_output = expressions::reads_result(expressions::LayerProgram<L>::Of::program);
    static constexpr bool backward_without_gradients = true;

    static constexpr Fit shape(std::same_as<Extents> auto first,
                               std::same_as<Extents> auto... others) requires(sizeof...(others) == 0 ||
                                                                              sizeof...(others) + 1 == L::inputs) {
        using Program = expressions::LayerProgram<L>;
        if constexpr (sizeof...(others) + 1 == L::inputs && Program::is_sound) {
            const Extents in[] = {first, others...};
            const auto shapes = Program::infer_for(in);
            return {.out = shapes.extents.back(), .fits = shapes.misfit < 0};
        } else {
            return {.out = first, .fits = false};
        }
    }
    template <class In>
    using needs = std::remove_pointer_t<decltype(expressions::need_of_layer<L, In>())>;

    static constexpr long long multiply_adds(std::same_as<Extents> auto... in) requires(sizeof...(in) == L::inputs) {
        using Program = expressions::LayerProgram<L>;
        const Extents all[] = {in...};
        return expressions::multiply_adds_of(Program::Of::program, Program::infer_for(all));
    }

    static constexpr bool framewise(std::same_as<Extents> auto... in) requires(sizeof...(in) == L::inputs) {
        using Program = expressions::LayerProgram<L>;
        const Extents all[] = {in...};
        const auto shapes = Program::infer_for(all);
        return Program::is_sound && shapes.misfit < 0 &&
               expressions::maps_frames(Program::Of::program, shapes, L::inputs);
    }

    template <class E, class In>
    using Tape =
        typename expressions::Graph<expressions::LayerFunction<L, In>>::template Held<expressions::Memory::tape, E>;
    template <class E, class In, Wanted W>
    using Scratch = typename expressions::Graph<expressions::LayerFunction<L, In>>::template Held<
        expressions::memory_of<W>, E,
        W == Wanted::all_gradients ? expressions::Graph<expressions::LayerFunction<L, In>>::all
                                   : expressions::Graph<expressions::LayerFunction<L, In>>::parameters>;

    static constexpr void forward(const auto& x, auto& y, auto at) {
        using E = typename std::remove_cvref_t<decltype(y)>::Element;
        using F = Function<decltype(x)>;
        static_assert(expressions::has_shape_of_expression<L, typename F::Input>(),
                      "kiln: a shape rule of one's own needs the shape of the expression, got another; try to leave it "
                      "out, or compare both");
        const auto arguments = pointers<F>(x, at.parameters);
        Nothing none;
        using Frame = expressions::Frame<F, E, 0, decltype(arguments), Nothing, std::remove_reference_t<decltype(y)>,
                                         Nothing, std::remove_reference_t<decltype(at.tape)>,
                                         std::remove_reference_t<decltype(at.scratch)>>;
        expressions::forward_expression<F>(Frame{arguments, none, y, none, at.tape, at.scratch});
    }
    static constexpr void backward(const auto& x, const auto& y, const auto& dy, auto& dx, auto at) {
        using E = typename std::remove_cvref_t<decltype(y)>::Element;
        using F = Function<decltype(x)>;
        const auto arguments = pointers<F>(x, at.parameters);
        const auto slopes = pointers<F>(dx, at.gradients);
        using Slopes = std::remove_cvref_t<decltype(slopes)>;
        constexpr auto wanted = expressions::wanted_in<F>(static_cast<const Slopes*>(nullptr));
        using Frame = expressions::Frame<F, E, wanted, decltype(arguments), Slopes, decltype(y), decltype(dy),
                                         std::remove_reference_t<decltype(at.tape)>,
                                         std::remove_reference_t<decltype(at.scratch)>>;
        expressions::backward_expression<F>(Frame{arguments, slopes, y, dy, at.tape, at.scratch});
    }

  private:
    template <class X>
    using Function = expressions::LayerFunction<L, typename expressions::shape_of_inputs<std::remove_cvref_t<X>>::type>;
    template <class F>
    static constexpr auto pointers(auto& x, auto& record) {
        return expressions::pointers_to(x, record, detail::IndicesBelow<F::inputs>{},
                                        std::make_index_sequence<F::arguments - F::inputs>{});
    }
};

}  // namespace kiln
