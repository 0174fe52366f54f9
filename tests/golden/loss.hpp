// SPDX-License-Identifier: BSL-1.0
#pragma once
// A loss against PyTorch: the mean over sixteen samples and its derivative, over float and over Lanes<float, 16>.
// Outputs and targets are drawn by name; a mean is compared relative to itself.

#include <kiln/core/contract.hpp>

#include "golden/layer.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

namespace kiln::golden {

/// The labels that generate.py draws for the entries `name`/….
inline std::vector<int> labels(const std::string& name, int classes) {
    std::vector<int> numbers;
    for (const float number : draw(name + "/target", batch, 0, 1))
        numbers.push_back(static_cast<int>(static_cast<double>(number) * classes));
    return numbers;
}
/// The tensors of targets drawn for them.
template <class Out>
std::vector<Tensor<float, Out>> target_tensors(const std::string& name, float low, float high) {
    std::vector<Tensor<float, Out>> tensors(batch);
    const auto numbers = draw(name + "/target", batch * Out::count, low, high);
    for (int i = 0; i < batch; ++i) put(tensors[static_cast<std::size_t>(i)], numbers, i);
    return tensors;
}

/// The setting in which a loss is tried.
template <class Loss>
struct LossSetting {
    float low = -3, high = 3;  ///< the range of outputs
    Loss loss{};
    double tolerance = golden::tolerance;
};

/// Requires that the loss of outputs of shape Out is PyTorch's, the entries `name`/….
template <class Loss, class Out>
void require_golden_loss(Values& values, const std::string& name,
                         const std::vector<typename Loss::template Target<Out>>& targets,
                         const LossSetting<Loss>& setting = {}) {
    const auto& loss = values.get(name + "/loss", {1});
    const auto& dy = values.get(name + "/dy", list(Out::extents, batch));
    double of_loss = 0, of_dy = 0;
    const auto compare = [&]<class E>(std::type_identity<E>) {
        const auto outputs = draw(name + "/y", batch * Out::count, setting.low, setting.high);
        double sum = batch;
        if constexpr (requires { setting.loss.share(targets[0]); }) {
            sum = 0;
            for (const auto& target : targets) sum += static_cast<double>(setting.loss.share(target));
        }
        const E weight(static_cast<float>(1 / sum));
        std::vector<double> mean(1), slopes;
        for (int first = 0; first < batch; first += width<E>) {
            Tensor<E, Out> y, slope;
            put(y, outputs, first);
            Targets<Loss, Out, E> target{};
            for (int l = 0; l < width<E>; ++l) {
                const auto& of_sample = targets[static_cast<std::size_t>(first + l)];
                if constexpr (std::is_same_v<typename Loss::template Target<Out>, int>)
                    target[static_cast<std::size_t>(l)] = of_sample;
                else
                    for (int i = 0; i < of_sample.count; ++i) set_lane(target.data[i], l, of_sample.data[i]);
            }
            mean[0] += static_cast<double>(reduce(setting.loss(y, target, weight, slope)));
            append(slopes, slope);
        }
        of_loss = std::max(of_loss, distance(mean, loss));
        of_dy = std::max(of_dy, distance(slopes, dy));
    };
    compare(std::type_identity<float>{});
    compare(std::type_identity<Lanes<float, batch>>{});

    Line line("loss", name);
    line.require("loss", of_loss, setting.tolerance);
    line.require("dy", of_dy, setting.tolerance);
}

}  // namespace kiln::golden
