// SPDX-License-Identifier: BSL-1.0
#pragma once
// The slopes of a chain (expressions/detail/chain.hpp), in one loop over its elements. A port that has one element for
// many of the chain gets the sum of their slopes.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/expressions/detail/chain.hpp>
#include <kiln/expressions/detail/memory.hpp>
#include <kiln/expressions/detail/pointwise.hpp>
#include <kiln/kernels/mixed_product.hpp>
#include <kiln/kernels/pack.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::expressions {

/// Chain C, of which the slopes of `Wanted` are computed.
template <class C, ArgumentSet Wanted>
struct ChainBackward {
    using G = typename C::G;
    template <class T, int Count>
    using ArrayOf = kiln::detail::ArrayOf<T, Count>;
    static constexpr const Needs<G::count>& needs = G::template needs<Wanted>;
    static constexpr bool has_slope(int j) { return needs.slope[C::links.operation[j]]; }
    static constexpr bool is_outside(int j) { return G::steps.is_outside[C::links.operation[j]]; }
    // Whether operand k of primitive j adds to a slope.
    static constexpr bool adds(int j, int k) {
        const Operation& operation = G::program[C::links.operation[j]];
        return k < operation.operands && has_slope(j) && has_derivative(operation.primitive, k) &&
               needs.slope[operation.operand[k]];
    }
    // Whether it is the first that adds to this slope.
    static constexpr bool is_first(int j, int k) {
        const int from = C::links.from[j][k];
        for (int other = C::length - 1; other >= j; --other)
            for (int o = 0; o < (other == j ? k : G::program[C::links.operation[other]].operands); ++o)
                if (C::links.from[other][o] == from && adds(other, o)) return false;
        return true;
    }
    // Whether a primitive of the chain adds to the slope of a primitive, or of port -1 - from.
    static constexpr bool is_added_to(int from) {
        for (int j = 0; j < C::length; ++j)
            for (int k = 0; k < G::program[C::links.operation[j]].operands; ++k)
                if (C::links.from[j][k] == from && adds(j, k)) return true;
        return false;
    }
    static constexpr bool port_has_slope(int q) { return is_added_to(-1 - q); }
    // The number of ports before `end` that read the home of port q, and have a slope.
    static constexpr int ports_of_home(int q, int end) {
        int sum = 0;
        for (int other = 0; other < end; ++other) sum += C::home_of(other) == C::home_of(q) && port_has_slope(other);
        return sum;
    }
    static constexpr bool begins(int q) {
        return G::is_parameter(C::home_of(q)) || C::step_number == needs.last_user[C::home_of(q)];
    }
    static constexpr bool is_alone(int q) { return C::is_full(q) && C::has_row(q) && ports_of_home(q, C::ports) == 1; }

    // Whether no slope is added to, so that a pack may overlap the one before.
    static constexpr bool may_overlap = [] {
        for (int q = 0; q < C::ports; ++q)
            if (port_has_slope(q) && !(is_alone(q) && begins(q))) return false;
        return true;
    }();

