// SPDX-License-Identifier: BSL-1.0
#pragma once
// Cross entropy of class labels, from logits: of one label, or of a label for each frame of a sequence.
//
// Shape: outputs Shape<classes>; the target is the label t of the class, from 0
// Shape: outputs Shape<T, classes>; the target is Tensor<int, Shape<T>>, a label for each frame. A frame whose label is
//        -1 is left out, and so are frames behind the sample's length
// Formula: loss = log(sum_k exp y_k) - y_t, dy_k = softmax(y)_k - [k = t]
// Source: torch.nn.CrossEntropyLoss, with ignore_index -1; label smoothing: C. Szegedy et al.: Rethinking the Inception
//         architecture, 2016
//
// The largest logit is subtracted before the exponentials, so none overflows (log-sum-exp). Floats are taken in vectors
// of neighbouring classes where there are many classes.
//
// With class weights c and label smoothing s the label stands for the targets q_k = (1 - s) c_t [k = t] + s / classes
// c_k, and loss = -sum_k q_k log softmax(y)_k. The mean then divides by the sum of c_t over samples, also for smoothed
// labels. The mean of labels for each frame is over all frames of the batch that count, however many each sample has.

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/setting_fault.hpp>
#include <kiln/kernels/class_scores.hpp>

#include <array>
#include <cstddef>

