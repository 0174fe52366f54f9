// SPDX-License-Identifier: BSL-1.0
#pragma once
// Learning rates that change as training goes on:
//
//   Scheduled{Adam{.learning_rate = 0.003f}, Cosine{.steps = 10'000, .warm_up = 500}}
//
// A schedule gives the factor by which the learning rate is multiplied at step 0, 1, …. A step is a step of the
// optimizer: one batch. The formulas are those of torch.optim.lr_scheduler. A schedule with a number of steps keeps its
// last factor behind the last step. Schedules multiply: Scheduled{Scheduled{SGD{}, StepDecay{…}}, Cosine{…}}.
//
// A schedule, a user's own as well, has these members:
//
//     double factor(long long step) const
//         required: the factor at a step
//     void observe(float loss)
//         optional: called with the loss after each epoch
//     constexpr void remember(auto visit)
//         optional: shows its changing numbers, as an optimizer does (core/contract/optimizer.hpp)
//     constexpr SettingFault fault() const
//         optional: the first setting that is out of its range, as for an optimizer

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
// Half a cosine wave from one value (t = 0) to another (t = 1).
constexpr double cosine_between(double from, double to, double t) {
    return to + (from - to) * (1 + cosine_of_half_turns(t)) / 2;
}
// The fraction of n steps that is done, at most 1.
constexpr double progress(long long step, long long n) {
    return step < n ? static_cast<double>(step) / static_cast<double>(n) : 1;
}

// Whether an optimizer, or the optimizer inside it, has a learning rate to multiply.
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

/// The factor 1 at every step.
struct Constant {
    constexpr double factor(long long) const { return 1; }
};

/// Falls by the factor gamma every `every` steps: gamma^⌊step / every⌋, as StepLR.
struct StepDecay {
    long long every = 1;
    double gamma = 0.1;
    constexpr SettingFault fault() const {
        return first_fault("StepDecay", {at_least(1, "every", every), from_0("gamma", gamma)});
    }
    constexpr double factor(long long step) const { return power(gamma, step / (every < 1 ? 1 : every)); }
};

/// Falls by the factor gamma over every `every` steps, a little at each step: gamma^(step / every), as ExponentialLR.
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

/// Falls in a straight line from 1 to `least` over `steps` steps, as LinearLR.
struct LinearDecay {
    long long steps = 1;
    double least = 0;
    constexpr SettingFault fault() const {
        return first_fault("LinearDecay", {at_least(1, "steps", steps), from_0("least", least)});
    }
    constexpr double factor(long long step) const { return 1 + (least - 1) * detail::progress(step, steps); }
};

/// Rises in a straight line over `warm_up` steps, from 1 / (warm_up + 1) to 1, then falls in half a cosine wave to
/// `least` over the rest of `steps` (Loshchilov, Hutter: SGDR, ICLR 2017): LinearLR, then CosineAnnealingLR. With least
/// = 1 Cosine is a warm-up alone.
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

/// Rises to 1 in half a cosine wave, then falls in another to less than the first factor (Smith, Topin:
/// Super-convergence, 2017), as OneCycleLR. The optimizer's learning rate is the largest. The momentum is not cycled.
struct OneCycle {
    long long steps = 1;
    double pct_start = 0.3;         ///< the fraction of the steps that the rise takes
    double div_factor = 25;         ///< largest rate / first rate
    double final_div_factor = 1e4;  ///< first rate / last rate
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

/// Falls by the factor gamma, to no less than `least`, when more than `patience` epochs were bad; then ignores
/// `cooldown` epochs. An epoch is bad if its loss is not below best (1 - threshold), where `best` is the lowest loss so
/// far. As ReduceLROnPlateau. The trainer calls `observe` with the loss of each epoch.
struct ReduceOnPlateau {
    double gamma = 0.1;
    int patience = 10;
    double threshold = 1e-4;
    int cooldown = 0;
    double least = 0;

    /// The state of the schedule: the factor, the best loss, the bad epochs in a row, the epochs still to ignore.
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

/// Optimizer `O`, whose learning rate is multiplied by the schedule's factor at each step.
template <class O, class Schedule>
struct Scheduled {
    static constexpr bool has_learning_rate = detail::has_learning_rate<O>();
    static_assert(
        has_learning_rate,
        "kiln: Scheduled needs an optimizer with a member learning_rate, got one without; try that name for its rate");

    // Whether the optimizer or the schedule observes losses but does not remember what they changed.
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

    /// The optimizer with the learning rate of a step.
    constexpr O scaled(long long step) const {
        O result = optimizer;
        detail::scale_rate(result, schedule.factor(step));
        return result;
    }
};
template <class O, class Schedule>
Scheduled(O, Schedule) -> Scheduled<O, Schedule>;

}  // namespace kiln::inline KILN_TARGET
