// SPDX-License-Identifier: BSL-1.0
#pragma once
// OPTIMIZER: static constexpr int moments; auto at(long long step) const gives the rule of that step (from 0), called as
//   rule(w, g, m...): one parameter, its gradient, its moments (zero at first), as scalars or as Lanes. Optional:
//
//     int moments_in_use() const
//         of a rule: it is called with the first so many moments only
//     auto at(long long step, float norm) const
//         in the place of at(step), for rules that depend on the Euclidean norm of all gradients together
//     float learning_rate
//         the setting that schedules multiply (optimizers/schedule.hpp)
//     float rate(long long step) const
//         the learning rate of a step, for logs
//     void observe(float loss)
//         is told the loss (of the validation set, if there is one) after each epoch
//     SettingFault fault() const
//         the first of its settings that is out of its range (core/setting_fault.hpp): refused before the first step
//     static const char* moment_name(int k)
//         the name of moment k in files, "moment.0", … without it; the same name where moments mean the same
//     constexpr void remember(auto visit)
//         calls visit(number, "name") for each number of its own that changes as training goes on (in observe, say), so
//         that checkpoints hold it (core/remember.hpp); counts are integers, and never negative. An optimizer that has it
//         has default values. A schedule may have it as well. An optimizer around another passes on visit(number, "its
//         name for the other", names...)

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

/// Whether an optimizer's rule can be called with these moments, and whether it says how many it uses.
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

/// Whether an optimizer tells its learning rate.
template <class O>
concept TellsRate = requires(const O& optimizer, long long step) {
    { optimizer.rate(step) } -> std::same_as<float>;
};
/// Whether an optimizer, or what it goes by, is to be told the loss after each epoch.
template <class O>
concept ObservesLoss = requires(O& optimizer, float loss) {
    optimizer.observe(loss);
};

}  // namespace kiln::inline KILN_TARGET
