// SPDX-License-Identifier: BSL-1.0
#pragma once
// The memory of an expression. Step s runs forward at time s, and backward at time 2 S - 1 - s, where S is the number
// of steps. Values and slopes that are alive at different times share bytes (core/detail/packing.hpp). The result and
// its slope are the caller's.

#include <kiln/core/detail/overlay.hpp>
#include <kiln/core/detail/packing.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/expressions/detail/program.hpp>
#include <kiln/expressions/detail/steps.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::expressions {

/// An argument of an expression: a value whose elements belong to the samples, parameters, which are scalars, or
/// numbers without a derivative.
enum class Argument : unsigned char { input, parameter, fixed };

/// The arguments whose slopes are wanted: bit a stands for argument a.
using ArgumentSet = unsigned long long;

/// The uses of memory: from forward to backward, within a training pass, in inference, or all of a loss.
enum class Memory : unsigned char { tape, scratch, inference, whole };

/// The use of a place.
enum class Purpose : unsigned char { value, slope, term, spread, sum, powers };
struct Place {
    Purpose purpose = Purpose::value;
    int number = 0;   // an operation, which is a home
    int step = -1;    // of a term, of a spread and of powers
    int operand = 0;  // of a term
    friend constexpr bool operator==(const Place&, const Place&) = default;
};

/// The graph of function F, a description of an expression: its program, the extents and the kinds of its arguments.
template <class F>
struct Graph {
    static constexpr auto& program = F::program;
    static constexpr int count = program.count, arguments = program.arguments, root = count - 1;
    static constexpr Inference<count> shapes = infer(program, F::extents.data());
    static constexpr Steps<count> steps = make_steps(program, shapes);
    template <int I>
    using ShapeOf = shape_of<shapes[I]>;

    static constexpr ArgumentSet arguments_of_kind(Argument kind) {
        ArgumentSet set = 0;
        for (int i = 0; i < arguments; ++i)
            if (F::kinds[static_cast<std::size_t>(i)] == kind) set |= ArgumentSet{1} << i;
        return set;
    }
    static constexpr ArgumentSet inputs = arguments_of_kind(Argument::input),
                                 parameters = arguments_of_kind(Argument::parameter), all = inputs | parameters;
    static constexpr bool is_parameter(int home) { return home < arguments && (parameters >> home & 1) != 0; }

    template <ArgumentSet Wanted>
    static constexpr Needs<count> needs = [] {
        bool wanted[64] = {};
        for (int i = 0; i < arguments; ++i) wanted[i] = (Wanted >> i & 1) != 0;
        return make_needs(program, steps, wanted);
    }();

    /// Whether a value has a place of its own that backward reads.
    static constexpr bool is_kept(int home) { return steps.step[home] >= 0 && home != root && needs<all>.kept[home]; }
    static constexpr bool is_home(int i) { return steps.step[i] >= 0 && steps.home[i] == i; }
    static constexpr bool is_chain(int step) {
        for (int i = arguments; i < count; ++i)
            if (is_home(i) && steps.step[i] == step) return is_pointwise(program[i].primitive);
        return false;
    }
    /// Whether the gradient of a parameter is summed in a place of its own, and added at once.
    template <ArgumentSet Wanted>
    static constexpr bool is_summed(int parameter) {
        if (needs<Wanted>.uses[parameter] > 1) return true;
        for (int i = arguments; i < count; ++i)
            if (program[i].primitive == Primitive::gather && steps.home[program[i].operand[0]] == parameter)
                return true;
        return false;
    }
    /// Whether operand k of operation i is the first, on the way back, that writes the slope of its home.
    template <ArgumentSet Wanted>
    static constexpr bool writes_first(int i, int k) {
        const Needs<count>& need = needs<Wanted>;
        const int home = steps.home[program[i].operand[k]];
        if (steps.step[i] != need.last_user[home]) return false;
        for (int before = 0; before < k; ++before)
            if (need.slope[program[i].operand[before]] && has_derivative(program[i].primitive, before) &&
                steps.home[program[i].operand[before]] == home)
                return false;
        return true;
    }

    // ---- Places ----

    static constexpr int ends = 2 * steps.count - 1;  // the time when step 0 runs backward
    static constexpr std::size_t most_places = 2 * static_cast<std::size_t>(count * (1 + Operation::most_operands));
    struct Places {
        std::size_t count = 0;
        std::array<Place, most_places> at{};
        std::array<kiln::detail::Lifetime, most_places> life{};

