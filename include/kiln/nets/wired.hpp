// SPDX-License-Identifier: BSL-1.0
#pragma once
// The members that every wired container has (core/contract/wiring.hpp), as a base class. A container of one's own that
// branches is a list of parts and their wiring:
//
//   template <class F>
//   struct Doubled : kiln::Wired<Doubled<F>> {                      // y = x + f(x)
//       static constexpr int depth = 2;
//       template <int I> using Layer = std::conditional_t<I == 0, F, kiln::Add>;
//       static constexpr kiln::Wiring<2, 2> wiring{.fan = {1, 2}, .from = {{{0}, {0, 1}}}, .outputs = {2}};
//   };

#include <kiln/core/container.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/contract/wiring.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/nets/detail/stage_graph.hpp>
#include <kiln/nets/node.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// The Fit of a part on the values that it reads.
template <class L, std::size_t Fan, std::size_t... P>
constexpr Fit fit_of_values(const Extents* values, const int* from, std::index_sequence<P...>) {
    if constexpr (Fan == 1)
        return fit_of<L>(values[from[0]]);
    else if constexpr (output_count<L> > 1)
        return {.out = values[from[0]], .fits = false};
    else if constexpr (requires { L::shape(values[from[P]]...); })
        return L::shape(values[from[P]]...);
    else
        return {.out = values[from[0]], .fits = false};
}

template <class L, class In>
inline constexpr bool puts_out_several = L::wiring.outputs.size() > 1;

// Whether the parts of container L are connected as they must be. A Graph's are, or it states its own mistake.
template <class L>
constexpr bool is_wired() {
    if constexpr (requires { L::has_parts; })
        return L::has_parts;
    else
        return L::wiring.misfit().mistake == std::remove_const_t<decltype(L::wiring)>::Mistake::none;
}
template <class L, class In>
inline constexpr bool is_wired_badly = !is_wired<L>();
template <class L, class In>
    requires requires { L::has_parts; }
inline constexpr bool is_wired_badly<L, In> = false;  // it has no parts, and says so itself
// The first mistake of a wiring, as a fact.
template <class L>
constexpr auto fact_of_wiring() {
    using M = typename std::remove_const_t<decltype(L::wiring)>::Mistake;
    constexpr auto misfit = L::wiring.misfit();
    using Step = typename step_into<L, misfit.part>::type;
    if constexpr (misfit.mistake == M::reads_nothing)
        return static_cast<graph_mismatch<Step, expects<at_least_one_value_to_read>>*>(nullptr);
    else if constexpr (misfit.mistake == M::reads_too_many)
        return static_cast<graph_mismatch<Step, expects<fewer_values_to_read>>*>(nullptr);
    else if constexpr (misfit.mistake == M::reads_later)
        return static_cast<graph_mismatch<Step, expects<earlier_values_to_read>>*>(nullptr);
    else if constexpr (misfit.mistake == M::is_never_read)
        return static_cast<graph_mismatch<Step, leads_to_no_output>*>(nullptr);
    else
        return static_cast<graph_mismatch<expects<outputs_that_are_parts>>*>(nullptr);
}
template <class L, class In>
struct mistake_of_wiring {
    using type = std::remove_pointer_t<decltype(fact_of_wiring<L>())>;
};

// The extents of all values of a wired container, and the first misfit.
template <int Values>
struct WiredExtents {
    std::array<Extents, static_cast<std::size_t>(Values)> value{};
    Fit fit{};
};
template <class L, std::size_t... I>
constexpr auto infer_extents(const Extents* in, std::index_sequence<I...>) {
    constexpr auto& wiring = L::wiring;
    WiredExtents<L::wiring.inputs + L::depth> all;
    for (std::size_t i = 0; i < static_cast<std::size_t>(wiring.inputs); ++i) all.value[i] = in[i];
    all.fit.got = in[0];
    const auto visit = [&](int part, Fit fit) {
        const Extents read = all.value[static_cast<std::size_t>(wiring.from[static_cast<std::size_t>(part)][0])];
        if (!fit.fits && all.fit.fits) {
            if (fit.depth == 0) fit.got = read;
            all.fit = fit.within(part);
        }
        all.value[static_cast<std::size_t>(wiring.inputs + part)] = fit.out;
    };
    [[maybe_unused]] const int each[] = {
        (visit(static_cast<int>(I), fit_of_values<typename L::template Layer<static_cast<int>(I)>, wiring.fan[I]>(
                                        all.value.data(), wiring.from[I].data(), IndicesBelow<wiring.fan[I]>{})),
         0)...};
    all.fit.out = all.value[static_cast<std::size_t>(wiring.outputs[0])];
    return all;
}

