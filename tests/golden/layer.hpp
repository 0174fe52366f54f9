// SPDX-License-Identifier: BSL-1.0
#pragma once
// A layer against PyTorch: sixteen samples, one after the other over float and all at once over Lanes<float, 16>.
// Inputs, slopes and parameters are drawn by name; y, dx and the sums of the gradients are compared.

#include <kiln/core/lanes.hpp>

#include "golden/values.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

namespace kiln::golden {

inline constexpr int batch = 16;

/// Rounding, relative to a tensor's largest value. The reference is exact to 1e-8; sums of n products, each rounded by
/// 6e-8, are off by about √n times that, and n is at most 320 (the gradients of a bias).
inline constexpr double tolerance = 1e-6;

/// Samples first … of a batch in the lanes of a tensor.
template <class E, class S>
void put(Tensor<E, S>& tensor, const std::vector<float>& numbers, int first) {
    for (int l = 0; l < width<E>; ++l)
        for (int i = 0; i < S::count; ++i)
            set_lane(tensor.data[i], l, numbers[static_cast<std::size_t>((first + l) * S::count + i)]);
}
/// The lanes of a tensor behind those of other samples.
template <class E, class S>
void append(std::vector<double>& numbers, const Tensor<E, S>& tensor) {
    for (int l = 0; l < width<E>; ++l)
        for (int i = 0; i < S::count; ++i) numbers.push_back(static_cast<double>(lane(tensor.data[i], l)));
}

/// How a layer is tried.
struct Setting {
    float bound = 1;  ///< of the inputs
    float grid = 0;   ///< inputs are multiples of 1 / grid, so that some are equal and some 0
    double tolerance = golden::tolerance;
};

/// What a layer makes of the batch, over elements E.
template <class L, class In, class E>
struct Outcome {
    std::vector<double> y, dx;
    parameters_t<L, float, In> gradients;

    Outcome(const std::string& name, const Setting& setting) {
        using Out = output_t<L, In>;
        auto x = draw(name + "/x", batch * In::count, -setting.bound, setting.bound);
        if (setting.grid > 0)
            for (float& value : x) value = std::floor(value * setting.grid) / setting.grid;
        const auto dy = draw(name + "/dy", batch * Out::count);
        laws::Instance<L, In, E> layer(0);
        draw_record(layer.parameters, name + "/");
        for (int first = 0; first < batch; first += width<E>) {
            put(layer.x, x, first);
            put(layer.dy, dy, first);
            layer.forward();
            layer.backward();
            append(y, layer.y);
            append(dx, layer.dx);
        }
        gradients = layer.gradients;
    }
};

/// Requires that layer L does to inputs of shape In what PyTorch's does, the entries `name`/….
template <class L, class In>
void require_golden_layer(Values& values, const std::string& name, Setting setting = {}) {
    using Parameters = parameters_t<L, float, In>;
    const auto& y = values.get(name + "/y", list(output_t<L, In>::extents, batch));
    const auto& dx = values.get(name + "/dx", list(In::extents, batch));
    double of_y = 0, of_dx = 0, of_gradients = 0;
    const auto compare = [&]<class E>(std::type_identity<E>) {
        const Outcome<L, In, E> outcome(name, setting);
        of_y = std::max(of_y, distance(outcome.y, y));
        of_dx = std::max(of_dx, distance(outcome.dx, dx));
        const auto gradients = tensors<const float>(outcome.gradients);
        for (std::size_t k = 0; k < gradients.size(); ++k) {
            const TensorSchema& tensor = schema<Parameters>[k];
            const auto& expected = values.get(name + "/" + tensor.name.c_str(), list(tensor.extents));
            of_gradients = std::max(of_gradients, distance(gradients[k], expected));
        }
    };
    compare(std::type_identity<float>{});
    compare(std::type_identity<Lanes<float, batch>>{});

    Line line("layer", name);
    line.require("y", of_y, setting.tolerance);
    line.require("dx", of_dx, setting.tolerance);
    if constexpr (tensor_count < Parameters >> 0) line.require("gradients", of_gradients, setting.tolerance);
}

}  // namespace kiln::golden
