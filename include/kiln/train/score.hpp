// SPDX-License-Identifier: BSL-1.0
#pragma once
// The figure besides the loss that training sums up, with a sample in each lane: right answers, or absolute errors. All
// figures of single samples are in kiln/train/detail/judges.hpp.

#include <kiln/core/contract.hpp>

#include <array>
#include <concepts>
#include <cstddef>

namespace kiln::inline KILN_TARGET::detail {

/// The number of right answers, or the sum of absolute errors, and the number of answers or errors.
struct Score {
    int hits = 0;
    float error = 0;
    int answers = 0;
};

/// The number of answers or errors in one output, all its frames counted.
template <JudgedBy By, class Out>
inline constexpr int answers = [] {
    if constexpr (By == JudgedBy::classes)
        return 1;
    else if constexpr (By == JudgedBy::frames)
        return Out::extents[0];
    else if constexpr (By == JudgedBy::distributions)
        return Out::count / Out::extents[0];
    else
        return Out::count;
}();

// The index k of the largest element y[first + k stride], before y[end], in each lane; the first of equals.
template <class E, class Out>
constexpr E place_of_largest(const Tensor<E, Out>& y, int first = 0, int stride = 1, int end = Out::count) {
    using S = scalar_t<E>;
    E most = y.data[first], place(S(0));
    for (int k = 1; first + k * stride < end; ++k) {
        const E value = y.data[first + k * stride];
        const auto larger = value > most;
        place = select(larger, E(static_cast<S>(k)), place);
        most = select(larger, value, most);
    }
    return place;
}

// The elements of an output that count, where a sample has `length` frames.
template <class Out>
constexpr int elements_within(int length) {
    constexpr int frames = Out::extents[0];
    return length < frames ? length * (Out::count / frames) : Out::count;
}
template <class Out>
constexpr int elements_within() {
    return Out::count;
}
template <class Out>
constexpr int elements_within(const int* lengths) {
    return elements_within<Out>(*lengths);
}
// The score of one lane, of losses judged by labels or values: its first `count` elements.
template <JudgedBy By, class E, class Out>
constexpr void score_lane(Score& score, const Tensor<E, Out>& y, const auto& targets, int l, int count) {
    score.answers += count;
    for (int k = 0; k < count; ++k) {
        const auto output = lane(y.data[k], l), target = lane(targets.data[k], l);
        if constexpr (By == JudgedBy::labels)
            score.hits += target > 0.5f ? output > 0 : output <= 0;
        else
            score.error += static_cast<float>(output < target ? target - output : output - target);
    }
}

// The score of the first `live` lanes. `lengths`, if it is given, has the frames of the output in each lane.
template <JudgedBy By, class E, class Out, std::same_as<const int*>... Lengths>
constexpr Score score(const Tensor<E, Out>& y, const auto& targets, int live, Lengths... lengths) {
    if constexpr (sizeof...(Lengths) > 0 && (By == JudgedBy::labels || By == JudgedBy::values)) {
        Score counted;
        for (int l = 0; l < live; ++l) score_lane<By>(counted, y, targets, l, elements_within<Out>((lengths, ...)[l]));
        return counted;
    }
    using S = scalar_t<E>;
    const E zero(S(0)), one(S(1));
    Score score{.answers = live * answers<By, Out>};
    if constexpr (By == JudgedBy::classes) {
        const E place = place_of_largest(y);
        for (int l = 0; l < live; ++l)
            score.hits += static_cast<int>(lane(place, l)) == targets[static_cast<std::size_t>(l)] ? 1 : 0;
    } else if constexpr (By == JudgedBy::frames) {
        constexpr int frames = Out::extents[0], classes = Out::extents[1];
        score.answers = 0;
        for (int t = 0; t < frames; ++t) {
            const E place = place_of_largest(y, t * classes, 1, (t + 1) * classes);
            for (int l = 0; l < live; ++l) {
                const int label = static_cast<int>(lane(targets.data[t], l));
                score.answers += label >= 0 ? 1 : 0;
                score.hits += static_cast<int>(lane(place, l)) == label ? 1 : 0;
            }
        }
    } else if constexpr (By == JudgedBy::labels) {
        const E half(S(0.5));
        E hits = zero;
        for (int k = 0; k < Out::count; ++k) {
            const E yes = select(y.data[k] > zero, one, zero);
            hits += select(targets.data[k] > half, yes, one - yes);
        }
        for (int l = 0; l < live; ++l) score.hits += static_cast<int>(lane(hits, l));
    } else if constexpr (By == JudgedBy::distributions) {
        constexpr int positions = answers<By, Out>;
        for (int p = 0; p < positions; ++p) {
            const E predicted = place_of_largest(y, p, positions), right = place_of_largest(targets, p, positions);
            for (int l = 0; l < live; ++l) score.hits += lane(predicted, l) == lane(right, l) ? 1 : 0;
        }
    } else if constexpr (By == JudgedBy::values) {
        E error = zero;
        for (int k = 0; k < Out::count; ++k) {
            const E difference = y.data[k] - targets.data[k];
            error += max(difference, -difference);
        }
        for (int l = 0; l < live; ++l) score.error += static_cast<float>(lane(error, l));
    }
    return score;
}

}  // namespace kiln::inline KILN_TARGET::detail
