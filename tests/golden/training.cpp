// SPDX-License-Identifier: BSL-1.0
// Whole training runs against PyTorch, loss by loss: fifty steps on the first 3,200 images of MNIST.
#define BOOST_TEST_MODULE golden.training
#include <kiln/data/idx.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/rmsprop.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "golden/values.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

using namespace kiln;
using namespace kiln::golden;

namespace {

Values& values() {
    static Values file("tests/golden/values/training.txt");
    return file;
}

constexpr int steps = 50, early = 15, batch = 64;

using Input = Shape<1, 28, 28>;
/// The usual kind: rounding sometimes decides which of two nearly equal pixels pooling takes.
using Digits = Model<
    Sequential<Conv<1, 10, 5>, Pool<2>, ReLU, Conv<10, 20, 5>, Pool<2>, ReLU, Linear<320, 120>, ReLU, Linear<120, 10>>,
    Input>;
/// A network without kinks, in which rounding has little effect.
using Smooth = Model<Sequential<Conv<1, 6, 5, 2>, Tanh, Linear<864, 24>, Tanh, Linear<24, 10>>, Input>;

/// PyTorch's default bounds, uniform; tensor k holds the numbers drawn for "training/k".
template <class M>
void draw_parameters(M& model) {
    int fan_in = 1, k = 0;
    for (const Slice<float>& slice : tensors<float>(model.parameters())) {
        if (slice.extents.rank > 1) fan_in = slice.count / slice.extents[0];  // a bias has that of its weight
        const auto bound = static_cast<float>(1 / std::sqrt(static_cast<double>(fan_in)));
        const auto numbers = draw("training/" + std::to_string(k++), slice.count, -bound, bound);
        std::copy(numbers.begin(), numbers.end(), slice.begin());
    }
}

/// The loss of each step.
template <class M, class O, class... Options>
std::vector<double> train(const O& optimizer) {
    static const auto digits = data::load_idx<Input>("examples/mnist/data/train-images-idx3-ubyte.gz",
                                                     "examples/mnist/data/train-labels-idx1-ubyte.gz");
    auto model = std::make_unique<M>();
    draw_parameters(*model);
    auto trainer = std::make_unique<Trainer<M, CrossEntropy, O, Batch<batch>, Options...>>(*model, optimizer);
    std::vector<double> losses;
    for (int step = 0; step < steps; ++step) {
        std::vector<Tensor<std::uint8_t, Input>> images;
        std::vector<int> labels;
        for (int i = step * batch; i < (step + 1) * batch; ++i) {
            images.push_back(digits.sample(i));
            labels.push_back(digits.target(i));
        }
        losses.push_back(static_cast<double>(trainer->step(std::span<const Tensor<std::uint8_t, Input>>(images),
                                                           std::span<const int>(labels), digits.scale())));
    }
    return losses;
}

/// The largest difference of two losses of one of the first `count` steps, relative to the second.
double largest_difference(const std::vector<double>& losses, const std::vector<double>& expected, int count) {
    std::vector<double> quotients;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) quotients.push_back(losses[i] / expected[i]);
    return distance(quotients, std::vector<double>(quotients.size(), 1.0));
}

/// Requires fifty losses to be PyTorch's, those in single precision and those in double, by two elements: the trainer's
/// choice, and single floats. The line also reports the difference between PyTorch's two runs, a bound that no library
/// can beat.
template <class M, class O>
void require_golden_training(const std::string& name, const O& optimizer, double tolerance_early, double tolerance) {
    const auto& in_float = values().get(name + "/float", {steps});
    const auto& in_double = values().get(name + "/double", {steps});
    const auto lanes = train<M, O>(optimizer), one_by_one = train<M, O, float>(optimizer);
    const auto worst = [&](int count) {
        double most = 0;
        for (const auto* expected : {&in_float, &in_double})
            for (const auto* losses : {&lanes, &one_by_one})
                most = std::max(most, largest_difference(*losses, *expected, count));
        return most;
    };
    Line line("training", name);
    line.require("first_15_losses", worst(early), tolerance_early);
    line.require("all_50_losses", worst(steps), tolerance);
    line.note("of_pytorch_itself", largest_difference(in_float, in_double, steps));
}

constexpr SGD sgd{.learning_rate = 0.02f, .momentum = 0.9f};
constexpr RMSProp rmsprop{.learning_rate = 1e-3f};
constexpr Adam adam{};

}  // namespace

// Rounding, 1e-7 at the first step, becomes 4e-7; PyTorch's own two runs are 2e-7 apart. Five times that.
BOOST_AUTO_TEST_CASE(training_a_smooth_network_has_the_losses_of_pytorch) {
    require_golden_training<Smooth>("smooth/SGD", sgd, 2e-6, 2e-6);
    require_golden_training<Smooth>("smooth/RMSprop", rmsprop, 2e-6, 2e-6);
    require_golden_training<Smooth>("smooth/Adam", adam, 2e-6, 2e-6);
}

// With pooling, rounding grows to 1e-6 until, in one run and not in another, it decides which of two pixels is larger.
// The gradient jumps then, and losses differ by up to 4e-3, depending on the starting values; two runs of PyTorch
// differ as much. The tolerance is five times that.
BOOST_AUTO_TEST_CASE(training_a_network_with_pooling_has_the_losses_of_pytorch) {
    require_golden_training<Digits>("digits/SGD", sgd, 5e-6, 2e-2);
    require_golden_training<Digits>("digits/RMSprop", rmsprop, 5e-6, 2e-2);
    require_golden_training<Digits>("digits/Adam", adam, 5e-6, 2e-2);
}

BOOST_AUTO_TEST_CASE(every_golden_value_was_compared) { BOOST_TEST(values().unused() == ""); }
