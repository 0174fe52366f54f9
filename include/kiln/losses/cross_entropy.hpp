// SPDX-License-Identifier: BSL-1.0
#pragma once
// Cross entropy of class labels, from logits.
//
// Shape: outputs Shape<classes>; the target is the label t of the class, from 0
// Formula: loss = log(sum_k exp y_k) - y_t, dy_k = softmax(y)_k - [k = t]
// Source: torch.nn.CrossEntropyLoss; label smoothing: C. Szegedy et al.: Rethinking the Inception architecture, 2016
//
// The largest logit is subtracted before the exponentials, so none overflows (log-sum-exp).
//
// With class weights c and label smoothing s the label stands for the targets q_k = (1 - s) c_t [k = t] + s / classes
// c_k, and loss = -sum_k q_k log softmax(y)_k. The mean then divides by the sum of c_t over samples, also for smoothed
// labels.

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/setting_fault.hpp>

#include <array>
#include <cstddef>

namespace kiln {

namespace detail {

// The loss with targets other than 0 and 1, from the exponentials in dy and their sum. `class_weights` is nullptr if
// all classes count alike. Out of line, because most trainings never need this function.
template <class E, int Classes>
[[gnu::noinline]] constexpr E spread_cross_entropy(const Tensor<E, Shape<Classes>>& y,
                                                   const std::array<int, width<E>>& labels, const E& weight,
                                                   float label_smoothing, const float* class_weights, const E& most,
                                                   const E& sum, Tensor<E, Shape<Classes>>& dy) {
    using S = scalar_t<E>;
    const auto share = [&](int k) { return class_weights != nullptr ? S(class_weights[k]) : S(1); };
    const S smoothing = S(label_smoothing) / S(Classes);
    S all(0);
    for (int k = 0; k < Classes; ++k) all += smoothing * share(k);
    E label(S(0));  // the target of the label, beyond the part that every class has
    for (int l = 0; l < width<E>; ++l)
        set_lane(label, l, (S(1) - S(label_smoothing)) * share(labels[static_cast<std::size_t>(l)]));
    const E zero(S(0)), log_sum = log(sum), scale = weight * (label + E(all)) / sum;
    E loss = zero;
    for (int k = 0; k < Classes; ++k) {
        const E target = E(smoothing * share(k)) + select(equal_lanes<E>(labels, k), label, zero);
        loss += target * (log_sum - (y.data[k] - most));
        dy.data[k] = fma(dy.data[k], scale, -(target * weight));
    }
    return loss * weight;
}

template <class E, int Classes>
constexpr E cross_entropy(const Tensor<E, Shape<Classes>>& y, const std::array<int, width<E>>& labels, const E& weight,
                          float label_smoothing, const float* class_weights, Tensor<E, Shape<Classes>>& dy) {
    const E zero(scalar_t<E>(0));
    E most = y.data[0];
    for (int k = 1; k < Classes; ++k) most = max(y.data[k], most);
    E sum = zero;
    for (int k = 0; k < Classes; ++k) {
        dy.data[k] = exp(y.data[k] - most);
        sum += dy.data[k];
    }
    if (label_smoothing != 0 || class_weights != nullptr)
        return spread_cross_entropy(y, labels, weight, label_smoothing, class_weights, most, sum, dy);
    const E scale = weight / sum;
    E hit = zero;
    for (int k = 0; k < Classes; ++k) {
        const auto is_target = equal_lanes<E>(labels, k);
        hit = select(is_target, y.data[k] - most, hit);
        dy.data[k] = fma(dy.data[k], scale, select(is_target, -weight, zero));
    }
    return (log(sum) - hit) * weight;
}

template <int Classes>
constexpr Tensor<float, Shape<Classes>> weights_of_one() {
    Tensor<float, Shape<Classes>> ones;
    for (float& weight : ones) weight = 1;
    return ones;
}

}  // namespace detail

/// Cross entropy for outputs of shape Shape<classes>; the target is the label of the class, from 0.
struct CrossEntropy {
    float label_smoothing = 0;  ///< the part of a label that all classes share, 0 to 1

    [[gnu::always_inline]] constexpr SettingFault fault() const {
        return first_fault("CrossEntropy", {from_0_to_1("label_smoothing", label_smoothing)});
    }

    template <class>
    using Target = int;
    static constexpr JudgedBy judged_by = JudgedBy::classes;
    using instead_of_probabilities = logits;

    static constexpr Fit fits(Extents output) { return {.out = output, .fits = output.rank == 1}; }
    template <class>
    using needs = rank<1>;
    [[gnu::always_inline]] static constexpr bool valid(int label, Extents output) {
        return 0 <= label && label < output[0];
    }

    template <class E, int Classes>
    constexpr E operator()(const Tensor<E, Shape<Classes>>& y, const std::array<int, width<E>>& labels, const E& weight,
                           Tensor<E, Shape<Classes>>& dy) const {
        return detail::cross_entropy(y, labels, weight, label_smoothing, nullptr, dy);
    }
};

template <>
struct default_loss<int> {
    using type = CrossEntropy;
};

}  // namespace kiln

namespace kiln::inline KILN_TARGET {

/// CrossEntropy with a weight for each class: WeightedCrossEntropy<3>{.class_weights = {1, 1, 5}}, or the weights of
/// data::balance (kiln/data/balance.hpp).
template <int Classes>
struct WeightedCrossEntropy {
    /// The weight of a sample of each class, from 0.
    Tensor<float, Shape<Classes>> class_weights = kiln::detail::weights_of_one<Classes>();
    float label_smoothing = 0;  ///< the part of a label that all classes share, 0 to 1

    constexpr SettingFault fault() const {
        for (const float weight : class_weights)
            if (const SettingFault wrong = first_fault("WeightedCrossEntropy", {from_0("class_weights", weight)});
                wrong.name != nullptr)
                return wrong;
        return first_fault("WeightedCrossEntropy", {from_0_to_1("label_smoothing", label_smoothing)});
    }

    template <class>
    using Target = int;
    static constexpr JudgedBy judged_by = JudgedBy::classes;
    using instead_of_probabilities = logits;

    static constexpr Fit fits(Extents output) {
        return {.out = output, .fits = output.rank == 1 && output[0] == Classes};
    }
    template <class>
    using needs = Shape<Classes>;
    static constexpr bool valid(int label, Extents) { return 0 <= label && label < Classes; }
    constexpr float share(int label) const { return 0 <= label && label < Classes ? class_weights.data[label] : 1.0f; }

    template <class E>
    constexpr E operator()(const Tensor<E, Shape<Classes>>& y, const std::array<int, width<E>>& labels, const E& weight,
                           Tensor<E, Shape<Classes>>& dy) const {
        return kiln::detail::cross_entropy(y, labels, weight, label_smoothing, class_weights.data, dy);
    }
};

}  // namespace kiln::inline KILN_TARGET
