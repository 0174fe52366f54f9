// SPDX-License-Identifier: BSL-1.0
#pragma once
// The expression of a user's type, and the verdict on its shapes.

#include <kiln/core/contract.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/expressions/detail/memory.hpp>
#include <kiln/expressions/detail/program.hpp>

#include <boost/hana/accessors.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln {

// The words in which an expression is reported that does not fit: the primitive, its need and its operands.
template <Primitive P, class Need, class Got>
struct primitive;
struct sizes_that_are_equal_or_1;
struct an_axis_of_the_value;
struct weights_of_two_axes_and_a_bias_for_each_row;
struct last_size_equal_to_the_columns_of_the_weights;
struct as_many_elements;
struct a_range_within_the_axis;
struct sizes_that_are_equal_but_for_the_axis;
struct a_table_with_a_row_for_each_token;
struct a_label_for_each_row_below_the_last_size;
struct one_number;                              // of a loss
struct a_symbol_for_each_input_and_parameter;   // of express
struct a_symbol_for_output_target_and_setting;  // of the express of a loss
struct select_in_the_place_of_a_branch;
struct a_shape_rule_for_parameters_that_depend_on_the_input;
template <int Most>
struct primitives_of_at_most;

}  // namespace kiln

namespace kiln::inline KILN_TARGET::expressions {

template <Unmet>
struct need_named {
    using type = anything_else;
};
#define KILN_NEED(unmet, ...)           \
    template <>                         \
    struct need_named<Unmet::unmet> {   \
        using type = kiln::__VA_ARGS__; \
    }
KILN_NEED(real_numbers, real_numbers);
KILN_NEED(sizes_equal_or_one, sizes_that_are_equal_or_1);
KILN_NEED(axis, an_axis_of_the_value);
KILN_NEED(matrices, matrices);
KILN_NEED(equal_leading_sizes, equal_leading_sizes);
KILN_NEED(columns_equal_to_rows, columns_equal_to_rows);
KILN_NEED(equal_columns, equal_columns);
KILN_NEED(weight_and_bias, weights_of_two_axes_and_a_bias_for_each_row);
KILN_NEED(last_size, last_size_equal_to_the_columns_of_the_weights);
KILN_NEED(as_many_elements, as_many_elements);
KILN_NEED(range, a_range_within_the_axis);
KILN_NEED(sizes_equal_elsewhere, sizes_that_are_equal_but_for_the_axis);
KILN_NEED(table_of_all_tokens, a_table_with_a_row_for_each_token);
KILN_NEED(labels_of_last_axis, a_label_for_each_row_below_the_last_size);
#undef KILN_NEED

/// The program of `Source`, which has `express` with symbols for `Source::inputs` values and further arguments.
template <class Source, int Arguments>
struct ProgramOf {
    static constexpr bool is_callable = []<std::size_t... I>(std::index_sequence<I...>) {
        return requires(Symbol symbol) { Symbol(Source::express((static_cast<void>(I), symbol)...)); };
    }
    (kiln::detail::IndicesBelow<Arguments>{});
    static constexpr Notes notes = [] {
        if constexpr (is_callable)
            return note_expression([](auto... symbols) { return Source::express(symbols...); }, Source::inputs,
                                   kiln::detail::IndicesBelow<Arguments>{});
        else
            return note_expression([](Symbol first, auto...) { return first; }, Source::inputs,
                                   kiln::detail::IndicesBelow<Arguments>{});
    }();
    static constexpr auto program = program_of<notes.count>(notes);
};

/// Whether an expression can be computed for some arguments; else `express_need` says why not.
template <class Of>
inline constexpr bool is_sound = Of::is_callable && !Of::notes.too_long && !Of::notes.branches;
template <class Of, class Arguments>
using express_need = std::conditional_t<
    !Of::is_callable, Arguments,
    std::conditional_t<Of::notes.branches, select_in_the_place_of_a_branch, primitives_of_at_most<Notes::most>>>;

/// Whether backward may read one of the first `inputs` arguments, for some sizes of the arguments.
constexpr bool may_read_inputs(const auto& program, int inputs) {
    bool needed[Notes::most] = {};
    for (int i = program.count - 1; i >= program.arguments; --i) {
        const Operation& operation = program[i];
        const bool again = operation.primitive == Primitive::reshape || !is_costly(operation.primitive);
        for (int k = 0; k < operation.operands; ++k) {
            needed[operation.operand[k]] = needed[operation.operand[k]] || (needed[i] && again);
            if (!has_derivative(operation.primitive, k)) continue;
            for (int other = 0; other < operation.operands; ++other)
                if (derivative_reads(operation, k, other)) needed[operation.operand[other]] = true;
        }
    }
    for (int i = 0; i < inputs; ++i)
        if (needed[i]) return true;
    return false;
}
/// Whether backward reads the result.
constexpr bool reads_result(const auto& program) {
    const Operation& last = program[program.count - 1];
    for (int k = 0; k < last.operands; ++k)
        if (derivative_reads(last, k, -1)) return is_costly(last.primitive);
    return false;
}
/// Whether an argument serves as whole numbers.
constexpr bool is_index(const auto& program, int argument) {
    for (int i = program.arguments; i < program.count; ++i)
        if ((program[i].primitive == Primitive::gather || program[i].primitive == Primitive::pick) &&
            program[i].operand[1] == argument)
            return true;
    return false;
}
/// The multiply-adds of products, and the multiplications of other primitives.
constexpr long long multiply_adds_of(const auto& program, const auto& shapes) {
    long long sum = 0;
    for (int i = program.arguments; i < program.count; ++i) {
        const Operation& operation = program[i];
        const Extents& first = shapes[operation.operand[operation.primitive == Primitive::affine ? 1 : 0]];
        if (operation.primitive == Primitive::matmul || operation.primitive == Primitive::affine)
            sum += shapes[i].count() * first[first.rank - 1];
        if (operation.primitive == Primitive::multiply || operation.primitive == Primitive::softmax ||
            operation.primitive == Primitive::mean)
            sum += shapes[i].count();
    }
    return sum;
}

/// The shapes of an operation's operands.
template <class G, int I, class Operands>
struct shapes_of_operands;
template <class G, int I, std::size_t... K>
struct shapes_of_operands<G, I, std::index_sequence<K...>> {
    using type = Shapes<typename G::template ShapeOf<G::program[I].operand[K]>...>;
};
template <class G, int I>
struct shapes_of_operands<G, I, std::index_sequence<0>> {
    using type = typename G::template ShapeOf<G::program[I].operand[0]>;
};

/// The need of the first primitive that does not fit.
template <class G>
constexpr auto need_of_primitive() {
    constexpr int misfit = G::shapes.misfit;
    if constexpr (misfit < 0) {
        return static_cast<anything_else*>(nullptr);
    } else {
        constexpr auto& operation = G::program[misfit];
        using Operands = typename shapes_of_operands<G, misfit, kiln::detail::IndicesBelow<operation.operands>>::type;
        return static_cast<
            primitive<operation.primitive, expects<typename need_named<G::shapes.unmet>::type>, got<Operands>>*>(
            nullptr);
    }
}

// ---- Members of records ----

template <class Accessors>
struct members_in;
template <template <class...> class Tuple, template <class, class> class Pair, class... Key, class... Member>
struct members_in<Tuple<Pair<Key, Member>...>> {
    using type = kiln::detail::types<Member...>;
};
/// Tensor I of a record.
template <std::size_t I>
constexpr auto& member_at(auto& record) {
    using Record = std::remove_cvref_t<decltype(record)>;
    if constexpr (is_nothing<Record>)
        return record;
    else
        return kiln::detail::type_at<I, typename members_in<decltype(hana::accessors_impl<Record>::apply())>::type>{}(
            record);
}

}  // namespace kiln::inline KILN_TARGET::expressions
