// SPDX-License-Identifier: BSL-1.0
#pragma once
// The laws that a loss must obey, in one call, for targets of any shape that it declares:
//
//   gradient    dy is the derivative of the loss, as dual numbers know it
//   lanes       sixteen lanes, each with a weight of its own, do what sixteen samples do one after the other
//   weight      twice the weight is twice the loss and twice dy; a lane of weight 0 has no loss and no slope, not even
//               -1e-40
//   valid       accepts the targets that are drawn, and no label below 0 or beyond the last output
//   constant    a constant expression gives what run time gives

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/elements.hpp"
#include "laws/instance.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace kiln::laws {

/// One output and the target that it is compared with.
template <class L, class Out>
struct Compared {
    Tensor<float, Out> y;
    typename L::template Target<Out> target;
};

/// Outputs between -5 and 5, and tensors of targets between Low and High.
template <class Out, class L, int Low = -3, int High = 3>
constexpr auto draw_near = [](Random& random) {
    Compared<L, Out> sample;
    fill(sample.y, random, 5);
    for (float& target : sample.target) target = random.uniform(Low, High);
    return sample;
};

/// A loss at work on elements E, each lane with a sample and a weight.
template <class L, class Out, class E>
struct Evaluated {
    Tensor<E, Out> y{}, dy{};
    Targets<L, Out, E> targets{};
    E weight{}, loss{};

    constexpr void set(int l, const Compared<L, Out>& sample, float weight_of_lane) {
        for (int i = 0; i < Out::count; ++i) set_lane(y.data[i], l, scalar_t<E>(sample.y.data[i]));
        set_target(targets, l, sample.target);
        set_lane(weight, l, scalar_t<E>(weight_of_lane));
    }
    // Not inlined: g++ 12 at -O3 subtracts two doubles in float where it sees that both came from floats.
    [[gnu::noinline]] constexpr void run(const L& with) { loss = with(y, targets, weight, dy); }

  private:
    static constexpr void set_target(auto& labels, int l, int label) { labels[static_cast<std::size_t>(l)] = label; }
    template <class Dims>
    static constexpr void set_target(auto& tensor, int l, const Tensor<float, Dims>& target) {
        for (int i = 0; i < Dims::count; ++i) set_lane(tensor.data[i], l, scalar_t<E>(target.data[i]));
    }
    template <class Dims>
    static constexpr void set_target(auto& labels, int l, const Tensor<int, Dims>& target) {
        for (int i = 0; i < Dims::count; ++i) set_lane(labels.data[i], l, target.data[i]);
    }
};

/// The findings on a loss. Differences in double are of numbers up to 25, in lanes of float relative to 1 and the loss.
struct LossReport {
    double value = 0, gradient = 0;      ///< in double against dual numbers
    bool reached = false;                ///< whether a derivative is not zero
    double lanes = 0, lanes_of_dy = 0;   ///< sixteen lanes against sixteen samples
    double linear = 0;                   ///< of twice the weight
    bool nothing_without_weight = true;  ///< of a lane of weight 0
    bool accepts_targets = true, refuses_labels = true;
};

namespace detail {

template <class Out, class L>
void check_loss_gradient(const L& loss, auto draw, Random& random, LossReport& report) {
    for (const float weight : {1.0f, 0.25f, 0.5f, 0.125f}) {
        const Compared<L, Out> sample = draw(random);
        Evaluated<L, Out, double> plain, doubled;
        Evaluated<L, Out, Oracle<double>> oracle;
        plain.set(0, sample, weight);
        doubled.set(0, sample, 2 * weight);
        oracle.set(0, sample, weight);
        plain.run(loss);
        doubled.run(loss);
        const auto see = [](double& worst, double error) {
            worst = std::isnan(error) ? HUGE_VAL : std::max(worst, error);
        };
        see(report.linear, std::abs(doubled.loss - 2 * plain.loss));
        for (int i = 0; i < Out::count; ++i) {
            oracle.y.data[i].slope = 1;
            oracle.run(loss);
            oracle.y.data[i].slope = 0;
            see(report.value, std::abs(oracle.loss.value - plain.loss));
            see(report.gradient, std::abs(plain.dy.data[i] - oracle.loss.slope));
            see(report.linear, std::abs(doubled.dy.data[i] - 2 * plain.dy.data[i]));
            report.reached = report.reached || plain.dy.data[i] != 0;
        }
    }
}

template <class Out, class L>
void check_loss_lanes(const L& loss, auto draw, Random& random, LossReport& report) {
    constexpr int lanes = 16;
    Evaluated<L, Out, Lanes<float, lanes>> packed;
    Evaluated<L, Out, float> each[lanes];
    for (int l = 0; l < lanes; ++l) {
        const Compared<L, Out> sample = draw(random);
        const float weight = l % 5 == 2 ? 0 : random.uniform(0, 1);
        packed.set(l, sample, weight);
        each[l].set(0, sample, weight);
        each[l].run(loss);
        report.accepts_targets = report.accepts_targets && valid_target<L>(sample.target, Out::extents);
    }
    packed.run(loss);
    const auto see = [](double& worst, float a, float b, float size) {
        const double error = std::abs(double(a) - double(b)) / (1 + std::abs(double(size)));
        worst = std::isnan(error) ? HUGE_VAL : std::max(worst, error);
    };
    for (int l = 0; l < lanes; ++l) {
        const bool weightless = lane(packed.weight, l) == 0;
        const auto is_nothing_if_weightless = [&](float a, float b) { return !weightless || (a == 0 && b == 0); };
        see(report.lanes, lane(packed.loss, l), each[l].loss, each[l].loss);
        report.nothing_without_weight &= is_nothing_if_weightless(lane(packed.loss, l), each[l].loss);
        for (int i = 0; i < Out::count; ++i) {
            const float slope = lane(packed.dy.data[i], l);
            see(report.lanes_of_dy, slope, each[l].dy.data[i], 0);
            report.nothing_without_weight &= is_nothing_if_weightless(slope, each[l].dy.data[i]);
        }
    }
}

}  // namespace detail

