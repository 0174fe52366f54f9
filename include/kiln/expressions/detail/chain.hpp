// SPDX-License-Identifier: BSL-1.0
#pragma once
// A chain: primitives that compute element by element, in one loop. The values that the chain reads from outside are
// its ports. A port whose sizes are 1 where those of the chain are not is read again for each of these elements; its
// slope is the sum over them.
//
// The elements are taken in rows: the longest run of elements in which each port is either contiguous or one element.
// Plain numbers are taken in packs of neighbours.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/expressions/detail/links.hpp>
#include <kiln/expressions/detail/memory.hpp>
#include <kiln/expressions/detail/pointwise.hpp>
#include <kiln/kernels/axis.hpp>
#include <kiln/kernels/mixed_product.hpp>
#include <kiln/kernels/pack.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::expressions {

/// Step `Step` of function F, which is a chain.
template <class F, int Step>
struct Chain {
    using G = Graph<F>;
    template <class T, int Count>
    using ArrayOf = kiln::detail::ArrayOf<T, Count>;
    static constexpr auto links = make_links<G>(Step);
    static constexpr int length = links.length, ports = links.ports;
    static constexpr Extents extents = G::shapes[links.operation[0]];
    static constexpr int home_of(int port) { return G::steps.home[links.view[port]]; }

    static constexpr Each<Strides, ports + 1> strides = [] {
        Each<Strides, ports + 1> all;
        for (int q = 0; q < ports; ++q) all[q] = make_strides(G::shapes[links.view[q]], extents);
        return all;
    }();
    // Axes from `first_axis` on make a row.
    static constexpr int first_axis = [] {
        int axis = extents.rank, row = 1;
        while (axis > 0) {
            bool joins = true;
            for (int q = 0; q < ports && extents[axis - 1] > 1; ++q) {
                const int stride = strides[q].of[axis - 1];
                bool contiguous = true, fixed = true;  // along the axes behind this one
                for (int behind = axis; behind < extents.rank; ++behind) {
                    if (extents[behind] == 1) continue;
                    (strides[q].of[behind] == 0 ? contiguous : fixed) = false;
                }
                joins = joins && ((contiguous && stride == row) || (fixed && stride == 0));
            }
            if (!joins) break;
            row *= extents[--axis];
        }
        return axis;
    }();
    static constexpr int row = [] {
        int size = 1;
        for (int axis = first_axis; axis < extents.rank; ++axis) size *= extents[axis];
        return size;
    }();
    static constexpr int rows = static_cast<int>(extents.count()) / row;
    // Whether a port has all elements of the chain; whether it has those of a row.
    static constexpr bool is_full(int port) { return G::shapes[links.view[port]].count() == extents.count(); }
    static constexpr bool has_row(int port) {
        for (int axis = first_axis; axis < extents.rank; ++axis)
            if (strides[port].of[axis] > 0) return true;
        return false;
    }
    // Where row r of a port begins.
    template <int Port>
    static constexpr int begin_of(int r) {
        if constexpr (rows == 1)
            return 0;
        else if constexpr (is_full(Port))
            return r * row;
        else {
            int begin = 0;
            for (int axis = first_axis - 1; axis >= 0; --axis) {
                begin += r % extents[axis] * strides[Port].of[axis];
                r /= extents[axis];
            }
            return begin;
        }
    }

    template <class E>
    using Pack = kernels::neighbours_t<E, row>;

    // Elements of a port: neighbours where they fill a row, or one for all. Parameters are the same in each lane.
    template <class E, class P, bool Row, class T>
    [[gnu::always_inline]] static constexpr P read(const T* from, int i) {
        if constexpr (!Row)
            return P(from[0]);
        else if constexpr (std::is_same_v<T, E>)
            return kernels::load<P>(from + i);
        else
            return P(from[i]);
    }
    template <class E, class P, int Q>
    [[gnu::always_inline]] static constexpr P read_port(const auto& frame, int begin, int i) {
        return read<E, P, has_row(Q)>(frame.template value<home_of(Q)>().data + begin, i);
    }

