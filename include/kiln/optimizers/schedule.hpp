// SPDX-License-Identifier: BSL-1.0
#pragma once
// Learning rates that change as training goes on:
//
//   Scheduled{Adam{.learning_rate = 0.003f}, Cosine{.steps = 10'000, .warm_up = 500}}
//
// A schedule tells by which factor the learning rate is multiplied at step 0, 1, …; a step is one of the optimizer, that
// is, one batch. Formulas are those of torch.optim.lr_scheduler. A schedule that is told how many steps there are stays
// where it ended if there are more. Schedules multiply: Scheduled{Scheduled{SGD{}, StepDecay{…}}, Cosine{…}}.
//
//     double factor(long long step) const
//         of any schedule, a user's own as well
//     void observe(float loss)
//         optional: told the loss after each epoch
//     constexpr void remember(auto visit)
//         optional: shows its changing numbers, as an optimizer does (core/contract.hpp)
//     constexpr SettingFault fault() const
//         optional: the first of its settings that is out of its range, as of an optimizer

#include <kiln/core/contract.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/power.hpp>
#include <kiln/core/remember.hpp>
#include <kiln/core/setting_fault.hpp>

#include <limits>

namespace kiln::inline KILN_TARGET {

namespace detail {
// cos(π t) for t in [0, 1], by its power series up to π/2 and by symmetry beyond: within 3e-16.
constexpr double cosine_of_half_turns(double t) {
    if (t > 0.5) return -cosine_of_half_turns(1 - t);
    const double x = 3.14159265358979324 * t;
    double sum = 1;
    for (int k = 24; k > 0; k -= 2) sum = 1 - sum * x * x / (k * (k - 1));
    return sum;
}
// Half a cosine wave that leads from one value (t = 0) to another (t = 1).
constexpr double cosine_between(double from, double to, double t) {
    return to + (from - to) * (1 + cosine_of_half_turns(t)) / 2;
}
// How much of n steps is done, at most 1.
constexpr double progress(long long step, long long n) {
    return step < n ? static_cast<double>(step) / static_cast<double>(n) : 1;
}

// Whether an optimizer, or the one that it wraps, has a learning rate to multiply.
template <class O>
constexpr bool has_learning_rate() {
    if constexpr (requires(O & o) { o.learning_rate; })
        return true;
    else if constexpr (requires(O & o) { o.optimizer; })
        return has_learning_rate<decltype(O::optimizer)>();
    else
        return false;
}
constexpr void scale_rate(auto& optimizer, double factor) {
    if constexpr (requires { optimizer.learning_rate; })
        optimizer.learning_rate = static_cast<float>(static_cast<double>(optimizer.learning_rate) * factor);
    else if constexpr (requires { optimizer.optimizer; })
        scale_rate(optimizer.optimizer, factor);
}
}  // namespace detail

/// Always the same rate.
struct Constant {
    constexpr double factor(long long) const { return 1; }
};

/// Falls by the factor gamma every so many steps: gamma^⌊step / every⌋, as StepLR.
struct StepDecay {
    long long every = 1;
    double gamma = 0.1;
    constexpr SettingFault fault() const {
        return first_fault("StepDecay", {at_least(1, "every", every), from_0("gamma", gamma)});
    }
    constexpr double factor(long long step) const { return power(gamma, step / (every < 1 ? 1 : every)); }
};

/// Falls by the factor gamma within every so many steps, a little at each: gamma^(step / every), as ExponentialLR.
struct Exponential {
    double gamma = 0.9;
    long long every = 1;
    constexpr SettingFault fault() const {
        return first_fault("Exponential", {from_0("gamma", gamma), at_least(1, "every", every)});
    }
    constexpr double factor(long long step) const {
        const long long period = every < 1 ? 1 : every, rest = step % period;
        const double whole = power(gamma, step / period);
        return rest == 0 || gamma <= 0 ? whole : whole * exp(log(gamma) * detail::progress(rest, period));
    }
};

/// Falls in a straight line from 1 to `least` over so many steps, as LinearLR.
struct LinearDecay {
    long long steps = 1;
    double least = 0;
    constexpr SettingFault fault() const {
        return first_fault("LinearDecay", {at_least(1, "steps", steps), from_0("least", least)});
    }
    constexpr double factor(long long step) const { return 1 + (least - 1) * detail::progress(step, steps); }
};

/// Rises in a straight line over `warm_up` steps, from 1 / (warm_up + 1) to 1, and falls in half a cosine wave to
/// `least` over the rest of `steps` (Loshchilov, Hutter: SGDR, ICLR 2017): LinearLR, then CosineAnnealingLR. With least =
/// 1 it is a warm-up and nothing else.
struct Cosine {
    long long steps = 1, warm_up = 0;
    double least = 0;
    constexpr SettingFault fault() const {
        return first_fault("Cosine",
                           {at_least(1, "steps", steps), at_least(0, "warm_up", warm_up), from_0("least", least)});
    }
    constexpr double factor(long long step) const {
        if (step < warm_up) return static_cast<double>(step + 1) / static_cast<double>(warm_up + 1);
        return detail::cosine_between(1, least, detail::progress(step - warm_up, steps - warm_up));
    }
};

/// Rises to 1 in half a cosine wave and falls in another, further than it came from (Smith, Topin: Super-convergence,
/// 2017), as OneCycleLR; the optimizer's learning rate is the largest. The momentum is not cycled.
struct OneCycle {
    long long steps = 1;
    double pct_start = 0.3;         ///< what part of the steps the rise takes
    double div_factor = 25;         ///< how many times smaller than the largest the first rate is
    double final_div_factor = 1e4;  ///< how many times smaller than the first the last rate is
    constexpr SettingFault fault() const {
        return first_fault("OneCycle",
                           {at_least(1, "steps", steps), from_0_to_1("pct_start", pct_start),
                            above_0("div_factor", div_factor), above_0("final_div_factor", final_div_factor)});
    }
    constexpr double factor(long long step) const {
        const double first = 1 / div_factor, last = first / final_div_factor;
        const double at = static_cast<double>(step), end = static_cast<double>(steps - 1);
        const double top = pct_start * static_cast<double>(steps) - 1;
        if (at >= end) return last;
        if (at < top) return detail::cosine_between(first, 1, at / top);
        return detail::cosine_between(1, last, (at - top) / (end - top));
    }
};

/// Falls by the factor gamma, to no less than `least`, when the loss has not been below the best so far, by a part of
/// `threshold`, for more than `patience` epochs; then waits for `cooldown` epochs. As ReduceLROnPlateau. The trainer
/// tells it the loss of each epoch.
struct ReduceOnPlateau {
    double gamma = 0.1;
    int patience = 10;
    double threshold = 1e-4;
    int cooldown = 0;
    double least = 0;

