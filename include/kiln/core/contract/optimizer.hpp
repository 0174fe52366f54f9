// SPDX-License-Identifier: BSL-1.0
#pragma once
// OPTIMIZER: static constexpr int moments; auto at(long long step) const gives the rule of a step, counted from 0. The
// rule is called as rule(w, g, m...): one parameter, its gradient and its moments (zero at first), as scalars or as
// Lanes. Optional:
//
//     int moments_in_use() const
//         a member of the rule: the number of moments, from the first on, that the rule is called with
//     auto at(long long step, float norm) const
//         in the place of at(step), for a rule that depends on the Euclidean norm of all gradients together
//     float learning_rate
//         the setting that schedules multiply (optimizers/schedule.hpp)
//     float rate(long long step) const
//         the learning rate of a step, for logs
//     void observe(float loss)
//         called after each epoch with the loss (of the validation set, if there is one)
//     SettingFault fault() const
//         the first setting out of its range (core/setting_fault.hpp); the optimizer is then refused before the first
//         step
//     static const char* moment_name(int k)
//         the name of moment k in files, "moment.0", … without this member; equal names for moments of equal meaning
//     constexpr void remember(auto visit)
//         calls visit(number, "name") for each number of its own that changes in training (in observe, say), so that
//         checkpoints hold the number (core/remember.hpp); counts are integers, and never negative. An optimizer with
//         `remember` has default values. A schedule may have `remember` as well. An optimizer around another calls
//         visit(number, "its name for the other", names...)

#include <kiln/core/target.hpp>

#include <concepts>

namespace kiln::inline KILN_TARGET {

template <class O>
concept Optimizer = requires {
    { O::moments } -> std::convertible_to<int>;
}
&&(
    requires(const O& optimizer, long long step) { optimizer.at(step); } ||
    requires(const O& optimizer, long long step, float norm) { optimizer.at(step, norm); });

/// Whether an optimizer's rule can be called with these moments, and (below) whether it states how many it uses.
template <class Rule, class E, class... Moments>
concept TakesMoments = requires(const Rule& rule, E& w, const E& g, Moments&... m) {
    rule(w, g, m...);
};
template <class Rule>
concept ChoosesMoments = requires(const Rule& rule) {
    rule.moments_in_use();
};

/// Whether an optimizer's rule depends on the norm of the gradients.
template <class O>
inline constexpr bool needs_gradient_norm = requires(const O& optimizer, long long step, float norm) {
    optimizer.at(step, norm);
};

/// Whether an optimizer states its learning rate.
template <class O>
concept TellsRate = requires(const O& optimizer, long long step) {
    { optimizer.rate(step) } -> std::same_as<float>;
};
/// Whether an optimizer, or an optimizer or schedule inside it, is called with the loss after each epoch.
template <class O>
concept ObservesLoss = requires(O& optimizer, float loss) {
    optimizer.observe(loss);
};

}  // namespace kiln::inline KILN_TARGET
