// SPDX-License-Identifier: BSL-1.0
#pragma once
// The values and slopes of a pass over an expression, each at its place.

#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/expressions/detail/memory.hpp>

#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>

#include <cstddef>

namespace kiln::inline KILN_TARGET::expressions {

/// Everything that a pass works with. `Arguments` are pointers to the arguments, `Slopes` pointers to their slopes,
/// where they are wanted.
template <class F, class E, ArgumentSet W, class Arguments, class Slopes, class Y, class DY, class Tape, class Scratch>
struct Frame {
    using G = Graph<F>;
    using Element = E;
    static constexpr ArgumentSet wanted = W;
    static constexpr bool has_tape = !is_nothing<Tape>;

    const Arguments& arguments;
    const Slopes& slopes;
    Y& y;
    DY& dy;
    Tape& tape;
    Scratch& scratch;

    /// Whether backward finds the value where forward left it.
    static constexpr bool keeps(int home) {
        return G::is_kept(home) || (home == G::root && is_costly(G::program[home].primitive));
    }
    /// Whether a value has a place, in a pass with backward (`trains`) or without.
    static constexpr bool trains = [] {
        if constexpr (is_nothing<Scratch>)
            return has_tape;
        else
            return has_tape || Scratch::Offsets::memory == Memory::whole;
    }();
    static constexpr bool stores(int home) { return G::steps.is_outside[home] || (trains && G::is_kept(home)); }

    template <Place At>
    constexpr auto& in_scratch() const {
        return scratch.template get<Scratch::Offsets::find(At)>();
    }
    template <int Home>
    constexpr auto& value() const {
        if constexpr (Home < G::arguments)
            return *hana::at_c<static_cast<std::size_t>(Home)>(arguments);
        else if constexpr (Home == G::root)
            return y;
        else if constexpr (has_tape && G::is_kept(Home))
            return tape.template get<Tape::Offsets::find({Purpose::value, Home})>();
        else
            return in_scratch<Place{Purpose::value, Home}>();
    }
    // The place of the powers of operation I, as a pointer; Nothing in inference.
    template <int I>
    constexpr auto powers() const {
        constexpr Place at = G::powers_of(I);
        if constexpr (!trains || !G::keeps_powers(I))
            return Nothing{};
        else if constexpr (has_tape)
            return tape.template get<Tape::Offsets::find(at)>().data;
        else
            return in_scratch<at>().data;
    }
    template <int Home>
    constexpr auto& slope() const {
        if constexpr (Home < G::arguments)
            return *hana::at_c<static_cast<std::size_t>(Home)>(slopes);
        else if constexpr (Home == G::root)
            return dy;
        else
            return in_scratch<Place{Purpose::slope, Home}>();
    }
    template <int Parameter>
    constexpr auto& gradient() const {
        if constexpr (G::template is_summed<wanted>(Parameter))
            return in_scratch<Place{Purpose::sum, Parameter}>();
        else
            return slope<Parameter>();
    }
};

}  // namespace kiln::inline KILN_TARGET::expressions
