// SPDX-License-Identifier: BSL-1.0
#pragma once
// A chain: primitives that compute element by element, in one loop. The values that the chain reads from outside are
// its ports. A port whose sizes are 1 where those of the chain are not is read again for each of these elements.
//
// The elements are taken in rows: the longest run of elements in which each port is either contiguous or one element.
// Plain numbers are taken in packs of neighbours.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/expressions/detail/links.hpp>
#include <kiln/expressions/detail/memory.hpp>
#include <kiln/expressions/detail/pointwise.hpp>
#include <kiln/kernels/pack.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::expressions {

/// Step `Step` of function F, which is a chain.
template <class F, int Step>
struct Chain {
    using G = Graph<F>;
    static constexpr int step_number = Step;
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

    /// Whether nothing but totals leaves the chain. If their slopes are known, forward and backward may be one
    /// loop.
    static constexpr bool leaves_totals_only = [] {
        for (int j = 0; j < length; ++j)
            if (G::steps.is_outside[links.operation[j]]) return false;
        return true;
    }();
};

}  // namespace kiln::inline KILN_TARGET::expressions
