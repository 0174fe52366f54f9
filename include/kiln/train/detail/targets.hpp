// SPDX-License-Identifier: BSL-1.0
#pragma once
// A batch as a trainer sees it, and its targets: gathered into lanes, and weighted.

#include <kiln/core/contract.hpp>
#include <kiln/kernels/gather.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

/// A batch of `count` samples: sample(i) is a pointer to sample i, target(i) its target. Samples are multiplied by
/// `scale` as they are read, and targets that are tensors by `target_scale`.
template <class Sample, class Target>
struct BatchView {
    int count;
    Sample sample;
    Target target;
    float scale = 1, target_scale = 1;
};
template <class Sample, class Target>
BatchView(int, Sample, Target, float = 1, float = 1) -> BatchView<Sample, Target>;

namespace detail {

// The factor of each sample's loss: 1 / n, or 1 / (sum of the samples' shares) for a loss with shares.
constexpr float share_of_each(const auto& loss, int n, auto target) {
    if constexpr (requires { loss.share(target(0)); }) {
        double sum = 0;
        for (int i = 0; i < n; ++i) sum += static_cast<double>(loss.share(target(i)));
        return sum > 0 ? static_cast<float>(1 / sum) : 0.0f;
    } else {
        return 1.0f / static_cast<float>(n);
    }
}

template <class Gathered>
inline constexpr bool holds_integers = false;
template <class E, class S>
inline constexpr bool holds_integers<Tensor<E, S>> = std::is_integral_v<scalar_t<E>>;

// The targets of output I.
template <int I>
constexpr auto targets_of_output(const auto& batch) {
    const auto target = [&batch](int i) -> const auto& { return batch.target(i).template get<I>(); };
    return BatchView{batch.count, batch.sample, target, batch.scale, batch.target_scale};
}

// The targets of the batch's samples from(0), from(1), … in the lanes of an element E.
template <class Gathered, class E>
constexpr Gathered gather_targets(auto from, const auto& batch) {
    constexpr auto lanes = static_cast<std::size_t>(width<E>);
    Gathered targets;
    if constexpr (requires { Gathered::parts; }) {
        [&]<int... I>(std::integer_sequence<int, I...>) {
            ((targets.template get<I>() = gather_targets<std::remove_cvref_t<decltype(targets.template get<I>())>, E>(
                  from, targets_of_output<I>(batch))),
             ...);
        }
        (std::make_integer_sequence<int, Gathered::parts>{});
    } else if constexpr (requires { targets[0] = batch.target(0); }) {
        for (std::size_t l = 0; l < lanes; ++l) targets[l] = batch.target(from(static_cast<int>(l)));
    } else {
        std::array<decltype(place_of(batch.target(0))), lanes> places{};
        for (std::size_t l = 0; l < lanes; ++l) places[l] = place_of(batch.target(from(static_cast<int>(l))));
        if constexpr (holds_integers<Gathered>)
            kernels::gather_integers(places, targets);
        else
            kernels::gather(places, batch.target_scale, targets);
    }
    return targets;
}

}  // namespace detail
}  // namespace kiln::inline KILN_TARGET
