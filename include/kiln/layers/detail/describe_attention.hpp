// SPDX-License-Identifier: BSL-1.0
#pragma once
// Attention as a graph of ONNX's operators.

#include <kiln/core/math.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>

#include <array>
#include <cstddef>
#include <limits>
#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

// The result of attention of layout L on x, one value or several.
template <class L, int Heads, bool Causal, bool HasBias>
auto described_attention(const auto& x, auto at) {
    constexpr int D = L::features, size = D / Heads;
    const auto value_of = [&]<int I>(std::integral_constant<int, I>) {
        if constexpr (requires { x.values[0]; })
            return x.values[static_cast<std::size_t>(I < L::inputs ? I : L::inputs - 1)];
        else
            return x;
    };
    // Queries, keys or values of all heads: of each sample Heads matrices, whose rows are frames.
    const auto heads = [&]<int I>(std::integral_constant<int, I> part) {
        const auto in = value_of(part);
        const auto& from = part_of<0>(at.parameters);
        const std::array<int, 1> begin{I * D}, end{(I + 1) * D}, axis{0};
        auto projected = in.then(
            "MatMul", in.make("Slice", from.in_proj_weight, begin, end, axis).then("Transpose").with("perm", {1, 0}));
        if constexpr (HasBias) projected = projected.then("Add", in.make("Slice", from.in_proj_bias, begin, end, axis));
        constexpr int frames = I == 0 ? L::queries : L::keys;
        projected = projected.then("Reshape", Extents{frames, Heads, size}).then("Transpose");
        return I == 1 ? projected.with("perm", {0, 2, 3, 1}) : projected.with("perm", {0, 2, 1, 3});
    };
    const auto q = heads(std::integral_constant<int, 0>{}), k = heads(std::integral_constant<int, 1>{}),
               v = heads(std::integral_constant<int, 2>{});
    auto scores = q.then("MatMul", k).then("Mul", 1 / sqrt(static_cast<double>(size)));
    if constexpr (Causal) {
        Tensor<float, Shape<L::queries, L::keys>> mask{};
        for (int t = 0; t < L::queries; ++t)
            for (int key = t + 1; key < L::keys; ++key) mask(t, key) = -std::numeric_limits<float>::infinity();
        scores = scores.then("Add", mask);
    }
    const auto results = scores.then("Softmax")
                             .with("axis", 3)
                             .then("MatMul", v)
                             .then("Transpose")
                             .with("perm", {0, 2, 1, 3})
                             .then("Reshape", Extents{L::queries, D});
    const auto& out = part_of<1>(at.parameters);
    const auto y = results.then("MatMul", results.make("Transpose", out.weight).with("perm", {1, 0}));
    if constexpr (HasBias)
        return y.then("Add", out.bias);
    else
        return y;
}

}  // namespace kiln::inline KILN_TARGET::detail