    // Operand K of primitive J; any value if there is no such operand.
    template <int J, int K, class P>
    [[gnu::always_inline]] static constexpr const P& operand(const P* values, const P* port) {
        constexpr int from = K < G::program[links.operation[J]].operands ? links.from[J][K] : -1;
        if constexpr (from >= 0)
            return values[from];
        else
            return port[-1 - from];
    }
    // The ports at an element, and the constants.
    template <class E, class P, std::size_t... Q, std::size_t... C>
    [[gnu::always_inline]] static constexpr void read_ports(const auto& frame, P* port, const int* begin, int i,
                                                            std::index_sequence<Q...>, std::index_sequence<C...>) {
        ((kernels::store(read_port<E, P, static_cast<int>(Q)>(frame, begin[Q], i), port + Q)), ...);
        ((kernels::store(P(static_cast<scalar_t<P>>(links.constant[static_cast<int>(C)])), port + ports + C)), ...);
    }
    static constexpr int sources = ports + links.constants + 1;
    template <int J, class P>
    [[gnu::always_inline]] static constexpr void compute(P* values, const P* port) {
        constexpr const Operation& operation = G::program[links.operation[J]];
        kernels::store(pointwise_value<operation.primitive, operation.rank != 0>(
                           operand<J, 0>(values, port), operand<J, 1>(values, port), operand<J, 2>(values, port),
                           operand<J, 3>(values, port)),
                       values + J);
    }

    // ---- Totals ----

    // The factor of a total: 1 / (number of elements) for a mean.
    static constexpr bool is_mean(int t) { return G::program[links.total[t]].primitive == Primitive::mean; }
    template <int T, class E>
    static constexpr E scaled(const E& total) {
        using S = scalar_t<E>;
        if constexpr (is_mean(T))
            return total * E(S(1) / S(extents.count()));
        else
            return total;
    }

    // ---- Forward ----

    template <class E, class P, std::size_t... J, std::size_t... Q, std::size_t... T>
    [[gnu::always_inline]] static constexpr void
    forward_at(const auto& frame, const int* begin, [[maybe_unused]] P* totals, int flat, int i,
               std::index_sequence<J...>, std::index_sequence<Q...>, std::index_sequence<T...>) {
        using Frame = std::remove_cvref_t<decltype(frame)>;
        ArrayOf<P, sources> port;
        ArrayOf<P, length> values;
        read_ports<E>(frame, port, begin, i, std::index_sequence<Q...>{},
                      kiln::detail::IndicesBelow<links.constants>{});
        [[maybe_unused]] const auto run = [&]<int K>(std::integral_constant<int, K>) {
            compute<K>(values, port);
            if constexpr (Frame::stores(links.operation[K]))
                kernels::store(values[K], frame.template value<links.operation[K]>().data + flat + i);
        };
        (run(std::integral_constant<int, static_cast<int>(J)>{}), ...);
        ((kernels::store(totals[T] + values[links.source[static_cast<int>(T)]], totals + T)), ...);
    }
    template <class E, std::size_t... Q, std::size_t... T>
    static constexpr void forward(const auto& frame, std::index_sequence<Q...> each_port,
                                  std::index_sequence<T...> each_total) {
        using P = Pack<E>;
        constexpr kiln::detail::IndicesBelow<length> all;
        constexpr int step = kernels::neighbours_step<E, row>, rest = row % step;
        ArrayOf<P, links.totals + 1> totals;
        ArrayOf<E, links.totals + 1> rests;
        ((kernels::store(P(scalar_t<E>(0)), totals + T)), ...);
        ((kernels::store(E(scalar_t<E>(0)), rests + T)), ...);
        for (int r = 0; r < rows; ++r) {
            const int begin[] = {begin_of<static_cast<int>(Q)>(r)..., 0};
            for (int i = 0; i < row - rest; i += step)
                forward_at<E, P>(frame, begin, totals, r * row, i, all, each_port, each_total);
            if constexpr (rest > 0 && links.totals > 0)
                for (int i = row - rest; i < row; ++i)
                    forward_at<E, E>(frame, begin, rests, r * row, i, all, each_port, each_total);
            else if constexpr (rest > 0)  // the last pack may overlap the one before
                forward_at<E, P>(frame, begin, totals, r * row, row - step, all, each_port, each_total);
        }
        put_totals<E>(frame, totals, rests, each_total);
    }
    template <class E, class P, std::size_t... T>
    static constexpr void put_totals(const auto& frame, [[maybe_unused]] const P* totals,
                                     [[maybe_unused]] const E* rests, std::index_sequence<T...>) {
        ((put_total<E, static_cast<int>(T)>(frame, totals[T], rests[T])), ...);
    }
    template <class E, int T, class P>
    static constexpr void put_total(const auto& frame, const P& total, const E& rest) {
        E& to = frame.template value<links.total[T]>().data[0];
        if constexpr (std::is_same_v<E, P>)
            kernels::store(scaled<T>(total), &to);
        else
            kernels::store(scaled<T>(reduce(total) + rest), &to);
    }
    template <class E>
    static constexpr void forward(const auto& frame) {
        forward<E>(frame, kiln::detail::IndicesBelow<ports>{}, kiln::detail::IndicesBelow<links.totals>{});
    }

