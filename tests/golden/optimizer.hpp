// SPDX-License-Identifier: BSL-1.0
#pragma once
// An optimizer against PyTorch: ten steps with given gradients, compared after each. As a trainer does it, in vectors
// of neighbouring parameters and a rest of single ones.

#include <kiln/core/contract.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/train/detail/update.hpp>

#include "golden/values.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace kiln::golden {

/// Requires that the optimizer's steps are PyTorch's, the entries `name`/…. Each of ten steps rounds a few times by
/// 6e-8 of the largest weight or less, and settings such as 0.1f are off by 2e-8 of themselves.
template <class O>
void require_golden_optimizer(Values& values, const std::string& name, O optimizer, double tolerance = 1e-6) {
    constexpr int steps = 10, weights = 21;
    using Record = parameters_t<Linear<weights - 1, 1>, float, Shape<weights - 1>>;
    static_assert(scalar_count<Record>() == weights);

    Record parameters, gradients;
    std::array<Record, O::moments> moments{};
    const auto set = [](Record& record, const std::vector<float>& numbers, int first) {
        for (const Slice<float>& slice : tensors<float>(record))
            for (float& value : slice) value = numbers[static_cast<std::size_t>(first++)];
    };
    set(parameters, draw(name + "/w", weights), 0);
    const auto all_gradients = draw(name + "/g", steps * weights);

    std::vector<double> after;
    for (int step = 0; step < steps; ++step) {
        set(gradients, all_gradients, step * weights);
        if constexpr (needs_gradient_norm<O>)
            update(optimizer.at(step, norm(gradients)), parameters, gradients, moments);
        else
            update(optimizer.at(step), parameters, gradients, moments);
        for (const Slice<const float>& slice : tensors<const float>(parameters))
            for (const float value : slice) after.push_back(static_cast<double>(value));
    }
    Line line("optimizer", name);
    line.require("w", distance(after, values.get(name + "/w", {steps, weights})), tolerance);
}

}  // namespace kiln::golden