        constexpr void add(const Place& place, int begin, int end, std::size_t element) {
            const auto bytes = static_cast<std::size_t>(shapes[place.number].count()) * element;
            at[count] = place;
            life[count++] = {.size = (bytes + 63) / 64 * 64, .begin = begin, .end = end};
        }
    };

    /// The exponentials of log_sum_exp, which are costly too, have a place of their own.
    static constexpr bool keeps_powers(int i) {
        return program[i].primitive == Primitive::log_sum_exp && needs<all>.slope[i];
    }
    static constexpr Place powers_of(int i) { return {Purpose::powers, program[i].operand[0], steps.step[i]}; }

    static constexpr void add_values(Places& places, Memory memory, std::size_t element) {
        for (int i = arguments; i < count; ++i) {
            if (!is_home(i)) continue;
            const int begin = steps.step[i];
            if (keeps_powers(i) && (memory == Memory::tape || memory == Memory::whole))
                places.add(powers_of(i), begin, ends - begin, element);
            if (i == root) continue;
            const bool kept = is_kept(i) && memory != Memory::inference;
            if (kept && memory != Memory::scratch)
                places.add({Purpose::value, i}, begin, ends - needs<all>.until[i], element);
            else if (!kept && memory != Memory::tape && steps.is_outside[i])
                places.add({Purpose::value, i}, begin, steps.last_reader[i], element);
        }
    }
    template <ArgumentSet Wanted>
    static constexpr void add_slopes(Places& places, std::size_t element, std::size_t scalar) {
        const Needs<count>& need = needs<Wanted>;
        for (int i = 0; i < count; ++i) {
            if (steps.home[i] != i || !need.slope[i]) continue;
            if (is_home(i) && i != root && steps.is_outside[i])
                places.add({Purpose::slope, i}, ends - need.last_user[i], ends - steps.step[i], element);
            if (is_parameter(i) && is_summed<Wanted>(i))
                places.add({Purpose::sum, i}, ends - need.last_user[i], ends - need.first_user[i], scalar);
        }
        for (int i = arguments; i < count; ++i) {
            if (!is_home(i) || !need.slope[i]) continue;
            const int time = ends - steps.step[i];
            const Primitive p = program[i].primitive;
            for (int k = 0; k < program[i].operands; ++k) {
                const int home = steps.home[program[i].operand[k]];
                if (!need.slope[program[i].operand[k]] || !has_derivative(p, k)) continue;
                const Place spread{Purpose::spread, home, steps.step[i]};
                if (is_pointwise(p) && is_parameter(home) && find(places, spread) == places.count)
                    places.add(spread, time, time, element);
                if ((p == Primitive::matmul || p == Primitive::affine) && !is_parameter(home) &&
                    !writes_first<Wanted>(i, k))
                    places.add({Purpose::term, home, steps.step[i], k}, time, time, element);
            }
        }
    }
    static constexpr std::size_t find(const Places& places, const Place& place) {
        for (std::size_t i = 0; i < places.count; ++i)
            if (places.at[i] == place) return i;
        return places.count;
    }

    /// The layout of a memory for elements E, of which the slopes of `Wanted` are computed.
    template <Memory M, class E, ArgumentSet Wanted>
    struct Layout {
        static constexpr Memory memory = M;
        static constexpr Places places = [] {
            Places all;
            add_values(all, M, sizeof(E));
            if (M == Memory::scratch || M == Memory::whole) add_slopes<Wanted>(all, sizeof(E), sizeof(scalar_t<E>));
            return all;
        }();
        static constexpr auto packing = [] {
            std::array<kiln::detail::Lifetime, places.count> life{};
            for (std::size_t i = 0; i < places.count; ++i) life[i] = places.life[i];
            return kiln::detail::pack(life);
        }();
        static constexpr std::size_t bytes = packing.bytes, lower_bound = packing.lower_bound, none = places.count;
        static constexpr auto& offset = packing.offset;
        static constexpr std::size_t find(const Place& place) { return Graph::find(places, place); }

        template <std::size_t I>
        using Held = Tensor<std::conditional_t<places.at[I].purpose == Purpose::sum, scalar_t<E>, E>,
                            ShapeOf<places.at[I].number>>;
        template <class Indices>
        struct overlay;
        template <std::size_t... I>
        struct overlay<std::index_sequence<I...>> {
            using type = std::conditional_t<sizeof...(I) == 0, Nothing, Overlay<Layout, Held<I>...>>;
        };
        using type = typename overlay<std::make_index_sequence<places.count>>::type;
    };
    template <Memory M, class E, ArgumentSet Wanted = all>
    using Held = typename Layout<M, E, Wanted>::type;
};

}  // namespace kiln::inline KILN_TARGET::expressions