    // ---- Backward ----

    // The chain, where the slopes of `Wanted` are computed.
    template <ArgumentSet Wanted>
    struct Backward {
        static constexpr const Needs<G::count>& needs = G::template needs<Wanted>;
        static constexpr bool has_slope(int j) { return needs.slope[links.operation[j]]; }
        static constexpr bool is_outside(int j) { return G::steps.is_outside[links.operation[j]]; }
        // Whether operand k of primitive j adds to a slope.
        static constexpr bool adds(int j, int k) {
            const Operation& operation = G::program[links.operation[j]];
            return k < operation.operands && has_slope(j) && has_derivative(operation.primitive, k) &&
                   needs.slope[operation.operand[k]];
        }
        // Whether it is the first that adds to this slope.
        static constexpr bool is_first(int j, int k) {
            const int from = links.from[j][k];
            for (int other = length - 1; other >= j; --other)
                for (int o = 0; o < (other == j ? k : G::program[links.operation[other]].operands); ++o)
                    if (links.from[other][o] == from && adds(other, o)) return false;
            return true;
        }
        // Whether a primitive of the chain adds to the slope of a primitive, or of port -1 - from.
        static constexpr bool is_added_to(int from) {
            for (int j = 0; j < length; ++j)
                for (int k = 0; k < G::program[links.operation[j]].operands; ++k)
                    if (links.from[j][k] == from && adds(j, k)) return true;
            return false;
        }
        static constexpr bool port_has_slope(int q) { return is_added_to(-1 - q); }
        // Whether a port is the only one of its home, and the first.
        static constexpr int ports_of_home(int q, int end) {
            int sum = 0;
            for (int other = 0; other < end; ++other) sum += home_of(other) == home_of(q) && port_has_slope(other);
            return sum;
        }
        static constexpr bool begins(int q) {
            return G::is_parameter(home_of(q)) || Step == needs.last_user[home_of(q)];
        }
        static constexpr bool is_alone(int q) { return is_full(q) && has_row(q) && ports_of_home(q, ports) == 1; }

        // Whether no slope is added to, so that a pack may overlap the one before.
        static constexpr bool may_overlap = [] {
            for (int q = 0; q < ports; ++q)
                if (port_has_slope(q) && !(is_alone(q) && begins(q))) return false;
            return true;
        }();

