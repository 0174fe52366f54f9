// SPDX-License-Identifier: BSL-1.0
#pragma once
// The nodes of a network for given inputs, and the stages that they form. A stage is a node, or several nodes fused into one:
// a chain of nodes, each of which is read by the next alone.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/record.hpp>
#include <kiln/nets/detail/flatten.hpp>
#include <kiln/nets/detail/fusion.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// The shapes of a network's inputs.
template <class In>
struct shapes_in {
    static constexpr std::array<Extents, 1> extents{In::extents};
};
template <class... S>
struct shapes_in<Shapes<S...>> {
    static constexpr std::array<Extents, sizeof...(S)> extents{S::extents...};
};

// The shape of the values `From` of wires W, as a layer's input.
template <class W, class From>
struct shape_read;
template <class W, std::size_t... V>
struct shape_read<W, std::index_sequence<V...>> {
    using type = Shapes<shape_of<W::wires.extents[V]>...>;
};
template <class W, std::size_t V>
struct shape_read<W, std::index_sequence<V>> {
    using type = shape_of<W::wires.extents[V]>;
};
template <class W, std::size_t K, class Ports = std::make_index_sequence<W::wires.fan[K]>>
struct input_at;
template <class W, std::size_t K, std::size_t... P>
struct input_at<W, K, std::index_sequence<P...>> : shape_read<W, std::index_sequence<W::wires.from[K][P]...>>{};

template <class Net, class In, class Indices = IndicesBelow<count_nodes<Net>()>>
struct graph_nodes;
template <class Net, class In, std::size_t... K>
struct graph_nodes<Net, In, std::index_sequence<K...>> {
    static constexpr std::size_t inputs = shapes_in<In>::extents.size(), count = sizeof...(K);
    static constexpr auto most_inputs = static_cast<std::size_t>(largest_fan<Net>());
    using Nodes = typename nodes_of<Net, path<>, path<>>::type;

    static constexpr std::size_t outputs = [] {
        if constexpr (HasWiring<Net>)
            return Net::wiring.outputs.size();
        else
            return std::size_t{1};
    }();
    struct Built {
        Wires<inputs, count, most_inputs> wires;
        std::array<std::size_t, outputs> output{};
    };
    static constexpr Built built = [] {
        Built all;
        std::array<std::size_t, inputs> in{};
        for (std::size_t i = 0; i < inputs; ++i) {
            in[i] = i;
            all.wires.extents[i] = shapes_in<In>::extents[i];
        }
        if constexpr (HasWiring<Net>) {
            const auto value = add_parts<Net>(all.wires, in.data(), IndicesBelow<Net::depth>{});
            for (std::size_t o = 0; o < outputs; ++o)
                all.output[o] = value[static_cast<std::size_t>(Net::wiring.outputs[o])];
        } else {
            all.output[0] = add_nodes<Net, 1>(all.wires, in.data());
        }
        return all;
    }();
    static constexpr auto& wires = built.wires;

    template <std::size_t N>
    using Node = type_at<N, Nodes>;
    template <std::size_t N>
    using Input = typename input_at<graph_nodes, N>::type;

    // The node that can be fused with node k: the only reader of its output, which reads nothing else; or `count`.
    static constexpr std::array<std::size_t, count> next = [] {
        std::array<std::size_t, count> reader{};
        std::array<int, count> readers{};
        for (std::size_t n = 0; n < count; ++n)
            for (std::size_t p = 0; p < wires.fan[n]; ++p)
                if (const std::size_t value = wires.from[n][p]; value >= inputs) {
                    ++readers[value - inputs];
                    reader[value - inputs] = n;
                }
        for (const std::size_t value : built.output)
            if (value >= inputs) readers[value - inputs] = 2;
        for (std::size_t n = 0; n < count; ++n)
            if (readers[n] != 1 || wires.fan[reader[n]] != 1) reader[n] = count;
        return reader;
    }();
    template <std::size_t N, bool Exists>
    struct layer_if {
        using type = no_layer;
    };
    template <std::size_t N>
    struct layer_if<N, true> {
        using type = typename Node<N>::Layer;
    };
    static constexpr std::size_t next_but_one(std::size_t n) { return next[n] == count ? count : next[next[n]]; }
    template <std::size_t N>
    using From = stage_from<typename Node<N>::Layer, Input<N>, typename layer_if<next[N], (next[N] < count)>::type,
                            typename layer_if<next_but_one(N), (next_but_one(N) < count)>::type>;

    // The stages: the first node of each, and the wires between them.
    static constexpr std::array<std::size_t, count> lengths{From<K>::length...};
    static constexpr std::size_t stage_count = [] {
        std::array<bool, count> inside{};
        std::size_t stages = 0;
        for (std::size_t n = 0; n < count; ++n) {
            if (inside[n]) continue;
            ++stages;
            for (std::size_t step = 1, k = n; step < lengths[n]; ++step) inside[k = next[k]] = true;
        }
        return stages;
    }();
    struct Stages {
        Wires<inputs, stage_count, most_inputs> wires;
        std::array<std::size_t, stage_count> first{};
        std::array<std::size_t, outputs> output{};
    };
    static constexpr Stages stages = [] {
        Stages all;
        std::array<std::size_t, inputs + count> value{};  // of the stages, for each value of the nodes
        std::array<bool, count> inside{};
        for (std::size_t i = 0; i < inputs; ++i) {
            value[i] = i;
            all.wires.extents[i] = wires.extents[i];
        }
        for (std::size_t n = 0; n < count; ++n) {
            if (inside[n]) continue;
            const std::size_t s = all.wires.added++;
            all.first[s] = n;
            all.wires.fan[s] = wires.fan[n];
            for (std::size_t p = 0; p < wires.fan[n]; ++p) all.wires.from[s][p] = value[wires.from[n][p]];
            std::size_t last = n;
            for (std::size_t step = 1; step < lengths[n]; ++step) inside[last = next[last]] = true;
            value[inputs + last] = inputs + s;
            all.wires.extents[inputs + s] = wires.extents[inputs + last];
        }
        for (std::size_t o = 0; o < outputs; ++o) all.output[o] = value[built.output[o]];
        return all;
    }();
};

}  // namespace kiln::inline KILN_TARGET::detail
