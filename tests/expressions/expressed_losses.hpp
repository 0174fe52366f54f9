// SPDX-License-Identifier: BSL-1.0
#pragma once
// The losses of the library as expressions, and the focal loss.

#include <kiln/core/setting_fault.hpp>
#include <kiln/expressions/expressed_loss.hpp>

#include <array>

namespace kiln::laws {

struct SquaredErrors : ExpressedLoss<SquaredErrors> {
    static constexpr JudgedBy judged_by = JudgedBy::values;
    static constexpr auto express(auto y, auto target) { return mean(square(y - target)); }
};

struct AbsoluteErrors : ExpressedLoss<AbsoluteErrors> {
    static constexpr auto express(auto y, auto target) { return mean(abs(y - target)); }
};

struct Robust : ExpressedLoss<Robust> {
    float delta = 1;
    constexpr Robust() = default;
    constexpr explicit Robust(float limit) : delta(limit) {}
    constexpr SettingFault fault() const { return first_fault("Robust", {above_0("delta", delta)}); }
    static constexpr auto settings() { return std::array{&Robust::delta}; }
    static constexpr auto express(auto y, auto target, auto delta) {
        const auto difference = y - target, bounded = min(delta, max(-delta, difference));
        return mean(bounded * (difference - 0.5 * bounded));
    }
};

struct YesOrNo : ExpressedLoss<YesOrNo> {
    float pos_weight = 1;
    constexpr YesOrNo() = default;
    constexpr explicit YesOrNo(float weight) : pos_weight(weight) {}
    static constexpr JudgedBy judged_by = JudgedBy::labels;
    static constexpr auto settings() { return std::array{&YesOrNo::pos_weight}; }
    static constexpr auto express(auto y, auto target, auto pos_weight) {
        const auto bend = log1p(exp(-abs(y)));
        return mean((1 - target) * (max(y, 0) + bend) + pos_weight * target * (max(-y, 0) + bend));
    }
};

struct Divergence : ExpressedLoss<Divergence> {
    static constexpr auto express(auto y, auto target) {
        return sum(target * (log(select(target > 0, target, 1)) - select(target > 0, y, 0)));
    }
};

template <int Classes>
struct Margins : ExpressedLoss<Margins<Classes>> {
    template <class>
    using Target = int;
    static constexpr JudgedBy judged_by = JudgedBy::classes;
    static constexpr auto express(auto y, auto label) { return mean(max(0, 1 - (pick(y, label) - y))) - 1.0 / Classes; }
};

struct NegativeLogLikelihood : ExpressedLoss<NegativeLogLikelihood> {
    template <class>
    using Target = int;
    static constexpr JudgedBy judged_by = JudgedBy::classes;
    static constexpr auto express(auto y, auto label) { return log_sum_exp(y, Axis{0}) - pick(y, label); }
};

/// With class weights.
struct WeightedLikelihood : ExpressedLoss<WeightedLikelihood> {
    std::array<float, 4> weights{1, 1, 1, 1};
    template <class>
    using Target = int;
    constexpr float share(int label) const { return weights[static_cast<std::size_t>(label)]; }
    static constexpr auto express(auto y, auto label) { return log_sum_exp(y, Axis{0}) - pick(y, label); }
};

/// Cross entropy that counts samples less which are right already (T. Lin et al.: Focal loss for dense object
/// detection, 2017), with gamma = 2.
struct Focal : ExpressedLoss<Focal> {
    template <class>
    using Target = int;
    static constexpr JudgedBy judged_by = JudgedBy::classes;
    static constexpr auto express(auto y, auto label) {
        const auto log_probability = pick(y, label) - log_sum_exp(y, Axis{0});
        return -square(1 - exp(log_probability)) * log_probability;
    }
};

}  // namespace kiln::laws