        // Where the slope of port Q is summed.
        template <int Q>
        static constexpr auto& slope_of_port(const auto& frame) {
            if constexpr (G::is_parameter(home_of(Q)))
                return frame.template in_scratch<Place{Purpose::spread, home_of(Q), Step}>();
            else
                return frame.template slope<home_of(Q)>();
        }
        // The value of primitive J, which was kept or is computed again, if anything reads it.
        template <class E, int J, class P>
        [[gnu::always_inline]] static constexpr void recall(const auto& frame, P* values, const P* port, int at) {
            constexpr int operation = links.operation[J];
            if constexpr (needs.value[operation]) {
                if constexpr (std::remove_cvref_t<decltype(frame)>::keeps(operation))
                    kernels::store(kernels::load<P>(frame.template value<operation>().data + at), values + J);
                else
                    compute<J>(values, port);
            }
        }
        template <int J, int K, class P>
        [[gnu::always_inline]] static constexpr void pull(const P* values, const P* port, P* slopes, P* port_slopes) {
            if constexpr (adds(J, K)) {
                constexpr const Operation& operation = G::program[links.operation[J]];
                constexpr int from = links.from[J][K];
                P& to = from >= 0 ? slopes[from >= 0 ? from : 0] : port_slopes[from < 0 ? -1 - from : 0];
                const P slope = pointwise_slope<operation.primitive, K, operation.rank != 0>(
                    slopes[J], values[J], operand<J, 0>(values, port), operand<J, 1>(values, port));
                if constexpr (is_first(J, K))
                    kernels::store(slope, &to);
                else
                    kernels::store(to + slope, &to);
            }
        }
        template <bool Add, class P>
        [[gnu::always_inline]] static constexpr void add_to(const P& slope, P* to) {
            if constexpr (Add)
                kernels::store(*to + slope, to);
            else
                kernels::store(slope, to);
        }
        // The slopes of totals, each of which is the same for all elements.
        static constexpr bool total_has_slope(int t) { return needs.slope[links.total[t]]; }
        static constexpr int totals_before(int j, int end) {
            int sum = 0;
            for (int t = 0; t < end; ++t) sum += links.source[t] == j && total_has_slope(t);
            return sum;
        }
        template <int J, class P, std::size_t... T>
        [[gnu::always_inline]] static constexpr void add_totals(const P* total_slopes, P* to,
                                                                std::index_sequence<T...>) {
            [[maybe_unused]] const auto add = [&]<int K>(std::integral_constant<int, K>) {
                if constexpr (links.source[K] == J && total_has_slope(K))
                    add_to<is_added_to(J) || is_outside(J) || (totals_before(J, K) > 0)>(total_slopes[K], to);
            };
            (add(std::integral_constant<int, static_cast<int>(T)>{}), ...);
        }
        template <class E, class P, std::size_t... T>
        [[gnu::always_inline]] static constexpr void read_totals(const auto& frame, P* total_slopes,
                                                                 std::index_sequence<T...>) {
            [[maybe_unused]] const auto read = [&]<int K>(std::integral_constant<int, K>) {
                if constexpr (total_has_slope(K)) {
                    const E slope = kernels::load<E>(frame.template slope<links.total[K]>().data);
                    kernels::store(P(scaled<K>(slope)), total_slopes + K);
                }
            };
            (read(std::integral_constant<int, static_cast<int>(T)>{}), ...);
        }
        template <class E, int J, class P>
        [[gnu::always_inline]] static constexpr void pull_all(const auto& frame, const P* values, const P* port,
                                                              P* slopes, P* port_slopes, const P* total_slopes,
                                                              int at) {
            if constexpr (has_slope(J)) {
                if constexpr (is_outside(J))
                    add_to<is_added_to(J)>(kernels::load<P>(frame.template slope<links.operation[J]>().data + at),
                                           slopes + J);
                add_totals<J>(total_slopes, slopes + J, kiln::detail::IndicesBelow<links.totals>{});
                pull<J, 0>(values, port, slopes, port_slopes);
                pull<J, 1>(values, port, slopes, port_slopes);
                pull<J, 2>(values, port, slopes, port_slopes);
                pull<J, 3>(values, port, slopes, port_slopes);
            }
        }
        template <class E, int Q, class P>
        [[gnu::always_inline]] static constexpr void put(const auto& frame, const P& slope, P* sums, int begin, int i) {
            if constexpr (port_has_slope(Q) && !has_row(Q)) {
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
            ArrayOf<P, sources> port, port_slopes;
            ArrayOf<P, length> values, slopes;
            read_ports<E>(frame, port, begin, i, std::index_sequence<Q...>{},
                          kiln::detail::IndicesBelow<links.constants>{});
            if constexpr (Both) {
                (compute<static_cast<int>(J)>(values, port), ...);
                for (int t = 0; t < links.totals; ++t)
                    kernels::store(results[t] + values[links.source[t]], results + t);
            } else {
                (recall<E, static_cast<int>(J)>(frame, values, port, flat + i), ...);
            }
            (pull_all<E, length - 1 - static_cast<int>(J)>(frame, values, port, slopes, port_slopes, totals, flat + i),
             ...);
            (put<E, static_cast<int>(Q)>(frame, port_slopes[Q], sums, begin[Q], i), ...);
        }
        // Elements of a row, whose sums are added to the slopes of ports that have one element for the row.
        template <bool Both, class E, class P, int Count, std::size_t... Q>
        static constexpr void backward_row(const auto& frame, const int* begin, P* results, int flat, int first,
                                           std::index_sequence<Q...> each_port) {
            ArrayOf<P, ports + 1> sums;
            ArrayOf<P, links.totals + 1> totals;
            read_totals<E>(frame, totals, kiln::detail::IndicesBelow<links.totals>{});
            ((kernels::store(P(scalar_t<E>(0)), sums + Q)), ...);
            for (int i = first; i < first + Count; i += step<E, P>)
                backward_at<Both, E, P>(frame, begin, sums, totals, results, flat, i,
                                        kiln::detail::IndicesBelow<length>{}, each_port);
            [[maybe_unused]] const auto add = [&]<int K>(std::integral_constant<int, K>) {
                if constexpr (port_has_slope(K) && !has_row(K)) {
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
        static constexpr int step = std::is_same_v<E, P> ? 1 : kernels::neighbours_step<E, row>;

        template <class E, int Q>
        static constexpr void begin_port(const auto& frame) {
            if constexpr (port_has_slope(Q) && begins(Q) && !is_alone(Q) && ports_of_home(Q, Q) == 0)
                for (E& slope : slope_of_port<Q>(frame)) kernels::store(E(scalar_t<E>(0)), &slope);
        }
        template <class E, int Q>
        static constexpr void end_port(const auto& frame) {
            if constexpr (port_has_slope(Q) && G::is_parameter(home_of(Q)) && ports_of_home(Q, Q) == 0)
                kernels::add_reduced(slope_of_port<Q>(frame), frame.template gradient<home_of(Q)>());
        }
        template <bool Both, class E, std::size_t... Q>
        static constexpr void run(const auto& frame, std::index_sequence<Q...> each_port) {
            (begin_port<E, static_cast<int>(Q)>(frame), ...);
            constexpr int pack = kernels::neighbours_step<E, row>, rest = row % pack;
            ArrayOf<Pack<E>, links.totals + 1> results;
            ArrayOf<E, links.totals + 1> rests;
            for (int t = 0; t < links.totals && Both; ++t) {
                kernels::store(Pack<E>(scalar_t<E>(0)), results + t);
                kernels::store(E(scalar_t<E>(0)), rests + t);
            }
            for (int r = 0; r < rows; ++r) {
                const int begin[] = {begin_of<static_cast<int>(Q)>(r)..., 0};
                backward_row<Both, E, Pack<E>, row - rest>(frame, begin, results, r * row, 0, each_port);
                if constexpr (rest > 0 && may_overlap && !Both)
                    backward_row<Both, E, Pack<E>, 1>(frame, begin, results, r * row, row - pack, each_port);
                else if constexpr (rest > 0)
                    backward_row<Both, E, E, rest>(frame, begin, rests, r * row, row - rest, each_port);
            }
            (end_port<E, static_cast<int>(Q)>(frame), ...);
            if constexpr (Both) put_totals<E>(frame, results, rests, kiln::detail::IndicesBelow<links.totals>{});
        }
    };
    template <class E, ArgumentSet Wanted>
    static constexpr void backward(const auto& frame) {
        Backward<Wanted>::template run<false, E>(frame, kiln::detail::IndicesBelow<ports>{});
    }

    /// Whether nothing but totals leaves the chain. If their slopes are known, forward and backward are one loop.
    static constexpr bool leaves_totals_only = [] {
        for (int j = 0; j < length; ++j)
            if (G::steps.is_outside[links.operation[j]]) return false;
        return true;
    }();
    template <class E, ArgumentSet Wanted>
    static constexpr void forward_and_backward(const auto& frame) {
        Backward<Wanted>::template run<true, E>(frame, kiln::detail::IndicesBelow<ports>{});
    }
};

}  // namespace kiln::inline KILN_TARGET::expressions