    // Where the slope of port Q is summed.
    template <int Q>
    static constexpr auto& slope_of_port(const auto& frame) {
        if constexpr (G::is_parameter(C::home_of(Q)))
            return frame.template in_scratch<Place{Purpose::spread, C::home_of(Q), C::step_number}>();
        else
            return frame.template slope<C::home_of(Q)>();
    }
    // The value of primitive J, which was kept or is computed again, if anything reads it.
    template <class E, int J, class P>
    [[gnu::always_inline]] static constexpr void recall(const auto& frame, P* values, const P* port, int at) {
        constexpr int operation = C::links.operation[J];
        if constexpr (needs.value[operation]) {
            if constexpr (std::remove_cvref_t<decltype(frame)>::keeps(operation))
                kernels::store(kernels::load<P>(frame.template value<operation>().data + at), values + J);
            else
                C::template compute<J>(values, port);
        }
    }
    template <bool Add, class P>
    [[gnu::always_inline]] static constexpr void add_to(const P& slope, P* to) {
        if constexpr (Add)
            kernels::store(*to + slope, to);
        else
            kernels::store(slope, to);
    }
    // Adds the derivative by operand K of primitive J, times its slope, to the slope of the operand.
    template <int J, int K, class P>
    [[gnu::always_inline]] static constexpr void pull(const P* values, const P* port, P* slopes, P* port_slopes) {
        if constexpr (adds(J, K)) {
            constexpr const Operation& operation = G::program[C::links.operation[J]];
            constexpr int from = C::links.from[J][K];
            P& to = from >= 0 ? slopes[from >= 0 ? from : 0] : port_slopes[from < 0 ? -1 - from : 0];
            const P slope = pointwise_slope<operation.primitive, K, operation.rank != 0>(
                slopes[J], values[J], C::template operand<J, 0>(values, port), C::template operand<J, 1>(values, port));
            add_to<!is_first(J, K)>(slope, &to);
        }
    }
    // The slopes of totals, each of which is the same for all elements.
    static constexpr bool total_has_slope(int t) { return needs.slope[C::links.total[t]]; }
    static constexpr int totals_before(int j, int end) {
        int sum = 0;
        for (int t = 0; t < end; ++t) sum += C::links.source[t] == j && total_has_slope(t);
        return sum;
    }
    template <int J, class P, std::size_t... T>
    [[gnu::always_inline]] static constexpr void add_totals(const P* total_slopes, P* to, std::index_sequence<T...>) {
        [[maybe_unused]] const auto add = [&]<int K>(std::integral_constant<int, K>) {
            if constexpr (C::links.source[K] == J && total_has_slope(K))
                add_to<is_added_to(J) || is_outside(J) || (totals_before(J, K) > 0)>(total_slopes[K], to);
        };
        (add(std::integral_constant<int, static_cast<int>(T)>{}), ...);
    }
    template <class E, class P, std::size_t... T>
    [[gnu::always_inline]] static constexpr void read_totals(const auto& frame, P* total_slopes,
                                                             std::index_sequence<T...>) {
        [[maybe_unused]] const auto read = [&]<int K>(std::integral_constant<int, K>) {
            if constexpr (total_has_slope(K)) {
                const E slope = kernels::load<E>(frame.template slope<C::links.total[K]>().data);
                kernels::store(P(C::template scaled<K>(slope)), total_slopes + K);
            }
        };
        (read(std::integral_constant<int, static_cast<int>(T)>{}), ...);
    }
    template <class E, int J, class P>
    [[gnu::always_inline]] static constexpr void pull_all(const auto& frame, const P* values, const P* port, P* slopes,
                                                          P* port_slopes, const P* total_slopes, int at) {
        if constexpr (has_slope(J)) {
            if constexpr (is_outside(J))
                add_to<is_added_to(J)>(kernels::load<P>(frame.template slope<C::links.operation[J]>().data + at),
                                       slopes + J);
            add_totals<J>(total_slopes, slopes + J, kiln::detail::IndicesBelow<C::links.totals>{});
            pull<J, 0>(values, port, slopes, port_slopes);
            pull<J, 1>(values, port, slopes, port_slopes);
            pull<J, 2>(values, port, slopes, port_slopes);
            pull<J, 3>(values, port, slopes, port_slopes);
        }
    }
    template <class E, int Q, class P>
    [[gnu::always_inline]] static constexpr void put(const auto& frame, const P& slope, P* sums, int begin, int i) {
        if constexpr (port_has_slope(Q) && !C::has_row(Q)) {
            kernels::store(sums[Q] + slope, sums + Q);
        } else if constexpr (port_has_slope(Q)) {
            E* const to = slope_of_port<Q>(frame).data + begin + i;
            if constexpr (is_alone(Q) && begins(Q))
                kernels::store(slope, to);
            else
                kernels::store(kernels::load<P>(to) + slope, to);
        }
    }
    // `Both` computes the values and the totals as well.
    template <bool Both, class E, class P, std::size_t... J, std::size_t... Q>
    [[gnu::always_inline]] static constexpr void backward_at(const auto& frame, const int* begin, P* sums,
                                                             const P* totals, P* results, int flat, int i,
                                                             std::index_sequence<J...>, std::index_sequence<Q...>) {
        ArrayOf<P, C::sources> port, port_slopes;
        ArrayOf<P, C::length> values, slopes;
        C::template read_ports<E>(frame, port, begin, i, std::index_sequence<Q...>{},
                                  kiln::detail::IndicesBelow<C::links.constants>{});
        if constexpr (Both) {
            (C::template compute<static_cast<int>(J)>(values, port), ...);
            for (int t = 0; t < C::links.totals; ++t)
                kernels::store(results[t] + values[C::links.source[t]], results + t);
        } else {
            (recall<E, static_cast<int>(J)>(frame, values, port, flat + i), ...);
        }
        (pull_all<E, C::length - 1 - static_cast<int>(J)>(frame, values, port, slopes, port_slopes, totals, flat + i),
         ...);
        (put<E, static_cast<int>(Q)>(frame, port_slopes[Q], sums, begin[Q], i), ...);
    }
    // Elements of a row, whose sums are added to the slopes of ports that have one element for the row.
    template <bool Both, class E, class P, int Count, std::size_t... Q>
    static constexpr void backward_row(const auto& frame, const int* begin, P* results, int flat, int first,
                                       std::index_sequence<Q...> each_port) {
        ArrayOf<P, C::ports + 1> sums;
        ArrayOf<P, C::links.totals + 1> totals;
        read_totals<E>(frame, totals, kiln::detail::IndicesBelow<C::links.totals>{});
        ((kernels::store(P(scalar_t<E>(0)), sums + Q)), ...);
        for (int i = first; i < first + Count; i += step<E, P>)
            backward_at<Both, E, P>(frame, begin, sums, totals, results, flat, i,
                                    kiln::detail::IndicesBelow<C::length>{}, each_port);
        [[maybe_unused]] const auto add = [&]<int K>(std::integral_constant<int, K>) {
            if constexpr (port_has_slope(K) && !C::has_row(K)) {
                E& to = slope_of_port<K>(frame).data[begin[K]];
                if constexpr (std::is_same_v<E, P>)
                    kernels::store(kernels::load<E>(&to) + sums[K], &to);
                else
                    to += reduce(sums[K]);
            }
        };
        (add(std::integral_constant<int, static_cast<int>(Q)>{}), ...);
    }
    template <class E, class P>
    static constexpr int step = std::is_same_v<E, P> ? 1 : kernels::neighbours_step<E, C::row>;

