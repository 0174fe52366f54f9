// SPDX-License-Identifier: BSL-1.0
#pragma once
// The laws that an optimizer must obey, in one call:
//
//   lanes      the rule gives sixteen parameters in lanes the same values as each of them as a scalar
//   moments    with the first moments_in_use() moments alone, kept from zero on, parameters get the same values as with
//              all moments; and the last moment in use has an influence, else it would not be in use
//   rest       without a gradient, and with moments of zero, a parameter stays where it is, bit for bit; with weight
//              decay, which is declared, the parameter moves towards zero
//   finite     parameters stay finite with gradients whose squares are as large as numbers can be, and with gradients
//              as small as numbers can be, in any order

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/random.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace kiln::laws {

/// Whether an optimizer, as it is set, makes parameters smaller without a gradient.
enum class Decay { none, towards_zero };

struct OptimizerReport {
    double lanes = 0;  ///< the largest difference between a lane and a scalar, relative to the scalar or 1
    bool moments_suffice = true, last_moment_matters = true;
    bool rests = true, decays = true;  ///< without a gradient: stays; becomes smaller
    bool finite = true;
};

namespace detail {

/// The rule of a step for a gradient, whose norm is that of a single parameter.
constexpr auto rule_of(const auto& optimizer, long long step, float gradient) {
    if constexpr (needs_gradient_norm<std::remove_cvref_t<decltype(optimizer)>>)
        return optimizer.at(step, gradient < 0 ? -gradient : gradient);
    else
        return optimizer.at(step);
}
/// The number of moments that a rule is called with.
template <class O>
constexpr int in_use(const auto& rule) {
    if constexpr (ChoosesMoments<std::remove_cvref_t<decltype(rule)>>)
        return rule.moments_in_use();
    else
        return O::moments;
}
/// Calls a rule with the first `count` moments; only numbers that some rule chooses are instantiated.
template <std::size_t Most, class E>
constexpr void call(const auto& rule, E& w, const E& g, auto& moments, int count) {
    using Rule = std::remove_cvref_t<decltype(rule)>;
    if constexpr (Most > 0 && ChoosesMoments<Rule>)
        if (count < static_cast<int>(Most)) return call<Most - 1>(rule, w, g, moments, count);
    [&]<std::size_t... M>(std::index_sequence<M...>) {
        if constexpr (TakesMoments<Rule, E, decltype((void(M), std::declval<E>()))...>) rule(w, g, moments[M]...);
    }
    (std::make_index_sequence<Most>{});
}

/// A parameter and its moments, over scalars or lanes.
template <class O, class E>
struct Parameter {
    E w{};
    std::array<E, static_cast<std::size_t>(O::moments)> moments{};

    constexpr explicit Parameter(E start) : w(start) {
        for (E& moment : moments) moment = E(scalar_t<E>(0));
    }
    constexpr void step(const O& optimizer, long long step, const E& g, float norm_of, int count = O::moments) {
        call<static_cast<std::size_t>(O::moments)>(rule_of(optimizer, step, norm_of), w, g, moments, count);
    }
};

inline double difference(float a, float b) {
    const double apart = std::abs(double(a) - double(b));
    return std::isfinite(apart) ? apart / std::max(1.0, std::abs(double(b))) : HUGE_VAL;
}

template <class O>
void check_lanes_of(const O& optimizer, OptimizerReport& report) {
    using Pack = Lanes<float, 16>;
    Random random{Seed{1}};
    Pack start, gradient;
    for (int l = 0; l < 16; ++l) set_lane(start, l, random.uniform(-2, 2));
    Parameter<O, Pack> packed(start);
    std::array<float, 16> gradients{};
    std::array<Parameter<O, float>, 16> each = [&]<std::size_t... L>(std::index_sequence<L...>) {
        return std::array{Parameter<O, float>(lane(start, static_cast<int>(L)))...};
    }
    (std::make_index_sequence<16>{});
    for (int step = 0; step < 8; ++step) {
        for (std::size_t l = 0; l < 16; ++l) {
            gradients[l] = random.uniform(-1, 1);
            set_lane(gradient, static_cast<int>(l), gradients[l]);
        }
        const int count = in_use<O>(rule_of(optimizer, step, 1));
        packed.step(optimizer, step, gradient, 1, count);
        for (std::size_t l = 0; l < 16; ++l) {
            each[l].step(optimizer, step, gradients[l], 1, count);
            report.lanes = std::max(report.lanes, difference(lane(packed.w, static_cast<int>(l)), each[l].w));
            for (std::size_t m = 0; m < each[l].moments.size(); ++m)
                report.lanes = std::max(report.lanes,
                                        difference(lane(packed.moments[m], static_cast<int>(l)), each[l].moments[m]));
        }
    }
}

template <class O>
void check_moments(const O& optimizer, OptimizerReport& report) {
    Parameter<O, float> all(0.75f), used(0.75f), disturbed(0.75f);
    Random random{Seed{2}};
    bool differs = false;
    int most = 0;
    for (int step = 0; step < 8; ++step) {
        const float g = random.uniform(-1, 1);
        const int count = in_use<O>(rule_of(optimizer, step, g));
        most = std::max(most, count);
        if (count < 0 || count > O::moments) report.moments_suffice = false;
        all.step(optimizer, step, g, g);
        used.step(optimizer, step, g, g, count);
        if (count > 0) disturbed.moments[static_cast<std::size_t>(count) - 1] += 0.5f;
        disturbed.step(optimizer, step, g, g, count);
        report.moments_suffice = report.moments_suffice && difference(used.w, all.w) <= 1e-6;
        differs = differs || disturbed.w != used.w;
    }
    report.last_moment_matters = most == 0 || differs;
}

template <class O>
void check_rest(const O& optimizer, OptimizerReport& report) {
    for (const float start : {1.5f, -0.25f, 1e-20f, -1e20f, 0.0f}) {
        for (const int step : {0, 1, 100}) {
            Parameter<O, float> parameter(start);
            parameter.step(optimizer, step, 0.0f, 0.0f, in_use<O>(rule_of(optimizer, step, 0)));
            report.rests = report.rests && parameter.w == start;
            // The distance depends on the method: some methods, whose steps have a size of their own, go beyond zero.
            if (start == 1.5f || start == -0.25f)
                report.decays = report.decays && std::abs(parameter.w) < std::abs(start);
        }
    }
}

template <class O>
void check_finite(const O& optimizer, OptimizerReport& report) {
    using Limits = std::numeric_limits<float>;
    constexpr float largest = 1e19f;  // the square is still a number
    const float gradients[] = {largest, -largest, 0, Limits::denorm_min(), -Limits::min(), 1e-30f, 1e10f, -1, largest};
    for (std::size_t first = 0; first < std::size(gradients); ++first) {
        Parameter<O, float> changing(1), repeated(1);
        for (std::size_t step = 0; step < 40; ++step) {
            const float g = gradients[(first + step) % std::size(gradients)], same = gradients[first];
            const auto number = static_cast<long long>(step);
            changing.step(optimizer, number, g, g, in_use<O>(rule_of(optimizer, number, g)));
            repeated.step(optimizer, number, same, same, in_use<O>(rule_of(optimizer, number, same)));
            report.finite = report.finite && std::isfinite(changing.w) && std::isfinite(repeated.w);
        }
    }
}

}  // namespace detail

template <class O>
OptimizerReport check_optimizer(const O& optimizer) {
    OptimizerReport report;
    detail::check_lanes_of(optimizer, report);
    detail::check_moments(optimizer, report);
    detail::check_rest(optimizer, report);
    detail::check_finite(optimizer, report);
    return report;
}

/// All of them. Lanes and scalars differ by contraction only: a few roundings in each of eight steps.
template <class O>
void require_optimizer_laws(const O& optimizer, Decay decay = Decay::none) {
    static_assert(Optimizer<O>);
    const OptimizerReport report = check_optimizer(optimizer);
    BOOST_TEST(report.lanes <= 4e-6);
    BOOST_TEST(report.moments_suffice);
    BOOST_TEST(report.last_moment_matters);
    BOOST_TEST(report.rests == (decay == Decay::none));
    BOOST_TEST(report.decays == (decay == Decay::towards_zero));
    BOOST_TEST(report.finite);
}

}  // namespace kiln::laws
