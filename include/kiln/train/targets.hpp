// SPDX-License-Identifier: BSL-1.0
#pragma once
// The targets of a batch: checked, brought into lanes, weighed, and compared with what a network put out.

#include <kiln/core/contract.hpp>
#include <kiln/kernels/transpose.hpp>
#include <kiln/train/diagnosis.hpp>

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace kiln::detail {

// What a sample's loss is multiplied by: 1 / n, or 1 / the sum of what each counts.
constexpr float share_of_each(const auto& loss, int n, auto target) {
    if constexpr (requires { loss.share(target(0)); }) {
        if (loss.has_shares()) {
            double sum = 0;
            for (int i = 0; i < n; ++i) sum += static_cast<double>(loss.share(target(i)));
            return sum > 0 ? static_cast<float>(1 / sum) : 0.0f;
        }
    }
    return 1.0f / static_cast<float>(n);
}

// The targets of the samples from(0), from(1), … in the lanes of an element E; tensors are multiplied by scale.
template <class Gathered, class E>
constexpr Gathered gather_targets(auto from, auto target, [[maybe_unused]] float scale) {
    constexpr auto lanes = static_cast<std::size_t>(width<E>);
    Gathered targets;
    if constexpr (requires { targets[0] = target(0); }) {
        for (std::size_t l = 0; l < lanes; ++l) targets[l] = target(from(static_cast<int>(l)));
    } else {
        std::array<decltype(&target(0)), lanes> pointers{};
        for (std::size_t l = 0; l < lanes; ++l) pointers[l] = &target(from(static_cast<int>(l)));
        kernels::gather(pointers, scale, targets);
    }
    return targets;
}

// In how many of the first `live` lanes the label's output is the largest.
template <class E, class Out>
constexpr int count_hits(const Tensor<E, Out>& y, const std::array<int, static_cast<std::size_t>(width<E>)>& labels,
                         int live) {
    E most = y.data[0], labelled = y.data[0];
    for (int k = 1; k < Out::count; ++k) {
        most = max(y.data[k], most);
        labelled = select(equal_lanes<E>(labels, k), y.data[k], labelled);
    }
    int hits = 0;
    for (int l = 0; l < live; ++l) hits += lane(labelled, l) >= lane(most, l) ? 1 : 0;
    return hits;
}

// Refuses a data set without samples, or with a target that cannot be learned.
template <class Loss, class Out>
void require_valid(const auto& data, const std::string& which) {
    const auto refuse = throw_or_abort<std::invalid_argument>;
    if (data.size() < 1) refuse("kiln: fit needs at least one sample" + which + ", got an empty data set");
    for (int i = 0; i < data.size(); ++i) {
        if (Loss::valid(data.target(i), Out::extents)) continue;
        if constexpr (requires { std::to_string(data.target(i)); })
            refuse("kiln: fit needs labels in 0 … " + std::to_string(Out::count - 1) + ", got " +
                   std::to_string(data.target(i)) + " for sample " + std::to_string(i) + which +
                   "; try a network with more outputs, or look at the label file");
        else
            refuse("kiln: fit needs targets that the loss accepts, got another for sample " + std::to_string(i) +
                   which);
    }
}

}  // namespace kiln::detail
