// SPDX-License-Identifier: BSL-1.0
#pragma once
// A layer against PyTorch: sixteen samples, one after the other over float and all at once over Lanes<float, 16>.
// Inputs, slopes, parameters and state are drawn by name. The test compares y, dx, the sums of the gradients, the state
// afterwards and the inference with that state. A layer with batch statistics gets all samples at once only.

#include <kiln/core/lanes.hpp>

#include "golden/values.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

namespace kiln::golden {

inline constexpr int batch = 16;

/// Rounding, relative to a tensor's largest value. The reference is exact to 1e-8; sums of n products, each rounded by
/// 6e-8, are off by about √n times that, and n is at most 320 (the gradients of a bias). 5e-7 is the most that is seen.
inline constexpr double tolerance = 2e-6;

/// Samples first … of a batch in the lanes of a tensor.
template <class E, class S>
void put(Tensor<E, S>& tensor, const std::vector<float>& numbers, int first) {
    for (int l = 0; l < width<E>; ++l)
        for (int i = 0; i < S::count; ++i)
            set_lane(tensor.data[i], l, numbers[static_cast<std::size_t>((first + l) * S::count + i)]);
}
/// Appends the lanes of a tensor to the numbers of other samples.
template <class E, class S>
void append(std::vector<double>& numbers, const Tensor<E, S>& tensor) {
    for (int l = 0; l < width<E>; ++l)
        for (int i = 0; i < S::count; ++i) numbers.push_back(static_cast<double>(lane(tensor.data[i], l)));
}

/// The setting in which a layer is tried.
struct Setting {
    float bound = 1;  ///< of the inputs
    float grid = 0;   ///< inputs are multiples of 1 / grid, so that some are equal and some 0
    double tolerance = golden::tolerance;
};

/// The results of a layer on the batch, over elements E.
template <class L, class In, class E>
struct Outcome {
    std::vector<double> y, dx, inference;
    parameters_t<L, float, In> gradients;
    state_t<L, float, In> state;

    Outcome(const std::string& name, const Setting& setting) {
        using Out = output_t<L, In>;
        auto x = draw(name + "/x", batch * In::count, -setting.bound, setting.bound);
        if (setting.grid > 0)
            for (float& value : x) value = std::floor(value * setting.grid) / setting.grid;
        const auto dy = draw(name + "/dy", batch * Out::count);
        laws::Instance<L, In, E> layer(0);
        draw_record(layer.parameters, name + "/");
        draw_record(layer.state, name + "/", 0.5f, 1.5f);
        for (int first = 0; first < batch; first += width<E>) {
            put(layer.x, x, first);
            put(layer.dy, dy, first);
            layer.forward();
            layer.backward();
            layer.settle();
            append(y, layer.y);
            append(dx, layer.dx);
            layer.infer();
            append(inference, layer.y);
        }
        gradients = layer.gradients;
        state = layer.state;
    }
};

/// The largest error of a record's tensors, whose entries have names behind `prefix`, relative to the largest value of
/// all tensors. (The gradient of a bias in front of a normalisation is 0, and consists of rounding alone.)
template <class R>
double record_error(Values& values, const std::string& prefix, const R& record) {
    std::vector<double> all, expected;
    const auto slices = tensors<const float>(record);
    for (std::size_t k = 0; k < slices.size(); ++k) {
        const TensorSchema& tensor = schema<R>[k];
        const auto& numbers = values.get(prefix + tensor.name.c_str(), list(tensor.extents));
        all.insert(all.end(), slices[k].begin(), slices[k].end());
        expected.insert(expected.end(), numbers.begin(), numbers.end());
    }
    return distance(all, expected);
}

/// Requires that layer L does to inputs of shape In the same as PyTorch's layer, the entries `name`/….
template <class L, class In>
void require_golden_layer(Values& values, const std::string& name, Setting setting = {}) {
    constexpr bool has_parameters = tensor_count < parameters_t < L, float, In >>> 0;
    constexpr bool has_state = tensor_count < state_t < L, float, In >>> 0;
    const auto& y = values.get(name + "/y", list(output_t<L, In>::extents, batch));
    const auto& dx = values.get(name + "/dx", list(In::extents, batch));
    const auto& inference = has_state ? values.get(name + "/inference", list(output_t<L, In>::extents, batch)) : y;
    double of_y = 0, of_dx = 0, of_inference = 0, of_gradients = 0, of_state = 0;
    const auto compare = [&]<class E>(std::type_identity<E>) {
        const Outcome<L, In, E> outcome(name, setting);
        of_y = std::max(of_y, distance(outcome.y, y));
        of_dx = std::max(of_dx, distance(outcome.dx, dx));
        of_inference = std::max(of_inference, distance(outcome.inference, inference));
        of_gradients = std::max(of_gradients, record_error(values, name + "/", outcome.gradients));
        of_state = std::max(of_state, record_error(values, name + "/", outcome.state));
    };
    if constexpr (!measures_batch<L, In>) compare(std::type_identity<float>{});
    compare(std::type_identity<Lanes<float, batch>>{});

    Line line("layer", name);
    line.require("y", of_y, setting.tolerance);
    line.require("dx", of_dx, setting.tolerance);
    line.require("inference", of_inference, setting.tolerance);
    if (has_parameters) line.require("gradients", of_gradients, setting.tolerance);
    if (has_state) line.require("state", of_state, setting.tolerance);
}

}  // namespace kiln::golden