namespace kiln {

namespace detail {

// The loss with targets other than 0 and 1, from the exponentials in dy and their sum. `class_weights` is nullptr if
// all classes count alike. Out of line, because most trainings never need this function.
template <class E, int Classes>
[[gnu::noinline]] constexpr E spread_cross_entropy(const E* y, const std::array<int, width<E>>& labels, const E& weight,
                                                   float label_smoothing, const float* class_weights, const E& most,
                                                   const E& sum, E* dy) {
    using S = scalar_t<E>;
    const auto share = [&](int k) { return class_weights != nullptr ? S(class_weights[k]) : S(1); };
    const S smoothing = S(label_smoothing) / S(Classes);
    S all(0);
    for (int k = 0; k < Classes; ++k) all += smoothing * share(k);
    E label(S(0));  // the target of the label, beyond the part that every class has
    for (int l = 0; l < width<E>; ++l) {
        const int k = labels[static_cast<std::size_t>(l)];
        set_lane(label, l, (S(1) - S(label_smoothing)) * (k < 0 ? S(0) : share(k)));
    }
    const E zero(S(0)), log_sum = log(sum), scale = weight * (label + E(all)) / sum;
    E loss = zero;
    for (int k = 0; k < Classes; ++k) {
        const E target = E(smoothing * share(k)) + select(equal_lanes<E>(labels, k), label, zero);
        loss += target * (log_sum - (y[k] - most));
        dy[k] = fma(dy[k], scale, -(target * weight));
    }
    return loss * weight;
}

// The loss of one label in each lane; a lane whose label is -1 has weight 0.
template <class E, int Classes>
constexpr E cross_entropy(const E* y, const std::array<int, width<E>>& labels, const E& weight, float label_smoothing,
                          const float* class_weights, E* dy) {
    constexpr bool in_packs = kernels::in_class_packs<E, Classes>;
    const E zero(scalar_t<E>(0));
    E most = y[0], sum = zero;
    if constexpr (in_packs) {
        most = kernels::largest_class<Classes>(y);
        sum = kernels::class_exponentials<Classes>(y, most, dy);
    } else {
        for (int k = 1; k < Classes; ++k) most = max(y[k], most);
        for (int k = 0; k < Classes; ++k) {
            dy[k] = exp(y[k] - most);
            sum += dy[k];
        }
    }
    if (label_smoothing != 0 || class_weights != nullptr)
        return spread_cross_entropy<E, Classes>(y, labels, weight, label_smoothing, class_weights, most, sum, dy);
    const E scale = weight / sum;
    E hit = zero;
    if constexpr (in_packs) {
        const int label = labels[0];
        const E target = label < 0 ? zero : dy[label];
        kernels::scale_classes<Classes>(scale, dy);
        if (label >= 0) {
            hit = y[label] - most;
            dy[label] = fma(target, scale, -weight);
        }
    } else {
        for (int k = 0; k < Classes; ++k) {
            const auto is_target = equal_lanes<E>(labels, k);
            hit = select(is_target, y[k] - most, hit);
            dy[k] = fma(dy[k], scale, select(is_target, -weight, zero));
        }
    }
    return (log(sum) - hit) * weight;
}

// The sum of the losses of all frames.
template <class E, int Frames, int Classes>
constexpr E cross_entropy_of_frames(const Tensor<E, Shape<Frames, Classes>>& y,
                                    const Tensor<index_t<E>, Shape<Frames>>& labels, const E& weight,
                                    float label_smoothing, const float* class_weights,
                                    Tensor<E, Shape<Frames, Classes>>& dy) {
    const E zero(scalar_t<E>(0));
    E loss = zero;
    for (int t = 0; t < Frames; ++t) {
        std::array<int, width<E>> here{};
        E share = weight;
        bool counts = false;
        for (int l = 0; l < width<E>; ++l) {
            here[static_cast<std::size_t>(l)] = static_cast<int>(lane(labels.data[t], l));
            if (here[static_cast<std::size_t>(l)] < 0)
                set_lane(share, l, scalar_t<E>(0));
            else
                counts = true;
        }
        E* const slopes = dy.data + t * Classes;
        if (counts)
            loss +=
                cross_entropy<E, Classes>(y.data + t * Classes, here, share, label_smoothing, class_weights, slopes);
        else
            for (int k = 0; k < Classes; ++k) slopes[k] = zero;
    }
    return loss;
}

// The number of frames that count, or the sum of their labels' weights.
template <int Classes>
constexpr float share_of_frames(const auto& labels, int length, const float* class_weights) {
    float share = 0;
    for (int t = 0; t < labels.count && t < length; ++t) {
        const int label = static_cast<int>(labels.data[t]);
        if (label < 0) continue;
        share += class_weights == nullptr ? 1.0f : label < Classes ? class_weights[label] : 1.0f;
    }
    return share;
}

constexpr bool are_labels_of_frames(const auto& labels, int classes) {
    for (int t = 0; t < labels.count; ++t) {
        const auto label = static_cast<int>(labels.data[t]);
        if (label < -1 || classes <= label) return false;
    }
    return true;
}

// The target of a loss of labels: a label, or a label for each frame of an output of frames x classes.
template <class Out>
struct label_target {
    using type = int;
};
template <int Frames, int Classes>
struct label_target<Shape<Frames, Classes>> {
    using type = Tensor<int, Shape<Frames>>;
};

template <int Classes>
constexpr Tensor<float, Shape<Classes>> weights_of_one() {
    Tensor<float, Shape<Classes>> ones;
    for (float& weight : ones) weight = 1;
    return ones;
}

}  // namespace detail

/// Cross entropy for outputs of shape Shape<classes>, where the target is the label of the class, from 0; and for
/// outputs of Shape<T, classes>, where the target is a Tensor<int, Shape<T>> of labels, -1 for a frame that is left
/// out.
struct CrossEntropy {
    float label_smoothing = 0;  ///< the part of a label that all classes share, 0 to 1

    [[gnu::always_inline]] constexpr SettingFault fault() const {
        return first_fault("CrossEntropy", {from_0_to_1("label_smoothing", label_smoothing)});
    }

    template <class Out>
    using Target = typename detail::label_target<Out>::type;
    static constexpr JudgedBy judged_by = JudgedBy::classes;
    using instead_of_probabilities = logits;

    static constexpr Fit fits(Extents output) { return {.out = output, .fits = output.rank == 1 || output.rank == 2}; }
    template <class>
    using needs = rank<1>;
    [[gnu::always_inline]] static constexpr bool valid(int label, Extents output) {
        return 0 <= label && label < output[0];
    }
    template <class T, class S>
    static constexpr bool valid(const Tensor<T, S>& labels, Extents output) {
        return detail::are_labels_of_frames(labels, output[1]);
    }
    template <class T, class S>
    constexpr float share(const Tensor<T, S>& labels, int length = S::count) const {
        return detail::share_of_frames<0>(labels, length, nullptr);
    }