    /// Where it stands: the factor, the best loss, epochs without a better one, epochs to wait.
    struct Watch {
        double factor = 1, best = std::numeric_limits<double>::infinity();
        int bad = 0, waiting = 0;
    } watch{};

    constexpr SettingFault fault() const {
        return first_fault("ReduceOnPlateau",
                           {from_0_below_1("gamma", gamma), at_least(0, "patience", patience),
                            from_0("threshold", threshold), at_least(0, "cooldown", cooldown), from_0("least", least)});
    }
    constexpr double factor(long long) const { return watch.factor; }
    constexpr void remember(auto visit) {
        visit(watch.factor, "factor");
        visit(watch.best, "best");
        visit(watch.bad, "bad");
        visit(watch.waiting, "waiting");
    }
    constexpr void observe(float loss) {
        if (static_cast<double>(loss) < watch.best * (1 - threshold)) {
            watch.best = static_cast<double>(loss);
            watch.bad = 0;
        } else {
            ++watch.bad;
        }
        if (watch.waiting > 0) {
            --watch.waiting;
            watch.bad = 0;
        }
        if (watch.bad > patience) {
            const double less = watch.factor * gamma;
            watch.factor = less > least ? less : least;
            watch.waiting = cooldown;
            watch.bad = 0;
        }
    }
};

/// Optimizer `O`, its learning rate multiplied by a schedule's factor for the step.
template <class O, class Schedule>
struct Scheduled {
    static constexpr bool has_learning_rate = detail::has_learning_rate<O>();
    static_assert(has_learning_rate,
                  "kiln: Scheduled needs an optimizer with a learning_rate, got one without; try to name it so");

    // Whether one of them observes what it does not remember.
    static constexpr bool forgets = !remembers_all<O> || !remembers_all<Schedule>;

    O optimizer{};
    Schedule schedule{};

    static constexpr int moments = O::moments;
    static constexpr const char* moment_name(int k) requires NamesMoments<O> { return O::moment_name(k); }

    constexpr SettingFault fault() const {
        const SettingFault inner = fault_of(optimizer);
        return inner.name != nullptr ? inner : fault_of(schedule);
    }
    constexpr auto at(long long step) const requires(!needs_gradient_norm<O>) { return scaled(step).at(step); }
    constexpr auto at(long long step, float norm) const requires needs_gradient_norm<O> {
        return scaled(step).at(step, norm);
    }
    constexpr float rate(long long step) const requires TellsRate<O> { return scaled(step).rate(step); }
    constexpr void observe(float loss) requires(ObservesLoss<O> || ObservesLoss<Schedule>) {
        if constexpr (ObservesLoss<O>) optimizer.observe(loss);
        if constexpr (ObservesLoss<Schedule>) schedule.observe(loss);
    }
    constexpr void remember(auto visit) requires(!forgets && (Remembers<O> || Remembers<Schedule>)) {
        if constexpr (Remembers<O>)
            optimizer.remember([&](auto& number, auto... names) { visit(number, "optimizer", names...); });
        if constexpr (Remembers<Schedule>)
            schedule.remember([&](auto& number, auto... names) { visit(number, "schedule", names...); });
    }

    /// The optimizer as it is at a step.
    constexpr O scaled(long long step) const {
        O result = optimizer;
        detail::scale_rate(result, schedule.factor(step));
        return result;
    }
};
template <class O, class Schedule>
Scheduled(O, Schedule) -> Scheduled<O, Schedule>;

}  // namespace kiln::inline KILN_TARGET