    template <class E, int Q>
    static constexpr void begin_port(const auto& frame) {
        if constexpr (port_has_slope(Q) && begins(Q) && !is_alone(Q) && ports_of_home(Q, Q) == 0)
            for (E& slope : slope_of_port<Q>(frame)) kernels::store(E(scalar_t<E>(0)), &slope);
    }
    template <class E, int Q>
    static constexpr void end_port(const auto& frame) {
        if constexpr (port_has_slope(Q) && G::is_parameter(C::home_of(Q)) && ports_of_home(Q, Q) == 0)
            kernels::add_reduced(slope_of_port<Q>(frame), frame.template gradient<C::home_of(Q)>());
    }
    template <bool Both, class E, std::size_t... Q>
    static constexpr void run_ports(const auto& frame, std::index_sequence<Q...> each_port) {
        (begin_port<E, static_cast<int>(Q)>(frame), ...);
        constexpr int pack = kernels::neighbours_step<E, C::row>, rest = C::row % pack;
        ArrayOf<typename C::template Pack<E>, C::links.totals + 1> results;
        ArrayOf<E, C::links.totals + 1> rests;
        for (int t = 0; t < C::links.totals && Both; ++t) {
            kernels::store(typename C::template Pack<E>(scalar_t<E>(0)), results + t);
            kernels::store(E(scalar_t<E>(0)), rests + t);
        }
        for (int r = 0; r < C::rows; ++r) {
            const int begin[] = {C::template begin_of<static_cast<int>(Q)>(r)..., 0};
            backward_row<Both, E, typename C::template Pack<E>, C::row - rest>(frame, begin, results, r * C::row, 0,
                                                                               each_port);
            if constexpr (rest > 0 && may_overlap && !Both)
                backward_row<Both, E, typename C::template Pack<E>, 1>(frame, begin, results, r * C::row, C::row - pack,
                                                                       each_port);
            else if constexpr (rest > 0)
                backward_row<Both, E, E, rest>(frame, begin, rests, r * C::row, C::row - rest, each_port);
        }
        (end_port<E, static_cast<int>(Q)>(frame), ...);
        if constexpr (Both)
            C::template put_totals<E>(frame, results, rests, kiln::detail::IndicesBelow<C::links.totals>{});
    }
    /// Runs backward; with `Both` forward as well, in the same loop.
    template <bool Both, class E>
    static constexpr void run(const auto& frame) {
        run_ports<Both, E>(frame, kiln::detail::IndicesBelow<C::ports>{});
    }
};

}  // namespace kiln::inline KILN_TARGET::expressions
