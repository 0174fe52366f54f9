// SPDX-License-Identifier: BSL-1.0
#pragma once
// Rows of scores, one for each of many classes, in packs of neighbours: the loops of losses of labels over plain
// floats. Other elements and short rows are taken one class at a time; there `in_class_packs` is false and the losses
// loop themselves. The sums of a pack are added up at the end of the row.

#include <kiln/core/lanes.hpp>
#include <kiln/core/math.hpp>
#include <kiln/kernels/pack.hpp>

#include <limits>
#include <type_traits>

namespace kiln::inline KILN_TARGET::kernels {

/// Whether a row is taken in packs: rows of 32 floats and more, because packs of their own for each short row would
/// cost compile time and gain little.
template <class E, int Classes>
inline constexpr bool in_class_packs = false;
template <int Classes>
    requires(Classes >= 32)
inline constexpr bool in_class_packs<float, Classes> = true;

namespace detail {
// Calls whole(k) for each pack, which begins at class k, then rest(k) for each class behind the packs.
template <int Classes>
constexpr void for_class_packs(auto whole, auto rest) {
    constexpr int step = pack_step<float, Classes>;
    int k = 0;
    for (; k + step <= Classes; k += step) whole(k);
    for (; k < Classes; ++k) rest(k);
}
}  // namespace detail

/// The largest of a row's scores, not counting NaN behind the first.
template <int Classes>
constexpr float largest_class(const float* y) {
    using Pack = pack_t<float, Classes>;
    Pack most(y[0]);
    float largest = y[0];
    detail::for_class_packs<Classes>([&](int k) { most = max(load<Pack>(y + k), most); },
                                     [&](int k) { largest = max(y[k], largest); });
    for (int half = width<Pack> / 2; half > 0; half /= 2)
        for (int l = 0; l < half; ++l) most.v[l] = max(most.v[l + half], most.v[l]);
    return max(most.v[0], largest);
}

/// e_k = exp(y_k - most); returns the sum of e.
template <int Classes>
constexpr float class_exponentials(const float* y, float most, float* e) {
    using Pack = pack_t<float, Classes>;
    Pack sums(0.0f);
    float sum = 0;
    detail::for_class_packs<Classes>(
        [&](int k) {
            const Pack here = exp(load<Pack>(y + k) - Pack(most));
            sums += here;
            store(here, e + k);
        },
        [&](int k) { sum += e[k] = exp(y[k] - most); });
    return reduce(sums) + sum;
}

/// e_k = e_k factor.
template <int Classes>
constexpr void scale_classes(float factor, float* e) {
    using Pack = pack_t<float, Classes>;
    detail::for_class_packs<Classes>([&](int k) { store(load<Pack>(e + k) * Pack(factor), e + k); },
                                     [&](int k) { e[k] *= factor; });
}

/// The hinge loss of the class `label`, share sum_{k != label} max(0, 1 - (y_label - y_k)), and its slopes.
template <int Classes>
constexpr float hinge_of_classes(const float* y, int label, float share, float* dy) {
    using Pack = pack_t<float, Classes>;
    const float right = y[label];
    // The class itself takes a score so low that its term is 0.
    constexpr float no_score = -std::numeric_limits<float>::infinity();
    const auto term = [right](const auto& score) {
        using P = std::remove_cvref_t<decltype(score)>;
        return max(P(0.0f), P(1.0f) - (P(right) - score));  // NaN stays NaN
    };
    Pack losses(0.0f), counts(0.0f);
    float loss = 0, count = 0;
    detail::for_class_packs<Classes>(
        [&](int k) {
            Pack scores = load<Pack>(y + k);
            if (k <= label && label < k + width<Pack>) scores.v[label - k] = no_score;
            const Pack lacking = term(scores);
            losses += lacking;
            const auto lacks = lacking > Pack(0.0f);
            counts += select(lacks, Pack(1.0f), Pack(0.0f));
            store(select(lacks, Pack(share), Pack(0.0f)), dy + k);
        },
        [&](int k) {
            const float lacking = term(k == label ? no_score : y[k]);
            loss += lacking;
            count += lacking > 0 ? 1.0f : 0.0f;
            dy[k] = lacking > 0 ? share : 0.0f;
        });
    dy[label] = -share * (reduce(counts) + count);
    return (reduce(losses) + loss) * share;
}

}  // namespace kiln::inline KILN_TARGET::kernels
