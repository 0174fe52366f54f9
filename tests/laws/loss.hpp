// SPDX-License-Identifier: BSL-1.0
#pragma once
// The laws that a loss must obey, in one call:
//
//   gradient    dy is the derivative of the loss, as dual numbers know it
//   lanes       sixteen lanes, each with a weight of its own, do what sixteen samples do one after the other
//   weight      a lane of weight 0 has no loss and no slope, not even -1e-40
//   constant    a constant expression gives what run time gives

#include <kiln/core/contract.hpp>
#include <kiln/core/lanes.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/elements.hpp"
#include "laws/instance.hpp"

#include <cmath>

namespace kiln::laws {

/// One output and what it is compared with.
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
    constexpr void run(const L& with) { loss = with(y, targets, weight, dy); }

  private:
    static constexpr void set_target(auto& labels, int l, int label) { labels[static_cast<std::size_t>(l)] = label; }
    static constexpr void set_target(auto& tensor, int l, const Tensor<float, Out>& target) {
        for (int i = 0; i < Out::count; ++i) set_lane(tensor.data[i], l, scalar_t<E>(target.data[i]));
    }
};

/// draw(random) gives a Compared, with numbers up to about 5, and is a lambda without captures.
template <class Out, class L>
void require_loss_laws(const L& loss, auto draw) {
    static_assert(kiln::Loss<L, Out> && loss_fit<L>(Out::extents).fits);
    Random random{Seed{1}};

    bool reached = false;
    for (const float weight : {1.0f, 0.25f, 0.5f, 0.125f}) {
        const Compared<L, Out> sample = draw(random);
        Evaluated<L, Out, double> plain;
        Evaluated<L, Out, Oracle<double>> oracle;
        plain.set(0, sample, weight);
        oracle.set(0, sample, weight);
        plain.run(loss);
        for (int i = 0; i < Out::count; ++i) {
            oracle.y.data[i].slope = 1;
            oracle.run(loss);
            oracle.y.data[i].slope = 0;
            BOOST_TEST(std::abs(oracle.loss.value - plain.loss) <= 1e-14);  // sums of a few numbers up to 25
            BOOST_TEST(std::abs(plain.dy.data[i] - oracle.loss.slope) <= 1e-14);
            reached = reached || plain.dy.data[i] != 0;
        }
    }
    BOOST_TEST(reached);

    constexpr int lanes = 16;
    Evaluated<L, Out, Lanes<float, lanes>> packed;
    Evaluated<L, Out, float> each[lanes];
    for (int l = 0; l < lanes; ++l) {
        const Compared<L, Out> sample = draw(random);
        const float weight = l % 5 == 2 ? 0 : random.uniform(0, 1);
        packed.set(l, sample, weight);
        each[l].set(0, sample, weight);
        each[l].run(loss);
    }
    packed.run(loss);
    for (int l = 0; l < lanes; ++l) {
        // Other orders of summation, other contractions.
        BOOST_TEST(std::abs(lane(packed.loss, l) - each[l].loss) <= 1e-6f * (1 + std::abs(each[l].loss)));
        BOOST_TEST((lane(packed.weight, l) != 0 || (lane(packed.loss, l) == 0 && each[l].loss == 0)));
        for (int i = 0; i < Out::count; ++i) {
            BOOST_TEST(std::abs(lane(packed.dy.data[i], l) - each[l].dy.data[i]) <= 2e-6f);
            BOOST_TEST((lane(packed.weight, l) != 0 || (lane(packed.dy.data[i], l) == 0 && each[l].dy.data[i] == 0)));
        }
    }
}

/// What a loss that needs no memory gives in a constant expression, and at run time.
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
