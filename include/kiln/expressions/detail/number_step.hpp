// SPDX-License-Identifier: BSL-1.0
#pragma once
// The step that chooses elements by whole numbers: gather (a row for each token) or pick (an element for each label).

#include <kiln/core/element.hpp>
#include <kiln/expressions/detail/memory.hpp>
#include <kiln/expressions/detail/operation_step.hpp>
#include <kiln/kernels/pack.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

namespace kiln::inline KILN_TARGET::expressions {

/// Operation I of function F, which chooses elements by whole numbers.
template <class F, int I>
struct NumberStep {
    using G = Graph<F>;
    using Of = OperationStep<F, I>;

    // Calls visit(position, lane, number) for each whole number.
    template <class E>
    static constexpr void for_each_number(const auto& frame, auto visit) {
        const auto& numbers = Of::template operand<1>(frame);
        for (int t = 0; t < numbers.count; ++t)
            for (int l = 0; l < width<E>; ++l) visit(t, l, lane(numbers.data[t], l));
    }
    // Over lanes a few elements are compared with the numbers, rather than looked up lane by lane.
    template <class E>
    static constexpr bool compares = (width<E>) > 1 && Of::last_size <= 8 * width<E>;
    template <class E>
    static constexpr auto lanes_of(const auto& numbers, int t) {
        std::array<int, static_cast<std::size_t>(width<E>)> all{};
        for (int l = 0; l < width<E>; ++l) all[static_cast<std::size_t>(l)] = lane(numbers.data[t], l);
        return all;
    }
    static constexpr void forward_pick(const auto& frame) {
        using E = typename std::remove_cvref_t<decltype(frame)>::Element;
        const auto& a = Of::template operand<0>(frame);
        auto& y = frame.template value<I>();
        if constexpr (compares<E>) {
            for (int t = 0; t < y.count; ++t) {
                const auto numbers = lanes_of<E>(Of::template operand<1>(frame), t);
                E hit = kernels::load<E>(a.data + t * Of::last_size);
                for (int k = 1; k < Of::last_size; ++k)
                    hit = select(equal_lanes<E>(numbers, k), kernels::load<E>(a.data + t * Of::last_size + k), hit);
                kernels::store(hit, y.data + t);
            }
        } else {
            for_each_number<E>(frame, [&](int t, int l, int number) {
                set_lane(y.data[t], l, lane(a.data[t * Of::last_size + number], l));
            });
        }
    }
    template <bool Add>
    static constexpr void backward_pick(const auto& frame, const auto& dy, auto& dx) {
        using E = typename std::remove_cvref_t<decltype(frame)>::Element;
        const E zero(scalar_t<E>(0));
        if constexpr (compares<E>) {
            for (int t = 0; t < dy.count; ++t) {
                const auto numbers = lanes_of<E>(Of::template operand<1>(frame), t);
                const E slope = kernels::load<E>(dy.data + t);
                for (int k = 0; k < Of::last_size; ++k) {
                    E* const to = dx.data + t * Of::last_size + k;
                    const E here = select(equal_lanes<E>(numbers, k), slope, zero);
                    kernels::store(Add ? kernels::load<E>(to) + here : here, to);
                }
            }
        } else {
            if constexpr (!Add) clear(dx);
            for_each_number<E>(frame, [&](int t, int l, int number) {
                E& to = dx.data[t * Of::last_size + number];
                set_lane(to, l, lane(to, l) + lane(dy.data[t], l));
            });
        }
    }

    static constexpr void forward_gather(const auto& frame) {
        using E = typename std::remove_cvref_t<decltype(frame)>::Element;
        const auto& table = Of::template operand<0>(frame);
        auto& y = frame.template value<I>();
        for_each_number<E>(frame, [&](int t, int l, int number) {
            for (int k = 0; k < Of::last_size; ++k)
                set_lane(y.data[t * Of::last_size + k], l, lane(table.data[number * Of::last_size + k], l));
        });
    }
    // The gradient of a table of parameters is summed over lanes.
    template <bool Add>
    static constexpr void backward_gather(const auto& frame, const auto& dy) {
        using E = typename std::remove_cvref_t<decltype(frame)>::Element;
        if constexpr (G::is_parameter(Of::home_of(0))) {
            auto& to = frame.template gradient<Of::home_of(0)>();
            for_each_number<E>(frame, [&](int t, int l, int number) {
                for (int k = 0; k < Of::last_size; ++k)
                    to.data[number * Of::last_size + k] += lane(dy.data[t * Of::last_size + k], l);
            });
        } else {
            auto& dx = frame.template slope<Of::home_of(0)>();
            if constexpr (!Add) clear(dx);
            for_each_number<E>(frame, [&](int t, int l, int number) {
                for (int k = 0; k < Of::last_size; ++k) {
                    E& to = dx.data[number * Of::last_size + k];
                    set_lane(to, l, lane(to, l) + lane(dy.data[t * Of::last_size + k], l));
                }
            });
        }
    }

    static constexpr void forward(const auto& frame) {
        if constexpr (Of::primitive == Primitive::gather)
            forward_gather(frame);
        else
            forward_pick(frame);
    }
    static constexpr void backward(const auto& frame) {
        constexpr ArgumentSet wanted = std::remove_cvref_t<decltype(frame)>::wanted;
        if constexpr (Of::template wants<wanted, 0>) {
            constexpr bool add = Of::template adds<wanted, 0>;
            const auto& dy = frame.template slope<I>();
            if constexpr (Of::primitive == Primitive::gather)
                backward_gather<add>(frame, dy);
            else
                backward_pick<add>(frame, dy, frame.template slope<Of::home_of(0)>());
        }
    }
};

}  // namespace kiln::inline KILN_TARGET::expressions
