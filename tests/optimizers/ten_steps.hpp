// SPDX-License-Identifier: BSL-1.0
#pragma once
// Ten steps of an optimizer on two parameters with given gradients, compared with PyTorch's results in double for the
// same settings (rounded to floats).

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

namespace kiln::laws {

inline constexpr double start[] = {0.75, -1.25};
inline constexpr double slopes[2][10] = {{0.5, -0.25, 0.75, 1.0, -0.5, 0.125, 0.25, -1.0, 0.375, 0.5},
                                         {-2.0, -1.5, -1.75, 0.25, -1.0, -2.0, -0.5, -1.25, 0.0, -1.0}};

using Elements = std::tuple<float, double, Lanes<float, 4>, Lanes<float, 16>, Lanes<double, 4>>;

/// An optimizer and the values of both parameters after each step.
template <class O>
struct Trajectory {
    O optimizer;
    double expected[2][10];
};

/// Calls a rule with as many moments as it uses.
template <std::size_t Most, class E>
constexpr void call(const auto& rule, E& w, const E& g, std::array<E, 3>& moments) {
    if constexpr (requires { rule.moments_in_use(); } && Most > 1)
        if (rule.moments_in_use() < static_cast<int>(Most)) return call<Most - 1>(rule, w, g, moments);
    [&]<std::size_t... M>(std::index_sequence<M...>) { rule(w, g, moments[M]...); }
    (std::make_index_sequence<Most>{});
}

/// Parameter `which` after so many steps, and all its moments.
template <class E>
struct Walk {
    E w;
    std::array<E, 3> moments;

    constexpr Walk(const auto& optimizer, int which, int steps)
        : w(scalar_t<E>(start[which])),
          moments{E(scalar_t<E>(0)), E(scalar_t<E>(0)), E(scalar_t<E>(0))} {
        for (int step = 0; step < steps; ++step)
            call<std::remove_cvref_t<decltype(optimizer)>::moments>(optimizer.at(step), w,
                                                                    E(scalar_t<E>(slopes[which][step])), moments);
    }
};

/// Each step rounds w, which is below 2, once or twice. A step also rounds a direction times the rate, about a tenth of
/// w, about ten times; differences of earlier sums may triple these roundings.
template <class E, class O, std::size_t N>
void require_ten_steps(const Trajectory<O> (&trajectories)[N]) {
    for (const auto& [optimizer, expected] : trajectories)
        for (int which = 0; which < 2; ++which)
            for (int steps = 1; steps <= 10; ++steps) {
                const Walk<E> walk(optimizer, which, steps);
                const double tolerance = 4 * steps * double(std::numeric_limits<scalar_t<E>>::epsilon());
                for (int l = 0; l < width<E>; ++l)
                    BOOST_TEST(std::abs(double(lane(walk.w, l)) - expected[which][steps - 1]) <= tolerance);
            }
}

/// The same while compiling.
template <class O>
constexpr bool near(const Trajectory<O>& trajectory) {
    const double difference = Walk<double>(trajectory.optimizer, 0, 10).w - trajectory.expected[0][9];
    return -1e-14 < difference && difference < 1e-14;
}

}  // namespace kiln::laws