/// draw(random) gives a Compared, with numbers up to about 5, and is a lambda without captures.
template <class Out, class L>
LossReport check_loss(const L& loss, auto draw) {
    Random random{Seed{1}};
    LossReport report;
    detail::check_loss_gradient<Out>(loss, draw, random, report);
    detail::check_loss_lanes<Out>(loss, draw, random, report);
    if constexpr (std::is_same_v<typename L::template Target<Out>, int>)
        report.refuses_labels =
            !valid_target<L>(-1, Out::extents) && !valid_target<L>(static_cast<int>(Out::count), Out::extents);
    return report;
}

/// All of them but constants.
template <class Out, class L>
void require_loss_laws(const L& loss, auto draw) {
    static_assert(kiln::Loss<L, Out> && loss_fit<L>(Out::extents).fits);
    const LossReport report = check_loss<Out>(loss, draw);
    BOOST_TEST(report.value <= 1e-14);
    BOOST_TEST(report.gradient <= 1e-14);
    BOOST_TEST(report.linear <= 1e-14);
    BOOST_TEST(report.reached);
    BOOST_TEST(report.lanes <= 1e-6);  // other orders of summation, other contractions
    BOOST_TEST(report.lanes_of_dy <= 2e-6);
    BOOST_TEST(report.nothing_without_weight);
    BOOST_TEST(report.accepts_targets);
    BOOST_TEST(report.refuses_labels);
}

/// The result of a loss without memory, in a constant expression and at run time.
template <class Out, class L, class Draw>
void require_constant_loss(Draw) {
    constexpr auto run = [](std::uint64_t seed) {
        Random random{Seed{seed}};
        Evaluated<L, Out, float> evaluated;
        evaluated.set(0, Draw{}(random), 0.5f);
        evaluated.run(L{});
        return evaluated;
    };
    static volatile std::uint64_t run_time_seed = 7;
    constexpr auto constant = run(7);
    const auto now = run(run_time_seed);
    BOOST_TEST(constant.loss != 0);
    BOOST_TEST(std::abs(constant.loss - now.loss) <= 1e-6f * (1 + std::abs(now.loss)));
    for (int i = 0; i < Out::count; ++i) BOOST_TEST(std::abs(constant.dy.data[i] - now.dy.data[i]) <= 1e-6f);
}

/// A batch of two samples of four outputs against PyTorch: the mean loss and its derivatives, all in double.
struct OfPyTorch {
    double loss, dy[2][4];
};
template <class L>
void require_reference(const L& loss, const double (&y)[2][4], const auto& targets, const double (&weights)[2],
                       const OfPyTorch& expected) {
    double sum = 0;
    for (int s = 0; s < 2; ++s) {
        Tensor<double, Shape<4>> output, dy;
        for (int k = 0; k < 4; ++k) output[k] = y[s][k];
        sum += loss(output, targets[s], weights[s], dy);
        for (int k = 0; k < 4; ++k) BOOST_TEST(std::abs(dy[k] - expected.dy[s][k]) <= 1e-15);
    }
    BOOST_TEST(std::abs(sum - expected.loss) <= 1e-14);
}

}  // namespace kiln::laws