    template <class E, int Classes>
    constexpr E operator()(const Tensor<E, Shape<Classes>>& y, const std::array<int, width<E>>& labels, const E& weight,
                           Tensor<E, Shape<Classes>>& dy) const {
        return detail::cross_entropy<E, Classes>(y.data, labels, weight, label_smoothing, nullptr, dy.data);
    }
    template <class E, int Frames, int Classes>
    constexpr E operator()(const Tensor<E, Shape<Frames, Classes>>& y, const Tensor<index_t<E>, Shape<Frames>>& labels,
                           const E& weight, Tensor<E, Shape<Frames, Classes>>& dy) const {
        return detail::cross_entropy_of_frames(y, labels, weight, label_smoothing, nullptr, dy);
    }
};

template <>
struct default_loss<int> {
    using type = CrossEntropy;
};
template <int Frames>
struct default_loss<Tensor<int, Shape<Frames>>> {
    using type = CrossEntropy;
};

}  // namespace kiln

namespace kiln::inline KILN_TARGET {

/// CrossEntropy with a weight for each class: WeightedCrossEntropy<3>{.class_weights = {1, 1, 5}}, or the weights of
/// data::balance (kiln/data/balance.hpp).
template <int Classes>
struct WeightedCrossEntropy {
    /// The weight of a sample or a frame of each class, from 0.
    Tensor<float, Shape<Classes>> class_weights = kiln::detail::weights_of_one<Classes>();
    float label_smoothing = 0;  ///< the part of a label that all classes share, 0 to 1

    constexpr SettingFault fault() const {
        for (const float weight : class_weights)
            if (const SettingFault wrong = first_fault("WeightedCrossEntropy", {from_0("class_weights", weight)});
                wrong.name != nullptr)
                return wrong;
        return first_fault("WeightedCrossEntropy", {from_0_to_1("label_smoothing", label_smoothing)});
    }

    template <class Out>
    using Target = typename kiln::detail::label_target<Out>::type;
    static constexpr JudgedBy judged_by = JudgedBy::classes;
    using instead_of_probabilities = logits;

    static constexpr Fit fits(Extents output) {
        return {.out = output, .fits = (output.rank == 1 || output.rank == 2) && output[output.rank - 1] == Classes};
    }
    template <class>
    using needs = Shape<Classes>;
    static constexpr bool valid(int label, Extents) { return 0 <= label && label < Classes; }
    template <class T, class S>
    static constexpr bool valid(const Tensor<T, S>& labels, Extents) {
        return kiln::detail::are_labels_of_frames(labels, Classes);
    }
    constexpr float share(int label) const { return 0 <= label && label < Classes ? class_weights.data[label] : 1.0f; }
    template <class T, class S>
    constexpr float share(const Tensor<T, S>& labels, int length = S::count) const {
        return kiln::detail::share_of_frames<Classes>(labels, length, class_weights.data);
    }

    template <class E>
    constexpr E operator()(const Tensor<E, Shape<Classes>>& y, const std::array<int, width<E>>& labels, const E& weight,
                           Tensor<E, Shape<Classes>>& dy) const {
        return kiln::detail::cross_entropy<E, Classes>(y.data, labels, weight, label_smoothing, class_weights.data,
                                                       dy.data);
    }
    template <class E, int Frames>
    constexpr E operator()(const Tensor<E, Shape<Frames, Classes>>& y, const Tensor<index_t<E>, Shape<Frames>>& labels,
                           const E& weight, Tensor<E, Shape<Frames, Classes>>& dy) const {
        return kiln::detail::cross_entropy_of_frames(y, labels, weight, label_smoothing, class_weights.data, dy);
    }
};

}  // namespace kiln::inline KILN_TARGET
