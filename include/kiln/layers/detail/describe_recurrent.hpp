// SPDX-License-Identifier: BSL-1.0
#pragma once
// Recurrent layers as operators of ONNX. ONNX has time first and the batch second, other orders of gates, and a leading
// dimension for the directions of a layer.

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/shape.hpp>

namespace kiln::inline KILN_TARGET::detail {

// The position in PyTorch's order of each of ONNX's gates.
template <int... Position>
struct GateOrder {
    static constexpr int gates = static_cast<int>(sizeof...(Position));
    static constexpr int of[] = {Position...};
};

// Tensors [gate][H rows] one after the other, with ONNX's order of gates, as a constant of the graph.
template <class Order, int H, int Tensors>
struct OnnxTensors {
    Extents extents;
    ArrayOf<const float*, Tensors> from;

    void write(float* to) const {
        const int count = static_cast<int>(extents.count()) / Tensors, gate = count / Order::gates;
        for (const float* const tensor : from)
            for (const int position : Order::of)
                for (int i = 0; i < gate; ++i) *to++ = tensor[position * gate + i];
    }
};

// The operator of layer L with the records of its directions: one, or forward and reverse. `set` adds attributes.
template <class L, class Order, class... Parameters>
auto described_recurrent(const auto& x, const char* operation, Order, auto set, const Parameters&... direction) {
    constexpr int directions = static_cast<int>(sizeof...(Parameters)), H = L::units, rows = Order::gates * H;
    const OnnxTensors<Order, H, directions> input{Extents{directions, rows, L::inputs},
                                                  {direction.weight_ih_l0.data...}},
        hidden{Extents{directions, rows, H}, {direction.weight_hh_l0.data...}};
    OnnxTensors<Order, H, 2 * directions> bias{Extents{directions, 2 * rows}, {}};
    const float** to = bias.from;
    ((*to++ = direction.bias_ih_l0.data, *to++ = direction.bias_hh_l0.data), ...);
    auto y = x.then("Transpose").with("perm", {1, 0, 2}).then(operation, input, hidden, bias).with("hidden_size", H);
    if (directions == 2) y = y.with("direction", "bidirectional");
    return set(y).then("Transpose").with("perm", {2, 0, 1, 3}).then("Reshape", Extents{x.extents[0], directions * H});
}

}  // namespace kiln::inline KILN_TARGET::detail
