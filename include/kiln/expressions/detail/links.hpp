// SPDX-License-Identifier: BSL-1.0
#pragma once
// Where the operands of a chain (expressions/detail/chain.hpp) come from: primitives of the chain itself, or its ports.

#include <kiln/core/shape.hpp>
#include <kiln/expressions/detail/memory.hpp>
#include <kiln/expressions/detail/program.hpp>
#include <kiln/expressions/detail/steps.hpp>

namespace kiln::inline KILN_TARGET::expressions {

/// The primitives of a chain, and where their operands come from.
template <int N>
struct Links {
    int length = 0, ports = 0, constants = 0, totals = 0;
    Each<int, N> operation{};  // of each primitive of the chain
    Each<int, 4 * N> view{};  // the operation that each port reads: an argument, or a result or reshape of another step
    Each<double, N> constant{};
    Each<int, N> total{};   // the operation of each total
    Each<int, N> source{};  // the primitive of the chain that it sums
    // The source of each operand: a primitive of the chain, or -1 - its port; constants count as ports behind the others.
    Each<Each<int, Operation::most_operands>, N> from{};
};

template <class G>
constexpr auto make_links(int step) {
    constexpr int N = G::count;
    Links<N> links;
    Each<int, N> place{}, constant_of{};
    for (int i = G::arguments; i < N; ++i) {
        if (!G::is_home(i) || G::steps.step[i] != step) continue;
        if (G::steps.is_total[i]) {
            links.source[links.totals] = place[G::steps.home[G::program[i].operand[0]]];
            links.total[links.totals++] = i;
            continue;
        }
        const int j = links.length++;
        links.operation[j] = i;
        place[i] = j;
        for (int k = 0; k < G::program[i].operands; ++k) {
            const int view = G::program[i].operand[k], home = G::steps.home[view];
            int& from = links.from[j][k];
            if (G::program[home].primitive == Primitive::constant) {
                constant_of[home] = constant_of[home] > 0 ? constant_of[home] : ++links.constants;
                links.constant[constant_of[home] - 1] = G::program[home].number;
                from = -4 * N - constant_of[home];  // behind the ports, as soon as their number is known
            } else if (G::steps.step[home] == step) {
                from = place[home];
            } else {
                int port = 0;
                while (port < links.ports &&
                       (G::steps.home[links.view[port]] != home || G::shapes[links.view[port]] != G::shapes[view]))
                    ++port;
                if (port == links.ports) links.view[links.ports++] = view;
                from = -1 - port;
            }
        }
    }
    for (int j = 0; j < links.length; ++j)
        for (int& from : links.from[j].of)
            if (from < -4 * N) from += 4 * N - links.ports;
    return links;
}

/// The distances in a port's elements of neighbours along each axis of the chain; 0 where the port has size 1.
struct Strides {
    int of[Extents::max_rank] = {};
};
constexpr Strides make_strides(const Extents& port, const Extents& chain) {
    Strides strides;
    int step = 1;
    for (int i = 1; i <= port.rank; ++i) {
        const int size = port[port.rank - i];
        strides.of[chain.rank - i] = size == 1 ? 0 : step;
        step *= size;
    }
    return strides;
}

}  // namespace kiln::inline KILN_TARGET::expressions