// The shape that part I of container L reads, for inputs In of the container.
template <class L, class In>
struct wired_values {
    static constexpr auto extents = infer_extents<L>(shapes_in<In>::extents.data(), IndicesBelow<L::depth>{}).value;
    template <int I, class Ports>
    struct read;
    template <int I, std::size_t... P>
    struct read<I, std::index_sequence<P...>> {
        using type = Shapes<shape_of<extents[L::wiring.from[I][P]]>...>;
    };
    template <int I>
    struct read<I, std::index_sequence<0>> {
        using type = shape_of<extents[L::wiring.from[I][0]]>;
    };
    template <class Indices>
    struct put_out;
    template <std::size_t... O>
    struct put_out<std::index_sequence<O...>> {
        using type = Shapes<shape_of<extents[static_cast<std::size_t>(L::wiring.outputs[O])]>...>;
    };
    using outputs = typename put_out<std::make_index_sequence<L::wiring.outputs.size()>>::type;
    template <int I>
    using input = typename read<I, IndicesBelow<L::wiring.fan[I]>>::type;
};

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// The base class of wired container `L`.
template <class L>
struct Wired {
    using claims_of = L;

    template <class In>
    using Stages = typename detail::stages_of_graph<L, In>::type;

    static constexpr Fit shape(Extents in) { return shape_of_all(in); }
    static constexpr Fit shape(Extents first, Extents second, std::same_as<Extents> auto... others) {
        return shape_of_all(first, second, others...);
    }
    template <int I, class In>
    using LayerInput = typename detail::wired_values<L, In>::template input<I>;

    /// The mistake of a wiring, where there is one.
    template <class In>
        requires detail::is_wired_badly<L, In>
    using Mistake = typename detail::mistake_of_wiring<L, In>::type;

    /// The shapes of the outputs, of a container that has several.
    template <class In>
        requires detail::puts_out_several<L, In>
    using Outputs = typename detail::wired_values<L, In>::outputs;

    template <class E, class In>
    using Tape = typename Stages<In>::template Tape<E>;
    template <class E, class In, Wanted W>
    using Scratch = typename Stages<In>::template Scratch<E, W>;

    template <class E, class In>
    static constexpr void forward(const Tensor<E, In>& x, auto& y, auto at) {
        Stages<In>::forward(x, y, at);
    }
    template <class E, class In>
    static constexpr void backward(const Tensor<E, In>& x, const auto& y, auto& dy, auto& dx, auto at) {
        Stages<In>::backward(x, y, dy, dx, at);
    }

    static void describe(const auto& x, auto& y, auto at) {
        using X = std::remove_cvref_t<decltype(x)>;
        describe_parts<typename X::Dimensions>(x, y, at, detail::IndicesBelow<L::depth>{});
    }

    /// The sections of the whole container (nets/sections.hpp).
    template <class In>
    struct Sections : detail::sections_of_stages<Stages<In>> {};

    /// The first part whose output `is_bad` after a forward pass; -1 if no output is.
    template <class In>
    static constexpr int first_fault(const auto& y, const auto& tape, auto is_bad) {
        return Stages<In>::first_fault(y, tape, is_bad);
    }

  private:
    template <class In, std::size_t... I>
    static void describe_parts(const auto& x, auto& y, auto at, std::index_sequence<I...>) {
        using Value = typename std::remove_cvref_t<decltype(x)>::Plain;
        constexpr auto& wiring = L::wiring;
        std::array<Value, static_cast<std::size_t>(wiring.inputs + L::depth)> value;
        if constexpr (wiring.inputs == 1)
            value[0] = x;
        else
            for (std::size_t i = 0; i < static_cast<std::size_t>(wiring.inputs); ++i) value[i] = x.values[i];
        const auto describe_part = [&]<int Part>(std::integral_constant<int, Part>) {
            using Inner = typename L::template Layer<Part>;
            using InnerIn = typename L::template LayerInput<Part, In>;
            std::array<Value, static_cast<std::size_t>(wiring.fan[Part])> read;
            for (std::size_t p = 0; p < read.size(); ++p)
                read[p] = value[static_cast<std::size_t>(wiring.from[Part][p])];
            value[static_cast<std::size_t>(wiring.inputs + Part)] =
                read[0].template through<detail::owner_of<L, Part>, Inner, InnerIn>(at, read, part_name<L>(Part));
        };
        [[maybe_unused]] const int each[] = {(describe_part(std::integral_constant<int, static_cast<int>(I)>{}), 0)...};
        if constexpr (wiring.outputs.size() == 1)
            y = value[static_cast<std::size_t>(wiring.outputs[0])];
        else
            for (std::size_t o = 0; o < wiring.outputs.size(); ++o)
                y.values[o] = value[static_cast<std::size_t>(wiring.outputs[o])];
    }
    static constexpr Fit shape_of_all(std::same_as<Extents> auto... in) {
        const Extents all[] = {in...};
        if constexpr (sizeof...(in) == L::wiring.inputs && detail::is_wired<L>())
            return detail::infer_extents<L>(all, detail::IndicesBelow<L::depth>{}).fit;
        else
            return {.out = all[0], .fits = false};
    }
};

}  // namespace kiln
